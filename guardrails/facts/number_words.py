"""Numbers written in words, English and German: "eight eight two one", "zweihundertfünfzig"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_ONES_EN_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_ONES_EN = _ONES_EN_WORDS.split()
_TENS_EN_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS_EN = _TENS_EN_WORDS.split()
_ONES_DE_WORDS = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn "
    "sechzehn siebzehn achtzehn neunzehn"
)
_ONES_DE = _ONES_DE_WORDS.split()
_TENS_DE_WORDS = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig"
_TENS_DE = _TENS_DE_WORDS.split()
_SCALES = {"hundred": 100, "thousand": 1000}

_EN = {
    **{word: value for value, word in enumerate(_ONES_EN)},
    **{word: value for value, word in enumerate(_TENS_EN, 2)},
    "fourty": 4,
}
_EN = {word: value * 10 if word in (*_TENS_EN, "fourty") else value for word, value in _EN.items()}
_DE = {
    **{word: value for value, word in enumerate(_ONES_DE)},
    **{word: value * 10 for value, word in enumerate(_TENS_DE, 2)},
    "dreissig": 30, "fuenf": 5, "zwoelf": 12, "zwo": 2, "fuenfzig": 50, "fuenfzehn": 15,
}  # fmt: skip
_UNITS_DE = {**{word: value for word, value in _DE.items() if value < 10}, "ein": 1, "eine": 1}

_KNOWN = frozenset({*_EN, *_SCALES, *_DE})
_LETTERS = re.compile(r"[^\W\d_]+")
_COMPOUND = re.compile(r"hundert|tausend|zig|ßig|ssig")
_BETWEEN = re.compile(r"[ ,/.-]{1,2}|, | - ")
_SPLIT = re.compile(r"[ ,/.-]+")
_MOST = 16  # words of one number
_LONGEST = 60  # letters of a German number in one word


def with_digits(text: str) -> str:
    """Return the text with numbers in words written in digits; digits read out one by one are joined."""
    if not any(map(_counts, set(_LETTERS.findall(text.lower())))):
        return text
    found = [each for each in _LETTERS.finditer(text) if _counts(each[0].lower())]
    parts, at = [], 0
    for start, end in _runs(text, found):
        parts += [text[at:start], _digits(text[start:end])]
        at = end
    return "".join([*parts, text[at:]])


@lru_cache(maxsize=4096)
def _counts(word: str) -> bool:
    return word in _KNOWN or (
        5 < len(word) <= _LONGEST and _COMPOUND.search(word) is not None and _german(word) is not None
    )


def _runs(text: str, found: list[re.Match[str]]) -> Iterator[tuple[int, int]]:
    """Return where numbers of several words begin and end."""
    start, end, words = found[0].start(), found[0].end(), 1
    for each in found[1:]:
        between = text[end : each.start()]
        if words < _MOST and (between.lower() == " and " or _BETWEEN.fullmatch(between)):
            end, words = each.end(), words + 1
        else:
            yield start, end
            start, end, words = each.start(), each.end(), 1
    yield start, end


def _digits(run: str) -> str:
    words = [word for word in _SPLIT.split(run.lower()) if word and word != "and"]
    chunks: list[str] = []
    total, current, open_ = 0, 0, False
    for word in words:
        value = _value(word)
        if value is None:
            return run
        if word in _SCALES and open_:
            current *= _SCALES[word]
            total, current = (total + current, 0) if word == "thousand" else (total, current)
        elif open_ and _continues(total + current, value):
            current += value
        else:
            if open_:
                chunks.append(str(total + current))
            total, current, open_ = 0, value, True
    return "".join([*chunks, str(total + current)])


def _continues(before: int, value: int) -> bool:
    """Say whether a word adds to the number before it: "twenty" goes on with "four", not with "twenty"."""
    if before and before % 1000 == 0:
        return value < 1000
    if before and before % 100 == 0:
        return value < 100
    return before % 100 >= 20 and before % 10 == 0 and 0 < value < 10


@lru_cache(maxsize=512)
def _value(word: str) -> int | None:
    if word in _EN:
        return _EN[word]
    if word in _SCALES:
        return _SCALES[word]
    return _german(word)


def _german(word: str) -> int | None:
    head, scale, tail = word.partition("tausend")
    if scale:
        return _sum(_german(head) if head else 1, 1000, _german(tail.removeprefix("und")) if tail else 0)
    head, scale, tail = word.partition("hundert")
    if scale:
        return _sum(_UNITS_DE.get(head) if head else 1, 100, _german(tail.removeprefix("und")) if tail else 0)
    if word in _DE:
        return _DE[word]
    unit, joint, ten = word.partition("und")
    if joint and unit in _UNITS_DE and _DE.get(ten, 0) >= 20:
        return _UNITS_DE[unit] + _DE[ten]
    return _UNITS_DE.get(word)


def _sum(count: int | None, scale: int, rest: int | None) -> int | None:
    return None if count is None or rest is None else count * scale + rest
