"""Which eSpeak NG voice speaks a language, and how fast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, kw_only=True, slots=True)
class EspeakVoice:
    """A voice by its name or file in eSpeak NG (`espeak-ng --voices`), and words a minute (80–450)."""

    name: str
    rate: int = 165


# Tags whose voice bears the tag's own name; what eSpeak NG 1.52 calls otherwise stands below.
_SAME: Final = (
    "af am an ar as az ba be bg bn bs ca chr cmn cs cv cy da el eo es es-419 et eu fa fi fr-be fr-ch ga gd"
    " gn grc gu hak haw he hi hr ht hu hy ia id io is it ja jbo ka kk kl kn ko kok ku ky la lb lfn lt lv mi"
    " mk ml mr ms mt my nb nci ne nl nog om or pa pap pl pt pt-br qu quc ro ru sd shn si sjn sk sl smj sq sr"
    " sv sw ta te th tk tn tr tt ug uk ur uz vi yue"
)

VOICES: Final[Mapping[str, EspeakVoice]] = MappingProxyType(
    {
        **{name: EspeakVoice(name=name) for name in _SAME.split()},
        "en": EspeakVoice(name="en-us"),
        "en-us": EspeakVoice(name="en-us"),
        "en-gb": EspeakVoice(name="gmw/en"),
        "de": EspeakVoice(name="de", rate=155),  # German words are long
        "fr": EspeakVoice(name="roa/fr"),
        "nn": EspeakVoice(name="nb"),
        "no": EspeakVoice(name="nb"),
        "zh": EspeakVoice(name="cmn"),
        "zh-hk": EspeakVoice(name="yue"),
    }
)


def voice_for(language: str, voices: Mapping[str, EspeakVoice]) -> EspeakVoice:
    """Return the voice for a tag such as `de-AT`: the tag's own, its language's, or English."""
    tag = language.strip().lower().replace("_", "-")[:16]
    return voices.get(tag) or voices.get(tag.split("-")[0]) or voices.get("en") or VOICES["en"]
