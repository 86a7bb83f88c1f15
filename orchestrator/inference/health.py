"""Which models to leave alone for a while after they failed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

_RATE_LIMITED = 5.0  # seconds, where no Retry-After says otherwise
_LONGEST = 600.0
_REPEATED = 2  # failures in a row before a server error cools a model down
_FIRST_REST = 15.0
_BY_CODE = {"http_401": 60.0, "http_403": 600.0, "http_404": 600.0}
_TROUBLE = frozenset(
    ("http_500", "http_502", "http_503", "http_504", "timeout", "unreachable", "error_event", "not_json")
)


@dataclass(slots=True)
class Health:
    """Cool-downs per model, in this process; `clock` is in seconds.

    A cooling model is asked last, not never: with nothing else left it may still help.
    """

    clock: Callable[[], float] = time.monotonic
    _until: dict[str, float] = field(default_factory=dict)
    _failures: dict[str, int] = field(default_factory=dict)

    def note(self, model: str, code: str, retry_after: float | None = None) -> None:
        """Take the outcome of one request to `model`."""
        if code in _BY_CODE:
            self._cool(model, _BY_CODE[code])
        elif code == "http_429":
            self._cool(model, _RATE_LIMITED if retry_after is None else retry_after)
        elif code in _TROUBLE:
            failures = self._failures[model] = self._failures.get(model, 0) + 1
            if failures >= _REPEATED:
                self._cool(model, _FIRST_REST * 2.0 ** min(failures - _REPEATED, 6))
        else:
            self._failures.pop(model, None)
            self._until.pop(model, None)

    def cooling(self, model: str) -> float:
        """Return for how many seconds `model` should be left alone, 0 when it is healthy."""
        return max(0.0, self._until.get(model, 0.0) - self.clock())

    def _cool(self, model: str, seconds: float) -> None:
        self._until[model] = self.clock() + min(seconds, _LONGEST)
