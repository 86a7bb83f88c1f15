"""Which foreign regular expressions are run at all: those that can't be slow on any input."""

from __future__ import annotations

import re

MAX_LENGTH = 200
_SETS = ("--", "&&", "||", "~~")  # reserved by Python for set operations

# Anchored; then single characters, classes and escapes, each once or exactly n times, and at most one of
# them repeated freely: such a pattern is matched in one pass.
_CLASS = r"\[\^?(?:[^\[\]\\]|\\[dDwWsS.\-]){1,64}+\]"
_ATOM = rf"(?:{_CLASS}|\\[dDwWsS.\-+*?()\[\]{{}}|/^$\\]|[A-Za-z0-9 _@:;,/#%&=~!'\"<>.-])"
_FIXED = r"(?:\{[0-9]{1,3}\})?"
_FREE = r"(?:[*+?]|\{[0-9]{1,3},[0-9]{0,3}\})"
_CHEAP = re.compile(rf"\^(?:{_ATOM}{_FIXED}){{0,64}}+(?:{_FREE}(?:{_ATOM}{_FIXED}){{0,64}}+)?\$?")


def is_cheap(pattern: str) -> bool:
    """Tell whether matching `pattern` is linear in its input: anchored, no groups, one free repeat."""
    if len(pattern) > MAX_LENGTH or any(each in pattern for each in _SETS) or not _CHEAP.fullmatch(pattern):
        return False
    try:
        re.compile(pattern)
    except (re.error, OverflowError):
        return False
    return True
