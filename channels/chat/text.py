"""What text of a customer is taken in."""

from __future__ import annotations

import unicodedata
from typing import Final

from channels.chat.errors import TextRefused

_REMOVED: Final = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"}


def clean_text(text: str, *, limit: int) -> str:
    """Return `text` with one kind of line end and without control characters, at most `limit` characters.

    Raises TextRefused: `bad_text` (NUL or lone surrogates), `empty_text`, `text_too_long`.
    """
    if "\x00" in text or not is_unicode(text):
        raise TextRefused("The text contains characters that can't be stored.", code="bad_text")
    if len(text) > 4 * limit:
        raise TextRefused(f"The text is longer than {limit} characters.", code="text_too_long")
    cleaned = text.replace("\r\n", "\n").replace("\r", "\n").translate(_REMOVED).strip()
    if not any(unicodedata.category(char)[0] in "LMNPS" for char in cleaned):
        raise TextRefused("The message is empty.", code="empty_text")
    if len(cleaned) > limit:
        raise TextRefused(f"The text is longer than {limit} characters.", code="text_too_long")
    return cleaned


def is_unicode(text: str) -> bool:
    """Say whether `text` can be written as UTF-8, that is, holds no lone surrogate."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
