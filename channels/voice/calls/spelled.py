"""Numbers and addresses as they are spoken, written as one would type them: "one zero four two" is 1042."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from guardrails.facts.number_words import with_digits

LONGEST: Final = 4_000
"""Characters that are looked at; an utterance lasts half a minute."""
_TOKEN: Final = re.compile(r"[^\W\d_]+|\d+")
_BETWEEN: Final = re.compile(r"[ ,./-]{1,3}")
_TIMES: Final = {
    "double": 2,
    "triple": 3,
    "treble": 3,
    "doppel": 2,
    "dreifach": 3,
    "zweimal": 2,
    "dreimal": 3,
}
_ZERO: Final = frozenset({"oh", "o"})
_NUMBERED: Final = re.compile(
    r"\b(?:order|number|code|customer|invoice|bestellung|bestellnummer|nummer|auftrag|rechnung|kunde\w*)\b[^\d]{0,20}$",
    re.IGNORECASE,
)
_LETTERS: Final = re.compile(
    r"(?<![^\s])(?:[a-z][ -]){2,20}[a-z](?=\s+(?:at|ät|dot|punkt|@)\b)", re.IGNORECASE
)
_SIGN: Final = r" (?:dot|punkt|underscore|unterstrich|dash|minus|bindestrich) "
_NAME: Final = rf"[\w+-]{{1,40}}(?:{_SIGN}[\w+-]{{1,40}}){{0,4}}(?: \d{{1,8}})?"
_DOT: Final = r"(?: (?:dot|punkt) |\.)"
_DOMAIN: Final = rf"[\w-]{{1,40}}(?:{_DOT}[\w-]{{1,40}}){{0,3}}{_DOT}[a-z]{{2,10}}"
_ADDRESS: Final = re.compile(rf"\b({_NAME}) (?:at|ät|@) ({_DOMAIN})\b", re.IGNORECASE)
_SIGNS: Final = (
    (re.compile(r" ?\b(?:dot|punkt)\b ?| ?\. ?", re.IGNORECASE), "."),
    (re.compile(r" ?\b(?:underscore|unterstrich)\b ?", re.IGNORECASE), "_"),
    (re.compile(r" ?\b(?:dash|minus|bindestrich)\b ?", re.IGNORECASE), "-"),
)


def written(text: str) -> str:
    """Return a transcript with spoken digit groups joined and spoken e-mail addresses written as such.

    Lone number words stay words. English and German; linear in the text, of which 4,000 characters are read.
    """
    return _addresses(joined_digits(text[:LONGEST])).strip()


def joined_digits(text: str) -> str:
    """Return a text with runs of spoken digits joined: "my code is four eight two" ends in 482."""
    parts, at = [], 0
    for run in list(_runs(text)):
        start, end = run[0].start(), run[-1].end()
        digits = _digits(run, text)
        if digits is not None:
            parts += [text[at:start], digits]
            at = end
    return "".join([*parts, text[at:]])


def is_number_word(word: str) -> bool:
    """Say whether a word stands for digits."""
    return word.isdigit() or with_digits(word) != word


def _runs(text: str) -> Iterator[list[re.Match[str]]]:
    """Yield the stretches of words that stand for digits."""
    run: list[re.Match[str]] = []
    for token in _TOKEN.finditer(text):
        if run and _apart(run[-1], token, text):
            yield from _closed(run)
            run = []
        if _counts(token[0].lower(), begun=bool(run)):
            run.append(token)
        elif run:
            yield from _closed(run)
            run = []
    yield from _closed(run)


def _apart(last: re.Match[str], token: re.Match[str], text: str) -> bool:
    """Say whether two words are no part of the same number: something, or a sentence's end, is between."""
    between = text[last.end() : token.start()]
    return _BETWEEN.fullmatch(between) is None or ("." in between and token[0][0].isupper())


def _counts(word: str, *, begun: bool) -> bool:
    return is_number_word(word) or word in _TIMES or (begun and word in _ZERO)


def _closed(run: list[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """Yield a run without the words at its end that only lead to a digit."""
    while run and run[-1][0].lower() in _TIMES:
        run.pop()
    if run:
        yield run


def _digits(run: list[re.Match[str]], text: str) -> str | None:
    """Return what a run is in digits, None when it is best left as it stands."""
    words = [token[0].lower() for token in run]
    if len(words) < 2 or (
        all(word.isdigit() for word in words) and not _read_out(words, text[: run[0].start()])
    ):
        return None
    digits, times = "", 1
    spelled: list[str] = []
    for word in words:
        if word in _TIMES:
            digits, spelled, times = digits + _value(spelled), [], _TIMES[word]
        elif times > 1:
            digits, times = digits + _value([word])[:1] * times + _value([word])[1:], 1
        elif word.isdigit() or word in _ZERO:
            digits, spelled = digits + _value(spelled) + (word if word.isdigit() else "0"), []
        else:
            spelled.append(word)
    return digits + _value(spelled)


def _read_out(words: list[str], before: str) -> bool:
    """Say whether written digits were read out one after the other, or in pairs as a number is."""
    if all(len(word) == 1 for word in words):
        return True
    return _NUMBERED.search(before[-60:]) is not None


def _value(words: list[str]) -> str:
    return re.sub(r"\D", "", with_digits(" ".join("zero" if word in _ZERO else word for word in words)))


def _addresses(text: str) -> str:
    text = _LETTERS.sub(lambda found: re.sub(r"[ -]", "", found[0]), text)
    return _ADDRESS.sub(lambda found: f"{_joined(found[1])}@{_joined(found[2])}", text)


def _joined(name: str) -> str:
    for pattern, sign in _SIGNS:
        name = pattern.sub(sign, name)
    return joined_digits(name).replace(" ", "").lower()
