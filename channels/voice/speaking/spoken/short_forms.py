"""Short forms written out, acronyms letter by letter, and the dashes that are left."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from channels.voice.speaking.spoken.speech_language import SpeechLanguage
from channels.voice.speaking.spoken.speech_rules import SpeechRule

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
