"""The readable text of a mail out of all its parts; everything else becomes a file.

Signed and encrypted mail is recognised, never verified here, and told honestly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from channels.mail.attachments import AttachmentCollector, summarised
from channels.mail.file_kinds import sniff
from channels.mail.html.readable_text import html_to_text
from channels.mail.mime.decoding import (
    LARGEST_TEXT,
    Notes,
    clean_text,
    codec_name,
    decode_bytes,
    tidy,
    wide_text,
)
from channels.mail.mime.encodings import uu_blocks, yenc_blocks
from channels.mail.mime.parts import EMBEDDED, ENVELOPES, MimePart
from channels.mail.plain_body import unflow

PGP_ENCRYPTED, PGP_SIGNED = "pgp_encrypted", "pgp_signed"
SMIME_ENCRYPTED, SMIME_SIGNED = "smime_encrypted", "smime_signed"

SIGNATURES = {
    "application/pgp-signature",
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "application/pgp-encrypted",
}

_ENCRYPTED = "-----BEGIN PGP MESSAGE-----"
_ENCRYPTED_END = "-----END PGP MESSAGE-----"
_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_SIGNATURE_END = "-----END PGP SIGNATURE-----"
_ARMOR_HEADERS = re.compile(r"(?:[A-Za-z-]{1,30}: [^\n]{0,200}\n){0,10}\n?")
_DASHES = re.compile(r"(?m)^- (?=-)")


def security_of(part: MimePart) -> str | None:
    """What one part, by its type, says of the mail's protection."""
    if part.type == "multipart/encrypted":
        return PGP_ENCRYPTED
    if part.type == "multipart/signed":
        return PGP_SIGNED if "pgp" in part.parameters.get("protocol", "pgp").lower() else SMIME_SIGNED
    if part.type in ENVELOPES:
        kind = part.parameters.get("smime-type", "").lower()
        return SMIME_SIGNED if kind in {"signed-data", "certs-only"} else SMIME_ENCRYPTED
    if part.type == "application/octet-stream" and part.name.lower() == "smime.p7m":
        return SMIME_ENCRYPTED
    return None


def without_armor(text: str) -> tuple[str, str | None]:
    """Text without inline PGP blocks of its own (quoted ones stay), and what they were."""
    start = _at_line(text, _ENCRYPTED)
    if start >= 0:
        end = text.find(_ENCRYPTED_END, start)
        rest = text[end + len(_ENCRYPTED_END) :] if end >= 0 else ""
        return (text[:start].rstrip() + "\n" + rest.lstrip("\n")).strip("\n"), PGP_ENCRYPTED
    start = _at_line(text, _SIGNED)
    if start < 0:
        return text, None
    body = start + len(_SIGNED) + 1
    headers = _ARMOR_HEADERS.match(text, body)
    body = headers.end() if headers else body
    end = _at_line(text, _SIGNATURE, body)
    stop = text.find(_SIGNATURE_END, end) if end >= 0 else -1
    rest = text[stop + len(_SIGNATURE_END) :] if stop >= 0 else ""
    signed = _DASHES.sub("", text[body : end if end >= 0 else len(text)])
    return (text[:start] + signed.rstrip("\n") + "\n" + rest.lstrip("\n")).strip("\n"), PGP_SIGNED


def _at_line(text: str, mark: str, start: int = 0) -> int:
    """Where a line consists of `mark`; -1 when none does."""
    at = text.find(mark, start)
    while at > 0 and text[at - 1] != "\n":
        at = text.find(mark, at + 1)
    return at


LARGEST_INLINE_FILE = 65_536  # bytes of a text file that is shown in the text
_LARGEST_BYTES = 12_000_000  # of one text part; HTML is long because of the pictures inside

_LOOKS_LIKE_HTML = re.compile(r"(?is)^\s*(?:<!doctype html|<html\b|<head\b|<body\b|<div\b[^>]*>.*</div>\s*$)")
# Scripts without spaces between words, from Thai on, count by their characters.
_WORD = re.compile(r"[\u0e00-\U0010ffff]|[^\W\u0e00-\U0010ffff]+")
_LINK = re.compile(r"https?://\S+|mailto:\S+|\[(?:cid|image):[^\]\n]{0,200}\]", re.IGNORECASE)
_TEXTS = {"text/plain", "text/html", "text/markdown", "text/enriched", "text/richtext", "text/x-markdown"}
_LONGEST_STUB = 20_000  # characters; programs cut their plain text off much earlier
_NO_FILES = {"text/x-amp-html", "text/rfc822-headers", "message/delivery-status", "message/feedback-report"}


@dataclass(frozen=True, kw_only=True, slots=True)
class BodyText:
    """Readable text of one part, and its HTML if it came from that."""

    text: str = ""
    html: str | None = None


class MailBodyReader:
    """Reads the text of one mail; files and notes go where it was told."""

    def __init__(self, files: AttachmentCollector, notes: Notes) -> None:
        self.files = files
        self.notes = notes
        self.security: str | None = None
        self.summaries: list[str] = []  # of calendar entries
        self.mails: list[MimePart] = []  # attached mails, as message/rfc822

    def read(self, part: MimePart, *, related: bool = False) -> BodyText:
        """The text of `part` and all inside it."""
        self.security = self.security or security_of(part)
        if part.type in EMBEDDED:
            self.mails.append(part)
            self.files.add_part(part, inline=False)
            return BodyText()
        if not part.children:
            return self._leaf(part, related=related)
        if part.type == "multipart/alternative":
            return _richer([self.read(child, related=related) for child in part.children])
        if part.type == "multipart/report":
            return self.read(part.children[0])
        inside = part.type == "multipart/related"
        return _joined([self.read(child, related=inside or related) for child in part.children])

    def _leaf(self, part: MimePart, *, related: bool) -> BodyText:
        if part.type in SIGNATURES or part.type in _NO_FILES:
            return BodyText()
        if part.type == "text/calendar":
            return self._calendar(part)
        if part.disposition == "attachment" or not _is_text(part):
            self.files.add_part(part, inline=related or part.disposition == "inline")
            return BodyText()
        data = part.decoded(self.notes)
        if _is_binary(data, part.parameters.get("charset")) or (
            part.name and len(data) > LARGEST_INLINE_FILE
        ):
            self.files.add_part(part, inline=related)
            return BodyText()
        if part.name:
            self.files.add_part(part, inline=True)
        return self._text(data, part)

    def _text(self, data: bytes, part: MimePart) -> BodyText:
        if b"\nbegin " in data or data.startswith(b"begin ") or b"=ybegin " in data:
            data = self._without_blocks(data)
        if len(data) > _LARGEST_BYTES:
            self.notes.add("text_cut")
        text, note = decode_bytes(data[:_LARGEST_BYTES], part.parameters.get("charset"))
        self.notes.add(note)
        if part.type == "text/html" or _LOOKS_LIKE_HTML.match(text[:20_000]):
            return self.html(text)
        text = clean_text(text[:LARGEST_TEXT])
        if part.parameters.get("format", "").lower() == "flowed":
            text = unflow(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
        return BodyText(text=tidy(text))

    def html(self, html: str) -> BodyText:
        """Text of an HTML body."""
        text, note = html_to_text(html)
        self.notes.add(note)
        return BodyText(text=text, html=clean_text(html[: LARGEST_TEXT * 2]))

    def _without_blocks(self, data: bytes) -> bytes:
        """uuencoded and yEnc files inside a text become files."""
        blocks = sorted(uu_blocks(data) + yenc_blocks(data), key=lambda block: block[2])
        pieces: list[bytes] = []
        at = 0
        for name, content, start, end in blocks:
            if start < at:
                continue
            self.files.add(name, "", content)
            pieces.append(data[at:start])
            at = end
        return b"".join([*pieces, data[at:]])

    def _calendar(self, part: MimePart) -> BodyText:
        if part.name or part.disposition == "attachment":
            self.files.add_part(part, inline=False)
        data = part.decoded(self.notes)
        summary = summarised(part.type, data, part.parameters.get("charset"))
        if summary and summary not in self.summaries:
            self.summaries.append(summary)
        return BodyText()


def _is_text(part: MimePart) -> bool:
    return part.type in _TEXTS or (
        part.type.startswith("text/") and not part.name and "card" not in part.type
    )


def _is_binary(data: bytes, charset: str | None) -> bool:
    head = data[:4_096]
    if wide_text(head, codec_name(charset)) is not None:
        return False
    if head.count(b"\0") * 3 > len(head):
        return True
    kind = sniff(head, "", "")
    return kind not in {"application/octet-stream", "text/html", "image/svg+xml", "image/bmp"}


def _joined(pieces: list[BodyText]) -> BodyText:
    texts = [piece.text for piece in pieces if piece.text.strip()]
    pages = [piece.html for piece in pieces if piece.html]
    return BodyText(text="\n\n".join(texts)[:LARGEST_TEXT], html="\n".join(pages) if pages else None)


def _richer(pieces: list[BodyText]) -> BodyText:
    """Plain text unless the HTML, which its reader saw, says something else; kept for showing either way."""
    pages = [piece for piece in pieces if piece.html is not None]
    plain = next((piece for piece in pieces if piece.html is None and piece.text.strip()), None)
    rich = pages[-1] if pages else None
    if plain is None:
        return rich or BodyText()
    if rich is None or not rich.text.strip():
        return BodyText(text=plain.text, html=rich.html if rich else None)
    shown, told = _words(rich.text), _words(plain.text)
    if not shown or (len(shown & told) * 2 >= len(shown) and not _breaks_off(plain.text, rich.text)):
        return BodyText(text=plain.text, html=rich.html)
    if len(told - shown) > 3 * len(shown):  # the HTML is the poor half: a logo, a line of a gateway
        return BodyText(text=f"{plain.text}\n\n{rich.text}"[:LARGEST_TEXT], html=rich.html)
    return rich


def _breaks_off(plain: str, rich: str) -> bool:
    """Whether the plain text is the beginning of the HTML's, and ends in the middle of a line of it."""
    if len(plain) > _LONGEST_STUB:
        return False
    told = "".join(plain.split()).rstrip(".\u2026")
    shown = rich[: 2 * _LONGEST_STUB]
    if not told or not "".join(shown.split()).startswith(told):
        return False
    at = left = 0
    for at, character in enumerate(shown):  # noqa: B007
        left += not character.isspace()
        if left == len(told):
            break
    return _WORD.search(shown[at + 1 :].partition("\n")[0]) is not None


def _words(text: str) -> frozenset[str]:
    """The different words of a text, without its links."""
    return frozenset(_WORD.findall(_LINK.sub(" ", text[:40_000]).casefold()))
