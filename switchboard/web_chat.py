"""The web chat of a business: its limits, the page at /, and identity tokens for whom that signs in."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from uuid import uuid4

import jwt

from channels.chat.page import Front
from channels.chat.settings import ChatSettings, Rate
from switchboard.business import Business
from switchboard.secrets import Secrets
from switchboard.settings import Settings

VALID_FOR = 600
"""Seconds for which a token of ours is good."""


def chat_settings(settings: Settings) -> ChatSettings:
    """Return the chat's limits as the settings tree has them."""
    chat = settings.chat
    return ChatSettings(
        origins=settings.chat_origins,
        public_url=settings.public_url,
        trusted_proxies=settings.trusted_proxies,
        limit_loopback=chat.limit_loopback,
        text_chars=chat.text_chars,
        sockets=chat.sockets,
        sockets_per_address=chat.sockets_per_address,
        session_messages=Rate(burst=chat.messages_burst, per_minute=chat.messages_per_minute),
        address_messages=Rate(
            burst=max(1, chat.messages_per_minute_per_address // 3),
            per_minute=chat.messages_per_minute_per_address,
        ),
        reply_wait=chat.reply_wait,
        file_bytes=chat.file_bytes,
    )


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
