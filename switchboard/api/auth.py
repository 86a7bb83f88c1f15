"""The bearer token of the operator API (RFC 6750), and a bound on guessing it."""

from __future__ import annotations

import hmac
import time
from collections import OrderedDict
from collections.abc import Callable

import structlog
from aiohttp import web

from channels.chat.gate import ClientAddresses
from switchboard.operations.http_server import error_response

log = structlog.get_logger(__name__)

FAILURES = 10
WINDOW = 60.0  # seconds
ADDRESSES = 10_000


class Failures:
    """Counts failed attempts per address: `most` within a minute, then the address waits that minute out."""

    def __init__(
        self, clock: Callable[[], float], *, most: int = FAILURES, capacity: int = ADDRESSES
    ) -> None:
        self._clock = clock
        self._most = most
        self._capacity = capacity
        self._counts: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait(self, address: str | None) -> float:
        """Return the seconds for which an address may not try again, 0.0 when it may now."""
        count, ends = self._current(address)
        return ends - self._clock() if count >= self._most else 0.0

    def add(self, address: str | None) -> None:
        """Count one failure; of too many addresses the longest unused is forgotten."""
        if address is None:
            return
        count, ends = self._current(address)
        self._counts[address] = (count + 1, ends)
        self._counts.move_to_end(address)
        if len(self._counts) > self._capacity:
            self._counts.popitem(last=False)

    def _current(self, address: str | None) -> tuple[int, float]:
        now = self._clock()
        count, ends = self._counts.get(address or "", (0, 0.0))
        return (count, ends) if ends > now else (0, now + WINDOW)


class OperatorAuth:
    """Lets in who bears the operator token.

    `addresses` says by which key failures are counted, and which peers are exempt (this machine's own by
    default, as in the chat). An address with too many failures is refused even with the right token.
    """

    def __init__(
        self, token: str, *, addresses: ClientAddresses, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._token = token.encode("utf-8", "surrogateescape")
        self._addresses = addresses
        self._failures = Failures(clock)

    def refusal(self, request: web.Request) -> web.Response | None:
        """Return the answer to a request that may not come in, None for one that may."""
        address = self._addresses.of(request)
        if wait := self._failures.wait(address):
            return error_response(
                429, "too_many", "Too many wrong tokens came from your address.", retry_after=round(wait, 1)
            )
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        right = hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), self._token)
        if scheme.lower() == "bearer" and right:
            return None
        self._failures.add(address)
        log.warning("operator token refused", given=bool(given))
        return _unauthorized(given=bool(given))


def _unauthorized(*, given: bool) -> web.Response:
    response = error_response(401, "unauthorized", "This needs the operator token as a bearer token.")
    response.headers["WWW-Authenticate"] = (
        'Bearer realm="switchboard", error="invalid_token"' if given else 'Bearer realm="switchboard"'
    )
    return response
