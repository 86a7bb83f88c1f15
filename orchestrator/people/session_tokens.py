"""Session tokens that need no row: what they name, for whom and of which generation can be worked out.

A token is 43 characters (base64url of 32 bytes): 16 random bytes, the minute it was issued, 4 bytes that
stand for the person it was issued to (zeros: nobody), and a tag of 8 bytes over these and the generation of
the session. A session's row knows its generation: raising it makes every token issued before worthless.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

LENGTH: Final = 43
UNUSED_FOR: Final = 24 * 60
"""Minutes for which a token names a session in which nothing was written yet."""
NOBODY: Final = bytes(4)
REMEMBERED: Final = 16
"""Generations back that a token is still known as one of ours."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A text that has the shape of a token; whether it is one of ours, only its tag tells."""

    random: bytes
    minute: int
    person: bytes
    tag: bytes

    @property
    def key(self) -> str:
        """Return the key of its session; it holds a character that no client's own id may hold."""
        return "\0" + self.random.hex()

    @property
    def anonymous(self) -> bool:
        """Say whether it was issued to nobody in particular."""
        return self.person == NOBODY


@dataclass(frozen=True, kw_only=True, slots=True)
class Ids:
    """What the rows of a token's session are called once there are any."""

    session: UUID
    conversation: UUID
    customer: UUID


def read_token(text: str) -> Token | None:
    """Return the parts of a text that has a token's shape, else None."""
    if len(text) != LENGTH:
        return None
    try:
        raw = urlsafe_b64decode(text + "=")
    except (Base64Error, ValueError):
        return None
    if len(raw) != 32 or _written(raw) != text:
        return None
    return Token(random=raw[:16], minute=int.from_bytes(raw[16:20]), person=raw[20:24], tag=raw[24:])


class SessionTokens:
    """Issues and checks tokens under one secret, which all replicas share."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def issue(self, *, minute: int, subject: str | None) -> Token:
        """Return a new token of generation 0; `minute` is the time in minutes since 1970."""
        person = self._person(subject)
        return self._signed(Token(random=secrets.token_bytes(16), minute=minute, person=person, tag=b""), 0)

    def risen(self, token: Token, subject: str) -> Token:
        """Return the token that `subject` gets for an unused one: always the same, and its own session's."""
        random = self._mac(b"risen", token.random, subject.encode("utf-8", "surrogatepass"))[:16]
        person = self._person(subject)
        return self._signed(Token(random=random, minute=token.minute, person=person, tag=b""), 0)

    def renewed(self, token: Token, *, generation: int, subject: str | None) -> Token:
        """Return the token of another generation of the same session."""
        return self._signed(replace(token, person=self._person(subject)), generation)

    def is_of(self, token: Token, generation: int) -> bool:
        """Say whether the token is one of ours, of this generation."""
        return hmac.compare_digest(token.tag, self._tag(token, generation))

    def was_of(self, token: Token, generation: int) -> bool:
        """Say whether the token is one of ours of an earlier generation."""
        return any(self.is_of(token, each) for each in range(max(0, generation - REMEMBERED), generation))

    def is_for(self, token: Token, subject: str) -> bool:
        """Say whether the token was issued to `subject`."""
        return token.person == self._person(subject)

    def ids(self, token: Token) -> Ids:
        """Return what the token's session, conversation and (unless known) customer are called."""
        return Ids(
            session=self._id(b"session", token),
            conversation=self._id(b"conversation", token),
            customer=self._id(b"customer", token),
        )

    def _signed(self, token: Token, generation: int) -> Token:
        return replace(token, tag=self._tag(token, generation))

    def _tag(self, token: Token, generation: int) -> bytes:
        parts = (token.random, token.minute.to_bytes(4), token.person, generation.to_bytes(4))
        return self._mac(b"tag", *parts)[:8]

    def _person(self, subject: str | None) -> bytes:
        if subject is None:
            return NOBODY
        person = self._mac(b"person", subject.encode("utf-8", "surrogatepass"))[:4]
        return b"\1" + person[1:] if person == NOBODY else person

    def _id(self, what: bytes, token: Token) -> UUID:
        """Return a UUIDv7 (RFC 9562) of the minute in which the token was issued."""
        milliseconds = (token.minute * 60_000).to_bytes(6)
        drawn = bytearray(milliseconds + self._mac(b"id", what, token.random, token.person)[:10])
        drawn[6] = 0x70 | drawn[6] & 0x0F
        drawn[8] = 0x80 | drawn[8] & 0x3F
        return UUID(bytes=bytes(drawn))

    def _mac(self, *parts: bytes) -> bytes:
        framed = b"".join(len(part).to_bytes(4) + part for part in parts)
        return hmac.digest(self._secret, framed, "sha256")


def write_token(token: Token) -> str:
    """Return the token as clients have it."""
    return _written(token.random + token.minute.to_bytes(4) + token.person + token.tag)


def session_secret(stored: bytes) -> bytes:
    """Return the key of the tags for the secret that the database keeps."""
    return hashlib.sha256(b"session token\0" + stored).digest()


def _written(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
