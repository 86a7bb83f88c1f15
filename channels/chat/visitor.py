"""Who asks for something of a session by HTTP: the session's id in the path, an identity in the header."""

from __future__ import annotations

from aiohttp import web

from channels.chat.gate import Gate
from orchestrator.conversation.desk import Desk
from orchestrator.conversation.message import VisitorSession
from orchestrator.errors import SessionUnknown
from orchestrator.people.identity_tokens import LONGEST_TOKEN

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
