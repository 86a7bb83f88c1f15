"""Numbers and addresses as they are spoken, written as one would type them: "one zero four two" is 1042."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import Final

from channels.voice.calls.call_phrases import (
    heard_pattern,
    heard_tables,
    heard_times,
    heard_words,
    words_for_one,
)
from guardrails.facts.locales import EVERYWHERE, with_digits
from guardrails.vocabulary import IdKind

_NEAR: Final = 60
"""Characters before a number in which it may be named."""
LONGEST: Final = 4_000
"""Characters that are looked at; an utterance lasts half a minute."""
_TOKEN: Final = re.compile(r"[^\W\d_]+|\d+")
_BETWEEN: Final = re.compile(r"[ ,./-]{1,3}")
_TIMES: Final = heard_times()
_ZERO: Final = heard_words("zero")
_NUMBERED: Final = re.compile(rf"\b{heard_pattern('numbered')}\b[^\d]{{0,20}}$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class _AddressWords:
    """One language's words in a spoken mail address; two languages' don't mix: "at that point in time"."""

    at: re.Pattern[str]
    letters: re.Pattern[str]
    address: re.Pattern[str]
    signs: tuple[tuple[re.Pattern[str], str], ...]


def _address_words(hears: Mapping[str, str]) -> _AddressWords:
    at, dot = f"(?:{hears['at']}|@)", f"(?:{hears['dot']})"
    underscore, dash = hears["underscore"], hears["dash"]
    name = rf"[\w+-]{{1,40}}(?: (?:{dot}|{underscore}|{dash}) [\w+-]{{1,40}}){{0,4}}(?: \d{{1,8}})?"
    point = rf"(?: {dot} |\.)"
    domain = rf"[\w-]{{1,40}}(?:{point}[\w-]{{1,40}}){{0,3}}{point}[a-z]{{2,10}}"
    letters = rf"(?<![^\s])(?:[a-z][ -]){{2,20}}[a-z](?=\s+(?:{at}|{dot})\b)"
    signs = {
        ".": rf" ?\b{dot}\b ?| ?\. ?",
        "_": rf" ?\b(?:{underscore})\b ?",
        "-": rf" ?\b(?:{dash})\b ?",
    }
    return _AddressWords(
        at=re.compile(rf"(?<!\w){at}(?!\w)", re.IGNORECASE),
        letters=re.compile(letters, re.IGNORECASE),
        address=re.compile(rf"\b({name}) {at} ({domain})\b", re.IGNORECASE),
        signs=tuple((re.compile(pattern, re.IGNORECASE), sign) for sign, pattern in signs.items()),
    )


_ADDRESSES: Final = tuple(map(_address_words, heard_tables()))


def written(text: str, ids: Sequence[IdKind] = (), language: str = "en") -> str:
    """Return a transcript with spoken digit groups joined and spoken e-mail addresses written as such.

    Lone number words stay words; `ids` are those of the business, whose digits are read out in groups. Number
    words of the caller's language count beside those of every text. Linear in the text, of which 4,000
    characters are read.
    """
    return _addresses(joined_digits(text[:LONGEST], ids, language)).strip()


def joined_digits(text: str, ids: Sequence[IdKind] = (), language: str = "en") -> str:
    """Return a text with runs of spoken digits joined: "my code is four eight two" ends in 482."""
    parts, at = [], 0
    languages = (*EVERYWHERE, language[:2].lower())
    for run in list(_runs(text, languages)):
        start, end = run[0].start(), run[-1].end()
        digits = _digits(run, text, ids, languages)
        if digits is not None:
            parts += [text[at:start], digits]
            at = end
    return "".join([*parts, text[at:]])


def is_number_word(word: str, languages: tuple[str, ...] = EVERYWHERE) -> bool:
    """Say whether a word stands for digits."""
    return word.isdigit() or with_digits(word, languages) != word


def _runs(text: str, languages: tuple[str, ...]) -> Iterator[list[re.Match[str]]]:
    """Yield the stretches of words that stand for digits."""
    run: list[re.Match[str]] = []
    tokens = list(_TOKEN.finditer(text))
    for at, token in enumerate(tokens):
        if run and _apart(run[-1], token, text):
            yield from _closed(run)
            run = []
        if _counts(tokens, at, len(run), languages):
            run.append(token)
        elif run:
            yield from _closed(run)
            run = []
    yield from _closed(run)


def _counts(tokens: list[re.Match[str]], at: int, before: int, languages: tuple[str, ...]) -> bool:
    """Say whether a word stands for digits, of which `before` were said just before it."""
    word = tokens[at][0].lower()
    if is_number_word(word, languages) or word in _TIMES:
        return True
    ones = words_for_one(languages[-1])
    if word in ones:  # "un zéro quatre", not "un deux-pièces"
        behind = (each[0].lower() for each in tokens[at + 1 : at + 3])
        digits = takewhile(lambda each: each in ones or is_number_word(each, languages), behind)
        return before + len(list(digits)) >= 2
    return before > 0 and word in _ZERO


def _apart(last: re.Match[str], token: re.Match[str], text: str) -> bool:
    """Say whether two words are no part of the same number: something, or a sentence's end, is between."""
    between = text[last.end() : token.start()]
    return _BETWEEN.fullmatch(between) is None or ("." in between and token[0][0].isupper())


def _closed(run: list[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """Yield a run without the words at its end that only lead to a digit."""
    while run and run[-1][0].lower() in _TIMES:
        run.pop()
    if run:
        yield run


def _digits(
    run: list[re.Match[str]], text: str, ids: Sequence[IdKind], languages: tuple[str, ...]
) -> str | None:
    """Return what a run is in digits, None when it is best left as it stands."""
    words = [token[0].lower() for token in run]
    if len(words) < 2 or (
        all(word.isdigit() for word in words) and not _read_out(words, text[: run[0].start()], ids)
    ):
        return None
    digits, times = "", 1
    spelled: list[str] = []

    def value(words: list[str]) -> str:
        ones = words_for_one(languages[-1])
        plain = " ".join("zero" if word in _ZERO else "one" if word in ones else word for word in words)
        return re.sub(r"\D", "", with_digits(plain, languages))

    for word in words:
        if word in _TIMES:
            digits, spelled, times = digits + value(spelled), [], _TIMES[word]
        elif times > 1:
            digits, times = digits + value([word])[:1] * times + value([word])[1:], 1
        elif word.isdigit() or word in _ZERO:
            digits, spelled = digits + value(spelled) + (word if word.isdigit() else "0"), []
        else:
            spelled.append(word)
    return digits + value(spelled)


def _read_out(words: list[str], before: str, ids: Sequence[IdKind]) -> bool:
    """Say whether written digits were read out one after the other, or in pairs as a number is."""
    if all(len(word) == 1 for word in words):
        return True
    if _NUMBERED.search(before[-_NEAR:]) is not None:
        return True
    named = before[-_NEAR:].lower()
    return any(re.search(rf"{kind.noun.pattern}[^\d]{{0,20}}$", named) for kind in ids)


def _addresses(text: str) -> str:
    for words in _ADDRESSES:
        if words.at.search(text):
            text = words.letters.sub(lambda found: re.sub(r"[ -]", "", found[0]), text)
            text = words.address.sub(partial(_address, words), text)
    return text


def _address(words: _AddressWords, found: re.Match[str]) -> str:
    return f"{_joined(found[1], words)}@{_joined(found[2], words)}"


def _joined(name: str, words: _AddressWords) -> str:
    for pattern, sign in words.signs:
        name = pattern.sub(sign, name)
    return joined_digits(name).replace(" ", "").lower()
