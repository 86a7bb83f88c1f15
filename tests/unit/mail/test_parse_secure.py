"""Signed and encrypted mail."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.mime.parts import signed_content
from channels.mail.parse import parse_mail
from tests.unit.mail.raw_mails import letter, multipart, plain

SIGNED = """-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

My cup broke.
- --\x20
Ada
-----BEGIN PGP SIGNATURE-----

iQEzBAEBCAAdFiEE
-----END PGP SIGNATURE-----
"""


def test_pgp_encrypted() -> None:
    parts = (
        "Content-Type: application/pgp-encrypted\n\nVersion: 1",
        "Content-Type: application/octet-stream\n\n-----",
    )
    kind, body = multipart("encrypted", *parts, more='; protocol="application/pgp-encrypted"')
    mail = letter(body, kind)
    assert (mail.security, mail.text) == ("pgp_encrypted", "")
    assert "encrypted" in mail.notes


def test_pgp_signed_reads_as_usual() -> None:
    signature = "Content-Type: application/pgp-signature; name=signature.asc\n\n-----BEGIN PGP SIGNATURE-----"
    kind, body = multipart(
        "signed", plain("My cup broke."), signature, more='; protocol="application/pgp-signature"'
    )
    mail = letter(body, kind)
    assert (mail.security, mail.text, mail.attachments) == ("pgp_signed", "My cup broke.", ())


def test_smime_signed_reads_as_usual() -> None:
    signature = "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nMII"
    kind, body = multipart(
        "signed", plain("My cup"), signature, more='; protocol="application/pkcs7-signature"'
    )
    mail = letter(body, kind)
    assert (mail.security, mail.text, mail.attachments) == ("smime_signed", "My cup", ())


def test_smime_encrypted() -> None:
    mail = letter("MIIB", "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m")
    assert (mail.security, mail.text) == ("smime_encrypted", "")
    assert mail.attachments[0].name == "smime.p7m"


def test_inline_pgp_signature_is_taken_off() -> None:
    mail = letter(f"Hi,\n\n{SIGNED}\nPS")
    assert mail.security == "pgp_signed"
    assert mail.text == "Hi,\n\nMy cup broke.\n-- \nAda\nPS"


def test_inline_pgp_message_is_not_shown() -> None:
    mail = letter("Psst:\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\nAda")
    assert (mail.security, mail.text) == ("pgp_encrypted", "Psst:\nAda")


def test_a_quoted_block_is_not_the_senders() -> None:
    mail = letter("What is this?\n> -----BEGIN PGP MESSAGE-----\n> hQEMA\n> -----END PGP MESSAGE-----\n")
    assert mail.security is None
    assert "hQEMA" in mail.text


def ran(folder: Path, command: list[str]) -> bytes:
    return subprocess.run(command, check=True, capture_output=True, cwd=folder).stdout


def opaque(tmp_path: Path, content: bytes, *more: str) -> bytes:
    """Sign `content` as openssl does, with the content inside."""
    made = "req -x509 -newkey rsa:2048 -nodes -subj /CN=Kim -days 2 -keyout k.pem -out c.pem"
    ran(tmp_path, ["openssl", *made.split()])
    (tmp_path / "body.txt").write_bytes(content)
    command = [
        "openssl",
        "smime",
        "-sign",
        "-nodetach",
        "-in",
        "body.txt",
        "-signer",
        "c.pem",
        "-inkey",
        "k.pem",
    ]
    return ran(tmp_path, [*command, *more])


HEADED = b"From: Kim <kim@customer.example.com>\nSubject: Order\n"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="signs with openssl")
def test_an_opaque_signature_is_read(tmp_path: Path) -> None:
    words = b"Please cancel order 1042.\n"
    entity = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nCancel order 1042.\r\n--b--\r\n'
    for content, more in ((words, ()), (words, ("-text",)), (words, ("-stream",)), (b"Hello: x\n\ny\n", ())):
        mail = parse_mail(HEADED + opaque(tmp_path, content, *more))
        assert mail.text == content.decode().strip()
        assert (mail.security, mail.attachments) == ("smime_signed", ())
        assert "encrypted" not in mail.notes
    assert parse_mail(HEADED + opaque(tmp_path, entity, "-binary")).text == "Cancel order 1042."


@pytest.mark.skipif(shutil.which("openssl") is None, reason="encrypts with openssl")
def test_an_opaque_mail_that_is_encrypted_stays_closed(tmp_path: Path) -> None:
    opaque(tmp_path, b"Please cancel order 1042.\n")
    command = ["openssl", "smime", "-encrypt", "-in", "body.txt", "c.pem"]
    mail = parse_mail(HEADED + ran(tmp_path, command))
    assert (mail.security, mail.text) == ("smime_encrypted", "")


@given(st.binary(max_size=300))
def test_any_bytes_are_signed_content_or_none(data: bytes) -> None:
    for whole in (data, SIGNED_DATA + data, SIGNED_DATA[:2] + data):
        assert signed_content(whole) is None or isinstance(signed_content(whole), bytes)


SIGNED_DATA = bytes.fromhex("308006092a864886f70d010702a08030800201013100308006092a864886f70d010701a0802480")
