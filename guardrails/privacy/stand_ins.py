"""What private data looks like where it must not be kept or shown, or stays behind tokens for a turn."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any

from guardrails.privacy.private_data import FINDERS, PrivateKind, find, replaced

NEVER_KEPT = (PrivateKind.CARD, PrivateKind.PASSWORD)
"""Nobody here needs them, so they are gone before a message is stored."""
_MASKED_NAMES = {PrivateKind.CARD: "card", PrivateKind.IBAN: "IBAN", PrivateKind.NATIONAL_ID: "ID number"}
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?=[\w-]{1,63}\.)")
_LONG_NUMBER = re.compile(r"(?<![\w.:-])\+?\d(?:[ /()-]{0,2}\d){8,18}(?![\w-])")
_DEEPEST_LOG = 6


def mask(kind: PrivateKind, value: str) -> str:
    """Return what stands for a piece of private data where people read: its kind, at most its last digits."""
    if kind in _MASKED_NAMES:
        digits = "".join(character for character in value if character.isalnum())
        return f"[{_MASKED_NAMES[kind]} ending {digits[-4:]}]"
    return "[password removed]" if kind is PrivateKind.PASSWORD else "[code]"


def mask_for_storage(text: str) -> str:
    """Return a customer's text without what nobody should keep: card numbers and passwords."""
    return replaced(text, find(text, NEVER_KEPT), mask)


def mask_for_logs(value: Any, depth: int = 0) -> Any:
    """Return a value for a log: private data, addresses and long numbers are masked."""
    match value:
        case str():
            return _masked(value)
        case Mapping() if depth < _DEEPEST_LOG:
            return {key: mask_for_logs(item, depth + 1) for key, item in value.items()}
        case list() | tuple() if depth < _DEEPEST_LOG:
            return [mask_for_logs(item, depth + 1) for item in value]
    return value


def _masked(text: str) -> str:
    if len(text) > 10_000:
        text = f"{text[:10_000]}…"
    text = replaced(text, find(text), mask)
    text = _EMAIL.sub(lambda match: f"{match[0][0]}***@", text)
    return _LONG_NUMBER.sub("[number]", text)


_TOKEN = re.compile(r"\[(?:card|IBAN|ID number|password|code) [0-9a-f]{6}\]")
_TOKEN_NAMES = {
    PrivateKind.CARD: "card",
    PrivateKind.IBAN: "IBAN",
    PrivateKind.NATIONAL_ID: "ID number",
    PrivateKind.PASSWORD: "password",
    PrivateKind.CODE: "code",
}
_DEEPEST_ARGUMENT = 20


class Vault:
    """Tokens and values of one turn; the same value gets the same token wherever `key` is the same."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._values: dict[str, tuple[PrivateKind, str]] = {}

    def tokenise(self, text: str, *, keep: frozenset[PrivateKind] = frozenset()) -> str:
        """Return `text` with a token for each piece of private data but those of the kinds to keep."""
        kinds = [kind for kind in FINDERS if kind not in keep]
        return replaced(text, find(text, kinds), self._token)

    def restore(self, arguments: Mapping[str, Any], needs: frozenset[str]) -> dict[str, Any]:
        """Return a tool's arguments with the values of the kinds it needs; other tokens stay."""
        return {key: self._restored(value, needs, 0) for key, value in arguments.items()}

    def masked(self, text: str) -> str:
        """Return a text for the customer: each token as a mask that gives nothing away."""
        return _TOKEN.sub(lambda match: self._mask(match[0]), text)

    def _token(self, kind: PrivateKind, value: str) -> str:
        plain = "".join(character for character in value if character.isalnum()) or value
        digest = hmac.new(self._key, f"{kind}{plain}".encode(), hashlib.sha256).hexdigest()
        token = f"[{_TOKEN_NAMES[kind]} {digest[:6]}]"
        self._values[token] = (kind, value)
        return token

    def _restored(self, value: Any, needs: frozenset[str], depth: int) -> Any:
        if isinstance(value, str):
            return _TOKEN.sub(lambda match: self._plain(match[0], needs), value)
        if isinstance(value, Mapping) and depth < _DEEPEST_ARGUMENT:
            return {key: self._restored(item, needs, depth + 1) for key, item in value.items()}
        if isinstance(value, list) and depth < _DEEPEST_ARGUMENT:
            return [self._restored(item, needs, depth + 1) for item in value]
        return value

    def _plain(self, token: str, needs: frozenset[str]) -> str:
        kind, value = self._values.get(token, (None, token))
        return value if kind is not None and kind in needs else token

    def _mask(self, token: str) -> str:
        kind, value = self._values.get(token, (None, token))
        return token if kind is None else mask(kind, value)
