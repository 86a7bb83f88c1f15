"""The inbox: takes mail by SMTP and LMTP, and says 250 only once it is kept.

It runs in a process of its own (`switchboard.inbox`): reading a large mail must not stop the loop that
serves chat and voice.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from channels.mail.smtp.commands import LmtpSession, SmtpSession
from channels.mail.smtp.inbox_settings import BACKLOG, InboxSettings, ListeningSockets, listen
from channels.mail.smtp.reception import CheckLogin, Counts, Keep, make_reception


class Inbox:
    """Serves the listening sockets it is given; `start`, then `drain`, then `stop`."""

    def __init__(self, settings: InboxSettings, keep: Keep, *, check_login: CheckLogin | None = None) -> None:
        self._settings = settings
        self._keep = keep
        self._check_login = check_login
        self._servers: list[asyncio.Server] = []
        self._listening: ListeningSockets

    async def start(
        self, listening: ListeningSockets | None = None, *, draining: bool = False
    ) -> ListeningSockets:
        """Serve, on sockets bound from the settings unless some are given; return them.

        Raises `OSError` when an address is taken or a certificate can't be read, `ValueError` when the
        settings contradict each other.
        """
        loop = asyncio.get_running_loop()
        self._reception = make_reception(self._settings, self._keep, self._check_login, loop)
        self._reception.draining = draining
        self._listening = listening or listen(self._settings)
        for each in self._listening.smtp:
            await self._serve(each, lambda: SmtpSession(self._reception, loop))
        for each in self._listening.lmtp:
            await self._serve(each, lambda: LmtpSession(self._reception, loop))
        return self._listening

    async def _serve(self, bound: socket.socket, factory: Callable[[], asyncio.Protocol]) -> None:
        loop = asyncio.get_running_loop()
        # create_server for unix sockets too: create_unix_server would remove the file, which is not its own.
        server = await loop.create_server(factory, sock=bound.dup(), backlog=BACKLOG)
        self._servers.append(server)

    @property
    def counts(self) -> Counts:
        """What has happened since the start."""
        return self._reception.counts

    @property
    def open_sessions(self) -> int:
        """Sessions that are served now."""
        return len(self._reception.sessions)

    def drain(self) -> None:
        """From now on new sessions get 421, and those there are get it after the mail under way."""
        self._reception.draining = True
        for session in self._reception.sessions.values():
            session.poke()

    async def stop(self, *, patience: float = 10.0) -> None:
        """Drain, stop listening, wait up to `patience` seconds for mails under way, cut what is left."""
        self.drain()
        for server in self._servers:
            server.close()
        tasks = list(self._reception.sessions)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._listening.close()
