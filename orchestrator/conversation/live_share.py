"""How much patient work, such as mail, may run while somebody waits live, in chat or on the phone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection

CALM_AFTER = 2.0
"""Seconds after the last live turn during which the next one is expected."""
PART = 0.2
"""Part of the time that reading mails may take while somebody waits live."""
LONGEST_PAUSE = 1.0


class LiveShare:
    """Counts live turns; `patient` names the channels whose customers don't watch.

    Patient turns are run `most` at a time when nobody waits live, else `least`: never none, so that mail is
    answered however much is chatted.
    """

    def __init__(
        self,
        *,
        patient: Collection[str] = (),
        most: int = 16,
        least: int = 2,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.patient = frozenset(patient)
        self._most = most
        self._least = least
        self._clock = clock
        self._live = 0
        self._running = 0
        self._last = float("-inf")

    @property
    def busy(self) -> bool:
        """Say whether somebody waits live, or did a moment ago."""
        return self._live > 0 or self._clock() - self._last < CALM_AFTER

    def room(self, *, live: bool) -> int:
        """Return how many more patient turns may begin now; `live` says that live ones are about to."""
        return max(0, (self._least if live or self.busy else self._most) - self._running)

    def kept(self, width: int) -> int:
        """Return how many of `width` places live turns leave free, so that mail is never starved."""
        return max(0, self._least - self._running) if self.patient and width > self._least else 0

    def began(self, channel: str) -> None:
        """Count a turn of this channel."""
        if channel in self.patient:
            self._running += 1
        else:
            self._live += 1

    def ended(self, channel: str) -> None:
        """Count it no more."""
        if channel in self.patient:
            self._running -= 1
        else:
            self._live -= 1
            self._last = self._clock()

    async def breathe(self, took: float) -> None:
        """After work of `took` seconds wait for so long that it has no more than its part of the time."""
        if self.busy:
            await asyncio.sleep(min(LONGEST_PAUSE, took * (1 / PART - 1)))
