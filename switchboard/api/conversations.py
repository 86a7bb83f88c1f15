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

from orchestrator.conversation.file_store import MOST_FILES
from orchestrator.conversation.overview import DEFERRED, Overview, Position, WaitingPlace
from orchestrator.handover.operators import LONGEST_NAME, Operators
from orchestrator.handover.ownership import Grip, HeldConversation
from orchestrator.memory.timeline import Timeline
from switchboard.api.answers import BadRequest, answer, body, known, number, path_id, unknown

STATUSES = ("open", "waiting_approval", "human", "closed", *DEFERRED)
PAGE = 50
LONGEST_PAGE = 200


class Step(BaseModel):
    """The body of take, release and close; `if_seq` is the last place read, `force` takes it over."""

    model_config = ConfigDict(strict=True)

    operator: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)] = "operator"
    if_seq: Annotated[int, Field(ge=0, lt=1 << 62)] | None = None
    force: bool = False

    @property
    def grip(self) -> Grip:
        """What the operator knows and wants beside the step."""
        return Grip(if_seq=self.if_seq, force=self.force)


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

    def __init__(self, *, operators: Operators, overview: Overview, history: Timeline) -> None:
        self._operators = operators
        self._overview = overview
        self._history = history

    async def list(self, request: web.Request) -> web.Response:
        """GET /api/conversations?status=&cursor=&limit="""
        known(request, "status", "cursor", "limit")
        status = request.query.get("status") or None
        if status is not None and status not in STATUSES:
            raise BadRequest(f"status must be one of {', '.join(STATUSES)}.")
        limit = number(request, "limit", default=PAGE, most=LONGEST_PAGE)
        after = read_cursor(request.query.get("cursor") or None, waiting=status == "human")
        items = await self._overview.conversations(status=status, after=after, limit=limit + 1)
        more, items = len(items) > limit, items[:limit]
        return answer(
            {"items": items, "next": make_cursor(items[-1], waiting=status == "human") if more else None}
        )

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
        held = await self._operators.reply(
            conversation_id, given.operator, given.text, key, files, grip=given.grip
        )
        item = await self._overview.conversation(conversation_id) or {}
        reach = {name: item[name] for name in ("reach", "reach_words") if name in item}
        return answer({**_state(held), **reach})

    async def _step(
        self, request: web.Request, step: Callable[[UUID, str, Grip], Awaitable[HeldConversation]]
    ) -> web.Response:
        conversation_id = path_id(request)
        if conversation_id is None:
            return unknown("conversation")
        given = await body(request, Step)
        return answer(_state(await step(conversation_id, given.operator, given.grip)))


def _state(held: HeldConversation) -> dict[str, Any]:
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


def make_cursor(item: dict[str, Any], *, waiting: bool = False) -> str:
    """Return the cursor that goes on after `item`, of those that wait for a human or of another list."""
    place = WaitingPlace.of(item).place() if waiting else [item["updated_at"].isoformat(), str(item["id"])]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def read_cursor(cursor: str | None, *, waiting: bool = False) -> Position | WaitingPlace | None:
    """Return the position a cursor stands for; raise `BadRequest` for one we did not make for this list."""
    if cursor is None:
        return None
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        position = WaitingPlace.at(place) if waiting else _position(place)
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise BadRequest("cursor is none of ours.") from None
    time = position.since if isinstance(position, WaitingPlace) else position.updated_at
    if time.tzinfo is None or not 1970 <= time.year < 9000:
        raise BadRequest("cursor is none of ours.")
    return position


def _position(place: Any) -> Position:
    updated_at, conversation_id = place
    return Position(updated_at=datetime.fromisoformat(updated_at), id=UUID(conversation_id))
