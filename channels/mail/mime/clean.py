"""Any text into text that every later part can store, show and log."""

from __future__ import annotations

import re

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# C0 and C1 controls, lone surrogates, non-characters, and the tag block: letters nobody sees but a model.
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){3,}")


def clean_text(text: str) -> str:
    """Valid Unicode, no controls but tab and \\n, lines ended by \\n."""
    text = _LINE_ENDS.sub("\n", text)
    return _SURROGATES.sub("\ufffd", _UNWANTED.sub("", text))


def clean_line(text: str, limit: int = 1_000) -> str:
    """As `clean_text`, on one line, white space collapsed, at most `limit` characters."""
    return _SPACES.sub(" ", clean_text(text[: limit * 4])).strip()[:limit]


def tidy(text: str) -> str:
    """No blank lines at the ends, at most two in a row, no \\ufeff."""
    return _BLANK_LINES.sub("\n\n\n", text.replace("\ufeff", "")).strip("\n").rstrip()
