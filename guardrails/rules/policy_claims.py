"""What a reply says of what a policy is about must stand in a passage or result."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType

from guardrails.claims.clauses import asks, denied
from guardrails.claims.grounding import contradicted
from guardrails.draft import Draft, ReplySentence
from guardrails.evidence import Evidence
from guardrails.facts.day_facts import Day
from guardrails.facts.figures import amounts, durations, percentages
from guardrails.facts.index import FactIndex
from guardrails.verdict import ALLOWED, Verdict, block
from guardrails.vocabulary import Vocabulary

NAME = "policy_claims"

_NEAR = 30  # characters behind a claim in which it may still be denied
_SMALL = re.compile(r"(?<![\w.,:])\d{1,2}(?![\w.,:]?\d)")


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block what is said of a policy and stands in no passage or result of this turn."""
    reason = evidence.first_problem(NAME, draft, _invented)
    return block(NAME, reason) if reason else ALLOWED


def _invented(sentence: ReplySentence, evidence: Evidence) -> str | None:
    topics = [topic for topic, said in evidence.vocabulary.topics.items() if said.search(sentence.lower)]
    if not topics or asks(sentence.lower):
        return None
    what = next((what for what, invents in _CLAIMS.items() if invents(sentence, topics, evidence)), None)
    if what is None:
        return None
    return (
        f"The reply says {what} about {topics[0]}, which stands in no passage or result of this turn. Say"
        " only what they say, or search for it."
    )


def _period_invented(sentence: ReplySentence, topics: list[str], evidence: Evidence) -> bool:
    spans = _spans(sentence, evidence)
    return any(not _period(each, evidence) and not _counted_down(each, evidence) for each in spans)


def _share_invented(sentence: ReplySentence, topics: list[str], evidence: Evidence) -> bool:
    shares = percentages(sentence.counted)
    return bool(shares) and not shares <= _shares(evidence)


def _free_invented(sentence: ReplySentence, topics: list[str], evidence: Evidence) -> bool:
    said = _asserts("free", sentence, evidence) or _says("not charged", sentence, evidence)
    return said and not _free(sentence, topics, evidence)


def _right_invented(sentence: ReplySentence, topics: list[str], evidence: Evidence) -> bool:
    # "write to us at any time" is no right
    return topics != ["answers"] and _asserts("right", sentence, evidence) and not _right(topics, evidence)


def _fee_invented(sentence: ReplySentence, topics: list[str], evidence: Evidence) -> bool:
    unknown = any(not _priced(amount.values, evidence) for amount in amounts(sentence.counted))
    return unknown and _says("fee", sentence, evidence)


def _hour_invented(sentence: ReplySentence, topics: list[str], evidence: Evidence) -> bool:
    if topics[0] != "opening hours":
        return False
    return any(not _listed(number, evidence) for number in _SMALL.findall(sentence.counted))


def _permission_invented(sentence: ReplySentence, topics: list[str], evidence: Evidence) -> bool:
    strong = [topic for topic in topics if topic in evidence.vocabulary.strict_topics]
    if not strong or not _asserts("may", sentence, evidence):
        return False
    invented = not _spoken_of(strong, evidence) or contradicted(sentence, evidence)
    return invented and not evidence.quotes(sentence.text)


_CLAIMS: Mapping[str, Callable[[ReplySentence, list[str], Evidence], bool]] = MappingProxyType(
    {
        "a period or deadline": _period_invented,
        "a percentage": _share_invented,
        "that something is free": _free_invented,
        "that there is a right": _right_invented,
        "an amount": _fee_invented,
        "a time": _hour_invented,
        "what customers may do": _permission_invented,
    }
)


def _says(what: str, sentence: ReplySentence, evidence: Evidence) -> bool:
    return evidence.vocabulary.wording(what).search(sentence.lower) is not None


def _asserts(what: str, sentence: ReplySentence, evidence: Evidence) -> bool:
    found = evidence.vocabulary.wording(what).search(sentence.lower)
    return found is not None and not denied(sentence.lower, found.start(), found.end() + _NEAR)


def _spans(sentence: ReplySentence, evidence: Evidence) -> frozenset[tuple[str, str]]:
    """Return the lengths of time a sentence rests on; one the customer went through is theirs to name."""
    spans = durations(sentence.counted)
    if spans and _says("experience", sentence, evidence) and not _says("binding", sentence, evidence):
        return spans - evidence.words.durations
    return spans


def _period(period: tuple[str, str], evidence: Evidence) -> bool:
    if any(period in index.durations for index in evidence.proven):
        return True
    return any(period in index.durations for index in _indexes(evidence))


def _shares(evidence: Evidence) -> frozenset[str]:
    return evidence.keep(
        "shares", lambda: frozenset().union(*(each.percentages for each in _indexes(evidence)))
    )


def _indexes(evidence: Evidence) -> Iterator[FactIndex]:
    """Return the proven facts, and the same with numbers in digits."""
    for index in evidence.proven:
        yield index
        if index.worded is not None:
            yield index.worded


def _counted_down(period: tuple[str, str], evidence: Evidence) -> bool:
    """Say whether "in 3 days" means a date of the facts, or a count a result gives."""
    number, unit = period
    if unit != "d" or not number.isdecimal() or len(number) > 3:
        return False
    target = evidence.moment.date() + timedelta(days=int(number))
    day = Day(target.year, target.month, target.day)
    return any(index.has_day(day) for index in evidence.proven)


def _spoken_of_country(name: str, evidence: Evidence) -> bool:
    """Say whether a source names the country: what is free at home may cost abroad."""
    return any(name in index.lower for index in evidence.sources)


def _free(sentence: ReplySentence, topics: list[str], evidence: Evidence) -> bool:
    """Say whether a source says so of the topic; "free from 50 EUR" may not become "free"."""
    if any(
        not _spoken_of_country(name, evidence)
        for name in evidence.vocabulary.wording("country").pattern.findall(sentence.lower)
    ):
        return False
    found = frozenset().union(*(_kinds(topic, evidence) for topic in topics))
    return "always" in found or ("from" in found and any(amounts(sentence.counted)))


def _kinds(topic: str, evidence: Evidence) -> frozenset[str]:
    """Return how a topic's sources speak of what is free: always, or from an amount on."""

    def find() -> frozenset[str]:
        return frozenset(
            kind for index in _about(topic, evidence) for kind in _kinds_in(topic, index, evidence.vocabulary)
        )

    return evidence.keep(f"free {topic}", find)


def _kinds_in(topic: str, index: FactIndex, vocabulary: Vocabulary) -> Iterator[str]:
    """Look at sentences that name the topic, and at those of its page that name an amount.

    A page on privacy speaks of nothing else.
    """
    about, free = vocabulary.topics[topic], vocabulary.wording("free given")
    titled = about.search(index.lower.partition("\n")[0]) is not None
    for sentence in filter(free.search, index.sentences):
        own = topic == "data" or about.search(sentence) is not None
        if any(amounts(sentence)) and (own or titled):
            yield "from"
        elif own:
            yield "always"


def _right(topics: list[str], evidence: Evidence) -> bool:
    right = evidence.vocabulary.wording("right")
    return any(right.search(index.lower) for topic in topics for index in _about(topic, evidence))


def _about(topic: str, evidence: Evidence) -> tuple[FactIndex, ...]:
    """Return the sources of this turn that speak of a topic."""
    found = (index for index in evidence.sources if evidence.vocabulary.topics[topic].search(index.lower))
    return evidence.keep(f"about {topic}", lambda: tuple(found))


def _priced(values: frozenset[str], evidence: Evidence) -> bool:
    return any(not values.isdisjoint(index.numbers) for index in evidence.proven)


def _listed(number: str, evidence: Evidence) -> bool:
    return any((number.lstrip("0") or "0") in index.numbers for index in evidence.proven)


def _spoken_of(topics: list[str], evidence: Evidence) -> bool:
    return any(_about(topic, evidence) or _spoken_before(topic, evidence) for topic in topics)


def _spoken_before(topic: str, evidence: Evidence) -> bool:
    found = (evidence.vocabulary.topics[topic].search(index.lower) is not None for index in evidence.proven)
    return evidence.keep(f"before {topic}", lambda: any(found))
