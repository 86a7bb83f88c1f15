"""Signed and encrypted mail."""

from __future__ import annotations

from tests.unit.mail.letters import letter, multipart, plain

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
