"""Doctor tells what the gateway that runs says of itself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from switchboard.operations.check_result import CheckResult, broken, ok, warning
from switchboard.operations.checks import check_running
from switchboard.operations.readiness import Readiness, health_routes
from switchboard.settings import Settings


@pytest.mark.parametrize(
    ("reasons", "notices", "said"),
    [
        ({}, {}, ok("running", "The gateway that runs is ready, with all its parts.")),
        ({}, {"policy": "Wrong."}, warning("running", "The gateway that runs says: policy: Wrong.")),
        ({"disk": "Full."}, {}, broken("running", "The gateway that runs is not ready: disk: Full.")),
    ],
    ids=["well", "notice", "down"],
)
async def test_its_own_words(
    reasons: Mapping[str, str], notices: Mapping[str, str], said: CheckResult
) -> None:
    app = web.Application()
    readiness = Readiness(
        draining=asyncio.Event(), checks={}, at_once=lambda: reasons, notices=lambda: notices
    )
    app.add_routes(health_routes(readiness))
    async with TestServer(app) as server:
        assert await check_running(Settings(http_port=server.port or 0)) == said


async def test_another_program_at_the_port_is_no_gateway() -> None:
    app = web.Application()
    app.add_routes([web.get("/readyz", _something_else)])
    async with TestServer(app) as server:
        found = await check_running(Settings(http_port=server.port or 0))
    assert found == ok("running", "No gateway runs at this address.")


async def _something_else(_: web.Request) -> web.Response:
    return web.json_response({"reasons": ["not", "ours"], "notices": 1})
