"""`POST /chat`: one message in, its answer out, as JSON or as server-sent events (WHATWG HTML 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from aiohttp import web

from channels.chat.chat_frames import (
    Message,
    clean_text,
    encode,
    error_frame,
    event_frame,
    events_path,
    parse_object,
    read_attachments,
    read_text,
    read_uuid,
)
from channels.chat.errors import ChatError, FrameRefused
from channels.chat.gate import Gate, read_body
from channels.chat.visit import Cursor, Visit, catch_up, follow
from orchestrator.conversation.desk import Desk
from orchestrator.conversation.event_bus import Event, Missed, Posted, SessionChanged, TurnEnded
from orchestrator.conversation.message import Accepted, TurnOutcome, VisitorSession
from orchestrator.errors import OrchestratorError, OutcomePending, StoreAway
from orchestrator.languages.detect import guess_language
from orchestrator.languages.wording import say
from orchestrator.people.identity_tokens import LONGEST_TOKEN

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
        late = say("answer_later", guess_language(answer.message.text) or desk.language)
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What a client posts to /chat."""

    session_id: str | None
    identity: str | None
    message: Message


class Posts:
    """Serves POST /chat."""

    def __init__(self, desk: Desk, gate: Gate) -> None:
        self._desk = desk
        self._settings = gate.settings
        self._gate = gate
        self._waits: set[asyncio.Timeout] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Take one message in and answer when its turn is over, or when the wait is."""
        self._gate.admit(request)
        if request.content_type != "application/json":
            raise ChatError("Send application/json.", code="media_type")
        self._gate.limits.address_message(self._gate.address(request))
        body = await read_body(request, most=self._settings.body_bytes, timeout=self._settings.body_timeout)
        question = parse_question(body, attachments=self._settings.attachments)
        clean_text(question.message.text, limit=self._settings.text_chars)
        with self._gate.limits.waiting():
            return await self._answer(request, question)

    async def _answer(self, request: web.Request, question: Question) -> web.StreamResponse:
        session = await self._session(request, question)
        if "text/event-stream" in request.headers.get("Accept", "").lower():
            return await self._stream(request, session, question.message)
        visit = Visit(self._desk, session)
        accepted = await visit.take(question.message, self._gate)
        outcome = await self._outcome(accepted)
        if outcome is not None:
            await visit.token_replaced(waits=False)
        language = guess_language(question.message.text) or self._desk.language
        return web.json_response(text=encode(_told(visit.session, accepted, outcome, language)))

    async def _session(self, request: web.Request, question: Question) -> VisitorSession:
        if question.session_id is None:
            self._gate.limits.hello(self._gate.address(request))
        return await self._desk.open_session(
            channel="chat",
            token=question.session_id,
            identity=question.identity,
            issued_only=False,
            peer=self._gate.address(request),
        )

    async def _stream(
        self, request: web.Request, session: VisitorSession, message: Message
    ) -> web.StreamResponse:
        visit = Visit(self._desk, session)
        async with self._desk.listen(session.conversation_id) as listener:
            accepted = await visit.take(message, self._gate)
            outcome = asyncio.create_task(self._outcome(accepted))
            answer = Answer(visit=visit, message=message, accepted=accepted, outcome=outcome)
            try:
                return await stream_answer(
                    request,
                    self._desk,
                    listener,
                    answer,
                    keep_alive=self._settings.keep_alive,
                    headers=self._gate.cors(request),
                )
            finally:
                outcome.cancel()

    async def _outcome(self, accepted: Accepted) -> TurnOutcome | None:
        """Return how the turn ended, or None when it takes too long: the message is safe either way."""
        wait = asyncio.timeout(self._settings.reply_wait)
        self._waits.add(wait)
        try:
            async with wait:
                return await self._desk.outcome(accepted, timeout=self._settings.reply_wait)
        except (OutcomePending, StoreAway, TimeoutError):
            return None
        finally:
            self._waits.discard(wait)

    def hurry(self, seconds: float) -> None:
        """Answer every request that still waits `deferred` after so many seconds at most."""
        soon = asyncio.get_running_loop().time() + seconds
        for wait in self._waits:
            when = wait.when()
            if when is not None and when > soon:
                wait.reschedule(soon)


def _told(
    session: VisitorSession, accepted: Accepted, outcome: TurnOutcome | None, language: str
) -> dict[str, Any]:
    """Return the answer; where more is to come, with the address where it will be."""
    body: dict[str, Any] = {
        "session_id": session.token,
        "conversation": str(session.conversation_id),
        "reply": outcome.reply if outcome else say("answer_later", language),
        "status": outcome.status if outcome else "deferred",
        "citations": [dict(citation) for citation in outcome.citations] if outcome else [],
    }
    if outcome and outcome.files:
        body["attachments"] = [dict(file) for file in outcome.files]
    if body["status"] != "answered":
        body["events"] = events_path(session.token, after=accepted.seq)
    return body


def parse_question(body: bytes, *, attachments: int) -> Question:
    """Read the body of POST /chat; raises FrameRefused `invalid_json` or `invalid_message`."""
    try:
        raw = body.decode("utf-8")
    except UnicodeDecodeError:
        raise FrameRefused("The body is not UTF-8.", code="invalid_json") from None
    try:
        return _question(parse_object(raw), attachments)
    except FrameRefused as error:
        code = error.code if error.code == "invalid_json" else "invalid_message"
        raise FrameRefused(f"The body is wrong: {error.message}.", code=code) from None


def _question(fields: dict[str, Any], attachments: int) -> Question:
    text = fields.get("message")
    if not isinstance(text, str):
        raise FrameRefused("message must be a string")
    given = fields.get("id")
    uuid = uuid4() if given is None else read_uuid(given, "id")
    return Question(
        session_id=read_text(fields, "session_id", longest=200) or None,
        identity=read_text(fields, "identity", longest=LONGEST_TOKEN),
        message=Message(
            id=given or str(uuid), uuid=uuid, text=text, attachments=read_attachments(fields, attachments)
        ),
    )
