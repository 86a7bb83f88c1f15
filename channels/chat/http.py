"""`POST /chat`: one message in, its answer out, as JSON or as server-sent events."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from aiohttp import web

from channels.chat.body import read_body
from channels.chat.errors import ChatError, FrameRefused
from channels.chat.frames import (
    Message,
    encode,
    events_path,
    parse_object,
    read_attachments,
    read_text,
    read_uuid,
)
from channels.chat.gate import Gate
from channels.chat.intake import Intake, key_of
from channels.chat.settings import ChatSettings
from channels.chat.stream import Answer, stream_answer
from channels.chat.visit import Visit
from orchestrator.conversation.desk import Desk
from orchestrator.conversation.message import Accepted, TurnOutcome, VisitorSession
from orchestrator.errors import OutcomePending, StoreAway
from orchestrator.languages.detect import guess_language
from orchestrator.languages.wording import say
from orchestrator.people.identity_tokens import LONGEST_TOKEN


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What a client posts to /chat."""

    session_id: str | None
    identity: str | None
    message: Message


class Posts:
    """Serves POST /chat."""

    def __init__(self, desk: Desk, settings: ChatSettings, gate: Gate, intake: Intake) -> None:
        self._desk = desk
        self._settings = settings
        self._gate = gate
        self._intake = intake
        self._waits: set[asyncio.Timeout] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Take one message in and answer when its turn is over, or when the wait is."""
        self._gate.admit(request)
        if request.content_type != "application/json":
            raise ChatError("Send application/json.", code="media_type")
        self._gate.limits.address_message(self._gate.address(request))
        body = await read_body(request, most=self._settings.body_bytes, timeout=self._settings.body_timeout)
        question = parse_question(body, attachments=self._settings.attachments)
        self._intake.clean(question.message)
        with self._gate.limits.waiting():
            return await self._answer(request, question)

    async def _answer(self, request: web.Request, question: Question) -> web.StreamResponse:
        session = await self._session(request, question)
        if "text/event-stream" in request.headers.get("Accept", "").lower():
            return await self._stream(request, session, question.message)
        visit = Visit(self._desk, session)
        visit.sent(key_of(session, question.message))
        accepted = await self._intake.accept(session, question.message)
        outcome = await self._outcome(accepted)
        if outcome is not None:
            await visit.token_replaced(waits=False)
        return web.json_response(text=encode(_told(visit, question.message, accepted, outcome)))

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
        visit.sent(key_of(session, message))
        async with self._desk.listen(session.conversation_id) as listener:
            accepted = await self._intake.accept(session, message)
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


def _told(visit: Visit, message: Message, accepted: Accepted, outcome: TurnOutcome | None) -> dict[str, Any]:
    """Return the answer; where more is to come, with the address where it will be."""
    session = visit.session
    late = say("answer_later", guess_language(message.text) or "en")
    body: dict[str, Any] = {
        "session_id": session.token,
        "conversation": str(session.conversation_id),
        "reply": outcome.reply if outcome else late,
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
