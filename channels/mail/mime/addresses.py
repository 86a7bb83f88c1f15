"""Address headers as people and programs write them: groups, comments, routes, quotes left open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import idna

from channels.mail.mime.clean import clean_line
from channels.mail.mime.words import decode_words

MOST_ADDRESSES = 500
_LONGEST = 320  # RFC 5321: 64 + @ + 255

_TOKEN = re.compile(r'[^"()<>,;:\\\[\]]+|\\.|.', re.DOTALL)
_ADDRESS = re.compile(r"(?<![^\s<>()\",;:])[^\s@<>()\",;:]{1,250}@[^\s@<>()\",;]{1,253}+(?!@)")
_QUOTED_LOCAL = re.compile(r'"(?:[^"\\]|\\.){1,100}"@[^\s@<>()",;]{1,253}')
_ROUTE = re.compile(r"^@[^:]{0,500}:")
_DOMAIN = re.compile(r"^(?:\[[0-9A-Fa-f.:IPv]+\]|[^\s\[\]\\]+)$")


@dataclass(slots=True)
class _Mailbox:
    """What stands between two commas, sorted by where it stood."""

    phrase: list[str] = field(default_factory=list)
    comment: list[str] = field(default_factory=list)
    angle: list[str] | None = None

    def routed(self) -> bool:
        """Inside <@relay,@relay:…>, where a comma does not end the mailbox."""
        angle = "".join(self.angle or ())
        return angle.lstrip().startswith("@") and ":" not in angle

    def words(self) -> list[str]:
        """Where the next word belongs."""
        return self.phrase if self.angle is None else self.angle


def read_addresses(value: str) -> list[tuple[str, str]]:
    """Name and address of every mailbox that has an address; at most 500."""
    found = _read(value)
    if not found and "=?" in value:
        found = _read(decode_words(value))  # the whole header inside an encoded word
    return found


def _read(value: str) -> list[tuple[str, str]]:
    quotes = value.count('"') % 2 == 0
    found: list[tuple[str, str]] = []
    for mailbox in _mailboxes(value, quotes=quotes):
        address = _address_of(mailbox)
        if address:
            found.append((_name_of(mailbox, address), address))
        if len(found) >= MOST_ADDRESSES:
            break
    return found


def normal_address(text: str) -> str:
    """Local part as it is, domain in lower-case ASCII; '' when this is no address."""
    text = _ROUTE.sub("", text.strip().strip("<>").strip())
    if text.lower().startswith("mailto:"):
        text = text[7:]
    if '"@' in text:
        text = text if text.startswith('"') else f'"{text}'
    match = _QUOTED_LOCAL.search(text) or _ADDRESS.search(text) or _ADDRESS.search("".join(text.split()))
    if match is None:
        return ""
    local, _, domain = match[0].rpartition("@")
    domain = _domain(domain)
    local = local.strip("'") if domain else ""
    address = f"{local}@{domain}"
    return address if local and len(address) <= _LONGEST else ""


def _domain(domain: str) -> str:
    domain = domain.strip(".'`").lower()
    if not _DOMAIN.match(domain):
        return ""
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError, ValueError, IndexError):
        return domain


def _mailboxes(value: str, *, quotes: bool) -> Iterator[_Mailbox]:
    """One pass over the tokens; depth of comments is counted, never recursed into."""
    box, quoted, depth = _Mailbox(), False, 0
    for match in _TOKEN.finditer(value):
        token = match[0]
        if depth:
            depth += (token == "(") - (token == ")")
            box.comment.append(token if depth else " ")
        elif token == '"' and quotes:
            quoted = not quoted
            if box.angle is not None or value.startswith("@", match.end()):
                box.words().append(token)  # belongs to "a b"@example.com
        elif quoted:
            box.words().append(_unescaped(token))
        elif token == "(":
            depth = 1
        elif token in ",;" and not box.routed():
            yield box
            box = _Mailbox()
        else:
            _take(box, token)
    yield box


def _take(box: _Mailbox, token: str) -> None:
    """A token outside quotes and comments."""
    if token == "<":
        box.angle = []
    elif token == ":" and box.angle is None and "@" not in "".join(box.phrase[-3:]):
        box.phrase.clear()  # the name of a group, or mailto
    elif box.angle is not None and token != ">":
        box.angle.append(token)
    elif token not in {'"', ">"}:
        box.phrase.append(_unescaped(token))


def _unescaped(token: str) -> str:
    return token[1:] if len(token) == 2 and token[0] == "\\" else token


def _address_of(box: _Mailbox) -> str:
    if box.angle is not None:
        found = normal_address("".join(box.angle))
        if found:
            return found
    return normal_address("".join(box.phrase)) or normal_address("".join(box.comment))


def _name_of(box: _Mailbox, address: str) -> str:
    """The phrase, or the comment behind a bare address, without quotes around it."""
    name = clean_line(decode_words("".join(box.phrase).strip()), 200)
    if box.angle is None or not name:
        name = clean_line(decode_words("".join(box.comment).strip()), 200)
    if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1].strip()
    return "" if name in {"<>", address} and box.angle is None else name
