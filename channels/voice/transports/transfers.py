"""Where phone calls go on when their stream is closed: to a human's number, to a word of regret, or nowhere.

Twilio asks for that at the `action` of its <Connect>, in a request of its own.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

MOST: Final = 1_000
KEPT_S: Final = 120.0
REGRET: Final = ""
"""In place of a number: the stream broke off on our side, which the caller is told."""


class Transfers:
    """Numbers by call, each for two minutes and for one asking; `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._numbers: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def put(self, call_sid: str, number: str) -> None:
        """Note that the call goes on to `number`."""
        self._numbers[call_sid] = (number, self._clock() + KEPT_S)
        self._numbers.move_to_end(call_sid)
        if len(self._numbers) > MOST:
            self._numbers.popitem(last=False)

    def take(self, call_sid: str) -> str | None:
        """Return the number the call goes on to, REGRET when it broke off, None when it ends."""
        number, until = self._numbers.pop(call_sid, (REGRET, -math.inf))
        return number if until >= self._clock() else None
