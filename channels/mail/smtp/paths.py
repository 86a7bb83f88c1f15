"""Paths and parameters of MAIL and RCPT (RFC 5321 4.1.2), read leniently and in linear time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

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
class Path:
    """An address ('' for the null path) and the parameters after it, keys in upper case."""

    address: str
    parameters: Mapping[str, str | None]


def parse_path(text: str) -> Path:
    """Read `<address> KEY=VALUE …`, angle brackets optional; raise `PathInvalid`."""
    text = text.strip()
    if text.startswith("<>"):
        return Path(address="", parameters=_parameters(text[2:]))
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
    return Path(address=found[0], parameters=_parameters(rest))


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
