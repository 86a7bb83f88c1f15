"""Signed and encrypted mail: recognised, never verified here, and told honestly."""

from __future__ import annotations

import re

from channels.mail.mime.structure import ENVELOPES, Part

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


def security_of(part: Part) -> str | None:
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
