"""Health, metrics and JSON errors over a real listener."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from orchestrator.worker import Supervised
from switchboard.operations.http_server import add_headers, error_response, errors_as_json
from switchboard.operations.metrics import Metrics, metrics_route
from switchboard.operations.readiness import Parts as PartsSeen
from switchboard.operations.readiness import Readiness, health_routes

Client = TestClient[web.Request, web.Application]


class Parts:
    """What the gateway under test depends on, to be broken at will."""

    def __init__(self) -> None:
        self.draining = asyncio.Event()
        self.metrics = Metrics.create()
        self.reason: str | None = None
        self.failure: Exception | None = None
        self.wait = 0.0
        self.asked = 0

    async def check(self) -> str | None:
        self.asked += 1
        await asyncio.sleep(self.wait)
        if self.failure:
            raise self.failure
        return self.reason


@pytest.fixture
async def parts() -> Parts:
    return Parts()


@pytest.fixture
async def client(parts: Parts) -> AsyncIterator[Client]:
    async def bug(_: web.Request) -> web.Response:
        raise ValueError("hush: what the customer wrote")

    async def busy(_: web.Request) -> web.Response:
        return error_response(503, "store_unavailable", "Come back soon.", retry_after=2.5)

    async def socket(request: web.Request) -> web.WebSocketResponse:
        answer = web.WebSocketResponse()
        await answer.prepare(request)
        await answer.close()
        return answer

    app = web.Application(middlewares=[errors_as_json])
    app.on_response_prepare.append(add_headers)
    readiness = Readiness(draining=parts.draining, checks={"database": parts.check})
    app.add_routes([*health_routes(readiness), metrics_route(parts.metrics)])
    app.add_routes([web.get("/bug/{of}", bug), web.get("/busy", busy), web.get("/socket", socket)])
    async with TestClient(TestServer(app)) as opened:
        yield opened


async def test_liveness_does_not_depend_on_the_parts(client: Client, parts: Parts) -> None:
    parts.failure = OSError()
    parts.draining.set()
    response = await client.get("/healthz")
    assert (response.status, await response.json()) == (200, {"status": "ok"})


async def test_ready_when_every_part_is_well(client: Client) -> None:
    response = await client.get("/readyz")
    assert (response.status, await response.json()) == (200, {"status": "ready"})


async def _not_ready(client: Client) -> dict[str, Any]:
    response = await client.get("/readyz")
    assert response.status == 503
    body: dict[str, Any] = await response.json()
    return body


async def test_not_ready_says_why(client: Client, parts: Parts) -> None:
    parts.reason = "The database is away."
    body = await _not_ready(client)
    assert body == {
        "error": {"code": "not_ready", "message": "The database is away."},
        "reasons": {"database": "The database is away."},
    }


async def test_a_check_that_raises_is_a_reason_without_its_text(client: Client, parts: Parts) -> None:
    parts.failure = OSError("secret address")
    assert (await _not_ready(client))["reasons"] == {"database": "The check failed (OSError)."}


async def test_a_check_that_hangs_is_a_reason(
    client: Client, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("switchboard.operations.readiness.LONGEST", 0.05)
    parts.wait = 30.0
    assert (await _not_ready(client))["reasons"] == {"database": "No answer within 0.05 seconds."}


async def test_one_question_at_a_time_however_many_ask(
    client: Client, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("switchboard.operations.readiness.LONGEST", 0.05)
    parts.wait = 0.3
    answers = await asyncio.gather(*(client.get("/readyz") for _ in range(20)))
    assert {answer.status for answer in answers} == {503}
    assert parts.asked == 1
    await asyncio.sleep(0.3)  # the check has answered meanwhile, but that is old by now
    parts.wait = 0.0
    assert (await client.get("/readyz")).status == 200
    assert parts.asked == 2


async def test_parts_that_are_down_and_notices_are_named() -> None:
    async def fails() -> None:
        raise RuntimeError

    metrics = Metrics.create()
    known = PartsSeen(metrics)
    essential, chore = Supervised("mail_reader", fails), Supervised("forgetting", fails, essential=False)
    known.watch((essential, chore))
    known.notice("policy", lambda: "SWITCHBOARD_POLICY is wrong now.")
    essential.start()
    chore.start()
    await asyncio.sleep(0)
    try:
        readiness = Readiness(draining=asyncio.Event(), checks={}, at_once=known.down, notices=known.notices)
        app = web.Application()
        app.add_routes([*health_routes(readiness), metrics_route(metrics)])
        async with TestClient(TestServer(app)) as client:
            body = await _not_ready(client)
            assert body["reasons"] == {"mail_reader": "mail_reader failed (RuntimeError)."}
            assert body["notices"] == {
                "forgetting": "forgetting failed (RuntimeError).",
                "policy": "SWITCHBOARD_POLICY is wrong now.",
            }
            shown = await (await client.get("/metrics")).text()
            assert 'switchboard_part_up{part="mail_reader"} 0.0' in shown
            assert 'switchboard_notices{part="policy"} 1.0' in shown
    finally:
        await essential.stop()
        await chore.stop()


async def test_draining_asks_nobody(client: Client, parts: Parts) -> None:
    parts.wait = 30.0
    parts.draining.set()
    async with asyncio.timeout(1.0):
        assert (await _not_ready(client))["error"]["code"] == "draining"


async def test_metrics_show_what_was_counted(client: Client, parts: Parts) -> None:
    parts.metrics.turns.labels("chat", "answered").inc()
    parts.metrics.first_token_seconds.labels("llama").observe(0.2)
    parts.metrics.sockets.labels("chat").set(3)
    response = await client.get("/metrics")
    text = await response.text()
    assert response.headers["Content-Type"].startswith("text/plain")
    assert 'switchboard_turns_total{channel="chat",outcome="answered"} 1.0' in text
    assert 'switchboard_first_token_seconds_bucket{le="0.25",model="llama"} 1.0' in text
    assert 'switchboard_sockets_open{channel="chat"} 3.0' in text
    assert "process_resident_memory_bytes" in text


async def test_two_gateways_in_one_process_count_apart() -> None:
    first, second = Metrics.create(), Metrics.create()
    first.queued.set(5)
    assert second.registry.get_sample_value("switchboard_turns_queued") == 0.0


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nowhere", 404, "not_found"), ("POST", "/healthz", 405, "method_not_allowed")],
)
async def test_unknown_paths_and_methods_are_json_errors(
    client: Client, method: str, path: str, status: int, code: str
) -> None:
    response = await client.request(method, path)
    body = await response.json()
    assert response.status == status
    assert body["error"]["code"] == code
    assert body["error"]["message"]
    assert response.headers.get("Allow", "") == ("GET,HEAD" if status == 405 else "")


async def test_a_bug_tells_the_client_nothing(client: Client) -> None:
    response = await client.get("/bug/hush-id")
    text = await response.text()
    assert response.status == 500
    assert (await response.json())["error"]["code"] == "internal"
    assert "hush" not in text
    assert "Traceback" not in text


async def test_come_back_later_is_in_body_and_header(client: Client) -> None:
    response = await client.get("/busy")
    assert (await response.json())["error"]["retry_after"] == 2.5
    assert response.headers["Retry-After"] == "3"


async def test_every_answer_carries_its_request_id(client: Client) -> None:
    given = await client.get("/healthz", headers={"X-Request-Id": "abc-1"})
    made = await client.get("/nowhere")
    forged = await client.get("/healthz", headers={"X-Request-Id": "x" * 65})
    assert given.headers["X-Request-Id"] == "abc-1"
    assert len(made.headers["X-Request-Id"]) == 36
    assert forged.headers["X-Request-Id"] != "x" * 65
    assert made.headers["X-Content-Type-Options"] == "nosniff"


async def test_sockets_pass_through(client: Client) -> None:
    async with client.ws_connect("/socket") as socket:
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
