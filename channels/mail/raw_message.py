"""The octets of a message as authentication must see them: so strict that nobody can read them otherwise."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from channels.mail.mailbox import AddressInvalid, Mailbox, read_mailbox

LARGEST_HEAD: Final = 256 * 1024
MOST_HEADERS: Final = 1_000
BLOCK: Final = 64 * 1024
_LINE: Final = re.compile(rb"\r?\n")
_FIELD: Final = re.compile(rb"([\x21-\x39\x3b-\x7e]+):(.*)", re.DOTALL)
LONGEST_AUTHOR: Final = 2_000
_WORDS: Final = r"[^\x00-\x1f\x7f()<>,;:\\\"@]*"
_ADDRESS: Final = r"[^\x00-\x20\x7f()<>,;:\\\"@]+@[^\x00-\x20\x7f()<>,;\\\"@]+"
_ONE_ADDRESS: Final = re.compile(rf"{_WORDS}< *(?P<inner>{_ADDRESS}) *> *| *(?P<bare>{_ADDRESS}) *")


class MessageUnfit(Exception):
    """The message can be read in more than one way, or is too large to look at: nothing is to be believed."""

    code = "message_unfit"


@dataclass(frozen=True, kw_only=True, slots=True)
class RawMessage:
    """Header fields as (name, value with CRLF) in order, and the body with CRLF line ends."""

    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def values(self, name: bytes) -> list[bytes]:
        """Give all values of one field, topmost first; `name` in lower case."""
        return [value for field, value in self.headers if field.lower() == name]


def read_raw(raw: bytes) -> RawMessage:
    """Split a message; raises `MessageUnfit` for header lines that programs read differently."""
    head, body = _split(raw)
    if b"\r" in head.replace(b"\r\n", b"\n") or b"\0" in head:
        raise MessageUnfit("The header has stray control characters.")
    fields: list[list[bytes]] = []
    for line in _LINE.split(head) if head else []:
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1].append(line)
        elif (found := _FIELD.fullmatch(line)) is not None:
            fields.append([found[1], found[2]])
        else:
            raise MessageUnfit("The header has a line that is no field.")
    if len(fields) > MOST_HEADERS:
        raise MessageUnfit("The header has too many fields.")
    return RawMessage(
        headers=tuple((name, b"\r\n".join([*value, b""])) for name, *value in fields), body=_crlf(body)
    )


def sole_author(message: RawMessage) -> Mailbox:
    """Give the one address of the one From field (RFC 7489 6.6.1); raises `MessageUnfit` otherwise."""
    values = message.values(b"from")
    if len(values) != 1:
        raise MessageUnfit("There is not exactly one From field.")
    try:
        text = values[0][:LONGEST_AUTHOR].decode("utf-8").replace("\r\n", "").replace("\t", " ")
    except UnicodeDecodeError as error:
        raise MessageUnfit("The From field is not readable text.") from error
    found = _ONE_ADDRESS.fullmatch(_without_comments_and_strings(text))
    if found is None:
        raise MessageUnfit("The From field does not hold exactly one address.")
    try:
        return read_mailbox(found["inner"] or found["bare"])
    except AddressInvalid as error:
        raise MessageUnfit("The From field's address is not valid.") from error


def _split(raw: bytes) -> tuple[bytes, bytes]:
    if raw.startswith((b"\r\n", b"\n")):
        return b"", raw[raw.index(b"\n") + 1 :]
    top = raw[: LARGEST_HEAD + 4]
    ends = [(top.find(mark), len(mark)) for mark in (b"\n\r\n", b"\n\n")]
    found = min((end for end in ends if end[0] >= 0), default=None)
    if found is not None:
        return top[: found[0]].removesuffix(b"\r"), raw[found[0] + found[1] :]
    if len(raw) > LARGEST_HEAD:
        raise MessageUnfit("The header is too large.")
    return raw.removesuffix(b"\n").removesuffix(b"\r"), b""


def line_blocks(body: bytes) -> Iterator[bytes]:
    """Give a body in blocks of whole lines, about 64 KiB each; between them other threads get their turn."""
    start = 0
    while start < len(body):
        end = body.find(b"\n", start + BLOCK) + 1 or len(body)
        yield body[start:end]
        time.sleep(0)  # the event loop waits for the interpreter lock meanwhile
        start = end


def _crlf(body: bytes) -> bytes:
    if all(block.count(b"\n") == block.count(b"\r\n") for block in line_blocks(body)):
        return body
    blocks = (block.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for block in line_blocks(body))
    return b"".join(blocks)


def _without_comments_and_strings(text: str) -> str:
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for character in text:
        if escaped:
            escaped = False
        elif character == "\\" and (depth or quoted):
            escaped = True
        elif character == '"' and not depth:
            quoted = not quoted
        elif not quoted and character in "()":
            depth += 1 if character == "(" else -1
            if depth < 0:
                raise MessageUnfit("The From field has unbalanced brackets.")
        elif not quoted and not depth:
            kept.append(character)
    if depth or quoted:
        raise MessageUnfit("The From field has unbalanced quotes or brackets.")
    return "".join(kept)
