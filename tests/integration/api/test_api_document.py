"""The API's document: true to the routes, valid, and kept by a running gateway whatever it is asked."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path
from typing import Any, get_args

import aiohttp
import hypothesis
import pytest
import schemathesis
from aiohttp import web
from hypothesis import HealthCheck, Phase
from jsonschema import Draft202012Validator
from schemathesis import checks
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.definitions import OPENAPI_31

import switchboard.app
from orchestrator.conversation.overview import DEFERRED
from switchboard.api.conversations_api import ConversationsQuery
from switchboard.listening import listen
from switchboard.web_chat import sign_identity
from tests.integration.mail.post import Post, letter, open_post

UNDESCRIBED = re.compile(r"/|/chat/ws|/demo/identity|/page/.*|/voice|/voice/twilio|/widget.*")
"""The page and the sockets, which are no part of the HTTP API."""
EXAMPLES = 6
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@asynccontextmanager
async def gateway(
    database_url: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Post, list[web.RouteDef]]]:
    """Run a gateway; yield it with the routes that it serves."""
    served: list[web.RouteDef] = []

    async def noted(settings: Any, routes: Iterable[web.RouteDef], *more: Any, **named: Any) -> str:
        served.extend(routes)
        return await listen(settings, served, *more, **named)

    monkeypatch.setattr(switchboard.app, "listen", noted)
    async with open_post(database_url, home, voice={"enabled": False}) as post:
        yield post, served


async def document_of(post: Post) -> dict[str, Any]:
    async with aiohttp.ClientSession() as http, http.get(f"{post.http}/api/openapi.json") as response:
        assert (response.status, response.content_type) == (200, "application/json")
        document: dict[str, Any] = await response.json()
    return document


async def test_the_document_is_true_to_the_routes_and_valid(
    database_url: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway(database_url, home, monkeypatch) as (post, served):
        document = await document_of(post)
    Draft202012Validator(OPENAPI_31).validate(document)
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    there = {
        (route.method, route.path)
        for route in served
        if route.method != "OPTIONS" and not UNDESCRIBED.fullmatch(route.path)
    }
    assert described == there
    names = [method["operationId"] for methods in document["paths"].values() for method in methods.values()]
    assert len(set(names)) == len(names)


def test_every_list_that_can_be_asked_for_is_described() -> None:
    described = {
        word
        for part in get_args(ConversationsQuery.model_fields["status"].annotation)
        for word in (get_args(part) or (part,))
    }
    assert set(DEFERRED) <= described


@pytest.mark.timeout(120)
async def test_a_running_gateway_keeps_to_its_document(
    database_url: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway(database_url, home, monkeypatch) as (post, _):
        token = post.app.secrets.operator.get_secret_value()
        ids = await lived(post, token)
        schema = schemathesis.openapi.from_dict(await document_of(post))
        for each in schema.get_all_operations():
            assert isinstance(each, Ok), each
            operation = each.ok()
            if operation.path != "/api/openapi.json":
                await asyncio.to_thread(tried, operation, post.http, token, ids)


def tried(operation: Any, url: str, token: str, ids: dict[str, list[str]]) -> None:
    """Send some requests of every kind that the document allows, half of them at what is really there."""
    real = {name: cycle(["", *found]) for name, found in ids.items()}

    @hypothesis.settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy())
    def send(case: Any) -> None:
        names = real.get(operation.path.removeprefix("/api").split("/")[1], cycle([""]))
        for name in case.path_parameters or ():
            if (found := next(real.get(name, names))) and operation.method != "delete":
                case.path_parameters[name] = found
        if "wait" in (case.query or {}):
            case.query["wait"] = 0  # seconds that each example would take
        bearer = token if operation.path.startswith("/api") else ids["session"][0]
        headers = {"Authorization": f"Bearer {bearer}"} if "{session}" not in operation.path else {}
        case.validate_response(case.call(base_url=url, headers=headers), checks=CHECKS)

    send()


async def lived(post: Post, token: str) -> dict[str, list[str]]:
    """Let something happen; return ids of it by the name that their paths have for them."""
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as http:

        async def asked(method: str, path: str, **more: Any) -> Any:
            async with http.request(method, f"{post.http}{path}", **more) as response:
                assert response.status == 200, (path, await response.text())
                return await response.json()

        told = await asked("POST", "/chat", json={"message": "What is your return policy?"})
        await asked("POST", "/chat", json={"message": "I want to talk to a human."})
        secret = post.app.secrets.identity.get_secret_value()
        ada = {"identity": sign_identity("ada@example.com", "Ada Byron", secret)}
        await asked("POST", "/chat", json={"message": "Please refund order 1042, it came broken.", **ada})
        file = await asked("POST", "/api/files", data=b"Seen.", headers={**headers, "X-File-Name": "a.txt"})
        await post.send(letter("What is your return policy?"))
        await post.send(letter("I am away.", Auto_Submitted="auto-replied"))
        await post.settled(2)
        listed = {
            noun: [item["id"] for item in (await asked("GET", path, headers=headers))["items"]]
            for noun, path in {
                "conversations": "/api/conversations",
                "mails": "/api/mails",
                "approvals": "/api/approvals",
                "customers": "/api/customers?q=ada@example.com",
            }.items()
        }
        timeline = [
            (await asked("GET", f"/api/conversations/{each}", headers=headers))["timeline"]
            for each in listed["conversations"]
        ]
    assert all(listed.values()), listed
    messages = [entry["id"] for entries in timeline for entry in entries if entry["kind"] == "message"]
    return {**listed, "message": messages, "session": [told["session_id"]], "files": [file["id"]]}
