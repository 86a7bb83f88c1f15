"""Parameters of Content-Type and Content-Disposition, with RFC 2231 and what senders do instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from channels.mail.mime.charsets import decode_bytes
from channels.mail.mime.clean import clean_line
from channels.mail.mime.words import decode_words

_LARGEST = 16_384  # characters of one header
_PARAMETER = re.compile(
    r';\s*([^\s=;"]{1,60})\s*=\s*(?:"((?:[^"\\]|\\.){0,4000}+)(?:"|$)|([^;]{0,4000}))', re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PIECE = re.compile(r"^([^*]+)\*(\d{1,3})?(\*)?$")
_NO_SEMICOLON = re.compile(r"^(\s*[\w.+-]+/[\w.+-]+)[\s,]+(?=\w+=)")
_TYPE = re.compile(r"^[\w.+-]{1,60}/[\w.+-]{1,90}$", re.ASCII)


def read_parameters(value: str) -> tuple[str, dict[str, str]]:
    """The value before the first `;` in lower case, and its parameters by lower-case name."""
    value = _NO_SEMICOLON.sub(r"\1; ", value[:_LARGEST])
    head = value.partition(";")[0].strip().lower()
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for match in _PARAMETER.finditer(value):
        name = match[1].lower()
        text = _ESCAPED.sub(r"\1", match[2]) if match[2] is not None else match[3].strip().strip("'\"")
        piece = _PIECE.match(name)
        if piece is None:
            plain.setdefault(name, text)
        else:
            number, encoded = int(piece[2] or 0), piece[3] is not None or piece[2] is None
            pieces.setdefault(piece[1], {})[number] = (text, encoded)
    plain.update({name: _joined(parts) for name, parts in pieces.items()})
    return head, plain


def media_type(head: str) -> str:
    """`type/subtype`, or '' when `head` is no such thing."""
    compact = "".join(head.split())
    return compact if _TYPE.match(compact) else ""


def text_parameter(parameters: Mapping[str, str], name: str) -> str:
    """A parameter as text: encoded words inside are against the rules, and everywhere."""
    return clean_line(decode_words(parameters.get(name, "")))


def _joined(parts: Mapping[int, tuple[str, bool]]) -> str:
    """RFC 2231: pieces in order, charset'language' before the first when it is percent-encoded."""
    charset = None
    data = b""
    for number in sorted(parts):
        text, encoded = parts[number]
        if encoded and charset is None and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        raw = text.encode("utf-8", "surrogateescape")
        data += unquote_to_bytes(raw) if encoded else raw
    return decode_bytes(data, charset or "utf-8")[0]
