"""MIME parts of outgoing mail as bytes: 7-bit safe, short lines, file names that can't break out."""

from __future__ import annotations

import re
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from channels.mail.encoded import one_line

LONGEST_NAME: Final = 240  # octets of UTF-8: percent-encoded it still fits a line of 998
FLOWED: Final = "; format=flowed; delsp=no"
"""Of a text part whose lines are only broken for the wire (RFC 3676)."""
_READ_NAME: Final = 2_000
_TOKEN: Final = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
_MEDIA_TYPE: Final = re.compile(rf"{_TOKEN}/{_TOKEN}")
_SIMPLE_NAME: Final = re.compile(r"[A-Za-z0-9 ._()+,@=\-]{1,70}")
_METHOD: Final = re.compile(rb"^METHOD:([A-Za-z-]{1,20})\r?$", re.MULTILINE)
_FROM: Final = re.compile(rb"^From ", re.MULTILINE)
_COMPOSITE: Final = ("multipart/", "message/")


def text_part(subtype: str, text: str, *, more: str = "") -> bytes:
    """Make a text part in UTF-8, quoted-printable or base64 by length; `text` has `\\n` line ends.

    `more` are parameters of its type, such as `FLOWED`.
    """
    data = text.replace("\n", "\r\n").encode("utf-8", "replace")
    printable = _FROM.sub(b"=46rom ", b2a_qp(data, istext=True))
    packed = _base64(data)
    encoding, body = ("quoted-printable", printable) if len(printable) <= len(packed) else ("base64", packed)
    return _part(
        [f'Content-Type: text/{subtype}; charset="utf-8"{more}', f"Content-Transfer-Encoding: {encoding}"],
        body,
    )


def file_part(name: str, media_type: str, data: bytes) -> bytes:
    """Make an attachment; a name or type that can't stand in a header is made harmless."""
    kind = media_type.strip().lower()
    if not _MEDIA_TYPE.fullmatch(kind) or kind.startswith(_COMPOSITE):  # composites must not be base64
        kind = "application/octet-stream"
    return _part(
        [
            f"Content-Type: {kind}{_more(kind, data)}",
            f"Content-Disposition: attachment;\r\n {_file_name(name)}",
            "Content-Transfer-Encoding: base64",
        ],
        _base64(data),
    )


def _more(kind: str, data: bytes) -> str:
    """A calendar names its method (RFC 6047 2.4); one that has none is published, not a question."""
    if kind != "text/calendar":
        return ""
    method = _METHOD.search(data)
    return f'; charset="utf-8"; method={method[1].decode().upper() if method else "PUBLISH"}'


def multipart(subtype: str, boundary: str, parts: Iterable[bytes]) -> bytes:
    """Wrap parts; a boundary that holds `=_` can't occur inside quoted-printable or base64."""
    mark = b"--" + boundary.encode("ascii")
    inner = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts)
    return _part([f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"'], inner + mark + b"--\r\n")


def _part(headers: list[str], body: bytes) -> bytes:
    return "\r\n".join([*headers, "", ""]).encode("ascii") + body


def _base64(data: bytes) -> bytes:
    return encodebytes(data).replace(b"\n", b"\r\n")


def _file_name(name: str) -> str:
    whole = one_line(name.replace("\\", "/").rpartition("/")[2], _READ_NAME).strip(". ") or "file"
    cleaned = _shortened(whole)
    if _SIMPLE_NAME.fullmatch(cleaned):
        return f'filename="{cleaned}"'
    return f"filename*=utf-8''{quote(cleaned, safe='')}"  # RFC 2231


def _shortened(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        stem, dot, ending = name, "", ""
    room = LONGEST_NAME - len(f"{dot}{ending}".encode())
    return stem.encode()[:room].decode("utf-8", "ignore") + dot + ending
