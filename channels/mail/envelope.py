"""What the inbox hands over: the raw mail and what only the session knew."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """One accepted mail with its SMTP envelope.

    All texts are free of control characters, lone surrogates and NUL. `raw` is what came between DATA
    and the final dot, dots unstuffed, every line ended by CRLF, otherwise untouched (no Received line
    is added, so that equal mails stay equal).
    """

    sender: str
    """The reverse-path; '' is the null one."""
    recipients: tuple[str, ...]
    """As the client wrote them, tags included; each is one of the configured addresses."""
    peer: str
    """IP address of the client (from the PROXY header where one is believed); '' on a unix socket."""
    helo: str
    tls: bool
    protocol: Literal["smtp", "lmtp"]
    smtputf8: bool
    received_at: datetime
    raw: bytes
    authenticated_as: str | None


Keep = Callable[[Envelope], Awaitable[None]]
"""Durable when it returns; raises `orchestrator.errors.StoreAway` when nothing was stored."""

CheckLogin = Callable[[str, str], Awaitable[bool]]
"""Says whether user name and password belong together."""
