"""DKIM signatures for outgoing mail (RFC 6376, RFC 8463), relaxed/relaxed, made with dkimpy."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import Final

import dkim
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from channels.mail.mailbox import AddressInvalid, ascii_domain

SMALLEST_RSA: Final = 1024  # bits, RFC 8301; 2048 are recommended
INLINE: Final = 64 * 1024
"""Mails up to this many octets are signed on the event loop: about 5 ms with RSA 2048."""

OVERSIGNED: Final = (
    *(b"from", b"reply-to", b"to", b"cc", b"subject", b"date", b"message-id", b"in-reply-to", b"references"),
    *(b"mime-version", b"content-type", b"auto-submitted"),
)
"""Signed once more than present, so that nobody can add a second one without breaking the signature."""


class SigningKeyInvalid(ValueError):
    """The key, selector or domain for DKIM can't be used."""

    code = "signing_key_invalid"


class Signer:
    """Signs for one domain with one key; holds the key in memory."""

    def __init__(self, *, domain: str, selector: str, private_key: bytes) -> None:
        """`private_key` is PEM (PKCS#1 or PKCS#8, RSA or Ed25519); raises `SigningKeyInvalid`."""
        try:
            self._domain = ascii_domain(domain).encode("ascii")
            self._selector = ascii_domain(selector).encode("ascii")
        except AddressInvalid as error:
            raise SigningKeyInvalid("The DKIM domain or selector is not valid.") from error
        key = _load(private_key)
        self._algorithm, self._key, self._public = (
            _ed25519(key) if isinstance(key, Ed25519PrivateKey) else _rsa(key)
        )

    @property
    def record(self) -> tuple[str, str]:
        """Name and text of the TXT record that publishes the key."""
        kind = "ed25519" if self._algorithm == b"ed25519-sha256" else "rsa"
        name = f"{self._selector.decode()}._domainkey.{self._domain.decode()}"
        return name, f"v=DKIM1; k={kind}; p={b64encode(self._public).decode('ascii')}"

    def sign(self, message: bytes) -> bytes:
        """Give the message with its DKIM-Signature on top; `message` has CRLF line ends."""
        mail = dkim.DKIM(message, signature_algorithm=self._algorithm)
        present = [name.lower() for name, _ in mail.headers]
        signature: bytes = mail.sign(
            self._selector,
            self._domain,
            self._key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[name for name in OVERSIGNED for _ in range(present.count(name) + 1)],
        )
        return signature + message

    async def signed(self, message: bytes) -> bytes:
        """Sign, in a worker thread when the message is large."""
        if len(message) <= INLINE:
            return self.sign(message)
        return await asyncio.to_thread(self.sign, message)


def _load(private_key: bytes) -> RSAPrivateKey | Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(private_key, password=None)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise SigningKeyInvalid("The DKIM key is not an unencrypted PEM private key.") from error
    if isinstance(key, RSAPrivateKey) and key.key_size < SMALLEST_RSA:
        raise SigningKeyInvalid("The DKIM key is shorter than 1024 bits.")
    if not isinstance(key, (RSAPrivateKey, Ed25519PrivateKey)):
        raise SigningKeyInvalid("The DKIM key must be RSA or Ed25519.")
    return key


def _ed25519(key: Ed25519PrivateKey) -> tuple[bytes, bytes, bytes]:
    seed = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return b"ed25519-sha256", b64encode(seed), key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _rsa(key: RSAPrivateKey) -> tuple[bytes, bytes, bytes]:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b"rsa-sha256", pem, public
