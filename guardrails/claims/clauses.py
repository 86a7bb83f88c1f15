"""Cuts a text into sentences, and tells what kind of sentence one is (English and German)."""

from __future__ import annotations

import re

LONGEST = 600  # characters; a longer sentence is looked at in parts
_OVERLAP = 100

_MARK = re.compile(r"[.!?][\"”“')]?\s+|\n\s*")
_IF = re.compile(
    r"\b(?:if|when|whenever|once|as soon as|as long as|until|unless|whether|after|before|in case"
    r"|wenn|falls|sobald|solange|bis|ob|nachdem|bevor|sofern|damit|so that)\b"
)
_ASKS = re.compile(
    r"^(?:[^,]{0,30}, )?(?:is|are|was|were|do|does|did|has|have|had|can|could|may|shall|should|would|will"
    r"|what|which|who|when|where|why|how|ist|sind|war|waren|hat|haben|habe|hast|kann|kannst|können|könnte\w*"
    r"|darf|soll|sollen|möchte\w*|wollen|würde\w*|werden|wird|wurde|was|welche\w*|wer|wann|wo|warum|wie"
    r"|passt|stimmt|brauchen|meinen|meinst|wünschen|or|oder)\b"
)
_DENIES = re.compile(
    r"\b(?:can't|cannot|can not|couldn't|could not|don't|do not|didn't|did not|won't|will not|wouldn't"
    r"|not sure|no way to|unable|unfortunately not|nothing about|never|haven't|have not|hasn't|has not|isn't"
    r"|is not|not allowed|not able|not been|not yet|kann ich (?:\w{1,20} ){0,4}nicht|können wir (?:\w{1,20} )"
    r"{0,4}nicht|weiß ich nicht|weiß nicht|nicht möglich|noch nicht|wurde nicht|wurden nicht|ist nicht"
    r"|habe (?:\w{1,20} ){0,4}nicht|haben (?:\w{1,20} ){0,4}nicht|darf (?:\w{1,20} ){0,3}nicht|leider nicht"
    r"|nicht geklappt|(?:find|found) no|finde ich keine?|keine \w{1,20} (?:gefunden|finden)"
    r"|keine angabe\w*|nichts)\b"
)


def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a text; one that never ends is returned in overlapping parts."""
    found, start = [], 0
    for mark in _MARK.finditer(text):
        if _ends(text, mark.start()):
            found.append(text[start : mark.end()])
            start = mark.end()
    found.append(text[start:])
    return tuple(part for sentence in found if sentence.strip() for part in _parts(sentence.strip()))


def _ends(text: str, at: int) -> bool:
    """Say whether a sentence ends at a mark: "24. November" and "z. B." go on, "84.50. You" ends."""
    before = text[max(0, at - 3) : at]
    if text[at] != "." or before[-2:].isalpha() or before[-1:] in ")%\"”“'€$":
        return True
    return len(before) == 3 and before[1:].isdecimal() and (before[0].isdecimal() or before[0] in ".,")


def conditional(sentence: str, at: int) -> bool:
    """Say whether what stands at `at` in a lower-case sentence depends on an "if" in its clause."""
    start = max(sentence.rfind(",", 0, at), sentence.rfind(";", 0, at), sentence.rfind(":", 0, at)) + 1
    return _IF.search(sentence, start, at) is not None


def asks(sentence: str) -> bool:
    """Say whether a lower-case sentence is a question, not a statement with a question mark."""
    return sentence.rstrip(" \"”“')").endswith("?") and _ASKS.match(sentence.lstrip(" \"„“'(-")) is not None


def denies(sentence: str) -> bool:
    """Say whether a lower-case sentence says that something is not so, or can't be said."""
    return _DENIES.search(sentence) is not None


def denied(sentence: str, start: int, end: int) -> bool:
    """Say whether the clause of a lower-case sentence that holds these places says that it is not so."""
    opened = max(sentence.rfind(sign, 0, start) for sign in ",;:") + 1
    return _DENIES.search(sentence, opened, end) is not None


def _parts(sentence: str) -> list[str]:
    if len(sentence) <= LONGEST:
        return [sentence]
    return [sentence[at : at + LONGEST] for at in range(0, len(sentence), LONGEST - _OVERLAP)]
