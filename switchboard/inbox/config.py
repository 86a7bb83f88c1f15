"""What the gateway tells the inbox's process, as one JSON line on its standard input.

Not in the environment and not among the arguments: the database's URL may hold a password.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from channels.mail.smtp.inbox_settings import InboxSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Batching:
    """How mails of concurrent sessions are gathered into one commit."""

    linger: float = 0.005
    """Seconds that mails wait, and gather, for a batch in flight; after that they fly beside it."""
    most: int = 64
    """Mails in one batch."""
    most_bytes: int = 16 * 1024 * 1024
    """Bytes in one batch; a single larger mail makes a batch of its own."""
    flights: int = 2
    """Batches being committed at the same time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxConfig:
    """All that the inbox's process needs to know."""

    settings: InboxSettings
    database_url: str
    folder: Path
    """Where mails too large for a row are kept."""
    batching: Batching = Batching()
    accounts: tuple[tuple[str, str], ...] = ()
    """User names and password hashes (`accounts.hash_password`) for AUTH; empty: AUTH is not offered."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "json", "text"] = "auto"
    drain_seconds: float = 10.0
    """How long mails under way may take once the process is told to stop."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Orders:
    """The first line: the configuration, and the file descriptors of the listening sockets."""

    config: InboxConfig
    smtp: tuple[int, ...]
    lmtp: tuple[int, ...]
    parent: int
    """Process id of the gateway; the inbox does not outlive it."""
    draining: bool = False
    """Whether it begins with 421 for everybody."""

    def line(self) -> bytes:
        """Return it as one line."""
        return _ORDERS.dump_json(self) + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Orders:
        """Read a line of `line`; raises `pydantic.ValidationError`."""
        return _ORDERS.validate_json(line)


_ORDERS = TypeAdapter(Orders)
