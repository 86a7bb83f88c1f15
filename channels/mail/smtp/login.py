"""AUTH PLAIN and LOGIN (RFC 4954, RFC 4616): the dialogue; whether it is right says an injected function."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Awaitable, Callable

from channels.mail.smtp import replies

MECHANISMS = ("PLAIN", "LOGIN")
Ask = Callable[[str], Awaitable[bytes]]
"""Sends one 334 challenge and returns the client's line."""


class LoginFailed(Exception):
    """The dialogue ended without credentials; `reply` is what the client is told."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


async def credentials(argument: str | None, ask: Ask) -> tuple[str, str]:
    """Lead the dialogue that `AUTH argument` began and return user name and password."""
    words = (argument or "").split()
    if not 1 <= len(words) <= 2:
        raise LoginFailed(replies.SYNTAX)
    mechanism, initial = (
        words[0].upper(),
        words[1].encode("utf-8", "surrogateescape") if len(words) > 1 else None,
    )
    if mechanism == "PLAIN":
        return _split(_decode(initial if initial is not None else await ask("")))
    if mechanism == "LOGIN":
        user = _decode(initial if initial is not None else await ask("VXNlcm5hbWU6"))
        return _text(user), _text(_decode(await ask("UGFzc3dvcmQ6")))
    raise LoginFailed(replies.NO_MECHANISM)


def _decode(line: bytes) -> bytes:
    line = line.strip()
    if line == b"*":
        raise LoginFailed(replies.LOGIN_CANCELLED)
    try:
        return b"" if line == b"=" else b64decode(line, validate=True)
    except binascii.Error:
        raise LoginFailed(replies.BAD_ENCODING) from None


def _split(blob: bytes) -> tuple[str, str]:
    parts = blob.split(b"\0")
    if len(parts) != 3:  # authorization identity, user name, password
        raise LoginFailed(replies.BAD_ENCODING)
    return _text(parts[1]), _text(parts[2])


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise LoginFailed(replies.LOGIN_WRONG) from None
