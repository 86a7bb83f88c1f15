"""What every route of the operator API has: the token check, JSON in and out, cursors, errors as JSON."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from typing_extensions import TypedDict

from guardrails.text_direction import json_in_order
from orchestrator.errors import OrchestratorError
from orchestrator.handover.ownership import LONGEST_NAME, checked_name
from switchboard.api.auth import OperatorAuth
from switchboard.api.route import ApiRoute, Handler
from switchboard.operations.http_server import error_response

Model = TypeVar("Model", bound=BaseModel)
Place = TypeVar("Place")
Item = TypeVar("Item")

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


class Unknown(Exception):
    """There is no such conversation, customer and so on; the text is its noun."""


class ListPage(TypedDict, Generic[Item]):
    """One page of a list; `next` is the `cursor` of the page behind it, null on the last."""

    items: list[Item]
    next: str | None


def _whole(given: object) -> object:
    if isinstance(given, str) and not (given.isascii() and given.isdigit() and len(given) < 20):
        raise ValueError("must be a whole number")
    return given


Whole = Annotated[int, BeforeValidator(_whole)]
Seq = Annotated[int, Field(ge=0, lt=1 << 62)]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]


class ClosedQuery(BaseModel):
    """Parameters of a query: none that is not known is ignored."""

    model_config = ConfigDict(extra="forbid")


class PageQuery(ClosedQuery):
    """Which page of a list is wanted; `cursor` is the `next` of the page before."""

    cursor: str | None = None
    limit: Annotated[Whole, Field(ge=1, le=LONGEST_PAGE)] = PAGE


class OperatorQuery(ClosedQuery):
    """Who looks."""

    operator: Name = "operator"

    @property
    def name(self) -> str:
        """Return the name without the space around it; raise `MessageInvalid`."""
        return checked_name(self.operator)


class OperatorBody(BaseModel):
    """Who acts."""

    model_config = ConfigDict(strict=True)

    operator: Name = "operator"


class AttachmentBody(BaseModel):
    """A file that was sent up before."""

    id: UUID


def served(route: ApiRoute, auth: OperatorAuth) -> web.RouteDef:
    """Return an operator's route behind the token check, with its errors told as JSON."""
    assert route.handler is not None
    return web.route(route.method, route.path, _guarded(auth, route.handler))


def _guarded(auth: OperatorAuth, handler: Handler) -> Handler:
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
    except Unknown as error:
        return unknown(str(error))
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


def path_id(request: web.Request, otherwise: Exception, name: str = "id") -> UUID:
    """Return the id in the path; raise `otherwise` when it can't be one of ours."""
    try:
        return UUID(request.match_info[name])
    except ValueError:
        raise otherwise from None


def query(request: web.Request, model: type[Model]) -> Model:
    """Read the query, in which an empty word is none, as the given model; raise `MalformedRequest`."""
    for name in request.query:
        if name not in model.model_fields:
            known = ", ".join(model.model_fields)
            raise MalformedRequest(f"There is no parameter {name[:50]!r} here; known are {known}.")
    given = {
        name: value
        for name, value in request.query.items()
        if value or isinstance(model.model_fields[name].default, int)
    }
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise MalformedRequest(_first_problem(error)) from None


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
    text = json.dumps(place, default=_exact)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str | None, read: Callable[[Any], Place]) -> Place | None:
    """Return the place that a cursor stands for; raise `MalformedRequest` for none of ours."""
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
        raise ValueError("must be a time with its zone, as in 2026-11-22T08:00:00Z")
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
