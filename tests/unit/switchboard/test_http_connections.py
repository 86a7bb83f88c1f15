"""Connections over a transport such as uvloop's, which does not inherit from asyncio's."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from aiohttp import web

from switchboard.operations.http_connections import ConnectionLimits, Connections, HttpConnection


class Line:
    """A transport that keeps what is written; `unread` is what its client has not taken."""

    def __init__(self) -> None:
        self.said = b""
        self.closed = False
        self.unread = 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("192.0.2.7", 4000) if name == "peername" else default

    def get_write_buffer_size(self) -> int:
        return self.unread

    def write(self, data: bytes) -> None:
        self.said += data

    def close(self) -> None:
        self.closed = True


async def _hello(_: web.BaseRequest) -> web.StreamResponse:
    return web.Response(text="hello")


def _connected(connections: Connections) -> tuple[HttpConnection, Line]:
    line = Line()
    connection = HttpConnection(web.Server(_hello), connections)
    connection.connection_made(cast(asyncio.BaseTransport, line))
    return connection, line


@pytest.fixture
async def connections() -> Connections:
    limits = ConnectionLimits(per_address=1, body=5.0)
    return Connections(limits, exempt=lambda _: False)


async def test_one_too_many_is_told_so_and_closed(connections: Connections) -> None:
    first, _ = _connected(connections)
    connections.spoke(first)  # a silent one would make room
    _, refused = _connected(connections)
    assert refused.said.startswith(b"HTTP/1.1 429 ")
    assert refused.closed
    first.connection_lost(None)


async def test_an_answer_that_nobody_reads_is_not_kept_for_ever(connections: Connections) -> None:
    connection, line = _connected(connections)
    line.unread = 1000
    assert not connection._stuck(100.0, 5.0)
    line.unread = 900
    assert not connection._stuck(110.0, 5.0)
    assert connection._stuck(116.0, 5.0)
    line.unread = 0
    assert not connection._stuck(130.0, 5.0)
    connection.connection_lost(None)
