"""The page of a business, and identity tokens for those whom it and the terminal sign in."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from uuid import uuid4

import jwt

from channels.chat.page import Front
from switchboard.business import Business
from switchboard.secrets import Secrets
from switchboard.settings import Settings

VALID_FOR = 600


def demo_identities(settings: Settings, secrets: Secrets, business: Business) -> Callable[[str], str] | None:
    """Return what makes the page's visitor one of the business's examples; None unless on loopback only."""
    if not business.demo or not _is_loopback(settings.http_host):
        return None
    secret = secrets.identity.get_secret_value()

    def identity(who: str) -> str:
        visitor = business.demo[who]
        return sign_identity(visitor.email, visitor.name, secret)

    return identity


def front(business: Business) -> Front:
    """Return what the page at / shows: the business's own, where its folder has one in `page/`."""
    return Front(
        name=business.name,
        language=business.languages[0],
        visitors={who: visitor.name for who, visitor in business.demo.items()},
        folder=business.folder / "page",
    )


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


def _is_loopback(host: str) -> bool:
    """Say whether a listener on `host` can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
