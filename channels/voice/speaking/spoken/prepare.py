"""The way of a text from a model's reply to what a voice can say.

Each concern is a list of rules: a bounded pattern and how its match is spoken. One scanner reads a text once,
so that no rule sees what another has written. What no rule knows stays as it is.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from typing import Final

from channels.voice.speaking.spoken.english_dates import english_date_rules, english_time_rules
from channels.voice.speaking.spoken.german_dates import german_date_rules, german_time_rules
from channels.voice.speaking.spoken.short_forms import acronym_rule, dash_rules, short_form_rule
from channels.voice.speaking.spoken.speech_language import SpeechLanguage, speech_language
from channels.voice.speaking.spoken.speech_rules import SpeechReader, SpeechRule
from channels.voice.speaking.spoken.spoken_amounts import measure_rules, money_rules
from channels.voice.speaking.spoken.spoken_dates import date_rules, time_rules
from channels.voice.speaking.spoken.spoken_ids import contact_rules, id_rules, phone_rule
from channels.voice.speaking.spoken.spoken_markup import plain

_TIDY: Final = (
    (re.compile(r"(?<=[A-Za-z]\.[A-Za-z]\.)\.(?!\.)"), ""),  # "See our F.A.Q.." has one full stop too many
    (re.compile(r"(?<= A)\.(?=,)"), ""),  # a pause is enough
    (re.compile(r" {2,}"), " "),
    (re.compile(r"(?<![ ]) (?=[,;:.!?](?:\s|$))"), ""),
)
_SPACES: Final = "\u00a0\u2007\u2009\u200a\u202f\u3000\u2002\u2003\t"
_GROUPED: Final = re.compile(rf"(?<=[0-9])[{_SPACES}](?=[0-9]{{3}}(?![0-9]))")
"""A thin space that groups thousands."""
_BLANKS: Final = re.compile(r" {2,}")
_TO_SPACE: Final = str.maketrans(dict.fromkeys(_SPACES, " "))
_WRITTEN: Final = str.maketrans({"\u2011": "-", "\u2010": "-", "\u2212": "-", "\r": "\n", "\u2028": "\n"})
_KEPT_SYMBOLS: Final = frozenset("°©®™№℃℉^`~+<>=|€$£¥¢§")
_UNWANTED: Final = frozenset({"Cc", "Cf", "Cs", "Co"})
_GERMAN: Final = (
    SpeechRule(
        pattern=r"(?<![\w.,-])(?:D-|(?<=,\s)|(?<=\n))(?P<code>[0-9]{5})(?=\s[A-ZÄÖÜ][a-zäöü])",
        say=lambda m: " ".join(m["code"]),
    ),
    SpeechRule(pattern=r"(?<=[a-zäöüß])str\.(?=\s|,|$)", say=lambda _: "straße"),
    SpeechRule(pattern=r"(?<!\w)Fr\.(?=\s[A-ZÄÖÜ][a-zäöü])", say=lambda _: "Frau"),
)
"""Postcodes, streets and ladies."""


def spoken(text: str, language: str, *, nouns: frozenset[str] = frozenset()) -> str:
    """Return `text` as a voice should say it in `language` (a tag such as `de` or `en-GB`).

    `nouns` are what the business calls things with an id (a * ends a stem), whose numbers are read digit by
    digit. Pure, in linear time, never raises; never empty when `text` has words. What can't be read stays.
    """
    said = _reader(language[:2].lower(), nouns).read(without_emojis(plain(clean(html.unescape(text)))))
    for pattern, replacement in _TIDY:
        said = pattern.sub(replacement, said)
    said = said.strip()
    return said if has_words(said) or not has_words(text) else clean(text).strip()


@lru_cache(maxsize=32)
def _reader(tag: str, nouns: frozenset[str]) -> SpeechReader:
    """Return the rules of a language in the order in which they count; none for one we don't know."""
    language = speech_language(tag)
    return SpeechReader(() if language is None else _rules(language, nouns))


def _rules(language: SpeechLanguage, nouns: frozenset[str]) -> tuple[SpeechRule, ...]:
    words, german = language.words, _GERMAN if language.tag == "de" else ()
    return (
        *contact_rules(language.table["signs"]),
        *_date_rules(language),
        *money_rules(language),
        phone_rule("plus"),
        *german,
        *id_rules(language, nouns),
        short_form_rule(language.table["short_forms"]),
        *measure_rules(language),
        acronym_rule(language),
        *dash_rules(words["to"]),
    )


def _date_rules(language: SpeechLanguage) -> tuple[SpeechRule, ...]:
    match language.tag:
        case "en":
            return (*english_date_rules(), *english_time_rules())
        case "de":
            return (*german_date_rules(), *german_time_rules())
        case _:
            return (*date_rules(language), *time_rules(language))


def clean(text: str) -> str:
    """Return `text` with plain, single spaces and hyphens, without control characters and lone surrogates."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").translate(_WRITTEN))
    text = _GROUPED.sub("", text).translate(_TO_SPACE)
    kept = "".join(char for char in text if char == "\n" or unicodedata.category(char) not in _UNWANTED)
    return _BLANKS.sub(" ", kept)


def without_emojis(text: str) -> str:
    """Return `text` without pictures, each leaving a space."""
    return text if text.isascii() else "".join(" " if _is_picture(char) else char for char in text)


def _is_picture(char: str) -> bool:
    if char in _KEPT_SYMBOLS or char.isascii():
        return False
    return unicodedata.category(char) in {"So", "Sk", "Cn"} or char in "\ufe0f\ufe0e\u20e3\u2642\u2640"


def has_words(text: str) -> bool:
    """Say whether there is anything to say: a letter or a digit."""
    return any(char.isalnum() for char in text)
