"""Finds where a sentence certainly ends in text that is still being written, in any of our languages."""

from __future__ import annotations

import re

LONGEST = 600  # characters; a longer piece without an end is cut at white space

_END = re.compile(
    r"(?P<stop>[.!?…]+)[\"'”’»“)\]]*\s+(?=\S)"  # a mark, white space, and something after it
    r"|[。！？]+[\"”’」』）]*(?=[^。！？\"”’」』）])"
    r"|\n\s*(?=\S)"
)
_WORD_BEFORE = re.compile(r"[^\s(\[\"'„“‚«»]*\Z")
_SHORT = re.compile(
    r"\d{1,2}"  # a numbering: "am 5. Mai", "1. Open the app"
    r"|(?:\w\.)*[^\W\d_]"  # initials: "J.", "z.B.", "U.S."
    r"|approx|apr|aprox|aug|av|bzgl|bzw|ca|d\.h|dept|dez|dr|e\.g|etw|evtl|feb|gem|ggf|hr|i\.d\.r|i\.e|inkl"
    r"|jan|jr|lt|ltd|mind|mlle|mme|mr|mrs|ms|mwst|nov|núm|okt|oct|p\.ej|prof|s\.o|s\.u|sep|sept|sog|sr|sra"
    r"|srta|st|std|ste|tel|u\.a|ud|uds|v\.a|vgl|vs|z\.b|z\.hd|zzgl",
    re.IGNORECASE,
)
_BEFORE_NUMBER = re.compile("abs|art|bd|ext|fig|kl|no|nos|nr|p|pos|pp|ref|s", re.IGNORECASE)


def sentence_end(text: str, start: int) -> int | None:
    """Return where the first finished sentence after `start` ends, its white space included.

    None while that is not certain: the end counts only once the next character is there.
    """
    for match in _END.finditer(text, start):
        if match.group("stop") is None or _ends(text, match):
            return match.end()
    return _cut(text, start)


def first_sentences(text: str, most: int) -> str:
    """Return the first `most` sentences of a text."""
    end = 0
    for _ in range(most):
        found = sentence_end(text, end)
        if found is None:
            return text
        end = found
    return text[:end].rstrip()


def _ends(text: str, match: re.Match[str]) -> bool:
    stop, following = match.group("stop"), text[match.end()]
    if stop[-1] in "!?":
        return True
    if following.islower():
        return False
    return stop != "." or not _is_short_form(text[max(0, match.start() - 40) : match.start()], following)


def _is_short_form(before: str, following: str) -> bool:
    found = _WORD_BEFORE.search(before)
    word = found.group() if found else ""
    if following.isdigit() and _BEFORE_NUMBER.fullmatch(word):
        return True
    return _SHORT.fullmatch(word) is not None


def _cut(text: str, start: int) -> int | None:
    if len(text) - start <= LONGEST:
        return None
    space = max(text.rfind(" ", start, start + LONGEST), text.rfind("\n", start, start + LONGEST))
    return space + 1 if space > start else None
