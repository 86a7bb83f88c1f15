"""How many calls may be on at once, and the lines that are kept for phone calls about to come.

All of it is in this process's memory: with several replicas, Twilio's requests and the stream of one call
must reach the same one (a public URL per replica, or a balancer that keeps to it).
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from channels.voice.errors import AllBusy, StartRefused, TooFast

TOKEN_BYTES: Final = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A line kept for one phone call until `until`; `phone` is the number it claims to come from."""

    call_sid: str
    phone: str | None
    until: float


class PhoneLines:
    """At most `most` calls, `per_address` of one address; a line is kept for `keep_s` seconds."""

    def __init__(self, *, most: int, per_address: int, keep_s: float, clock: Callable[[], float]) -> None:
        self._most = most
        self._per_address = per_address
        self._keep_s = keep_s
        self._clock = clock
        self._kept: dict[str, Kept] = {}
        self._addresses: Counter[str] = Counter()
        self.open = 0

    @contextmanager
    def call(self, address: str | None) -> Iterator[None]:
        """Count one call for as long as the block runs; raises AllBusy. None: no limit per address."""
        self._check_free()
        if address and self._addresses[address] >= self._per_address:
            raise AllBusy("Your network has too many calls open.", retry_after=30.0)
        self._count(address, 1)
        try:
            yield
        finally:
            self._count(address, -1)

    def _count(self, address: str | None, change: int) -> None:
        self.open += change
        if address:
            self._addresses[address] += change
            if not self._addresses[address]:
                del self._addresses[address]

    def keep(self, *, call_sid: str, phone: str | None) -> str:
        """Keep a line for a call and return the token that claims it, once; raises AllBusy.

        Asking again for the same call (Twilio repeats a request that failed) replaces its token.
        """
        self._kept = {token: kept for token, kept in self._kept.items() if kept.call_sid != call_sid}
        self._check_free()
        token = secrets.token_hex(TOKEN_BYTES)
        self._kept[token] = Kept(call_sid=call_sid, phone=phone, until=self._clock() + self._keep_s)
        return token

    def claim(self, token: str, *, call_sid: str) -> Kept:
        """Return what was kept under `token`, which is spent by that; raises StartRefused."""
        kept = self._kept.pop(token, None)
        if kept is None or kept.until < self._clock() or kept.call_sid != call_sid:
            raise StartRefused(
                "The start token is not valid: it is good for one call, once and not for long."
            )
        return kept

    def _check_free(self) -> None:
        now = self._clock()
        self._kept = {token: kept for token, kept in self._kept.items() if kept.until >= now}
        if self.open + len(self._kept) >= self._most:
            raise AllBusy("All our lines are busy at the moment.", retry_after=30.0)


class AudioPace:
    """Weighs what comes in against the clock; all times in seconds.

    `ahead` is how much may come before its time. A line that stood still may catch up on `behind` of what
    it missed, no more: else an hour of silence could be followed by an hour of audio at once.
    """

    __slots__ = ("_ahead", "_behind", "_clock", "_due")

    def __init__(self, *, ahead: float, behind: float, clock: Callable[[], float]) -> None:
        self._ahead = ahead
        self._behind = behind
        self._clock = clock
        self._due = clock()

    def take(self, seconds: float) -> None:
        """Count something that lasts so long; raises TooFast."""
        now = self._clock()
        self._due = max(self._due, now - self._behind) + seconds
        if self._due > now + self._ahead:
            raise TooFast("This comes faster than it can be spoken: send audio as it is recorded.")
