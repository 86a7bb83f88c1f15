"""Texts and JSON values as PostgreSQL can hold them."""

from __future__ import annotations

from typing import Any


def storable(text: str | None) -> str | None:
    """Return `text` without NUL and lone surrogates, which PostgreSQL's text can't hold."""
    if text is None:
        return None
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def storable_json(value: Any) -> Any:
    """Return a JSON value whose texts, keys too, are storable."""
    match value:
        case str():
            return storable(value)
        case dict():
            return {storable(str(key)): storable_json(item) for key, item in value.items()}
        case list() | tuple():
            return [storable_json(item) for item in value]
    return value
