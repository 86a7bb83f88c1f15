"""Every number of the chat in one place; app.py fills it from the settings tree."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """A token bucket: `burst` at once, then `per_minute` on average."""

    burst: int
    per_minute: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ChatSettings:
    """Limits and waits of the web chat; times in seconds, sizes in bytes unless said otherwise."""

    origins: tuple[str, ...] = ()
    """Exact origins ("https://shop.example") that browsers may come from. Empty: only the gateway's own
    pages. Not empty: only those listed; the word "self" in the list adds the gateway's own pages."""
    public_url: str | None = None
    """The gateway's address as browsers see it, when a proxy rewrites `Host`."""
    trusted_proxies: tuple[str, ...] = ()
    """Networks (CIDR) whose X-Forwarded-For is believed."""
    limit_loopback: bool = False
    """Whether per-address limits hold for 127.0.0.0/8 and ::1 too. By default they don't: such a peer is
    a local tool, or a proxy that stands for everybody and was not named in `trusted_proxies`."""

    hello_timeout: float = 10.0
    heartbeat: float = 25.0
    send_timeout: float = 10.0
    """A client that takes nothing for so long is dropped."""
    close_timeout: float = 2.0
    """How long a polite close waits for the client's own close frame."""
    frame_bytes: int = 65_536
    send_buffer: int = 65_536
    """Unsent bytes per socket before writers wait."""
    text_chars: int = 8_000
    attachments: int = 10

    sockets: int = 10_000
    sockets_per_address: int = 200
    session_messages: Rate = Rate(burst=30, per_minute=60)
    session_controls: Rate = Rate(burst=100, per_minute=600)
    """typing, read and ping frames."""
    session_files: Rate = Rate(burst=10, per_minute=10)
    address_hellos: Rate = Rate(burst=100, per_minute=120)
    address_messages: Rate = Rate(burst=200, per_minute=600)
    refusals_before_close: int = 50
    """So many refused frames in a row end the socket with 4429."""

    reply_wait: float = 60.0
    """How long POST /chat waits for the reply before it answers `deferred`."""
    keep_alive: float = 15.0
    """Pause after which a server-sent event stream carries a comment."""
    readers_per_session: int = 8
    """Long polls and event streams that one session may have open at the same time."""
    body_bytes: int = 131_072
    body_timeout: float = 20.0
    waiting: int = 2_000
    """POST /chat requests that may wait for a reply at the same time."""

    file_bytes: int = 5 * 1024 * 1024
    file_timeout: float = 120.0
    uploads: int = 8
    """Uploads held in memory at the same time."""
