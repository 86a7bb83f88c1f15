"""Weighs what in a text speaks of an attempt to steer the model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import accumulate
from operator import or_

from guardrails.injection.clear_text import Unmasked, Words, split, unmask
from guardrails.injection.concepts import BITS, Hit, hits
from guardrails.injection.decoders import decoded
from guardrails.word_tables import read_table

SUSPECT = 1.0
STRONG = 2.0
REGION = 600
"""Characters: only what stands this close together adds up, or every long mail would."""
MAX_DECODED = 50_000  # characters
_MARKS = read_table("guardrails.injection", "marks.toml")
_ROLE_LINE = re.compile(_MARKS["role_line"])
_MARKED = [(each["weight"], each["signs"], re.compile(each["pattern"])) for each in _MARKS["marks"]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspicion:
    """What a text speaks of: the sum of its kinds' weights in the worst place, and those kinds."""

    score: float = 0.0
    kinds: tuple[str, ...] = ()

    @property
    def suspect(self) -> bool:
        """Say whether the text is to be flagged."""
        return self.score >= SUSPECT

    @property
    def strong(self) -> bool:
        """Say whether the text is hardly anything but an attempt."""
        return self.score >= STRONG


@dataclass(frozen=True, kw_only=True, slots=True)
class Scan:
    """A text as its reader sees it, and what is hidden or encoded in it."""

    words: Words
    open: Suspicion
    hidden: Suspicion
    encoded: Suspicion

    @property
    def suspect(self) -> bool:
        """Say whether any part of it is to be flagged."""
        return self.open.suspect or self.hidden.suspect or self.encoded.suspect


Weighed = tuple[int, str, float]
"""Where, which kind, how much."""


def scan(text: str) -> Scan:
    """Weigh a text, its hidden parts and what it says in other codes; linear in its length."""
    unmasked = unmask(text)
    words = split(unmasked.clear)
    return Scan(
        words=words,
        open=_weigh(unmasked.clear, words),
        hidden=weigh("\n".join(unmasked.hidden)),
        encoded=_encoded(unmasked),
    )


def weigh(clear: str) -> Suspicion:
    """Weigh a text already unmasked."""
    return _weigh(clear, split(clear)) if clear else Suspicion()


def _encoded(unmasked: Unmasked, depth: int = 2) -> Suspicion:
    worst, left = Suspicion(), MAX_DECODED
    for piece in decoded(unmasked.clear):
        inner = unmask(piece[:left])
        found = [weigh(inner.clear)]
        if depth > 1:
            found.append(_encoded(inner, depth - 1))
        worst = max(worst, *found, key=lambda each: each.score)
        left -= len(piece)
        if left <= 0:
            break
    return worst


def _weigh(clear: str, words: Words) -> Suspicion:
    lower = clear.lower()
    found = hits(words)
    lines = _role_lines(lower, words) if found else {}
    weighed = [(start, "role_marker", weight) for start, weight in _marks(lower)]
    weighed += _combined(words, _merged(found, lines))
    return _worst(weighed)


def _marks(lower: str) -> Iterator[tuple[int, float]]:
    """Yield where marks stand in a text, and their weights."""
    for weight, signs, pattern in _MARKED:
        if any(sign in lower for sign in signs) and (found := pattern.search(lower)):
            yield found.start(), weight


def _role_lines(lower: str, words: Words) -> Mapping[int, int]:
    """Return the places of the first words of lines that begin as another speaker's turn."""
    starts = {found.end() for _, found in zip(range(50), _ROLE_LINE.finditer(lower), strict=False)}
    if not starts:
        return {}
    result, waiting = {}, sorted(starts)
    for place, start in enumerate(words.starts):
        if waiting and start >= waiting[0]:
            result[place] = BITS["role_line"]
            waiting.pop(0)
    return result


def _merged(found: list[Hit], more: Mapping[int, int]) -> list[Hit]:
    if not more:
        return found
    bits = dict(found)
    for place, each in more.items():
        bits[place] = bits.get(place, 0) | each
    return sorted(bits.items())


def _combined(words: Words, found: Sequence[Hit]) -> Iterator[Weighed]:
    keys, rows = _keys(), _rows
    seen: set[tuple[str, float, tuple[int, ...], int, int]] = set()
    for number, (place, bits) in enumerate(found):
        if not bits & keys or _inside_a_run(found, number):
            continue
        near = _windows(found, number, words)
        for span, weight, kind, groups in rows(bits & keys):
            around = near[span]
            mark = (kind, weight, groups, around, place // 200)
            if mark not in seen and all(group & around for group in groups):
                seen.add(mark)
                yield words.starts[place], kind, weight


def _inside_a_run(found: Sequence[Hit], number: int) -> bool:
    """Say whether the same word stands on both sides: the ends of a run see all that its middle sees."""
    if not 0 < number < len(found) - 1:
        return False
    (before, left), (place, bits), (after, right) = found[number - 1 : number + 2]
    return left == bits == right and after - place == place - before == 1


def _windows(found: Sequence[Hit], number: int, words: Words) -> list[int]:
    """Return the concepts within 0, 1, 2, … words of a hit, in its sentence."""
    place, bits = found[number]
    sentence = words.sentences[place]
    at = [0] * (_widest() + 1)
    at[0], widest = bits, _widest()
    for step in (-1, 1):
        other = number + step
        while 0 <= other < len(found):
            where, more = found[other]
            away = abs(where - place)
            if away > widest or words.sentences[where] != sentence:
                break
            at[away] |= more
            other += step
    return list(accumulate(at, or_))


WeighedRow = tuple[int, float, str, tuple[int, ...]]
"""Within how many words, how much, which kind, and what must stand near: each with its alternatives."""


@lru_cache(maxsize=1)
def _combinations() -> Sequence[tuple[int, WeighedRow]]:
    """Return each key concept with what beside it speaks of an attempt."""
    return [
        (BITS[key], (span, weight, kind, tuple(map(_group, near.split()))))
        for kind, rows in read_table("guardrails.injection", "combinations.toml").items()
        for weight, key, near, span in rows
    ]


@lru_cache(maxsize=1)
def _keys() -> int:
    return reduce(or_, (key for key, _ in _combinations()))


@lru_cache(maxsize=1)
def _widest() -> int:
    return max(row[0] for _, row in _combinations())


@lru_cache(maxsize=4096)
def _rows(bits: int) -> tuple[WeighedRow, ...]:
    """Return the combinations that one of the concepts is the key of."""
    return tuple(row for key, row in _combinations() if key & bits)


def _group(alternatives: str) -> int:
    return reduce(or_, (BITS[name] for name in alternatives.split("|")))


def _worst(weighed: Sequence[Weighed]) -> Suspicion:
    """Return the worst region: each kind counts once, with its heaviest."""
    ordered = sorted(weighed)
    best = Suspicion()
    first = 0
    for last, (start, _, _) in enumerate(ordered):
        while ordered[first][0] < start - REGION:
            first += 1
        kinds: dict[str, float] = {}
        for _, kind, weight in ordered[max(first, last - 60) : last + 1]:
            kinds[kind] = max(kinds.get(kind, 0.0), weight)
        score = sum(kinds.values())
        if score > best.score:
            best = Suspicion(score=round(score, 2), kinds=tuple(sorted(kinds)))
    return best
