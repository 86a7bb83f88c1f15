"""The web chat's part of the settings."""

from __future__ import annotations

from channels.chat.settings import ChatSettings, Rate
from switchboard.settings import Settings


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
