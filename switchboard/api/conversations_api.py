"""`/api/conversations`: the list, the whole timeline, and what an operator does with one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID

from aiohttp import web
from pydantic import Field
from typing_extensions import TypedDict

from orchestrator.conversation.file_store import MOST_FILES
from orchestrator.conversation.overview import Overview, Position, WaitingPlace
from orchestrator.handover.ownership import Grip, HeldConversation, Ownership
from orchestrator.memory.timeline import Timeline
from switchboard.api.common import (
    AttachmentBody,
    ListPage,
    OperatorBody,
    PageQuery,
    Seq,
    Unknown,
    answer,
    body,
    checked_time,
    page,
    path_id,
    query,
    read_cursor,
    time_and_id,
    unknown,
)
from switchboard.api.route import ApiRoute, get, post

Status = Literal["open", "waiting_approval", "human", "closed"]


class ConversationsQuery(PageQuery):
    """Which conversations are listed: of a status, or those that wait for the provider or the budget."""

    status: Status | Literal["deferred", "waiting_provider", "waiting_budget"] | None = None


class StepBody(OperatorBody):
    """The body of take, release and close; `if_seq` is the last place read, `force` takes it over."""

    if_seq: Seq | None = None
    force: bool = False

    @property
    def grip(self) -> Grip:
        """What the operator knows and wants beside the step."""
        return Grip(if_seq=self.if_seq, force=self.force)


class ReplyBody(StepBody):
    """The body of a reply; the same `id` twice posts once."""

    text: str
    id: UUID | None = None
    attachments: Annotated[tuple[AttachmentBody, ...], Field(max_length=MOST_FILES)] = ()


class ConversationCustomer(TypedDict):
    """Whose conversation it is; an address that is not verified is a mere claim."""

    id: UUID
    name: str | None
    address: str | None
    verified: bool


class LastMessage(TypedDict):
    """The newest message, shortened."""

    author: str
    excerpt: str
    at: datetime


class OpenHandoff(TypedDict):
    """Why a human is wanted, and since when."""

    reason: str
    priority: str | None
    since: datetime


class ConversationItem(TypedDict):
    """One conversation as lists show it; `rank` and `waits_since` in the list of those that wait."""

    id: UUID
    channel: str
    status: Status
    owner: str
    operator: str | None
    customer: ConversationCustomer
    seq: int
    reach: str
    reach_words: str
    created_at: datetime
    updated_at: datetime
    last_message: LastMessage | None
    handoff: OpenHandoff | None
    summary: dict[str, Any] | None
    deferred: dict[str, Any] | None
    rank: NotRequired[int]
    waits_since: NotRequired[datetime]


class TimelineEntry(TypedDict):
    """One thing that happened; what else it holds depends on its kind."""

    id: str
    kind: Literal["message", "status", "turn", "verdict", "approval", "handoff", "call", "mail"]
    at: datetime


class WholeConversation(ConversationItem):
    """A conversation with all that happened in it; `truncated`: older entries are left out."""

    timeline: list[TimelineEntry]
    truncated: bool


class PostedMessage(TypedDict):
    """The message that a reply became."""

    id: UUID
    seq: int
    duplicate: bool


class ConversationState(TypedDict):
    """How a conversation stands after a step."""

    id: UUID
    status: Status
    owner: str
    operator: str | None
    seq: int
    message: NotRequired[PostedMessage]
    reach: NotRequired[str]
    reach_words: NotRequired[str]


class ConversationRoutes:
    """Serves everything under /api/conversations."""

    def __init__(self, *, operators: Ownership, overview: Overview, history: Timeline) -> None:
        self._operators = operators
        self._overview = overview
        self._history = history

    def routes(self) -> list[ApiRoute]:
        """Return the routes."""
        path, one = "/api/conversations", "/api/conversations/{id}"
        listed = "List conversations, newest activity first; those that wait for a human by urgency"
        steps = partial(post, answer=ConversationState, errors=(404, 409))
        return [
            get(path, listed, self.list, ListPage[ConversationItem], query=ConversationsQuery),
            get(one, "Show all that happened in one", self.show, WholeConversation, errors=(404,)),
            steps(f"{one}/take", "Take it from the bot or the queue", self.take, body=StepBody),
            steps(f"{one}/release", "Give it back to the bot", self.release, body=StepBody),
            steps(f"{one}/reply", "Write to the customer, and take it with that", self.reply, body=ReplyBody),
            steps(f"{one}/close", "Close it", self.close, body=StepBody),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """GET /api/conversations"""
        wanted = query(request, ConversationsQuery)
        waiting = wanted.status == "human"
        after = read_cursor(wanted.cursor, _waiting_place if waiting else _position)
        items = await self._overview.conversations(status=wanted.status, after=after, limit=wanted.limit + 1)
        return page(items, wanted.limit, _place_of_waiting if waiting else _place)

    async def show(self, request: web.Request) -> web.Response:
        """GET /api/conversations/{id}"""
        conversation_id = path_id(request, Unknown("conversation"))
        item = await self._overview.conversation(conversation_id)
        if item is None:
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
        conversation_id = path_id(request, Unknown("conversation"))
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
        conversation_id = path_id(request, Unknown("conversation"))
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
