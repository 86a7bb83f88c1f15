"""Characters that are no words: controls, odd spaces, emojis."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SPACES: Final = "\u00a0\u2007\u2009\u200a\u202f\u3000\u2002\u2003\t"
_GROUPED: Final = re.compile(rf"(?<=[0-9])[{_SPACES}](?=[0-9]{{3}}(?![0-9]))")
"""A thin space that groups thousands."""
_BLANKS: Final = re.compile(r" {2,}")
_TO_SPACE: Final = str.maketrans(dict.fromkeys(_SPACES, " "))
_WRITTEN: Final = str.maketrans({"\u2011": "-", "\u2010": "-", "\u2212": "-", "\r": "\n", "\u2028": "\n"})
_KEPT_SYMBOLS: Final = frozenset("°©®™№℃℉^`~+<>=|€$£¥¢§")


def clean(text: str) -> str:
    """Return `text` with plain, single spaces and hyphens, without control characters and lone surrogates."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").translate(_WRITTEN))
    text = _GROUPED.sub("", text).translate(_TO_SPACE)
    kept = "".join(char for char in text if char == "\n" or unicodedata.category(char) not in _UNWANTED)
    return _BLANKS.sub(" ", kept)


_UNWANTED: Final = frozenset({"Cc", "Cf", "Cs", "Co"})


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
