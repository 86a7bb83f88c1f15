"""Characters that turn the order of the text around them (Unicode Standard Annex 9), for every way out.

A name or a sentence with one of them can make what follows read as something else (`Trojan Source`,
CVE-2021-42574). The marks U+200E, U+200F and U+061C stay, as do joiners: they move nothing but themselves,
and Arabic, Hebrew, Persian and emoji need them.
"""

from __future__ import annotations

import re
from typing import Final

_TURNING: Final = "\u202a-\u202e\u2066-\u2069\u206a-\u206f\ufff9-\ufffb"
"""Embeddings, overrides, isolates, the deprecated format characters and interlinear annotation."""

TURNING: Final = re.compile(f"[{_TURNING}]")
_ESCAPED: Final = re.compile(r"(\\\\)|\\u(?:202[a-e]|206[6-9a-f]|fff[9ab])", re.IGNORECASE)


def in_order(text: str) -> str:
    """Return `text` without the characters that turn the order of others."""
    return TURNING.sub("", text) if TURNING.search(text) else text


def json_in_order(text: str) -> str:
    """Return JSON in ASCII without them, where they stand as escapes (RFC 8259 section 7)."""
    return _ESCAPED.sub(lambda found: found[1] or "", text)
