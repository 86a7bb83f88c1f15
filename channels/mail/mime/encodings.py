"""Encodings undone as far as the bytes allow: RFC 2045, uuencode, yEnc, encoded words (RFC 2047)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from channels.mail.mime.decoding import decode_bytes

_NOT_BASE64 = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
)
_BASE64_RUN = re.compile(rb"[A-Za-z0-9+/=\s]*+")
_ABOVE = re.compile(rb"((?:[^\r\n]{1,300}\r?\n){1,4})[ \t]*\r?\n(?=[A-Za-z0-9+/]{4,76}={0,2}\s)")
_BASE64_LINE = re.compile(rb"^[A-Za-z0-9+/]+={0,2}$")
_SENTENCE = re.compile(rb"[A-Za-z]{1,20}[,.]? [A-Za-z]{1,20}[,.]? [A-Za-z]{1,20}[,.]? [A-Za-z]")
_PADDING = re.compile(rb"=+")
_MOST_PADDINGS = 1_000  # base64 blocks glued together; beyond, padding is junk
_MOST_TRIES = 1_000  # lines that look like the begin of a uuencoded file
_PLAIN = {"", "7bit", "8bit", "binary", "7-bit", "8-bit", "none"}
_UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,255})\r?\n", re.MULTILINE)
_YENC_BEGIN = re.compile(
    rb"^=ybegin [^\r\n]{0,200}?name=([^\r\n]{1,255})\r?\n(?:=ypart [^\r\n]*\r?\n)?", re.M
)
_YENC_ESCAPE = re.compile(rb"=(.)", re.DOTALL)
_YENC_SHIFT = bytes((byte - 42) % 256 for byte in range(256))


def decode_transfer(data: bytes, encoding: str) -> tuple[bytes, str | None]:
    """Bytes as they were before the transfer encoding, and a note when that was broken."""
    encoding = encoding.partition(";")[0].strip(" \t\r\n\"'").lower()
    if encoding in _PLAIN:
        return data, None
    if encoding == "base64":
        return decode_base64(data)
    if encoding in {"quoted-printable", "quoted_printable", "qp"}:
        return binascii.a2b_qp(data), None
    if encoding in {"x-uuencode", "uuencode", "x-uue", "uue"}:
        return _first(uu_blocks(data), data, "uuencode_broken")
    if encoding in {"x-yencode", "yenc", "x-yenc"}:
        return _first(yenc_blocks(data), data, "yenc_broken")
    return data, "transfer_encoding_unknown"


def decode_base64(data: bytes) -> tuple[bytes, str | None]:
    """Base64 with junk in it or words above it, cut short, glued together, or not base64 at all."""
    above = _ABOVE.match(data[:2_000])
    if above is not None and not any(map(_is_base64, above[1].splitlines())):
        below = data[above.end() :]
        if _BASE64_RUN.fullmatch(below) and _is_base64(below.split(None, 1)[0]):
            return above[0] + decode_base64(below)[0], "base64_broken"
    run = _BASE64_RUN.match(data)
    end = run.end() if run else 0
    words = _SENTENCE.search(data[:4_096]) is not None or _SENTENCE.search(data[-4_096:]) is not None
    first = data[:200].strip().partition(b"\n")[0].rstrip()
    if words and (len(first) < 8 or len(first) % 4 or not _BASE64_LINE.match(first)):
        return data, "base64_missing"
    note = None
    if end < len(data):
        note = "base64_broken"
        head = data[:end].rstrip()
        if words or head.endswith(b"=") or len(head) > 0.9 * len(data):  # a list's footer after the end
            data = head
    letters = data.translate(None, _NOT_BASE64)
    blocks = (
        _PADDING.split(letters) if letters.count(b"=") <= _MOST_PADDINGS else [letters.replace(b"=", b"")]
    )
    decoded = [_block(block) for block in blocks if block]
    if any(len(block) % 4 == 1 for block in blocks) or len(decoded) > 1:
        note = "base64_broken"
    return b"".join(decoded), note


def _is_base64(line: bytes) -> bool:
    return len(line) % 4 == 0 and _BASE64_LINE.match(line) is not None


def _block(letters: bytes) -> bytes:
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _first(blocks: list[tuple[str, bytes, int, int]], data: bytes, note: str) -> tuple[bytes, str | None]:
    return (blocks[0][1], None) if blocks else (data, note)


def uu_blocks(data: bytes, most: int = 50) -> list[tuple[str, bytes, int, int]]:
    """Every uuencoded file in a text: name, bytes, start and end of its block."""
    found: list[tuple[str, bytes, int, int]] = []
    begin = _UU_BEGIN.search(data)
    for _ in range(_MOST_TRIES):
        if begin is None or len(found) >= most:
            break
        body, end = _uu_body(data, begin.end())
        if body:
            found.append((begin[1].decode("utf-8", "replace"), body, begin.start(), end))
        begin = _UU_BEGIN.search(data, max(end, begin.end()))
    return found


def _uu_body(data: bytes, at: int) -> tuple[bytes, int]:
    """Lines up to `end`; a line that can't be uuencode ends the block as well."""
    out: list[bytes] = []
    while at < len(data):
        stop = data.find(b"\n", at)
        stop = len(data) if stop < 0 else stop + 1
        line = data[at:stop].rstrip(b"\r\n")
        at, start = stop, at
        if line == b"end":
            return b"".join(out), at
        if not line or line in {b"`", b" "}:
            continue
        decoded = _uu_line(line)
        if decoded is None:
            return b"".join(out), start
        out.append(decoded)
    return b"".join(out), at


def _uu_line(line: bytes) -> bytes | None:
    """One line; senders that pad it with junk are met as in the standard library."""
    if not 32 <= line[0] <= 96:
        return None
    wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
    if not wanted - 4 <= len(line) <= wanted + 6:
        return None
    try:
        return binascii.a2b_uu(line[: wanted + 1])
    except binascii.Error:
        return None


def yenc_blocks(data: bytes, most: int = 50) -> list[tuple[str, bytes, int, int]]:
    """Every yEnc file in a text: name, bytes, start and end of its block."""
    found: list[tuple[str, bytes, int, int]] = []
    begin = _YENC_BEGIN.search(data)
    while begin is not None and len(found) < most:
        stop = data.find(b"\n=yend", begin.end() - 1)
        stop = len(data) if stop < 0 else stop
        body = data[begin.end() : stop].translate(None, b"\r\n")
        plain = _YENC_ESCAPE.sub(lambda match: bytes([(match[1][0] - 64) % 256]), body).translate(_YENC_SHIFT)
        end = data.find(b"\n", stop + 1)
        end = len(data) if end < 0 else end + 1
        found.append((begin[1].decode("utf-8", "replace"), plain, begin.start(), end))
        begin = _YENC_BEGIN.search(data, end)
    return found


LARGEST_HEADER = 65_536  # characters of one header that are looked at

# Bounded, so that a header of nothing but openings can't take quadratic time. Spaces inside are not
# allowed but common; a missing end is met only at the end of the value.
_ENCODED_WORD = re.compile(r"=\?([^?\s=]{1,60})\?([bBqQ])\?((?:[^?]|\?(?!=)){0,2000}+)(?:\?=|$)")


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
    for match in _ENCODED_WORD.finditer(value):
        between = value[at : match.start()]
        label = match[1].partition("*")[0].lower()
        data = _word_bytes(match[2].lower(), match[3])
        if pending and (between.strip() or label != charset):
            yield decode_bytes(pending, charset)[0]
            pending = b""
        if between.strip() or at == 0:
            yield between
        pending, charset, at = pending + data, label, match.end()
    if pending:
        yield decode_bytes(pending, charset)[0]
    yield value[at:]


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape")
    if encoding == "b":
        return decode_base64(data)[0]
    return binascii.a2b_qp(data.replace(b"\n", b"").replace(b"\r", b""), header=True)
