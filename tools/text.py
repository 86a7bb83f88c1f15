"""Make values fit for a database and a wire: no NUL, no lone surrogate, no bottomless nesting."""

from __future__ import annotations

from typing import Any

MAX_DEPTH = 32


def clean_text(text: str) -> str:
    """Join surrogate pairs, put U+FFFD for lone halves and for NUL, which PostgreSQL can't store."""
    if "\x00" not in text and text.isascii():
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined.replace("\x00", "\ufffd")


def clean_json(value: Any, *, depth: int = MAX_DEPTH) -> Any:
    """The same for every string of a JSON value, keys too; ValueError when nested deeper than `depth`."""
    if isinstance(value, str):
        return clean_text(value)
    if not isinstance(value, dict | list | tuple):
        return value
    if depth == 0:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        return {_key(key): clean_json(part, depth=depth - 1) for key, part in value.items()}
    return [clean_json(part, depth=depth - 1) for part in value]


def one_line(text: str) -> str:
    """The text on one line, runs of white space as one blank."""
    return " ".join(text.split())


def _key(key: Any) -> Any:
    return clean_text(key) if isinstance(key, str) else key
