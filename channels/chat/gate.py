"""What every wire of the chat asks first (page, address, session, draining), and how it answers by HTTP."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from channels.chat.errors import ChatError, OriginRefused, Restarting, wire_of
from channels.chat.limits import Limits
from channels.chat.settings import ChatSettings
from orchestrator.conversation.desk import Desk
from orchestrator.conversation.message import VisitorSession
from orchestrator.errors import OrchestratorError, SessionUnknown
from orchestrator.people.identity_tokens import LONGEST_TOKEN

log = structlog.get_logger()

_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}
_FORWARDING: Final = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")


class Origins:
    """The exact allow-list of origins (RFC 6454); without one, the gateway's own pages only.

    A request without an Origin header does not come from a browser's page and is let in.
    """

    def __init__(self, allowed: Iterable[str], *, public_url: str | None = None) -> None:
        listed = {entry.strip().rstrip("/").lower() for entry in allowed if entry.strip()}
        self._own = not listed or "self" in listed
        self._listed = frozenset(_canonical(entry) for entry in listed - {"self"})
        public = urlsplit((public_url or "").lower())
        self._public = _canonical(f"{public.scheme}://{public.netloc}")

    def allows(self, request: web.Request) -> bool:
        """Say whether the request's Origin may use the chat."""
        origin = request.headers.get("Origin")
        if origin is None:
            return True
        given = _canonical(origin.lower())
        return given in self._listed or (self._own and self._is_own(given, request.host.lower()))

    def _is_own(self, origin: str, host: str) -> bool:
        scheme, _, netloc = origin.partition("://")
        own = host.removesuffix(_DEFAULT_PORTS.get(scheme, ":"))
        return scheme in _DEFAULT_PORTS and (netloc == own or origin == self._public)


def _canonical(origin: str) -> str:
    scheme, _, netloc = origin.partition("://")
    return f"{scheme}://{netloc.removesuffix(_DEFAULT_PORTS.get(scheme, ':'))}"


class ClientAddresses:
    """Finds the client's address, believing X-Forwarded-For only from trusted proxies."""

    def __init__(self, trusted_proxies: Iterable[str], *, limit_loopback: bool) -> None:
        self._trusted = tuple(ip_network(network) for network in trusted_proxies)
        self._limit_loopback = limit_loopback

    def of(self, request: web.Request) -> str | None:
        """Return the key that per-address limits count by: an IPv4 address or an IPv6 /64; None if exempt."""
        address = self._client(request)
        if address is None or (address.is_loopback and not self._limit_loopback):
            return None
        if isinstance(address, IPv6Address):
            return str(ip_network((address, 64), strict=False))
        return str(address)

    def _client(self, request: web.Request) -> IPv4Address | IPv6Address | None:
        address = _address(request.remote or "")
        hops = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
        for hop in reversed(hops):
            if address is None or not self._trusts(address):
                break
            address = _address(hop) or address
        return address

    def _trusts(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._trusted)


def is_local(request: web.Request) -> bool:
    """Say whether peer and Host are both loopback and no proxy stands between."""
    peer = _address(request.remote or "")
    host = urlsplit(f"//{request.host}").hostname or ""
    named = _address(host)
    local_name = host == "localhost" or (named is not None and named.is_loopback)
    forwarded = any(name in request.headers for name in _FORWARDING)
    return peer is not None and peer.is_loopback and local_name and not forwarded


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


async def read_body(request: web.Request, *, most: int, timeout: float) -> bytes:
    """Return the whole body; raises ChatError `body_too_large` over `most` bytes, `body_timeout`."""
    too_large = ChatError(f"The body is larger than {most} bytes.", code="body_too_large")
    if (request.content_length or 0) > most:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(timeout):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > most:
                    raise too_large
    except TimeoutError:
        raise ChatError("The body did not arrive in time.", code="body_timeout") from None
    return bytes(body)


class Gate:
    """Origins, addresses, limits and the draining flag, shared by socket, POST /chat and upload."""

    def __init__(self, settings: ChatSettings, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.limits = Limits(settings, clock)
        self.draining = False
        self._origins = Origins(settings.origins, public_url=settings.public_url)
        self.address = ClientAddresses(settings.trusted_proxies, limit_loopback=settings.limit_loopback).of
        """Returns the key for per-address limits, or None where they don't apply."""

    def admit(self, request: web.Request) -> None:
        """Raise OriginRefused or Restarting when the request can't come in."""
        self.check_origin(request)
        if self.draining:
            raise Restarting("The chat is restarting.", retry_after=2.0)

    def check_origin(self, request: web.Request) -> None:
        """Raise OriginRefused when a browser's page asks that is not on the list."""
        if not self._origins.allows(request):
            raise OriginRefused("This page's origin is not allowed to use the chat.")

    def cors(self, request: web.Request) -> dict[str, str]:
        """Return the headers that let an allowed page read the answer (Fetch, section 3.2)."""
        origin = request.headers.get("Origin")
        if origin is None or not self._origins.allows(request):
            return {}
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID, X-File-Name, X-Identity",
    "Access-Control-Max-Age": "600",
}


def answering(handler: Handler, gate: Gate) -> Handler:
    """Wrap a handler so that every failure becomes a JSON error and allowed pages may read the answer."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = await _safely(handler, request)
        if not response.prepared:
            response.headers.update(gate.cors(request))
            response.headers.setdefault("Cache-Control", "no-store")
            response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response

    return answer


def preflight(gate: Gate) -> Handler:
    """Return the handler of OPTIONS requests (Fetch, section 3.2.2)."""

    async def allow(request: web.Request) -> web.StreamResponse:
        gate.check_origin(request)
        return web.Response(status=204, headers=_PREFLIGHT)

    return answering(allow, gate)


async def _safely(handler: Handler, request: web.Request) -> web.StreamResponse:
    try:
        return await handler(request)
    except (ChatError, OrchestratorError) as error:
        return error_response(error)
    except web.HTTPException:
        raise
    except ConnectionError:
        # The client left while its body was still being read; nobody is there to be answered.
        return error_response(ChatError("The connection broke off.", code="bad_upload"))
    except Exception:
        log.exception("chat request failed", path=request.path)
        return error_response(ChatError("Something went wrong on our side."))


def error_response(error: ChatError | OrchestratorError) -> web.Response:
    """Return `error` as a JSON answer with its status and, where it says when to come back, Retry-After."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    headers = {}
    if error.retry_after is not None:
        body["retry_after"] = error.retry_after
        headers["Retry-After"] = str(math.ceil(error.retry_after))
    return web.json_response({"error": body}, status=wire_of(error).status, headers=headers)


LONGEST_ID = 200


async def visitor(request: web.Request, desk: Desk, gate: Gate, *, guessable: bool = True) -> VisitorSession:
    """Return the session named in the path as `session`, for a request that only reads.

    A session that belongs to somebody who signed in needs their identity token, as `X-Identity` or
    `Authorization: Bearer`; for any other its id is enough. `-` in the path: the id is the bearer token, so
    that it stands in no address. Without `guessable` only ids pass that can't be guessed. Raises what
    `Gate.admit` and `Desk.known_session` raise, and RateLimited.
    """
    gate.admit(request)
    address = gate.address(request)
    gate.limits.address_message(address)
    named, identity = request.match_info["session"], request.headers.get("X-Identity") or None
    token = (bearer(request) or "") if named == "-" else named
    if named != "-":
        identity = identity or bearer(request)
    if not 0 < len(token) <= LONGEST_ID:
        raise SessionUnknown("This session is unknown.")
    return await desk.known_session(
        channel="chat", token=token, identity=identity, peer=address, guessable=guessable
    )


def bearer(request: web.Request) -> str | None:
    """Return what is presented as `Authorization: Bearer` (RFC 6750), None for nothing."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    value = value.strip()
    return value[: LONGEST_TOKEN + 1] if scheme.lower() == "bearer" and value else None
