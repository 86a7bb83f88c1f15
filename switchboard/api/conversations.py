"""`/api/conversations`: the list, the whole timeline, and what an operator does with one."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from orchestrator.operators import LONGEST_NAME, Operators
from orchestrator.store.files import MOST_FILES
from orchestrator.store.history import History
from orchestrator.store.operators import Held
from orchestrator.store.overview import Overview, Position
from switchboard.api.answers import BadRequest, answer, body, number, path_id, unknown

STATUSES = ("open", "waiting_approval", "human", "closed")
PAGE = 50
LONGEST_PAGE = 200


class Step(BaseModel):
    """The body of take, release and close."""

    model_config = ConfigDict(strict=True)

    operator: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)] = "operator"


class Upload(BaseModel):
    """A file that was sent up before."""

    id: UUID


class Reply(Step):
    """The body of a reply; the same `id` twice posts once."""

    text: str
    id: UUID | None = None
    attachments: Annotated[list[Upload], Field(max_length=MOST_FILES)] = []


class ConversationRoutes:
    """Serves everything under /api/conversations."""

    def __init__(self, *, operators: Operators, overview: Overview, history: History) -> None:
        self._operators = operators
        self._overview = overview
        self._history = history

    async def list(self, request: web.Request) -> web.Response:
        """GET /api/conversations?status=&cursor=&limit="""
        status = request.query.get("status") or None
        if status is not None and status not in STATUSES:
            raise BadRequest(f"status must be one of {', '.join(STATUSES)}.")
        limit = number(request, "limit", default=PAGE, most=LONGEST_PAGE)
        after = read_cursor(request.query.get("cursor") or None)
        items = await self._overview.conversations(status=status, after=after, limit=limit + 1)
        more, items = len(items) > limit, items[:limit]
        return answer({"items": items, "next": make_cursor(items[-1]) if more else None})

    async def show(self, request: web.Request) -> web.Response:
        """GET /api/conversations/{id}"""
        conversation_id = path_id(request)
        item = await self._overview.conversation(conversation_id) if conversation_id else None
        if conversation_id is None or item is None:
            return unknown("conversation")
        timeline, truncated = await self._history.timeline(conversation_id)
        return answer({**item, "timeline": timeline, "truncated": truncated})

    async def take(self, request: web.Request) -> web.Response:
        """POST /api/conversations/{id}/take"""
        return await self._step(request, self._operators.take)

    async def release(self, request: web.Request) -> web.Response:
        """POST /api/conversations/{id}/release"""
        return await self._step(request, self._operators.release)

    async def close(self, request: web.Request) -> web.Response:
        """POST /api/conversations/{id}/close"""
        return await self._step(request, self._operators.close)

    async def reply(self, request: web.Request) -> web.Response:
        """POST /api/conversations/{id}/reply"""
        conversation_id = path_id(request)
        if conversation_id is None:
            return unknown("conversation")
        given = await body(request, Reply)
        key = str(given.id) if given.id else None
        files = [upload.id for upload in given.attachments]
        held = await self._operators.reply(conversation_id, given.operator, given.text, key, files)
        return answer(_state(held))

    async def _step(self, request: web.Request, step: Callable[[UUID, str], Awaitable[Held]]) -> web.Response:
        conversation_id = path_id(request)
        if conversation_id is None:
            return unknown("conversation")
        given = await body(request, Step)
        return answer(_state(await step(conversation_id, given.operator)))


def _state(held: Held) -> dict[str, Any]:
    state: dict[str, Any] = {
        "id": held.id,
        "status": held.status,
        "owner": held.owner,
        "operator": held.operator,
        "seq": held.seq,
    }
    if held.message_id is not None:
        duplicate = not held.changed
        state["message"] = {"id": held.message_id, "seq": held.message_seq, "duplicate": duplicate}
    return state


def make_cursor(item: dict[str, Any]) -> str:
    """Return the cursor that goes on after `item`."""
    place = json.dumps([item["updated_at"].isoformat(), str(item["id"])]).encode()
    return base64.urlsafe_b64encode(place).decode().rstrip("=")


def read_cursor(cursor: str | None) -> Position | None:
    """Return the position a cursor stands for; raise `BadRequest` for one we did not make."""
    if cursor is None:
        return None
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        updated_at, conversation_id = place
        position = Position(updated_at=datetime.fromisoformat(updated_at), id=UUID(conversation_id))
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise BadRequest("cursor is none of ours.") from None
    if position.updated_at.tzinfo is None or not 1970 <= position.updated_at.year < 9000:
        raise BadRequest("cursor is none of ours.")
    return position
