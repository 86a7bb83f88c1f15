"""Name servers made of dicts, and keys to sign with, for tests of mail authentication."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from channels.mail.dns_lookups import LookupFailed
from channels.mail.signing import Signer


class DictResolver:
    """Answers from `{(name, kind): records}`, after `delay` seconds; `failing` names can't be asked."""

    def __init__(
        self,
        records: Mapping[tuple[str, str], Sequence[Any]],
        *,
        failing: Sequence[str] = (),
        delay: float = 0.0,
    ) -> None:
        self.records = dict(records)
        self.failing = frozenset(failing)
        self.delay = delay
        self.asked: list[tuple[str, str]] = []

    def find(self, kind: str, name: str, *, timeout: float) -> list[Any]:
        self.asked.append((name, kind))
        if self.delay:
            time.sleep(min(self.delay, timeout))
        if name in self.failing or self.delay > timeout:
            raise LookupFailed("The name server did not answer.")
        found = self.records.get((name, kind), ())
        return [each.encode() if kind == "TXT" and isinstance(each, str) else each for each in found]


@lru_cache(maxsize=4)
def rsa_pem(bits: int = 2048) -> bytes:
    """An RSA key, made once per run."""
    key = generate_private_key(public_exponent=65537, key_size=bits)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def ed25519_pem() -> bytes:
    """A fresh Ed25519 key."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def signer(domain: str = "example.com", selector: str = "s1") -> Signer:
    """A signer with the run's RSA key."""
    return Signer(domain=domain, selector=selector, private_key=rsa_pem())


def published(*signers: Signer) -> dict[tuple[str, str], list[str]]:
    """The TXT records of these signers' keys."""
    return {(name, "TXT"): [text] for name, text in (one.record for one in signers)}
