"""One connection from its first byte to its last: the loop around the commands, and every way it ends.

aiosmtpd brings the protocol object, the simple commands and the PROXY reader. Its own loop lets a client
hold a session for ever, reads DATA line by line, and takes LF for the end of a command: so the loop, the
buffer under it and DATA are ours.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import ExitStack
from typing import Any, cast

import structlog
from aiosmtpd.smtp import SMTP

from channels.mail.smtp import replies
from channels.mail.smtp.admission import NotProxied, client_behind, make_room
from channels.mail.smtp.received_bytes import ClientGone, LineTooLong, ReadBuffer
from channels.mail.smtp.reception import Reception

log = structlog.get_logger()

COMMAND = 2_048
"""Bytes of a command other than AUTH; RFC 5321 4.5.3.1.4 asks for 512 and more with extensions."""
HTTP = frozenset({"GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT"})
"""A browser that was made to write to a mail server; what follows could look like commands."""
CONTROL = bytes({*range(0x20), 0x7F})


class Farewell(Exception):
    """Ends the session after this last reply."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


class InboxSession(SMTP):
    """The frame of a session; `commands.py` has its commands."""

    greeting_needed = replies.HELLO_FIRST
    for_everybody = False
    """Whether the peer is a server that stands for many senders, by the protocol it speaks."""

    def __init__(self, reception: Reception, loop: asyncio.AbstractEventLoop) -> None:
        settings = reception.settings
        super().__init__(
            handler=None,
            data_size_limit=settings.size_bytes,
            enable_SMTPUTF8=True,
            hostname=settings.hostname,
            timeout=settings.session_seconds + settings.keep_seconds + 60.0,  # a last resort: ours come first
            loop=loop,
        )
        self.reception = reception
        self.settings = settings
        self.wire = ReadBuffer(loop, idle=settings.idle_seconds)
        self.peer = ""
        self.group: str | None = None
        self.place: str | None = None
        self.silent_since: float | None = None
        self.spoke = False
        self.tls = False
        self.user: str | None = None
        self.helo = ""
        self._stack = ExitStack()
        self._errors = 0
        self._commands = 0
        self._cut = False

    # --- what asyncio calls ------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to serve."""
        self.wire.attach(cast(asyncio.Transport, transport))
        self.peer = _host(transport.get_extra_info("peername"))
        super().connection_made(transport)
        task = cast("asyncio.Task[None]", self._handler_coroutine)
        self.reception.sessions[task] = self
        task.add_done_callback(self._over)

    def data_received(self, data: bytes) -> None:
        """Buffer what the client sent."""
        self.wire.feed(data)

    def eof_received(self) -> bool | None:
        """Let a client that sends no more still hear the answers."""
        self.wire.feed_eof()
        return not self.tls

    def _cb_client_connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = cast(asyncio.StreamReader, self.wire)
        self._writer = writer

    def _over(self, task: asyncio.Task[None]) -> None:
        del self.reception.sessions[task]
        self._stack.close()
        if not task.cancelled() and task.exception() is not None:
            log.error("a mail session broke", exc_info=task.exception())

    # --- the session -------------------------------------------------------------------------------

    async def _handle_client(self) -> None:
        self.reception.counts.sessions += 1
        self.wire.ends = self.loop.time() + self.settings.session_seconds
        try:
            await self._admit()
            await self._talk()
        except Farewell as farewell:
            self._last_words(farewell.reply)
        except TimeoutError:
            late = self.loop.time() >= self.wire.ends
            self._last_words(replies.TOO_LONG_SESSION if late else replies.IDLE)
        except (ConnectionError, ssl.SSLError):
            pass  # the client is gone: nobody to tell
        except asyncio.CancelledError:
            self._last_words(replies.DRAINING)
            raise
        finally:
            self._hang_up()

    async def _admit(self) -> None:
        """Find out who it is and whether there is a place; raise `Farewell`."""
        limits = self.reception.limits
        self._refuse_if(replies.DRAINING if self.reception.draining else None)
        self._refuse_unless_room(limits.full(), None)
        self._stack.enter_context(limits.connection())
        if self.peer in self.reception.proxies:
            await self._hear_proxy()
        if self.for_everybody:
            return
        place = limits.place(self.peer)
        self._refuse_unless_room(limits.crowded(place), place)
        self._stack.enter_context(limits.member(place))
        self.place, self.group = place, limits.group(self.peer)

    async def _hear_proxy(self) -> None:
        try:
            async with asyncio.timeout(self.settings.handshake_seconds):
                self.peer = await client_behind(self._reader, self.peer)
        except (NotProxied, ClientGone, TimeoutError):
            raise Farewell(replies.NOT_PROXIED) from None

    def _refuse_unless_room(self, refusal: str | None, place: str | None) -> None:
        """Refuse, unless a silent session (of this place) goes instead."""
        others = self.reception.sessions.values()
        if refusal is not None and not make_room(others, self.settings, now=self.loop.time(), place=place):
            raise Farewell(refusal)

    def _refuse_if(self, refusal: str | None) -> None:
        if refusal is not None:
            raise Farewell(refusal)

    async def _talk(self) -> None:
        await self.push(f"220 {self.hostname} ESMTP ready")
        while True:
            try:
                await self._obey(await self._next_line())
            except LineTooLong:
                await self.push(replies.TOO_LONG)
            self._weigh()

    async def _next_line(self) -> bytes:
        """Wait for a command; outside a transaction a drain ends the wait."""
        self.silent_since = self.loop.time()
        while True:
            if self.reception.draining and not self.in_transaction:
                raise Farewell(replies.DRAINING)
            line = self.wire.line()
            if line is not None:
                self.silent_since, self.spoke = None, True
                return line
            if self._cut:
                raise Farewell(replies.PRESSED)
            await self.wire.more()

    async def _obey(self, line: bytes) -> None:
        if not line.endswith(b"\r\n") or line[:-2].translate(None, CONTROL) != line[:-2]:
            await self.push(replies.BARE)
            return
        verb, _, rest = line[:-2].decode("utf-8", "surrogateescape").partition(" ")
        name = verb.upper()
        if name in HTTP:
            raise Farewell("421 4.7.0 This is not a web server, goodbye")
        if len(line) > COMMAND and name != "AUTH":
            await self.push(replies.TOO_LONG)
            return
        self._commands += 1
        await self._run(name, rest.strip() or None)

    async def _run(self, name: str, argument: str | None) -> None:
        method = self._smtp_methods.get(name)
        if method is None:
            await self.push(replies.UNKNOWN)
            return
        try:
            await method(argument)
        except (Farewell, OSError, LineTooLong):  # time-outs and broken connections are OSErrors
            raise
        except Exception:
            log.exception("a mail command failed")
            self._set_rset_state()
            self._errors += 1
            await self.push(replies.BROKEN)

    def _weigh(self) -> None:
        if self._errors >= self.settings.errors:
            raise Farewell(replies.TOO_MANY_ERRORS)
        if self._commands >= self.settings.idle_commands:
            raise Farewell(replies.TOO_MANY_COMMANDS)

    def mail_ended(self) -> None:
        """Forget the transaction; the count of idle commands begins anew."""
        self._commands = 0
        self._set_rset_state()

    def _set_rset_state(self) -> None:
        self.envelope = self._create_envelope()

    @property
    def in_transaction(self) -> bool:
        """Say whether a MAIL was accepted and its mail is not answered yet."""
        return self.envelope is not None and self.envelope.mail_from is not None

    def cut(self) -> None:
        """End a session that waits for a command, to make room."""
        self._cut, self.silent_since = True, None
        self.wire.wake()

    def poke(self) -> None:
        """Make a session that waits for a command look whether a drain has begun."""
        self.wire.wake()

    # --- replies -----------------------------------------------------------------------------------

    async def push(self, status: str | bytes) -> None:
        """Send one reply line; raise `TimeoutError` when the client does not read."""
        text = status if isinstance(status, str) else status.decode()
        if text.startswith("5"):
            self._errors += 1
        self._writer.write(text.encode() + b"\r\n")
        async with asyncio.timeout(self.settings.idle_seconds):
            await self._writer.drain()

    def _last_words(self, reply: str) -> None:
        if not self._writer.is_closing():
            self._writer.write(reply.encode() + b"\r\n")

    def _hang_up(self) -> None:
        """Close; what the client does not read in time is dropped with its connection."""
        if self.transport is None:
            return
        transport = cast(asyncio.Transport, self.transport)
        transport.close()
        self.loop.call_later(self.settings.farewell_seconds, transport.abort)

    async def check_helo_needed(self, helo: str = "HELO") -> bool:
        """Say, and tell the client, that a greeting has to come first."""
        if not self.helo:
            await self.push(self.greeting_needed)
            return True
        return False


def _host(peername: Any) -> str:
    """Return the IP address of a peer; '' for a unix socket."""
    if not isinstance(peername, tuple):
        return ""
    return str(peername[0]).removeprefix("::ffff:")  # an IPv4 client of a listener for both
