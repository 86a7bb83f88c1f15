"""What a reply says of a thing with an id must come from a result about that very thing."""

from __future__ import annotations

import re
from functools import lru_cache

from guardrails.claims.clauses import asks, conditional, denied, denies
from guardrails.draft import Draft, ReplySentence
from guardrails.evidence import Evidence
from guardrails.facts.day_facts import numeric_dates, written_dates
from guardrails.facts.figures import amounts
from guardrails.facts.index import FactIndex
from guardrails.facts.result_facts import plain_id
from guardrails.verdict import ALLOWED, Verdict, block
from guardrails.vocabulary import ThingState, Vocabulary

NAME = "thing_states"

_ANOTHER = re.compile(r"(?:\band|\bund|,|\bor|\boder|&|\bsowie) #?(\d{4,12})(?![\d:/%]|[.,-]\d)")
_BARE = re.compile(r"(?<![\d.,:/+-])\d{4,12}(?![\d:/%]|[.,-]\d)")
_WORD = re.compile(r"[^\W\d_]{4,}")
_FILLER_WORDS = """
    with from your that this have been both were will also please total item items which
    piece pieces following
"""
_FILLER = frozenset(_FILLER_WORDS.split())


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a statement about a thing with an id that no result about this very thing makes."""
    what = evidence.first_problem(NAME, draft, _unquoted) if evidence.vocabulary.ids else None
    if what is None:
        return ALLOWED
    return block(
        NAME,
        f"The reply says {what}, which no result about that very thing says. Look it up, or leave it out.",
    )


def _unquoted(sentence: ReplySentence, evidence: Evidence) -> str | None:
    what = _unproven(sentence, evidence)
    return what if what and not evidence.quotes(sentence.text) else None


def _unproven(sentence: ReplySentence, evidence: Evidence) -> str | None:
    lower = sentence.counted
    ids = _ids(lower, evidence)
    if not ids and not _says("things", lower, evidence):
        return None
    about = _about(ids, evidence)
    states = evidence.vocabulary.states
    state = next((name for name in states if _claims(name, lower, ids, evidence)), None)
    if state and not _proven(state, ids, about, evidence):
        return f"that something is {state}"
    if asks(lower):
        return None
    if ids and not about and _reveals(sentence, evidence) and not denies(lower):
        return "details of something"
    return "what something contains" if _invents_contents(sentence, about, evidence) else None


def _says(what: str, lower: str, evidence: Evidence) -> bool:
    return evidence.vocabulary.wording(what).search(lower) is not None


@lru_cache(maxsize=8)
def _named_id(vocabulary: Vocabulary) -> re.Pattern[str]:
    """Finds an id behind a noun of its kind: "booking number 10 42"."""
    kinds = "|".join(dict.fromkeys(kind.pattern for kind in vocabulary.ids.values()))
    return re.compile(
        rf"(?:#|\b(?:{vocabulary.id_nouns}|number|nummer)\b[ :#-]{{0,3}}"
        rf"(?:number |no\.? |nr\.? |nummer |id )?#?)({kinds})\b"
    )


def _ids(lower: str, evidence: Evidence) -> frozenset[str]:
    """Return the ids a sentence names; a bare number is one where a result or the customer names it so."""
    named = {plain_id(each) for each in _named_id(evidence.vocabulary).findall(lower)}
    named |= set(_ANOTHER.findall(lower)) if named else set()
    years = {str(evidence.moment.year + ahead) for ahead in (-1, 0, 1)}
    counts = _says("things", lower, evidence) and not any(amounts(lower))
    bare = set(_BARE.findall(lower)) - years if counts else set()
    return frozenset(each for each in named | (bare & evidence.shown_ids) if len(each) > 2)


def _about(ids: frozenset[str], evidence: Evidence) -> dict[str, FactIndex]:
    """Return what results show of each thing, of any under "" where the sentence names none."""
    found = {each: evidence.shown[each] for each in ids or {""} if each in evidence.shown}
    if evidence.thread:
        for each in (ids or {""}) - set(found):
            if each in evidence.shown_before:
                found[each] = evidence.shown_before[each]
    return found


def _claims(state: str, lower: str, ids: frozenset[str], evidence: Evidence) -> bool:
    found = evidence.vocabulary.states[state].said.search(lower)
    if found is None or denied(lower, found.start(), found.end()) or asks(lower):
        return False
    if ids:
        return evidence.vocabulary.wording("things.if").pattern.search(lower, 0, found.end()) is None
    return not conditional(lower, found.end()) and not _in_general(lower, evidence)


def _in_general(lower: str, evidence: Evidence) -> bool:
    """Say whether a sentence tells how things go with any of them: "those booked by 14:00 are sent"."""
    return _says("things.in general", lower, evidence) and "your" not in lower


def _proven(state: str, ids: frozenset[str], about: dict[str, FactIndex], evidence: Evidence) -> bool:
    known = evidence.vocabulary.states[state]
    if known.by and evidence.was_done(known.by) and (not ids or about):
        return True
    shown = {each for each in about if _shows(state, each, about[each], evidence)}
    return (bool(shown) and ids <= shown) or _from_texts(known, ids, evidence)


def _shows(state: str, thing: str, index: FactIndex, evidence: Evidence) -> bool:
    shown = evidence.vocabulary.states[state].shown
    return evidence.keep(f"{state} {thing}", lambda: shown.search(index.lower) is not None)


def _from_texts(state: ThingState, ids: frozenset[str], evidence: Evidence) -> bool:
    """Say whether what the application itself knows, such as a colleague's words, says it."""
    return any(state.shown.search(index.lower) and ids <= index.tokens for index in evidence.plain_texts)


def _reveals(sentence: ReplySentence, evidence: Evidence) -> bool:
    lower = sentence.counted
    if _says("asked for", lower, evidence):
        return False
    if any(numeric_dates(lower)) or any(written_dates(lower)) or any(amounts(lower)):
        return True
    return _says("things.details", lower, evidence) or _says("things.expected", lower, evidence)


def _invents_contents(sentence: ReplySentence, about: dict[str, FactIndex], evidence: Evidence) -> bool:
    """Say whether goods are named that no result names; in another language they may be translated."""
    found = evidence.vocabulary.wording("things.contents").search(sentence.lower)
    if found is None or denies(sentence.lower):
        return False
    if not about:
        return _says("things", sentence.lower, evidence)
    words = {word for word in _WORD.findall("".join(filter(None, found.groups()))) if word not in _FILLER}
    known = frozenset().union(*(each.words for each in about.values()))
    translated = _says("things.translated", found[0], evidence)
    return bool(words) and not translated and 2 * len(words & known) < len(words)
