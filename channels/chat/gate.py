"""What every wire of the chat asks first: may this page, this address, this session come in now?"""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from channels.chat.errors import OriginRefused, Restarting
from channels.chat.limits import Limits
from channels.chat.origins import Addresses, Origins
from channels.chat.settings import ChatSettings


class Gate:
    """Origins, addresses, limits and the draining flag, shared by socket, POST /chat and upload."""

    def __init__(self, settings: ChatSettings, clock: Callable[[], float]) -> None:
        self.limits = Limits(settings, clock)
        self.draining = False
        self._origins = Origins(settings.origins, public_url=settings.public_url)
        self._addresses = Addresses(settings.trusted_proxies, limit_loopback=settings.limit_loopback)

    def admit(self, request: web.Request) -> None:
        """Raise OriginRefused or Restarting when the request can't come in."""
        self.check_origin(request)
        if self.draining:
            raise Restarting("The chat is restarting.", retry_after=2.0)

    def check_origin(self, request: web.Request) -> None:
        """Raise OriginRefused when a browser's page asks that is not on the list."""
        if not self._origins.allows(request):
            raise OriginRefused("This page's origin is not allowed to use the chat.")

    def address(self, request: web.Request) -> str | None:
        """Return the key for per-address limits, or None where they don't apply."""
        return self._addresses.of(request)

    def cors(self, request: web.Request) -> dict[str, str]:
        """Return the headers that let an allowed page read the answer (Fetch, section 3.2)."""
        origin = request.headers.get("Origin")
        if origin is None or not self._origins.allows(request):
            return {}
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
