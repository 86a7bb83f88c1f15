"""Liveness and readiness.

`/healthz` answers from memory alone: it fails only when the event loop does. `/readyz` asks every
part and says 503 with the reasons, and 503 while draining, so that a balancer looks elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from aiohttp import web

from orchestrator.worker import Supervised
from switchboard.operations.metrics import Metrics

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


Notice = Callable[[], str | None]
"""Returns one sentence while something works, but not as configured."""


class Parts:
    """The background work and the notices, by name, in `/readyz` and in the metrics."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._works: dict[str, Supervised] = {}
        self._notices: dict[str, Notice] = {}

    def watch(self, works: Iterable[Supervised]) -> None:
        """Watch background work."""
        for work in works:
            self._works[work.name] = work
            self._metrics.part_up.labels(work.name).set_function(partial(_up, work))
            self._metrics.part_failures.labels(work.name).set_function(partial(_failures, work))

    def notice(self, name: str, notice: Notice) -> None:
        """Ask `notice` whenever somebody wants to know."""
        self._notices[name] = notice
        self._metrics.notices.labels(name).set_function(lambda: float(notice() is not None))

    def down(self) -> dict[str, str]:
        """Return why no traffic should come, by part."""
        return {name: why for name, work in self._works.items() if work.essential and (why := work.trouble)}

    def notices(self) -> dict[str, str]:
        """Return what an operator should know although traffic may come, by part."""
        chores = {
            name: why for name, work in self._works.items() if not work.essential and (why := work.trouble)
        }
        return {**chores, **{name: why for name, notice in self._notices.items() if (why := notice())}}


def _up(work: Supervised) -> float:
    return float(work.trouble is None)


def _failures(work: Supervised) -> float:
    return float(work.failures)
