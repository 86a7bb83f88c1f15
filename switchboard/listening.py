"""The HTTP listener, and what is said once everything listens."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from aiohttp import web

from switchboard.operations.http import add_headers, errors_as_json
from switchboard.settings import Settings


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


async def listen(settings: Settings, routes: Iterable[web.AbstractRouteDef], stack: AsyncExitStack) -> str:
    """Serve `routes` until `stack` closes; return the address. Raises `OSError` where it can't be had."""
    app = web.Application(middlewares=[errors_as_json])
    app.on_response_prepare.append(add_headers)
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, settings.http_host, settings.http_port, backlog=1024)
    await site.start()
    host, port = runner.addresses[0][:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
