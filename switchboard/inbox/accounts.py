"""User names and passwords of mail relays that log in at the inbox; only scrypt hashes are kept."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping

COST, BLOCK, LANES = 2**14, 8, 1
"""16 MiB and some 50 ms (RFC 7914)."""
ABREAST = 2
"""Checks at the same time, so that guessing takes neither all memory nor all processors."""


def hash_password(password: str) -> str:
    """Return `salt$hash`, both in base64."""
    salt = os.urandom(16)
    return f"{b64encode(salt).decode()}${b64encode(_scrypt(password, salt)).decode()}"


class Accounts:
    """Checks logins against password hashes."""

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self._hashes = dict(hashes)
        self._nobody = hash_password("")
        self._abreast = asyncio.Semaphore(ABREAST)

    async def check(self, user: str, password: str) -> bool:
        """Say whether they belong together; an unknown user takes as long as a wrong password."""
        known = self._hashes.get(user)
        salt, _, wanted = (known or self._nobody).partition("$")
        async with self._abreast:
            found = await asyncio.to_thread(_scrypt, password, b64decode(salt))
        return hmac.compare_digest(found, b64decode(wanted)) and known is not None


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=COST, r=BLOCK, p=LANES, maxmem=2**26)
