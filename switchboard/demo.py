"""Identity tokens for the demo page and the terminal."""

from __future__ import annotations

import time
from uuid import uuid4

import jwt

PEOPLE = {
    "ada": ("ada@example.com", "Ada Byron"),
    "bob": ("bob@example.com", "Bob Stone"),
}
VALID_FOR = 600


def demo_identity(who: str, secret: str) -> str:
    """Return a ten-minute identity token (HS256) for `ada` or `bob`; raise `KeyError` for anybody else."""
    return sign_identity(*PEOPLE[who], secret)


def sign_identity(email: str, name: str, secret: str) -> str:
    """Return a ten-minute identity token (HS256), good for one session, as the host site would sign it."""
    now = int(time.time())
    claims = {
        "sub": email,
        "aud": "switchboard",
        "iat": now,
        "exp": now + VALID_FOR,
        "jti": str(uuid4()),
        "email": email,
        "name": name,
    }
    return jwt.encode(claims, secret, algorithm="HS256")
