"""RFC 2047 encoded words, also the broken ones that real mail is full of."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from channels.mail.mime.charsets import decode_bytes
from channels.mail.mime.transfer import decode_base64

LARGEST_HEADER = 65_536  # characters of one header that are looked at

# Bounded, so that a header of nothing but openings can't take quadratic time. Spaces inside are not
# allowed but common; a missing end is met only at the end of the value.
_WORD = re.compile(r"=\?([^?\s=]{1,60})\?([bBqQ])\?((?:[^?]|\?(?!=)){0,2000}+)(?:\?=|$)")


def decode_words(value: str) -> str:
    """`value` with every encoded word decoded; neighbours of one charset are joined before decoding."""
    value = value[:LARGEST_HEADER]
    if "=?" not in value:
        return value
    return "".join(_pieces(value))


def _pieces(value: str) -> Iterator[str]:
    at = 0
    pending = b""
    charset = ""
    for match in _WORD.finditer(value):
        between = value[at : match.start()]
        label = match[1].partition("*")[0].lower()
        data = _bytes(match[2].lower(), match[3])
        if pending and (between.strip() or label != charset):
            yield decode_bytes(pending, charset)[0]
            pending = b""
        if between.strip() or at == 0:
            yield between
        pending, charset, at = pending + data, label, match.end()
    if pending:
        yield decode_bytes(pending, charset)[0]
    yield value[at:]


def _bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape")
    if encoding == "b":
        return decode_base64(data)[0]
    return binascii.a2b_qp(data.replace(b"\n", b"").replace(b"\r", b""), header=True)
