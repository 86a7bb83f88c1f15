"""Private data behind tokens, for as long as one turn runs: the model reads the token, a tool the value."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any

from guardrails.privacy.find import FINDERS, find, replaced
from guardrails.privacy.kinds import Kind
from guardrails.privacy.masks import mask

TOKEN = re.compile(r"\[(?:card|IBAN|ID number|password|code) [0-9a-f]{6}\]")
NAMES = {
    Kind.CARD: "card",
    Kind.IBAN: "IBAN",
    Kind.NATIONAL_ID: "ID number",
    Kind.PASSWORD: "password",
    Kind.CODE: "code",
}
DEEPEST = 20


class Vault:
    """Tokens and values of one turn; the same value gets the same token wherever `key` is the same."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._values: dict[str, tuple[Kind, str]] = {}

    def tokenise(self, text: str, *, keep: frozenset[Kind] = frozenset()) -> str:
        """Return `text` with a token for each piece of private data but those of the kinds to keep."""
        kinds = [kind for kind in FINDERS if kind not in keep]
        return replaced(text, find(text, kinds), self._token)

    def restore(self, arguments: Mapping[str, Any], needs: frozenset[str]) -> dict[str, Any]:
        """Return a tool's arguments with the values of the kinds it needs; other tokens stay."""
        return {key: self._restored(value, needs, 0) for key, value in arguments.items()}

    def masked(self, text: str) -> str:
        """Return a text for the customer: each token as a mask that gives nothing away."""
        return TOKEN.sub(lambda match: self._mask(match[0]), text)

    def _token(self, kind: Kind, value: str) -> str:
        plain = "".join(character for character in value if character.isalnum()) or value
        digest = hmac.new(self._key, f"{kind}{plain}".encode(), hashlib.sha256).hexdigest()
        token = f"[{NAMES[kind]} {digest[:6]}]"
        self._values[token] = (kind, value)
        return token

    def _restored(self, value: Any, needs: frozenset[str], depth: int) -> Any:
        if isinstance(value, str):
            return TOKEN.sub(lambda match: self._plain(match[0], needs), value)
        if isinstance(value, Mapping) and depth < DEEPEST:
            return {key: self._restored(item, needs, depth + 1) for key, item in value.items()}
        if isinstance(value, list) and depth < DEEPEST:
            return [self._restored(item, needs, depth + 1) for item in value]
        return value

    def _plain(self, token: str, needs: frozenset[str]) -> str:
        kind, value = self._values.get(token, (None, token))
        return value if kind is not None and kind in needs else token

    def _mask(self, token: str) -> str:
        kind, value = self._values.get(token, (None, token))
        return token if kind is None else mask(kind, value)
