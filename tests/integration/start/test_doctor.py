"""`switchboard doctor` against parts that work and parts that don't."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.integration.start.command import Done, switchboard

KEY = "sk-hush-hush"


@pytest.fixture
async def provider() -> AsyncIterator[str]:
    """A provider that takes KEY, lists one model, streams and speaks JSON, and knows no tools."""

    async def models(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.json_response({"error": {"message": "no"}}, status=401)
        return web.json_response({"data": [{"id": "small"}]})

    async def completions(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if body["model"] != "small":
            return web.json_response({"error": {"message": "no such model"}}, status=404)
        if body.get("stream"):
            choice: dict[str, Any] = {"index": 0, "delta": {"content": "{"}, "finish_reason": None}
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "small"}
            text = f"data: {json.dumps(chunk | {'choices': [choice]})}\n\ndata: [DONE]\n\n"
            return web.Response(text=text, content_type="text/event-stream")
        message = {"role": "assistant", "content": '{"ok": true}'}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return web.json_response(
            {"id": "1", "object": "chat.completion", "created": 1, "model": "small", "choices": [choice]}
        )

    app = web.Application()
    app.add_routes([web.get("/v1/models", models), web.post("/v1/chat/completions", completions)])
    async with TestServer(app) as server:
        yield str(server.make_url("/v1"))


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    file = tmp_path / "catalog.toml"
    entry = '[[model]]\nname = "{}"\nwindow = 8192\n'
    file.write_text(
        entry.format("small") + entry.format("large") + '[routes]\ndefault = ["small", "large"]\n'
    )
    return file


Doctor = Callable[..., Awaitable[Done]]


@pytest.fixture
def doctor(tmp_path: Path, database_url: str) -> Doctor:
    async def run(*arguments: str, **variables: str) -> Done:
        settings = {
            "SWITCHBOARD_DATABASE_URL": database_url,
            "SWITCHBOARD_HTTP_PORT": "0",
            "SWITCHBOARD_SMTP_PORT": "0",
        }
        return await switchboard("doctor", *arguments, folder=tmp_path, variables=settings | variables)

    return run


async def _report(doctor: Doctor, *arguments: str, **variables: str) -> tuple[Done, dict[str, Any]]:
    done = await doctor("--json", *arguments, **variables)
    report = json.loads(done.out)
    report["parts"] = {check["part"]: check for check in report["checks"]}
    return done, report


async def test_all_is_well_with_the_shipped_examples(doctor: Doctor, tmp_path: Path) -> None:
    done, report = await _report(doctor)
    assert (done.code, report["ok"]) == (0, True), report
    states = {part: check["state"] for part, check in report["parts"].items()}
    assert states == {
        "python": "ok", "home": "ok", "files": "ok", "database": "ok", "model": "ok", "http": "ok",
        "running": "ok", "mail": "ok", "voice": "warning", "policy": "ok", "mcp": "ok", "identity": "ok",
    }  # fmt: skip
    assert "sandbox" in report["parts"]["model"]["detail"]
    assert list(tmp_path.iterdir()) == []  # looking makes nothing


async def test_settings_are_shown_with_their_source_and_secrets_masked(
    doctor: Doctor, tmp_path: Path
) -> None:
    (tmp_path / "switchboard.toml").write_text("smtp_port = 2600")
    variables = {
        "SWITCHBOARD_IDENTITY_SECRET": KEY * 3,
        "SWITCHBOARD_SMARTHOST": f"smtps://me:{KEY}@mail.example:465",
    }
    done, report = await _report(doctor, SWITCHBOARD_HTTP_PROT="1", SWITCHBOARD_SMTP_PORT="", **variables)
    settings = report["settings"]
    assert settings["SWITCHBOARD_SMTP_PORT"] == {"value": 2600, "source": "switchboard.toml"}
    assert settings["SWITCHBOARD_REQUESTS_PER_DAY"] == {"value": 60, "source": "default"}
    assert settings["SWITCHBOARD_IDENTITY_SECRET"] == {
        "value": "***",
        "source": "SWITCHBOARD_IDENTITY_SECRET",
    }
    assert settings["SWITCHBOARD_SMARTHOST"]["value"] == "smtps://***@mail.example:465"
    assert settings["OXLO_API_KEY"]["value"] is None
    assert "did you mean SWITCHBOARD_HTTP_PORT?" in report["warnings"][0]
    assert KEY not in done.out + done.err


async def test_the_report_for_people(doctor: Doctor) -> None:
    done = await doctor()
    assert done.code == 0, done.out
    assert done.out.endswith("All is well.\n")
    assert "SWITCHBOARD_HTTP_PORT" in done.out


async def test_an_unreachable_database_is_broken(doctor: Doctor) -> None:
    done, report = await _report(doctor, SWITCHBOARD_DATABASE_URL="postgresql://u:hush@127.0.0.1:1/none")
    assert done.code == 1
    assert report["parts"]["database"]["state"] == "broken"
    assert "hush" not in done.out


async def test_a_taken_port_is_broken(doctor: Doctor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done, report = await _report(doctor, SWITCHBOARD_HTTP_PORT=str(taken.getsockname()[1]))
    assert done.code == 1
    assert "can't listen" in report["parts"]["http"]["detail"]


async def test_a_catalog_that_is_not_toml_is_broken(doctor: Doctor, catalog: Path) -> None:
    catalog.write_text("[[model")
    _, report = await _report(doctor, SWITCHBOARD_CATALOG=str(catalog))
    assert report["parts"]["files"]["detail"].startswith("SWITCHBOARD_CATALOG: ")
    assert not report["ok"]


async def test_a_provider_that_answers_but_lacks_a_model_is_a_warning(
    doctor: Doctor, provider: str, catalog: Path
) -> None:
    variables = {"OXLO_API_KEY": KEY, "OXLO_BASE_URL": provider, "SWITCHBOARD_CATALOG": str(catalog)}
    done, report = await _report(doctor, **variables)
    assert (done.code, report["parts"]["model"]["state"]) == (0, "warning")
    assert "does not list large" in report["parts"]["model"]["detail"]
    assert KEY not in done.out


async def test_a_refused_key_is_broken(doctor: Doctor, provider: str) -> None:
    done, report = await _report(doctor, OXLO_API_KEY="wrong", OXLO_BASE_URL=provider)
    assert done.code == 1
    assert "refuses the key (HTTP 401)" in report["parts"]["model"]["detail"]


async def test_a_provider_that_is_away_is_broken(doctor: Doctor) -> None:
    done, report = await _report(doctor, OXLO_API_KEY=KEY, OXLO_BASE_URL="http://127.0.0.1:1/v1")
    assert done.code == 1
    assert "does not answer" in report["parts"]["model"]["detail"]


async def test_the_probe_finds_out_what_models_support(doctor: Doctor, provider: str, catalog: Path) -> None:
    variables = {"OXLO_API_KEY": KEY, "OXLO_BASE_URL": provider, "SWITCHBOARD_CATALOG": str(catalog)}
    _, report = await _report(doctor, "--probe", **variables)
    assert report["models"] == [
        {"model": "small", "json_mode": "yes", "native_tools": "no", "streaming": "yes"},
        {"model": "large", "json_mode": "HTTP 404", "native_tools": "HTTP 404", "streaming": "HTTP 404"},
    ]


@pytest.mark.timeout(60)
async def test_the_embedded_database_is_not_made_by_looking(tmp_path: Path) -> None:
    done = await switchboard("doctor", "--json", folder=tmp_path, variables={"SWITCHBOARD_HTTP_PORT": "0"})
    report = json.loads(done.out)
    (database,) = [check for check in report["checks"] if check["part"] == "database"]
    assert database["state"] == "ok"
    assert "at the first start" in database["detail"]
    assert list(tmp_path.iterdir()) == []


async def test_a_wrong_policy_is_broken_and_a_doubtful_one_a_warning(doctor: Doctor, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text("[tools.pay]")
    done, report = await _report(doctor, SWITCHBOARD_POLICY=str(file))
    assert (done.code, report["parts"]["policy"]["state"]) == (1, "broken")
    assert report["parts"]["policy"]["detail"].startswith(f"SWITCHBOARD_POLICY: {file}: tools.pay.default")
    file.write_text('[tools.pay]\ndefault = "ask"\n')
    done, report = await _report(doctor, SWITCHBOARD_POLICY=str(file))
    assert (done.code, report["parts"]["policy"]["state"]) == (0, "warning")
    assert "names no tool that is known" in report["parts"]["policy"]["detail"]
