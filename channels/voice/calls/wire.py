"""What a call needs of the transport that carries it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

from channels.voice.errors import VoiceError

CLOSES: Final = {
    "broken": (1011, "internal: The call can't go on."),
    "restarting": (1012, "restarting: The server restarts, please call again in a moment."),
    "signed_out": (4401, "unknown_session: This session has ended."),
}
OVER: Final = (1000, "the call is over")
"""How a call is closed on its wire, by what ended it."""


class WireGone(VoiceError):
    """The caller's socket is closed, or takes nothing any more."""

    code = "wire_gone"


class CallWire(Protocol):
    """One caller's line; PCM16 mono in both directions. Every method but `close` may raise WireGone."""

    @property
    def rate(self) -> int:
        """Samples per second, both ways."""
        ...

    @property
    def clocked(self) -> bool:
        """Whether it reports how much was played (`Call.played` or `Call.marked`)."""
        ...

    async def audio(self, pcm: bytes) -> None:
        """Send audio; returns when the transport has taken it."""
        ...

    async def tell(self, event: Mapping[str, Any]) -> None:
        """Send an event of CONTRACTS section 4; a wire without a word for it does nothing."""
        ...

    async def mark(self, name: str) -> None:
        """Ask to be told (`Call.marked`) when all audio sent so far was played, where the wire can."""
        ...

    async def clear(self) -> None:
        """Drop the audio that was sent and not played."""
        ...

    async def close(self, *, code: int, reason: str) -> None:
        """Hang up; harmless when repeated or when the socket is gone."""
        ...
