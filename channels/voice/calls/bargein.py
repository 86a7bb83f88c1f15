"""Speaking over a reply: what means "go on", and what means "listen to me"."""

from __future__ import annotations

import re
from typing import Final

MOST_WORDS: Final = 3
_LETTERS: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+")
_WORDS: Final = """
uh-huh uhuh uh huh uhhuh mhm mhmm mmhmm mm mmm hm hmm hmmm mm-hmm mm-hm aha ah oh okay ok okey yeah right
alright ja jaja jo genau gut klar achso so
"""
_SIGNS: Final = frozenset(_WORDS.split())
_PHRASES: Final = frozenset({"i see", "all right", "got it", "alles klar", "ach so", "ist gut", "sehr gut"})


def is_backchannel(text: str) -> bool:
    """Say whether a caller only shows that they listen: "uh-huh", "mhm", "okay", "ja", "right" alone."""
    words = _LETTERS.findall(text.lower())
    if not 0 < len(words) <= MOST_WORDS:
        return False
    return " ".join(words) in _PHRASES or all(word in _SIGNS for word in words)
