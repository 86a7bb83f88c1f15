"""The answer to POST /chat as server-sent events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiohttp import web

from channels.chat.feed import Cursor, catch_up, follow
from channels.chat.frames import Message, encode, error_frame, event_frame, events_path
from channels.chat.visit import Visit
from orchestrator.conversation.desk import Desk
from orchestrator.conversation.event_bus import Event, Missed, Posted, SessionChanged, TurnEnded
from orchestrator.conversation.message import Accepted, TurnOutcome
from orchestrator.errors import OrchestratorError
from orchestrator.languages.detect import guess_language
from orchestrator.languages.wording import say

_SEND_TIMEOUT = 10.0
_LAST_EVENTS = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One accepted message and the wait for what its turn comes to (None: not in time)."""

    visit: Visit
    message: Message
    accepted: Accepted
    outcome: asyncio.Task[TurnOutcome | None]


class _Ended(Exception):
    """The turn that answers the message is over."""


class _Stream:
    """Writes frames as events that are named by their type."""

    def __init__(self, response: web.StreamResponse, *, visit: Visit, upto: int) -> None:
        self._response = response
        self._visit = visit
        self._upto = upto
        self.turns: set[UUID | None] = set()

    async def frame(self, frame: Mapping[str, Any]) -> None:
        await self.write(f"event: {frame['type']}\ndata: {encode(frame)}\n\n")

    async def show(self, event: Event) -> None:
        if isinstance(event, TurnEnded) and event.upto_seq >= self._upto:
            raise _Ended
        if isinstance(event, SessionChanged | Missed):
            await self.look_again()
            return
        frame = event_frame(event, own=False)
        if frame is not None:
            await self.frame(frame)
        if isinstance(event, Posted):
            self.turns.add(event.turn)

    async def look_again(self) -> None:
        """Send the new token where this client got one; raise `SessionUnknown` where the session is over."""
        if await self._visit.token_replaced():
            token = self._visit.session.token
            await self.frame({"type": "token", "token": token, "session_id": token})

    async def write(self, text: str) -> None:
        async with asyncio.timeout(_SEND_TIMEOUT):
            await self._response.write(text.encode())


async def stream_answer(
    request: web.Request,
    desk: Desk,
    listener: AsyncIterable[Event],
    answer: Answer,
    *,
    keep_alive: float,
    headers: Mapping[str, str],
) -> web.StreamResponse:
    """Send welcome, ack and everything up to the reply; a comment whenever `keep_alive` seconds pass."""
    response = web.StreamResponse(headers=headers)
    response.content_type = "text/event-stream"
    response.headers.update({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    stream = _Stream(response, visit=answer.visit, upto=answer.accepted.seq)
    try:
        await response.prepare(request)
        await _tell(stream, desk, listener, answer, keep_alive)
    except (ConnectionError, TimeoutError):
        _cut(request)
    return response


async def _tell(
    stream: _Stream, desk: Desk, listener: AsyncIterable[Event], answer: Answer, keep_alive: float
) -> None:
    cursor = Cursor(conversation_id=answer.visit.session.conversation_id, seq=answer.accepted.seq)
    await _greet(stream, desk, answer)
    live = asyncio.create_task(follow(desk, listener, cursor, stream.show))
    try:
        outcome = await _until_over(stream, answer, live, keep_alive)
    finally:
        live.cancel()
        await asyncio.gather(live, return_exceptions=True)
    try:
        await stream.look_again()
        await catch_up(desk, cursor, stream.show)
    except OrchestratorError as error:
        await stream.frame(error_frame(error.code, error.message, retry_after=error.retry_after))
        return
    if outcome is None:
        late = say("answer_later", guess_language(answer.message.text) or "en")
        await stream.frame(error_frame("outcome_pending", late, retry_after=5.0))
    elif outcome.turn_id is None and outcome.reply:
        # No turn answered because a human has the conversation: that sentence is in no timeline.
        said = Posted(seq=cursor.seq, turn=None, author="system", text=outcome.reply)
        await stream.show(said)


async def _greet(stream: _Stream, desk: Desk, answer: Answer) -> None:
    session = answer.visit.session
    await stream.frame(
        {
            "type": "welcome",
            "token": session.token,
            "conversation": str(session.conversation_id),
            "model": desk.model,
            "session_id": session.token,
            "events": events_path(session.token, after=answer.accepted.seq),
        }
    )
    await stream.frame({"type": "ack", "id": answer.message.id, "seq": answer.accepted.seq})


async def _until_over(
    stream: _Stream, answer: Answer, live: asyncio.Task[None], keep_alive: float
) -> TurnOutcome | None:
    while not answer.outcome.done():
        done, _ = await asyncio.wait({answer.outcome}, timeout=keep_alive)
        if not done:
            await stream.write(": keep-alive\n\n")
    outcome = answer.outcome.result()
    if outcome is not None and outcome.turn_id is not None and outcome.turn_id not in stream.turns:
        # The last pieces are still on their way here: let them out before the message itself.
        await asyncio.wait({live}, timeout=_LAST_EVENTS)
    return outcome


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()
