"""A client of raw bytes, for what no well-behaved mail program would send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

MAIL = b"From: ada@example.com\r\nTo: support@localhost\r\nSubject: hello\r\n\r\nWhere is my order?\r\n"
PATIENCE = 10.0


class RawClient:
    """Sends bytes, reads replies; a reply is its lines joined by newlines, '' when the server has closed."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def reply(self) -> str:
        lines: list[str] = []
        async with asyncio.timeout(PATIENCE):
            while True:
                line = (await self.reader.readline()).decode()
                lines.append(line.rstrip("\r\n"))
                if line[3:4] != "-":
                    return "\n".join(lines)

    async def say(self, command: str | bytes) -> str:
        text = command.encode() if isinstance(command, str) else command
        await self.send(text + b"\r\n")
        return await self.reply()

    async def all(self, *commands: str) -> list[str]:
        return [await self.say(command) for command in commands]

    async def open_mail(self, *, to: str = "support@localhost", hello: str = "EHLO client.example") -> None:
        """Go as far as 354."""
        for command in (hello, "MAIL FROM:<ada@example.com>", f"RCPT TO:<{to}>"):
            assert (await self.say(command)).startswith("250"), command
        assert (await self.say("DATA")).startswith("354")

    async def mail(self, body: bytes = MAIL) -> str:
        """Send a whole mail; the body is sent as it is."""
        await self.open_mail()
        await self.send(body + b".\r\n")
        return await self.reply()

    async def is_closed(self) -> bool:
        async with asyncio.timeout(PATIENCE):
            try:
                return await self.reader.read() == b""
            except ConnectionError:
                return True


@asynccontextmanager
async def connected(
    address: str | Path | tuple[str, int], *, source: str = "127.0.0.1"
) -> AsyncIterator[RawClient]:
    """Connect to `smtp://host:port`, a host and port, or a unix socket; the greeting is left unread.

    `source` is the client's own address.
    """
    if isinstance(address, Path):
        reader, writer = await asyncio.open_unix_connection(str(address))
    else:
        host, port = endpoint(address) if isinstance(address, str) else address
        local = (source, 0) if host == "127.0.0.1" else None
        reader, writer = await asyncio.open_connection(host, port, local_addr=local)
    try:
        yield RawClient(reader, writer)
    finally:
        writer.close()


@asynccontextmanager
async def greeted(
    address: str | Path | tuple[str, int], *, source: str = "127.0.0.1"
) -> AsyncIterator[RawClient]:
    """Connect and read the greeting."""
    async with connected(address, source=source) as client:
        assert (await client.reply()).startswith("220 ")
        yield client


def endpoint(url: str) -> tuple[str, int]:
    """Return host and port of an address such as smtp://127.0.0.1:2525."""
    host, _, port = url.rpartition("//")[2].rpartition(":")
    return host.strip("[]"), int(port)
