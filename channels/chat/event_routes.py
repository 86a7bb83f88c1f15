"""`GET /chat/{session_id}/events`: what comes later, as JSON (long poll) or as server-sent events."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from aiohttp import web

from channels.chat.chat_frames import encode, error_frame, event_frame
from channels.chat.errors import ChatError, FrameRefused
from channels.chat.gate import Gate, visitor
from channels.chat.visit import Cursor, Visit, catch_up, follow
from orchestrator.conversation.desk import Desk
from orchestrator.conversation.event_bus import Event, Missed, ReplyDelta, SessionChanged, Typing
from orchestrator.conversation.message import VisitorSession
from orchestrator.errors import OrchestratorError, SessionEnded, StoreAway

LONGEST_WAIT: Final = 25.0
BIGGEST: Final = 2**63 - 1
SECONDS: Final = re.compile(r"[0-9]{1,20}(\.[0-9]{0,20})?")
_SEND_TIMEOUT: Final = 10.0


class _News(Exception):
    """Something came that a long poll was waiting for."""


class EventRoutes:
    """Serves the events of sessions; they count as seen up to the `after` of the next request."""

    def __init__(self, desk: Desk, gate: Gate) -> None:
        self._desk = desk
        self._settings = gate.settings
        self._gate = gate
        self._waits: set[asyncio.Timeout] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer with what came after `after`, now or as it comes."""
        session = await visitor(request, self._desk, self._gate)
        self._gate.limits.control(str(session.id))
        after = min(_after(request), session.last_seq)
        own = request.query.get("history") == "true"
        await self._note_read(session, after)
        cursor = Cursor(conversation_id=session.conversation_id, seq=after)
        with (
            self._gate.limits.socket(self._gate.address(request)),
            self._gate.limits.reader(str(session.id)),
        ):
            async with self._desk.listen(session.conversation_id) as listener:
                visit = Visit(self._desk, session)
                # Between finding the session and listening it may have ended.
                await visit.token_replaced(waits=False)
                if "text/event-stream" in request.headers.get("Accept", "").lower():
                    return await self._stream(request, _Sink(visit, own=own), listener, cursor)
                sink = _Sink(visit, own=own)
                await self._poll(sink, listener, cursor, wait=_wait(request))
        return web.json_response(text=encode({"events": sink.frames, "next": cursor.seq}))

    async def _note_read(self, session: VisitorSession, after: int) -> None:
        if after and session.opening is None:
            with contextlib.suppress(StoreAway):  # it only spares the customer a mail
                await self._desk.read(session.conversation_id, after)

    async def _poll(
        self, sink: _Sink, listener: AsyncIterable[Event], cursor: Cursor, *, wait: float
    ) -> None:
        await catch_up(self._desk, cursor, sink.collect)
        if sink.frames or not wait:
            return
        with self._waiting(wait) as waiting, contextlib.suppress(_News):
            try:
                async with waiting:
                    await follow(self._desk, listener, cursor, sink.collect_first)
            except TimeoutError:
                return
        await catch_up(self._desk, cursor, sink.collect)

    async def _stream(
        self, request: web.Request, sink: _Sink, listener: AsyncIterable[Event], cursor: Cursor
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers=self._gate.cors(request))
        response.content_type = "text/event-stream"
        response.headers.update({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        await response.prepare(request)
        sink.response = response
        live = asyncio.create_task(follow(self._desk, listener, cursor, sink.show))
        try:
            await self._keep_alive(sink, live)
        except (ConnectionError, TimeoutError):
            if request.transport is not None:
                request.transport.close()
        except (ChatError, OrchestratorError) as error:
            await sink.write(f"event: error\ndata: {encode(error_frame(error.code, error.message))}\n\n")
        finally:
            live.cancel()
            await asyncio.gather(live, return_exceptions=True)
        return response

    async def _keep_alive(self, sink: _Sink, live: asyncio.Task[None]) -> None:
        """Write a comment whenever nothing came for a while, until the stream fails or the server stops."""
        with self._waiting(None) as waiting:
            try:
                async with waiting:
                    while not live.done():
                        await asyncio.wait({live}, timeout=self._settings.keep_alive)
                        if not live.done():
                            await sink.write(": keep-alive\n\n")
                    live.result()
            except TimeoutError:
                if not waiting.expired():
                    raise

    @contextmanager
    def _waiting(self, seconds: float | None) -> Iterator[asyncio.Timeout]:
        waiting = asyncio.timeout(seconds)
        self._waits.add(waiting)
        try:
            yield waiting
        finally:
            self._waits.discard(waiting)

    def hurry(self) -> None:
        """End every wait at once: clients come back, to another process."""
        now = asyncio.get_running_loop().time()
        for waiting in self._waits:
            if not waiting.expired():
                waiting.reschedule(now)


class _Sink:
    """Takes the events of one request."""

    def __init__(self, visit: Visit, *, own: bool) -> None:
        self.frames: list[dict[str, Any]] = []
        self.response: web.StreamResponse | None = None
        self._visit = visit
        self._own = own

    async def collect(self, event: Event) -> None:
        """Keep what is stored; pieces of a reply and typing are for those who watch."""
        if isinstance(event, SessionChanged | Missed):
            await self._visit.token_replaced()
        elif not isinstance(event, ReplyDelta | Typing):
            frame = event_frame(event, own=self._own)
            if frame is not None:
                self.frames.append(frame)

    async def collect_first(self, event: Event) -> None:
        """Keep one event, then end the wait."""
        await self.collect(event)
        if self.frames:
            raise _News

    async def show(self, event: Event) -> None:
        """Write an event; those with a number have it as their id."""
        if isinstance(event, SessionChanged | Missed):
            await self._check()
            return
        frame = event_frame(event, own=self._own)
        if frame is not None:
            numbered = f"id: {frame['seq']}\n" if "seq" in frame else ""
            await self.write(f"{numbered}event: {frame['type']}\ndata: {encode(frame)}\n\n")

    async def _check(self) -> None:
        try:
            await self._visit.token_replaced()
        except SessionEnded:
            await self.write('event: signed_out\ndata: {"type":"signed_out"}\n\n')
            raise

    async def write(self, text: str) -> None:
        """Write to the stream; raises ConnectionError, or TimeoutError for who takes nothing."""
        if self.response is not None:
            async with asyncio.timeout(_SEND_TIMEOUT):
                await self.response.write(text.encode())


def _after(request: web.Request) -> int:
    """Return the number to go on after; a browser that reconnects says it by Last-Event-ID."""
    given = request.headers.get("Last-Event-ID") or request.query.get("after") or "0"
    if not (given.isascii() and given.isdigit() and int(given[:20]) <= BIGGEST):
        raise FrameRefused("after must be a whole number, 0 or more", code="invalid_message")
    return int(given[:20])


def _wait(request: web.Request) -> float:
    given = request.query.get("wait") or "0"
    if not SECONDS.fullmatch(given):
        raise FrameRefused("wait must be a number of seconds, 0 or more", code="invalid_message")
    return min(float(given), LONGEST_WAIT)
