"""Raw mails for the parser's tests, built from lines."""

from __future__ import annotations

from channels.mail.parse import parse_mail
from channels.mail.parsed import ParsedMail

HEAD = "From: Ada <ada@example.com>\nTo: support@shop.example\nSubject: My cup\nMessage-ID: <1@example.com>\n"


def letter(body: str | bytes, *head: str, top: str = HEAD) -> ParsedMail:
    """A parsed mail of the usual head, more head lines and a body."""
    raw = (top + "".join(f"{line}\n" for line in head)).encode("utf-8", "surrogateescape") + b"\n"
    return parse_mail(raw + (body if isinstance(body, bytes) else body.encode("utf-8")))


def headed(*head: str) -> ParsedMail:
    """A parsed mail of these head lines alone."""
    return letter("Hello", *head, top="")


def multipart(kind: str, *parts: str, boundary: str = "b1", more: str = "") -> tuple[str, str]:
    """Content-Type line and body of a multipart; each part brings its own head."""
    body = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"{more}', f"{body}--{boundary}--\n"


def plain(text: str) -> str:
    """A text/plain part."""
    return f"Content-Type: text/plain; charset=utf-8\n\n{text}"


def html(text: str) -> str:
    """A text/html part."""
    return f"Content-Type: text/html; charset=utf-8\n\n{text}"


def mixed(*parts: str) -> ParsedMail:
    """A parsed multipart/mixed."""
    kind, body = multipart("mixed", *parts)
    return letter(body, kind)


def alternative(*parts: str) -> ParsedMail:
    """A parsed multipart/alternative."""
    kind, body = multipart("alternative", *parts)
    return letter(body, kind)
