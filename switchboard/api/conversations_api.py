"""`/api/conversations`: the list, the whole timeline, and what an operator does with one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from orchestrator.conversation.file_store import MOST_FILES
from orchestrator.conversation.overview import DEFERRED, Overview, Position, WaitingPlace
from orchestrator.handover.operators import LONGEST_NAME, Operators
from orchestrator.handover.ownership import Grip, HeldConversation
from orchestrator.memory.timeline import Timeline
from switchboard.api.common import (
    LONGEST_PAGE,
    PAGE,
    answer,
    body,
    checked_time,
    known,
    number,
    one_of,
    page,
    path_id,
    read_cursor,
    time_and_id,
    unknown,
)

STATUSES = ("open", "waiting_approval", "human", "closed", *DEFERRED)


class StepBody(BaseModel):
    """The body of take, release and close; `if_seq` is the last place read, `force` takes it over."""

    model_config = ConfigDict(strict=True)

    operator: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)] = "operator"
    if_seq: Annotated[int, Field(ge=0, lt=1 << 62)] | None = None
    force: bool = False

    @property
    def grip(self) -> Grip:
        """What the operator knows and wants beside the step."""
        return Grip(if_seq=self.if_seq, force=self.force)


class AttachmentBody(BaseModel):
    """A file that was sent up before."""

    id: UUID


class ReplyBody(StepBody):
    """The body of a reply; the same `id` twice posts once."""

    text: str
    id: UUID | None = None
    attachments: Annotated[list[AttachmentBody], Field(max_length=MOST_FILES)] = []


class ConversationRoutes:
    """Serves everything under /api/conversations."""

    def __init__(self, *, operators: Operators, overview: Overview, history: Timeline) -> None:
        self._operators = operators
        self._overview = overview
        self._history = history

    async def list(self, request: web.Request) -> web.Response:
        """GET /api/conversations?status=&cursor=&limit="""
        known(request, "status", "cursor", "limit")
        status = one_of(request, "status", STATUSES)
        limit = number(request, "limit", default=PAGE, most=LONGEST_PAGE)
        waiting = status == "human"
        after = read_cursor(request, _waiting_place if waiting else _position)
        items = await self._overview.conversations(status=status, after=after, limit=limit + 1)
        return page(items, limit, _place_of_waiting if waiting else _place)

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
        given = await body(request, ReplyBody)
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
        given = await body(request, StepBody)
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


def _place(item: dict[str, Any]) -> list[Any]:
    return [item["updated_at"], item["id"]]


def _place_of_waiting(item: dict[str, Any]) -> list[Any]:
    return WaitingPlace.of(item).place()


def _position(place: Any) -> Position | WaitingPlace:
    updated_at, conversation_id = time_and_id(place)
    return Position(updated_at=updated_at, id=conversation_id)


def _waiting_place(place: Any) -> Position | WaitingPlace:
    found = WaitingPlace.at(place)
    checked_time(found.since)
    return found
