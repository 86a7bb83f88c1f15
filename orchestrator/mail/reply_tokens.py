"""The token in a reply address: which conversation a mail continues, and proof that we wrote that address."""

from __future__ import annotations

import base64
import hashlib
import hmac
from uuid import UUID

MAC = 5
"""Bytes of the proof: a wrong guess is right once in 2^40 tries."""


class MailTokens:
    """Makes and reads tokens of 34 characters, fit for the part behind the plus sign of an address."""

    def __init__(self, secret: str) -> None:
        self._secret = hashlib.sha256(b"mail token\0" + secret.encode()).digest()

    def make(self, conversation_id: UUID) -> str:
        """Return the token of a conversation."""
        raw = conversation_id.bytes
        return base64.b32encode(raw + self._mac(raw)).decode().rstrip("=").lower()

    def read(self, token: str) -> UUID | None:
        """Return the conversation of a token, None when it is not one of ours."""
        try:
            raw = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
        except ValueError:
            return None
        if len(raw) != 16 + MAC or not hmac.compare_digest(raw[16:], self._mac(raw[:16])):
            return None
        return UUID(bytes=raw[:16])

    def _mac(self, raw: bytes) -> bytes:
        return hmac.digest(self._secret, raw, "sha256")[:MAC]
