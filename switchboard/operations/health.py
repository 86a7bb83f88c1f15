"""Liveness and readiness.

`/healthz` answers from memory alone: it fails only when the event loop does. `/readyz` asks every
part and says 503 with the reasons, and 503 while draining, so that a balancer looks elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

Check = Callable[[], Awaitable[str | None]]
"""Returns None when all is well, else the reason in one sentence."""

LONGEST = 1.5
"""Seconds for all checks together: whoever asks hears something within two."""
FRESH = 0.02
"""Seconds for which an answer holds, however many ask; no longer, since what just died is no longer well."""


@dataclass(kw_only=True, slots=True, eq=False)
class _Asked:
    """One check: asked by one at a time, however many want to know and however long it takes."""

    check: Check
    _asking: asyncio.Task[str | None] | None = None
    _since: float = 0.0

    async def answer(self) -> str | None:
        now = asyncio.get_running_loop().time()
        task = self._asking
        if task is None or (task.done() and now - self._since >= FRESH):
            self._since = now
            task = self._asking = asyncio.create_task(self._ask())
        # Not cancelled: a database that hangs would make the end of the question hang too.
        await asyncio.wait({task}, timeout=LONGEST)
        return task.result() if task.done() else f"No answer within {LONGEST:g} seconds."

    async def _ask(self) -> str | None:
        try:
            return await self.check()
        except Exception as error:  # a broken part is a reason, not a crash
            return f"The check failed ({type(error).__name__})."

    async def stop(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Readiness:
    """May this process be sent work? `draining` is set at SIGTERM; `checks` are asked side by side."""

    draining: asyncio.Event
    checks: Mapping[str, Check]
    at_once: Callable[[], Mapping[str, str]] = dict
    """What is known without asking: the parts that are down, and why."""
    notices: Callable[[], Mapping[str, str]] = dict
    """What an operator should know of parts that work, but not as configured."""
    _asked: dict[str, _Asked] = field(default_factory=dict)

    async def reasons(self) -> dict[str, str]:
        """Return why not, by part; empty when ready. Takes 2 seconds at most and never raises."""
        if self.draining.is_set():
            return {"process": "The gateway is shutting down."}
        asked = [self._asked.setdefault(name, _Asked(check=check)) for name, check in self.checks.items()]
        answers = await asyncio.gather(*(each.answer() for each in asked))
        told = {name: reason for name, reason in zip(self.checks, answers, strict=True) if reason}
        return {**self.at_once(), **told}

    async def stop(self) -> None:
        """Ask no more."""
        await asyncio.gather(*(each.stop() for each in self._asked.values()))


def health_routes(readiness: Readiness) -> list[web.RouteDef]:
    """Serve `/healthz` and `/readyz`."""

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_: web.Request) -> web.Response:
        reasons, notices = await readiness.reasons(), dict(readiness.notices())
        beside = {"notices": notices} if notices else {}
        if not reasons:
            return web.json_response({"status": "ready", **beside})
        code = "draining" if readiness.draining.is_set() else "not_ready"
        error = {"code": code, "message": " ".join(reasons.values())}
        return web.json_response({"error": error, "reasons": reasons, **beside}, status=503)

    return [web.get("/healthz", healthz), web.get("/readyz", readyz)]
