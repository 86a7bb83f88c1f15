"""What every route of the operator API has: the token check, JSON in and out, cursors, errors as JSON."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ValidationError

from guardrails.text_direction import json_in_order
from orchestrator.errors import OrchestratorError
from switchboard.api.auth import OperatorAuth
from switchboard.operations.http_server import error_response

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Model = TypeVar("Model", bound=BaseModel)
Place = TypeVar("Place")

BODY_TIMEOUT = 20.0  # seconds
PAGE = 50
LONGEST_PAGE = 200
STATUSES = {
    "unknown_conversation": 404,
    "unknown_customer": 404,
    "unknown_approval": 404,
    "unknown_merge": 404,
    "unknown_message": 404,
    "unknown_mail": 404,
    "file_unknown": 400,
    "unknown_file": 404,
    "not_a_mail": 404,
    "conflict": 409,
    "not_verified": 409,
    "busy": 409,
    "approval_decided": 409,
    "customer_wrote": 409,
    "approval_expired": 409,
    "message_invalid": 400,
    "store_unavailable": 503,
}


class MalformedRequest(Exception):
    """The request can't be understood; the text says why."""


def guarded(auth: OperatorAuth, handler: Handler) -> Handler:
    """Return `handler` behind the token check, with its errors told as JSON."""

    async def handle(request: web.Request) -> web.StreamResponse:
        response = auth.refusal(request) or await _answered(handler, request)
        response.headers["Cache-Control"] = "no-store"
        return response

    return handle


async def _answered(handler: Handler, request: web.Request) -> web.StreamResponse:
    try:
        return await handler(request)
    except MalformedRequest as error:
        return error_response(400, "bad_request", str(error))
    except OrchestratorError as error:
        status = STATUSES.get(error.code)
        if status is None:
            raise
        return error_response(
            status, error.code, error.message, retry_after=error.retry_after, details=error.details
        )


def answer(value: Any) -> web.Response:
    """Return `value` as JSON; ids, times (RFC 3339, UTC) and decimals are written as the API has them."""
    # ASCII only: a model's answer may hold lone surrogates, which UTF-8 can't carry.
    text = json.dumps(value, default=_plain, allow_nan=False, separators=(",", ":"))
    return web.json_response(text=json_in_order(text))


def page(
    items: list[dict[str, Any]], limit: int, place: Callable[[dict[str, Any]], list[Any]]
) -> web.Response:
    """Answer with one page of a list, of which one item more than `limit` was fetched.

    `place` says where an item stands, for the cursor that goes on behind it.
    """
    more, items = len(items) > limit, items[:limit]
    return answer({"items": items, "next": make_cursor(place(items[-1])) if more else None})


def unknown(noun: str) -> web.Response:
    """Answer that there is no such conversation, customer and so on."""
    return error_response(404, f"unknown_{noun}", f"This {noun} does not exist.")


def path_id(request: web.Request, name: str = "id") -> UUID | None:
    """Return the id in the path, None when it can't be one of ours."""
    try:
        return UUID(request.match_info[name])
    except ValueError:
        return None


def known(request: web.Request, *names: str) -> None:
    """Raise `MalformedRequest` for a parameter of the query that is none of `names`: none must be ignored."""
    for name in request.query:
        if name not in names:
            raise MalformedRequest(f"There is no parameter {name[:50]!r} here; known are {', '.join(names)}.")


def one_of(request: web.Request, name: str, values: tuple[str, ...]) -> str | None:
    """Return a word of the query that must be one of `values`; raise `MalformedRequest`."""
    given = request.query.get(name) or None
    if given is not None and given not in values:
        raise MalformedRequest(f"{name} must be one of {', '.join(values)}.")
    return given


def number(request: web.Request, name: str, *, default: int, most: int) -> int:
    """Return a number of the query from 1 to `most`; raise `MalformedRequest`."""
    given = request.query.get(name)
    if given is None:
        return default
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:10]) <= most):
        raise MalformedRequest(f"{name} must be a whole number from 1 to {most}.")
    return int(given)


async def body(request: web.Request, model: type[Model]) -> Model:
    """Read the body, which may be empty, as the given model; raise `MalformedRequest`."""
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            data = await request.read()
    except TimeoutError:
        raise MalformedRequest("The body did not arrive in time.") from None
    try:
        return model.model_validate_json(data or b"{}")
    except ValidationError as error:
        raise MalformedRequest(_first_problem(error)) from None


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in problem["loc"])
    return f"{place or 'The body'}: {problem['msg']}."


def make_cursor(place: list[Any]) -> str:
    """Return the place where a page of a list ended as the opaque text that a client hands back."""
    text = json.dumps(
        place, default=lambda part: part.isoformat() if isinstance(part, datetime) else str(part)
    )
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(request: web.Request, read: Callable[[Any], Place]) -> Place | None:
    """Return the place that the query's cursor stands for; raise `MalformedRequest` for none of ours."""
    cursor = request.query.get("cursor")
    if not cursor:
        return None
    try:
        return read(json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))))
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise MalformedRequest("cursor is none of ours.") from None


def time_and_id(place: Any) -> tuple[datetime, UUID]:
    """Read the place in most lists; raise `ValueError` or `TypeError`."""
    time, item_id = place
    return checked_time(datetime.fromisoformat(time)), UUID(item_id)


def checked_time(time: datetime) -> datetime:
    """Return a time that the database can compare with its own; raise `ValueError`."""
    if time.tzinfo is None or not 1970 <= time.year < 9000:
        raise ValueError("a time without zone, or far away")
    return time


def _exact(part: object) -> str:
    return part.isoformat() if isinstance(part, datetime) else str(part)


def _plain(value: object) -> Any:
    match value:
        case UUID():
            return str(value)
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Decimal():
            return float(value)
    raise TypeError(f"{type(value).__name__} has no place in an answer")
