"""The chat channel: builds its parts, names its routes, starts and stops."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from aiohttp import web

from channels.chat.chat_socket import ChatSockets
from channels.chat.event_routes import EventRoutes
from channels.chat.gate import Gate, answering, preflight
from channels.chat.page import DemoIdentities, Front, Pages, VoiceOffered
from channels.chat.posts import Posts
from channels.chat.settings import ChatSettings
from channels.chat.uploads import ChatUploads
from orchestrator.conversation.desk import Desk

_LAST_WAIT: Final = 1.0


class ChatChannel:
    """Web chat: mount `routes()`; `drain()` early and `stop()` last.

    `demo_identities` is given only while the business has visitors to try and the listener is on loopback;
    each request is checked again. `front` is what the page at / shows. `voice` says whether calls are taken
    now, and so whether the widget shows its call button; None: never.
    """

    name: Final = "chat"

    def __init__(
        self,
        desk: Desk,
        settings: ChatSettings,
        *,
        demo_identities: DemoIdentities | None = None,
        voice: VoiceOffered | None = None,
        front: Front | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gate = Gate(settings, clock)
        self._sockets = ChatSockets(desk, self._gate)
        self._posts = Posts(desk, self._gate)
        self._events = EventRoutes(desk, self._gate)
        self._files = ChatUploads(desk, self._gate)
        self._pages = Pages(self._gate, demo_identities, voice, front)

    @property
    def open_sockets(self) -> int:
        """Sockets that are open now."""
        return len(self._sockets)

    def routes(self) -> list[web.RouteDef]:
        """Return every route of the chat, for `app.add_routes`."""
        gate = self._gate
        return [
            web.get("/chat/ws", answering(self._sockets.handle, gate)),
            web.post("/chat", answering(self._posts.handle, gate)),
            web.options("/chat", preflight(gate)),
            web.get("/chat/{session}/events", answering(self._events.handle, gate)),
            web.options("/chat/{session}/events", preflight(gate)),
            web.post("/chat/files", answering(self._files.handle, gate)),
            web.options("/chat/files", preflight(gate)),
            web.get("/chat/{session}/files/{file}", answering(self._files.download, gate)),
            web.options("/chat/{session}/files/{file}", preflight(gate)),
            web.post("/demo/identity", answering(self._pages.identity, gate)),
            *self._pages.routes(),
        ]

    def drain(self) -> None:
        """Turn new sockets and posts away with "restarting"; open ones go on."""
        self._gate.draining = True

    async def stop(self) -> None:
        """Close every socket with 1012 and answer waiting posts `deferred`; takes a few seconds at most."""
        self.drain()
        self._posts.hurry(_LAST_WAIT)
        self._events.hurry()
        await self._sockets.close_all()
