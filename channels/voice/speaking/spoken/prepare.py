"""The way of a text from a model's reply to what a voice can say.

Each concern is a list of rules: a bounded pattern and how its match is spoken. One scanner reads a text once,
so that no rule sees what another has written. What no rule knows stays as it is.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from channels.voice.speaking.spoken.english_dates import english_date_rules, english_time_rules
from channels.voice.speaking.spoken.german_dates import german_date_rules, german_time_rules
from channels.voice.speaking.spoken.speech_language import SpeechLanguage, speech_language
from channels.voice.speaking.spoken.speech_rules import SpeechReader, SpeechRule
from channels.voice.speaking.spoken.spoken_amounts import measure_rules, money_rules
from channels.voice.speaking.spoken.spoken_dates import date_rules, time_rules
from channels.voice.speaking.spoken.spoken_ids import contact_rules, id_rules, phone_rule
from channels.voice.speaking.spoken.spoken_sentences import GERMAN_NOUNS

_IMAGE_OR_LINK: Final = re.compile(
    r"!?\[([^\[\]\n]{0,300})\]\(\s{0,3}<?([^()\[\]\s<>]{1,500})>?[^()\[\]\n]{0,200}\)"
)
_REFERENCE: Final = re.compile(r"\[([^\[\]\n]{1,300})\]\[[^\[\]\n]{0,100}\]")
_FOOTNOTE: Final = re.compile(r"\[\^[\w-]{1,30}\]|(?<=[\w.!?)])\[[0-9]{1,3}\]")
_ANGLE: Final = re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,500}|[\w.+-]{1,64}@[\w.-]{1,200})>")
_TAG: Final = re.compile(
    r"</?(?:a|abbr|b|blockquote|br|code|div|em|h[1-6]|hr|i|img|li|ol|p|pre|s|small|span|speak|strong|sub|sup"
    r"|table|tbody|td|th|thead|tr|u|ul)(?:\s[^<>\n]{0,300})?/?>",
    re.IGNORECASE,
)
_FENCE: Final = re.compile(r"^\s{0,3}(?:`{3,}|~{3,})\s{0,3}[\w+-]{0,20}\s*$")
_RULE: Final = re.compile(r"^\s{0,3}(?:[-*_=][ ]?){3,}$|^\s*\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?\s*)?$")
_HEADING: Final = re.compile(r"^\s{0,3}#{1,6}\s+(.*?)(?:\s+#+)?\s*$")
_BULLET: Final = re.compile(r"^\s*(?:[-*+•◦▪‣·–]\s+(?:\[[ xX]\]\s+)?)(?=\S)")
_NUMBERED: Final = re.compile(rf"^\s*([0-9]{{1,3}})[.)]\s+(?=\S)(?!{GERMAN_NOUNS})")
_QUOTE: Final = re.compile(r"^\s{0,3}(?:>\s?){1,10}")
_MARKS: Final = re.compile(r"\*{2,}|~{2,}|_{2,}(?=\W|$)|(?<!\w)_{1,3}(?=\w)|(?<!\S)\*(?=\w)|`+")
_CLOSING: Final = re.compile(r"(?<=[^\s\W])[*_](?=[\s.,;:!?)]|$)|(?<=[.,!?)])[*_](?=\s|$)")
_BREAKS: Final = ("br", "li", "p>", "p ", "/p>", "/li", "/t", "/h", "/d")
_ENDS: Final = ".!?:;,…"


def plain(text: str) -> str:
    """Return `text` as one paragraph of sentences; links are named by their words, or their address."""
    return _joined(_inline(text).split("\n"))


def _inline(text: str) -> str:
    text = _IMAGE_OR_LINK.sub(lambda m: m[1] if m[1].strip() else m[2], text)
    text = _REFERENCE.sub(r"\1", text)
    text = _FOOTNOTE.sub("", text)
    text = _ANGLE.sub(lambda m: m[1].removeprefix("mailto:"), text)
    return _TAG.sub(lambda m: "\n" if m[0][1:].lower().startswith(_BREAKS) else " ", text)


def _joined(lines: list[str]) -> str:
    """Join lines; one that stands for itself (a heading, a bullet, a row) ends a sentence."""
    parts: list[str] = []
    for line in lines:
        words, alone = _line(line)
        if parts and (alone or not words):
            parts[-1] = _ended(parts[-1])
        if words:
            parts.append(_ended(words) if alone else words)
    return " ".join(parts)


def _line(line: str) -> tuple[str, bool]:
    """Return a line's words, and whether it stands for itself."""
    if _FENCE.match(line) or _RULE.match(line):
        return "", True
    line = _QUOTE.sub("", line)
    if heading := _HEADING.match(line):
        return _bare(heading[1]), True
    if bullet := _BULLET.match(line):
        return _bare(line[bullet.end() :]), True
    if number := _NUMBERED.match(line):
        return f"{number[1]}: {_bare(line[number.end() :])}", True
    if line.strip().startswith("|") and line.count("|") > 1:
        cells = (_bare(cell) for cell in line.strip().strip("|").split("|"))
        return ", ".join(cell for cell in cells if cell), True
    return _bare(line), False


def _bare(line: str) -> str:
    return _CLOSING.sub("", _MARKS.sub("", line)).strip()


def _ended(sentence: str) -> str:
    return sentence if sentence.rstrip("\"'”’)»").endswith(tuple(_ENDS)) else f"{sentence}."


_ROMAN: Final = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_NO_NUMERALS: Final = frozenset({"CC", "CD", "CV", "DC", "MD", "MC", "XL", "XXL", "DI"})
_LAST: Final = frozenset(
    {"et cetera", "und so weiter", "Incorporated", "Limited", "Company", "Avenue", "Road", "oder Ähnliches"}
)
"""What may end a sentence that another one follows."""
_VOWELS: Final = frozenset("AEIOUYÄÖÜ")


def short_form_rule(forms: Mapping[str, str]) -> SpeechRule:
    """Return the rule for abbreviations; a full stop that also ends the text or line is kept."""
    known = {_squeezed(form): said for form, said in forms.items()}
    one_of = "|".join(_pattern(form) for form in sorted(forms, key=len, reverse=True))

    def say(match: re.Match[str]) -> str:
        said = known[_squeezed(match[0])]
        behind = match.string[match.end() : match.end() + 9].lstrip()
        ends = match[0].endswith(".") and (not behind or (said in _LAST and behind[0].isupper()))
        return f"{said}." if ends else said

    return SpeechRule(pattern=rf"(?<![\w.])(?:{one_of})", say=say)


def _squeezed(form: str) -> str:
    return form.replace(" ", "")


def _pattern(form: str) -> str:
    """A space in a form may be missing; a form that ends in a letter ends a word."""
    pattern = re.escape(form).replace(r"\ ", r"\s?")
    return pattern + r"(?!\w)" if form[-1].isalnum() or form[-1] == "." else pattern


def acronym_rule(language: SpeechLanguage) -> SpeechRule:
    """Return the rule for acronyms: those listed, and capitals without a vowel; Roman numerals stay.

    VAT is "V.A.T." where a lone A would be an article, else AGB is "A G B".
    """
    listed, dotted = frozenset(language.table["spelled"]), "lone_a" in language.words

    def say(match: re.Match[str]) -> str | None:
        word = match["word"]
        if word not in listed and not _unpronounceable(word):
            return None
        said = "".join(f"{letter}." for letter in word) if dotted else " ".join(word)
        return said + (match["ending"] or "")

    return SpeechRule(
        pattern=r"(?<![\w.@/'’-])(?P<word>[A-ZÄÖÜ]{2,6})(?P<ending>['’]?s)?(?![\w@/]|\.\w)", say=say
    )


def _unpronounceable(word: str) -> bool:
    roman = _ROMAN.fullmatch(word) is not None and word not in _NO_NUMERALS
    return not roman and not _VOWELS & set(word)


def dash_rules(to: str) -> tuple[SpeechRule, ...]:
    """Return the rules for dashes, arrows and bars that are left: a range between words, else a pause."""
    return (
        SpeechRule(pattern=r"(?<=\w)–(?=\w)|(?<=\w\.)–(?=\w)", say=lambda _: f" {to} "),
        SpeechRule(
            pattern=r"\s{0,3}(?:–|—|→|⇒|\||--|->)(?=\s|$)\s{0,3}|\s{0,3}—\s{0,3}|(?<=\D)\s-\s|\s-\s(?=\D)",
            say=lambda _: ", ",
        ),
    )


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
