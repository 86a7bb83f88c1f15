"""Arguments of commands: paths and parameters (RFC 5321 4.1.2), AUTH PLAIN and LOGIN (RFC 4954, 4616)."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from channels.mail.smtp import replies

LONGEST = 320
"""Characters of an address; RFC 5321 4.5.3.1 has 64 + 1 + 255."""

_PLAIN = r"[^\s<>@\"(),:;\\\[\]\x00-\x20\x7f-\x9f\ud800-\udfff]+"
_QUOTED = r"\"(?:[^\"\\\x00-\x1f\x7f-\x9f\ud800-\udfff]|\\[\x20-\x7e])*\""
_DOMAIN = r"(?:\[[0-9A-Za-z:.\-]+\]|[\w.\-]+)"
_MAILBOX = re.compile(rf"(?:{_PLAIN}|{_QUOTED})(?:@{_DOMAIN})?")
_ROUTE = re.compile(r"@[^:<>\s]*:")  # obsolete source routes are skipped (RFC 5321 appendix C)
_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([^\s=\x00-\x20\x7f]+))?")


class PathInvalid(ValueError):
    """The text after FROM: or TO: holds no address."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MailPath:
    """An address ('' for the null path) and the parameters after it, keys in upper case."""

    address: str
    parameters: Mapping[str, str | None]


def parse_path(text: str) -> MailPath:
    """Read `<address> KEY=VALUE …`, angle brackets optional; raise `PathInvalid`."""
    text = text.strip()
    if text.startswith("<>"):
        return MailPath(address="", parameters=_parameters(text[2:]))
    bracketed = text.startswith("<")
    start = 1 if bracketed else 0
    route = _ROUTE.match(text, start)
    found = _MAILBOX.match(text, route.end() if route else start)
    if found is None or len(found[0]) > LONGEST:
        raise PathInvalid
    rest = text[found.end() :]
    if bracketed:
        if not rest.startswith(">"):
            raise PathInvalid
        rest = rest[1:]
    return MailPath(address=found[0], parameters=_parameters(rest))


def _parameters(text: str) -> dict[str, str | None]:
    if text and not text.startswith(" "):
        raise PathInvalid
    found: dict[str, str | None] = {}
    for word in text.split():
        match = _PARAMETER.fullmatch(word)
        if match is None:
            raise PathInvalid
        found[match[1].upper()] = match[2]
    return found


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
