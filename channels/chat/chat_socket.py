"""`GET /chat/ws`: the web chat socket of docs/protocol.md."""

from __future__ import annotations

import asyncio

import structlog
from aiohttp import WSMsgType, web

from channels.chat.chat_client import ChatClient, Gone, Line
from channels.chat.chat_frames import Hello, parse_frame
from channels.chat.errors import ChatError, FrameRefused, Restarting
from channels.chat.gate import Gate
from channels.masking import MaskedWebSocketResponse
from orchestrator.conversation.desk import Desk
from orchestrator.conversation.message import VisitorSession
from orchestrator.errors import IdentityRejected, StoreAway

log = structlog.get_logger()


class ChatSockets:
    """Serves chat sockets and knows which are open."""

    def __init__(self, desk: Desk, gate: Gate) -> None:
        self._desk = desk
        self._settings = gate.settings
        self._gate = gate
        self._open: set[Line] = set()
        self._left = asyncio.Event()

    def __len__(self) -> int:
        return len(self._open)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one socket until it closes."""
        ws = self._response()
        if not ws.can_prepare(request):
            raise ChatError("This address speaks WebSocket only.", code="upgrade_required")
        await ws.prepare(request)
        line = Line(ws, request.transport, timeout=self._settings.send_timeout)
        self._open.add(line)
        try:
            await self._serve(line, request)
        finally:
            self._open.discard(line)
            self._left.set()
        return ws

    def _response(self) -> web.WebSocketResponse:
        # Deflate would cost 100 KB per socket; aiohttp's size limit is exclusive, the contract's inclusive.
        return MaskedWebSocketResponse(
            compress=False,
            heartbeat=self._settings.heartbeat,
            max_msg_size=self._settings.frame_bytes + 1,
            timeout=self._settings.close_timeout,
            writer_limit=self._settings.send_buffer,
        )

    async def _serve(self, line: Line, request: web.Request) -> None:
        try:
            await line.serve(self._admitted(line, request))
        except Exception:
            log.exception("chat socket failed")
            await line.close(ChatError("Something went wrong on our side."))

    async def _admitted(self, line: Line, request: web.Request) -> None:
        self._gate.admit(request)
        address = self._gate.address(request)
        with self._gate.limits.socket(address):
            await self._converse(line, address)

    async def _converse(self, line: Line, address: str | None) -> None:
        hello = await self._hello(line.ws)
        self._gate.limits.hello(address)
        session: VisitorSession | None = await self._session(line, hello)
        while session is not None:
            connection = ChatClient(
                desk=self._desk,
                gate=self._gate,
                line=line,
                session=session,
                hello=hello,
                address=address,
            )
            if (session := await connection.run()) is not None:
                self._gate.limits.hello(address)

    async def _hello(self, ws: web.WebSocketResponse) -> Hello:
        try:
            message = await ws.receive(timeout=self._settings.hello_timeout)
        except TimeoutError:
            raise FrameRefused("no hello came in time", code="hello_timeout") from None
        if message.type is WSMsgType.BINARY:
            raise FrameRefused("binary frames are not part of this protocol")
        if message.type is not WSMsgType.TEXT:
            raise Gone
        frame = parse_frame(message.data, attachments=self._settings.attachments)
        if not isinstance(frame, Hello):
            raise FrameRefused("the first frame must be a hello", code="hello_expected")
        return frame

    async def _session(self, line: Line, hello: Hello) -> VisitorSession:
        try:
            return await self._desk.open_session(
                channel="chat", token=hello.token, identity=hello.identity, issued_only=True
            )
        except (IdentityRejected, StoreAway) as error:
            # The close code alone does not tell these from a lost session or a broken line.
            await line.send_error(error)
            raise

    async def close_all(self) -> None:
        """Close every socket with 1012 (service restart), and cut those whose client does not answer."""
        restarting = Restarting("the server restarts, please come back in a moment")
        for line in self._open:
            line.leave(restarting)
        try:
            async with asyncio.timeout(2 * self._settings.close_timeout):
                while self._open:
                    self._left.clear()
                    await self._left.wait()
        except TimeoutError:
            for line in self._open:
                line.cut()
