"""Identity tokens for the demo page and the terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import uuid4

import jwt

from switchboard.secrets import Secrets
from switchboard.settings import Settings
from switchboard.web_chat import is_loopback
from tools.settings import ToolSettings

PEOPLE = {
    "ada": ("ada@example.com", "Ada Byron"),
    "bob": ("bob@example.com", "Bob Stone"),
}
VALID_FOR = 600


def demo_identities(settings: Settings, secrets: Secrets, tools: ToolSettings) -> Callable[[str], str] | None:
    """Return what makes the page's visitor Ada or Bob; None unless the shop is mounted on loopback only."""
    if not tools.shop or not is_loopback(settings.http_host):
        return None
    secret = secrets.identity.get_secret_value()
    return lambda who: demo_identity(who, secret)


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
