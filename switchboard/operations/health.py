"""Liveness and readiness.

`/healthz` answers from memory alone: it fails only when the event loop does. `/readyz` asks every
part and says 503 with the reasons, and 503 while draining, so that a balancer looks elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

Check = Callable[[], Awaitable[str | None]]
"""Returns None when all is well, else the reason in one sentence."""

LONGEST = 2.0  # seconds for all checks together


@dataclass(frozen=True, kw_only=True, slots=True)
class Readiness:
    """May this process be sent work? `draining` is set at SIGTERM; `checks` are asked side by side."""

    draining: asyncio.Event
    checks: Mapping[str, Check]
    notices: Callable[[], Mapping[str, str]] = dict
    """What an operator should know of parts that work, but not as configured."""

    async def reasons(self) -> dict[str, str]:
        """Return why not, by part; empty when ready. Takes 2 seconds at most and never raises."""
        if self.draining.is_set():
            return {"process": "The gateway is shutting down."}
        answers = await asyncio.gather(*(_asked(check) for check in self.checks.values()))
        return {name: reason for name, reason in zip(self.checks, answers, strict=True) if reason}


async def _asked(check: Check) -> str | None:
    try:
        async with asyncio.timeout(LONGEST):
            return await check()
    except TimeoutError:
        return f"No answer within {LONGEST:g} seconds."
    except Exception as error:  # a broken part is a reason, not a crash
        return f"The check failed ({type(error).__name__})."


def health_routes(readiness: Readiness) -> list[web.RouteDef]:
    """Serve `/healthz` and `/readyz`."""

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_: web.Request) -> web.Response:
        reasons = await readiness.reasons()
        if not reasons:
            notices = dict(readiness.notices())
            return web.json_response({"status": "ready", **({"notices": notices} if notices else {})})
        code = "draining" if readiness.draining.is_set() else "not_ready"
        error = {"code": code, "message": " ".join(reasons.values())}
        return web.json_response({"error": error, "reasons": reasons}, status=503)

    return [web.get("/healthz", healthz), web.get("/readyz", readyz)]
