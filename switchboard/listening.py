"""The HTTP listener, and what is said once everything listens."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from ipaddress import ip_network

from aiohttp import web

from channels.mail.smtp.inbox_settings import ListeningSockets
from switchboard.errors import StartFailed
from switchboard.inbox.process import bind_mail
from switchboard.mail import inbox_settings
from switchboard.operations.http_connections import ConnectionLimits, Connections, HttpConnection
from switchboard.operations.http_server import add_headers, errors_as_json
from switchboard.operations.ports import bound, reason
from switchboard.settings import Settings

BACKLOG = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Ready:
    """Where the running gateway listens, and which model answers."""

    http: str
    smtp: str | None
    model: str
    pid: int

    def line(self) -> str:
        """Return the one JSON line of `--json`."""
        ready = {"event": "ready", "http": self.http, "smtp": self.smtp, "model": self.model, "pid": self.pid}
        return json.dumps(ready, separators=(",", ":"))


def bind_http(settings: Settings) -> tuple[socket.socket, ...]:
    """Take the HTTP port, before anything is made; raises `StartFailed`, which names the variables."""
    try:
        return bound(settings.http_host, settings.http_port)
    except OSError as error:
        raise StartFailed(
            f"Switchboard can't listen on {settings.http_host}:{settings.http_port}: {reason(error)};"
            " set SWITCHBOARD_HTTP_HOST or SWITCHBOARD_HTTP_PORT."
        ) from error


@dataclass(frozen=True, kw_only=True, slots=True)
class Listeners:
    """The ports of this process, taken before anything is made."""

    http: tuple[socket.socket, ...]
    mail: ListeningSockets

    def close(self) -> None:
        """Give them back."""
        for each in self.http:
            each.close()
        self.mail.close()


def take_ports(settings: Settings) -> Listeners:
    """Take every port; raises `StartFailed`, which names the variables."""
    http = bind_http(settings)
    try:
        return Listeners(http=http, mail=bind_mail(inbox_settings(settings)))
    except StartFailed:
        for each in http:
            each.close()
        raise


async def listen(
    settings: Settings,
    routes: Iterable[web.AbstractRouteDef],
    stack: AsyncExitStack,
    *,
    sockets: Iterable[socket.socket],
) -> str:
    """Serve `routes` at bound `sockets` until `stack` closes; return the first one's address."""
    app = web.Application(middlewares=[errors_as_json])
    app.on_response_prepare.append(add_headers)
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    connections = Connections(_limits(settings), exempt=_exempt(settings))
    for each in sockets:
        await _Site(runner, each, connections).start()
    host, port = runner.addresses[0][:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Site(web.BaseSite):
    """One bound socket whose connections are limited."""

    __slots__ = ("_connections", "_socket")

    def __init__(self, runner: web.AppRunner, bound_socket: socket.socket, connections: Connections) -> None:
        super().__init__(runner, backlog=BACKLOG)
        self._socket = bound_socket
        self._connections = connections

    @property
    def name(self) -> str:
        """Return what names it among the runner's sites."""
        return str(self._socket.getsockname())

    async def start(self) -> None:
        """Listen."""
        await super().start()
        server = self._runner.server
        assert server is not None
        self._server = await asyncio.get_running_loop().create_server(
            lambda: HttpConnection(server, self._connections, access_log=None),
            sock=self._socket,
            backlog=self._backlog,
        )


def _limits(settings: Settings) -> ConnectionLimits:
    http = settings.http
    return ConnectionLimits(
        head=http.head_timeout,
        body=http.body_timeout,
        idle=http.idle_timeout,
        silent_per_address=http.silent_per_address,
        per_address=http.connections_per_address,
    )


def _exempt(settings: Settings) -> Callable[[str], bool]:
    """Tell behind which addresses many customers stand."""
    proxies = [ip_network(network) for network in settings.trusted_proxies]

    def exempt(address: str) -> bool:
        try:
            found = ip_network(address)
        except ValueError:
            return True
        if found.is_loopback and not settings.chat.limit_loopback:
            return True
        return any(found.network_address in proxy for proxy in proxies)

    return exempt
