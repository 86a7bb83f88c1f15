"""Weighs what in a text speaks of an attempt to steer the model: concepts side by side, and marks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import accumulate
from operator import or_

from guardrails.facts.plain_text import holds_any
from guardrails.injection.clear_text import Unmasked, Words, decoded, flat, split, unmask
from guardrails.word_tables import listed, read_table

STEM = 4
"""Letters that the index of stems goes by."""
MAX_HITS = 6_000
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
BESIDE = 3
"""Words on either side of an instruction that make it the customer's own, or a product's."""
_LEXICON = read_table("guardrails.injection", "lexicon.toml")
_CALL = re.compile(rf"(?:{'|'.join(_LEXICON['tool_verbs'].split())})(?:_[a-z0-9]{{1,30}}){{1,5}}")
"""What names of tools look like, whatever the business."""
NAMES = (*_LEXICON["concepts"], "tool_name", "role_line", "address")
BITS: Mapping[str, int] = {name: 1 << place for place, name in enumerate(NAMES)}

Hit = tuple[int, int]
"""A word's place and the concepts it stands for as bits."""
PhraseRow = tuple[tuple[str, ...], int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lexicon:
    """The lexicon: words and stems with their bits, and phrases by their first word and then their second."""

    words: Mapping[str, int]
    stems: Mapping[str, Sequence[tuple[str, int]]]
    phrases: Mapping[str, Mapping[str, Sequence[PhraseRow]]]


def hits(found: Words) -> list[Hit]:
    """Return which words stand for a concept; at most MAX_HITS of them."""
    index, texts = _index(), found.texts
    known = {text: (_single(index, text), index.phrases.get(text)) for text in set(texts)}
    result: list[Hit] = []
    last = len(texts) - 1
    for place, text in enumerate(texts):
        bits, phrases = known[text]
        if phrases and place < last:
            for row, more in phrases.get(texts[place + 1], ()):
                if _in_row(row, texts, place):
                    bits |= more
        if bits:
            result.append((place, bits))
            if len(result) >= MAX_HITS:
                break
    return _without_own(result)


def _single(index: Lexicon, text: str) -> int:
    bits = index.words.get(text, 0)
    if "_" in text and _CALL.fullmatch(text):
        bits |= BITS["tool_name"]
    for stem, more in index.stems.get(text[:STEM], ()):
        if text.startswith(stem):
            bits |= more
    meant = _misspelled().get(text) if not bits else None
    return _single(index, meant) if meant else bits


def _in_row(row: Sequence[str], texts: Sequence[str], place: int) -> bool:
    return len(row) == 2 or tuple(texts[place : place + len(row)]) == row


@lru_cache(maxsize=1)
def _misspelled() -> Mapping[str, str]:
    forms: dict[str, str] = {}
    words = _LEXICON["misspelt"].split()
    for word in words:
        for place in range(1, len(word) - 1):
            forms[word[:place] + word[place + 1 :]] = word
            forms[word[:place] + word[place + 1] + word[place] + word[place + 2 :]] = word
    return {form: word for form, word in forms.items() if form not in words}


def _without_own(found: list[Hit]) -> list[Hit]:
    """Drop instructions that are a product's, or the customer's own: "my delivery instructions"."""
    instruction, mine, product = BITS["instruction"], BITS["mine"], BITS["product"]
    prompt, polite = BITS["prompt"] | BITS["prompt_word"], BITS["prompt_reply"]
    result = []
    for number, (place, bits) in enumerate(found):
        dropped = prompt if bits & polite else 0
        if bits & instruction and (
            _has_near(found, number, mine | product, -1, place) or _has_near(found, number, product, 1, place)
        ):
            dropped |= instruction
        result.append((place, bits & ~dropped))
    return result


def _has_near(found: Sequence[Hit], number: int, bits: int, step: int, place: int) -> bool:
    number += step
    while 0 <= number < len(found) and abs(found[number][0] - place) <= BESIDE:
        if found[number][1] & bits:
            return True
        number += step
    return False


@lru_cache(maxsize=1)
def _index() -> Lexicon:
    words: dict[str, int] = {"@": BITS["address"]}
    stems: dict[str, list[tuple[str, int]]] = {}
    phrases: dict[str, dict[str, list[PhraseRow]]] = {}
    for name, words_of in _LEXICON["concepts"].items():
        for row in _lexicon_rows(words_of):
            if len(row) > 1:
                phrases.setdefault(row[0], {}).setdefault(row[1], []).append((row, BITS[name]))
            elif row[0].endswith("*"):
                stems.setdefault(row[0][:STEM], []).append((row[0][:-1], BITS[name]))
            else:
                words[row[0]] = words.get(row[0], 0) | BITS[name]
    return Lexicon(words=words, stems=stems, phrases=phrases)


def _lexicon_rows(text: str) -> Iterator[tuple[str, ...]]:
    """Yield each phrase as words, with both spellings of an umlaut."""
    for phrase in listed(text):
        spelled = phrase.lower()
        for each in dict.fromkeys((spelled, spelled.translate(UMLAUTS))):
            row = split(flat(each)).texts
            if row:
                yield (row[0] + "*",) if each.endswith("*") and len(row) == 1 else tuple(row)


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
        hidden=weigh("\n".join(unmasked.hidden)) if unmasked.hidden else Suspicion(),
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
    weighed = _marks(lower)
    weighed += _combined(words, _merged(found, lines) if lines else found)
    return _worst(weighed) if weighed else Suspicion()


def _marks(lower: str) -> list[Weighed]:
    """Return where marks stand in a text, and their weights."""
    weighed = []
    for weight, signs, pattern in _MARKED:
        if holds_any(lower, signs) and (found := pattern.search(lower)):
            weighed.append((found.start(), "role_marker", weight))
    return weighed


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
