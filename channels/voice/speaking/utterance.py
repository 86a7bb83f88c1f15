"""Text as a speech engine may have it: no commands hidden in it, and in pieces of bounded length."""

from __future__ import annotations

import unicodedata
from typing import Final

from channels.voice.speaking.spoken.sentences import sentences

LONGEST_TEXT: Final = 8000
"""Characters of one `say`, some ten minutes of speech; what is longer is cut there."""

# eSpeak takes Ctrl-A as the start of a command, [[ ]] as phonemes and <…> as SSML when told so.
_TAME: Final = str.maketrans({"<": " ", ">": " ", "[": "(", "]": ")", "\\": " "})


def utterances(text: str) -> list[str]:
    """Return what an engine is asked to say, one request after the other; empty when nothing is sayable."""
    tame = _without_controls(text[:LONGEST_TEXT]).translate(_TAME)
    return [piece for piece in sentences(tame) if any(char.isalnum() for char in piece)]


def _without_controls(text: str) -> str:
    return "".join(map(_tamed, text))


def _tamed(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cf":  # soft hyphens and joiners stand inside words
        return ""
    return " " if char != "\n" and category in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} else char
