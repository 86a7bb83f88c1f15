"""How much of a foreign server we take, and how fast: no answer of its may be large or block the others."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

MESSAGE = 1_000_000
"""Bytes of one message; parsing it takes some 20 ms."""
CONNECT = 20.0
"""Seconds to start or reach a server, agree on a version and list its tools."""
PAGES = 20
LISTED = 200
"""Tools that a server may list."""
LISTED_CHARACTERS = 1_000_000
MOUNTED = 50
"""Tools of one server that are shown to the model."""
CALLS = 32
"""Calls to one server side by side."""
QUESTIONS = 100
"""Requests of the server to us in one connection; we answer none but pings."""
GARBAGE = 100
"""Lines on standard output that are no messages, in one connection."""
CHECK_EVERY = 30.0
"""Seconds between looks at a server that says nothing."""
RELIST_PAUSE = 2.0
"""Seconds between two lists, however often the server says that it changed."""
PAUSES = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0, 60.0)
"""Seconds before each further try to connect; the last one is kept."""
SETTLED = 60.0
"""Seconds that a connection must hold before the pauses begin anew."""


@dataclass(slots=True)
class RateLimit:
    """Lets `burst` through at once and `rate` a second from then on, of messages or bytes."""

    burst: float
    rate: float
    _left: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._left, self._at = self.burst, time.monotonic()

    async def take(self, amount: float) -> None:
        """Wait until `amount` may pass; more than the burst is let through late, never refused."""
        now = time.monotonic()
        self._left = min(self.burst, self._left + (now - self._at) * self.rate) - amount
        self._at = now
        if self._left < 0:
            await asyncio.sleep(-self._left / self.rate)
