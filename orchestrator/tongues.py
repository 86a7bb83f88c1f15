"""Which language a customer writes, told without any model: by script, else by the smallest words.

Used where no model can be asked, so that what we say ourselves is understood; it decides nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_LOOKED_AT = 2_000  # characters
_ENOUGH = 2  # different small words
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")  # "E-Mail" is no Italian "e"

_SCRIPTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "CYRILLIC": "ru",
        "GREEK": "el",
        "ARABIC": "ar",
        "HIRAGANA": "ja",
        "KATAKANA": "ja",
        "HANGUL": "ko",
        "CJK": "zh",
    }
)
_UKRAINIAN = re.compile("[іїєґ]", re.IGNORECASE)
_PERSIAN = re.compile("[پچژگ]")

_LETTERS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "de": frozenset("ß"),
        "es": frozenset("ñ¿¡"),
        "fr": frozenset("œîû"),
        "it": frozenset("òì"),
        "pt": frozenset("ãõ"),
        "pl": frozenset("łżę"),
        "tr": frozenset("ğı"),
    }
)
"""Letters that among these languages are one's alone; each counts as a small word."""

_SMALL: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        language: frozenset(words.split())
        for language, words in {
            "en": "the and is my where when what to of for with not have you i are can please it an a do does"
            " did no me in on at be this that how your was were will would need want if or but they we"
            " as by so all us",
            "de": "der die das und ist mein meine wo wann was zu für mit nicht ich sie wir bitte ein es den"
            " auf im in an will so haben habe kann man eine einem einen wie sind oder von bei mir er mich",
            "fr": "le la les et est mon ma où quand que de pour avec pas je vous nous un une des ne quel en"
            " j qu c ce sur au aux suis ai mes il elle comment merci bonjour si plus par dans",
            "es": "el la los y es mi dónde cuándo qué de para con no me se lo su un una por está puedo en"
            " que del las mis quiero tengo hay cómo hola si al ha pero",
            "it": "il la i e è mio mia dove quando che di per con non ho lei un una sono posso quale ed gli"
            " del della lo mi si ha vorrei come le in da ma c al buongiorno",
            "nl": "de het en is mijn waar wanneer wat van voor met niet ik u heb een kan zijn op te die in er"
            " dat ons wij hoe aan bij wil graag maar of nog je als was",
            "pt": "o a os e é meu minha onde quando que de para com não eu você um uma tenho está posso"
            " qual do da no na em se por como quero mas foi ao as olá",
            "pl": "i jest mój moja gdzie kiedy co do dla z nie mam pan czy na się w to jak proszę moje o od"
            " za jestem chcę po ale mi ten już dzień",
            "tr": "ve bir bu ne nerede zaman için ile değil ben siz mi var yok benim nasıl lütfen çok",
        }.items()
    }
)


def tongue(text: str) -> str | None:
    """Return the language of `text` as a two-letter tag, None when it can't be told."""
    text = unicodedata.normalize("NFC", text[:_LOOKED_AT])
    scripts = Counter(_script(letter) for letter in text if letter.isalpha())
    if not scripts:
        return None
    if scripts["ja"]:
        return "ja"  # its characters are mixed with those that Chinese has too
    script, _ = scripts.most_common(1)[0]
    if script == "ru" and _UKRAINIAN.search(text):
        return "uk"
    if script == "ar" and _PERSIAN.search(text):
        return None
    return script or _by_small_words(text)


def _script(letter: str) -> str:
    return _SCRIPTS.get(unicodedata.name(letter, "").split(" ", 1)[0], "")


def _by_small_words(text: str) -> str | None:
    words, letters = {word.lower() for word in _WORD.findall(text)}, set(text.lower())
    found = Counter(
        {
            language: len(words & small) + len(letters & _LETTERS.get(language, frozenset()))
            for language, small in _SMALL.items()
        }
    )
    (first, most), (_, second) = found.most_common(2)
    # Single letters alone are as often something else: a list's, an initial.
    told = most >= _ENOUGH and most > second and any(len(word) > 1 for word in words & _SMALL[first])
    return first if told else None
