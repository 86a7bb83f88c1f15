"""A reply must not name a person the customer did not name and no result shows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.verdict import ALLOWED, Verdict, block
from guardrails.vocabulary import Vocabulary

NAME = "people"

_NAME = r"[A-ZÄÖÜÉÅ][\w'-]{1,30}(?: (?:von |van |de |O')?[A-ZÄÖÜÉÅ][\w'-]{1,30}){0,2}"
_FULL = r"[A-ZÄÖÜÉÅ][\w'-]{1,30} (?:von |van |de |O')?[A-ZÄÖÜÉÅ][\w'-]{1,30}"
_BEFORE = re.compile(rf"\b({_NAME})$")
_LONGEST = 100  # characters of a name
_PAIR = re.compile(
    r"(?<=[a-z,:=(] )[A-Z][a-z'-]{1,20} [A-Z][a-z'-]{1,20}\b(?! (?:GmbH|Ltd|Inc|AG))"
    r"|(?<==)[A-Z][a-z]{1,20} [A-Z][a-z]{1,20}\b"
)
_ALONE = re.compile(rf"\W{{0,3}}({_FULL})\W{{0,3}}")
_GERMAN = re.compile(r"\b(?:der|die|das|und|ist|ihre?[nmr]?|mit|für|sie|wir|nicht|eine?[nmr]?)\b")
_GREETS = re.compile(
    rf"^(?:\W{{0,3}})(?:Dear|Hello|Hi|Hey|Hallo|Guten (?:Tag|Morgen|Abend)|Liebe|Lieber"
    rf"|Sehr geehrter? (?:Herr|Frau)|Good (?:morning|afternoon|evening|day)|Thank you|Thanks|Danke"
    rf"|Vielen Dank|Grüß Gott|Moin)(?:,| and welcome,?)? ({_NAME})(?=\s*[,!.:?\n]|$)",
    re.MULTILINE,
)


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply that names somebody who is in none of the facts."""
    common = evidence.vocabulary.word_set("no_name")
    for name in dict.fromkeys(_names(draft, evidence.vocabulary)):
        words = [word for word in re.findall(r"[^\W\d_]+", name.lower()) if len(word) > 1]
        unknown = [word for word in words if word not in common and not _known(word, evidence)]
        if unknown:
            return block(
                NAME, "The reply names a person who is in none of the given facts. Leave the name out."
            )
    return ALLOWED


def _names(draft: Draft, vocabulary: Vocabulary) -> Iterator[str]:
    text, said = draft.plain, vocabulary.wording
    named = said("people named")
    for sentence in draft.sentences:
        if any(stem in sentence.lower for stem in named.stems):
            for found in named.pattern.finditer(sentence.text):
                yield from filter(None, found.groups())
    yield from _bare_names(draft, vocabulary)
    for owned in said("people's things").pattern.finditer(text):
        if before := _BEFORE.search(text[max(0, owned.start() - _LONGEST) : owned.start()]):
            yield before[1]
    for found in said("people acting").pattern.finditer(text):
        name = next(filter(None, found.groups()))
        if vocabulary.word_set("no_name").isdisjoint(name.lower().split()):
            yield name
    for found in _GREETS.finditer(text):
        yield found[1]


def _bare_names(draft: Draft, vocabulary: Vocabulary) -> Iterator[str]:
    """Return pairs of capitalised words, in English sentences or alone, that are no usual title."""
    usual = vocabulary.no_titles
    for sentence in draft.sentences if draft.language.startswith("en") else ():
        if _GERMAN.search(sentence.lower):
            continue
        alone = _ALONE.fullmatch(sentence.text)
        if alone and usual.isdisjoint(alone[1].lower().split()):
            yield alone[1]
        for found in _PAIR.finditer(sentence.text):
            if usual.isdisjoint(found[0].lower().split()):
                yield found[0]


def _known(word: str, evidence: Evidence) -> bool:
    bare = word.removesuffix("s")
    return any(word in index.words or bare in index.words for index in evidence.known)
