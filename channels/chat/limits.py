"""Token buckets and counters that keep one client from spoiling it for the others.

They live in this process's memory: with several replicas each has its own.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from channels.chat.errors import RateLimited, TooMany
from channels.chat.settings import ChatSettings, Rate

Clock = Callable[[], float]


class Buckets:
    """One token bucket per key, at most `capacity` of them; the longest unused is forgotten first."""

    __slots__ = ("_capacity", "_clock", "_fill", "_levels", "_size")

    def __init__(self, rate: Rate, clock: Clock, *, capacity: int = 100_000) -> None:
        self._size = float(rate.burst)
        self._fill = rate.per_minute / 60.0
        self._clock = clock
        self._capacity = capacity
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Take one token; return 0.0, or the seconds after which one will be there."""
        now = self._clock()
        level, since = self._levels.pop(key, (self._size, now))
        level = min(self._size, level + (now - since) * self._fill)
        wait = 0.0 if level >= 1.0 else (1.0 - level) / self._fill
        self._levels[key] = (level if wait else level - 1.0, now)
        if len(self._levels) > self._capacity:
            self._levels.popitem(last=False)
        return wait

    def __len__(self) -> int:
        return len(self._levels)


class Limits:
    """Every limit of the chat, shared by the socket, POST /chat and the upload.

    An `address` of None stands for a peer to whom per-address limits don't apply.
    """

    def __init__(self, settings: ChatSettings, clock: Clock) -> None:
        self._settings = settings
        self._session_messages = Buckets(settings.session_messages, clock)
        self._session_controls = Buckets(settings.session_controls, clock)
        self._session_files = Buckets(settings.session_files, clock)
        self._address_hellos = Buckets(settings.address_hellos, clock)
        self._address_messages = Buckets(settings.address_messages, clock)
        self._sockets: Counter[str] = Counter()
        self._readers: Counter[str] = Counter()
        self._open = 0
        self._waiting = 0

    @contextmanager
    def socket(self, address: str | None) -> Iterator[None]:
        """Count one open socket for as long as the block runs; raises TooMany."""
        if self._open >= self._settings.sockets:
            raise TooMany("This server has too many open chats.", retry_after=30.0)
        if address and self._sockets[address] >= self._settings.sockets_per_address:
            raise TooMany("Your network has too many open chats.", retry_after=30.0)
        self._open += 1
        if address:
            self._sockets[address] += 1
        try:
            yield
        finally:
            self._open -= 1
            self._forget_socket(address)

    def _forget_socket(self, address: str | None) -> None:
        if not address:
            return
        self._sockets[address] -= 1
        if not self._sockets[address]:
            del self._sockets[address]

    @contextmanager
    def reader(self, session: str) -> Iterator[None]:
        """Count one long poll or event stream of a session for as long as the block runs; raises TooMany."""
        if self._readers[session] >= self._settings.readers_per_session:
            raise TooMany("This session has too many open requests for events.", retry_after=5.0)
        self._readers[session] += 1
        try:
            yield
        finally:
            self._readers[session] -= 1
            if not self._readers[session]:
                del self._readers[session]

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count one POST /chat that waits for its reply; raises TooMany."""
        if self._waiting >= self._settings.waiting:
            raise TooMany("Too many requests are waiting for a reply.", retry_after=5.0)
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    def hello(self, address: str | None) -> None:
        """Count one session opened or resumed; raises RateLimited."""
        _charge(self._address_hellos, address)

    def address_message(self, address: str | None) -> None:
        """Count one message against its sender's address; raises RateLimited."""
        _charge(self._address_messages, address)

    def session_message(self, session: str) -> None:
        """Count one message against its session; raises RateLimited."""
        _charge(self._session_messages, session)

    def control(self, session: str) -> None:
        """Count one typing, read or ping frame; raises RateLimited."""
        _charge(self._session_controls, session)

    def session_file(self, session: str) -> None:
        """Count one upload against its session; raises RateLimited."""
        _charge(self._session_files, session)


def _charge(buckets: Buckets, key: str | None) -> None:
    wait = buckets.take(key) if key else 0.0
    if wait:
        raise RateLimited("You are writing faster than we can read.", retry_after=math.ceil(wait * 10) / 10)
