"""The sandbox endpoint as clients meet it: over a real socket, with the official client and without."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from openai import AsyncOpenAI, BadRequestError
from openai.types.chat import ChatCompletionMessageParam

from orchestrator.inference.sandbox.endpoint import SandboxServer
from tests.support.conversation import SCHEMA, SHOP, Conversation


@pytest.fixture
async def base_url() -> AsyncIterator[str]:
    server = SandboxServer(SHOP)
    yield await server.start()
    await server.stop()


@pytest.fixture
async def client(base_url: str) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0) as opened:
        yield opened


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def _messages(text: str) -> list[ChatCompletionMessageParam]:
    return [{"role": "system", "content": Conversation().system()}, {"role": "user", "content": text}]


async def test_an_answer_in_one_piece(client: AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(
        model="sandbox",
        messages=_messages("Where is my order 1042?"),
        response_format={"type": "json_object"},
        max_tokens=500,
    )
    decided = json.loads(answer.choices[0].message.content or "")
    SCHEMA.validate(decided)
    assert decided["actions"] == [{"tool": "get_order_status", "arguments": {"order_id": "1042"}}]
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


async def test_a_streamed_answer_comes_in_small_pieces_with_usage_last(client: AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model="sandbox",
        messages=_messages("Was könnt ihr für mich tun?"),
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]
    pieces = [choice.delta.content or "" for chunk in chunks for choice in chunk.choices]
    decided = json.loads("".join(pieces))
    SCHEMA.validate(decided)
    assert decided["language"] == "de"
    assert len([piece for piece in pieces if piece]) > 3
    assert chunks[-1].choices == []
    assert chunks[-1].usage
    assert [c.finish_reason for chunk in chunks for c in chunk.choices if c.finish_reason] == ["stop"]


async def test_the_stream_is_proper_sse(base_url: str, http: aiohttp.ClientSession) -> None:
    body = {"model": "sandbox", "messages": _messages("Hi"), "stream": True}
    async with http.post(f"{base_url}/chat/completions", json=body) as response:
        raw = (await response.read()).decode()
        assert response.headers["Content-Type"].startswith("text/event-stream")
    events = raw.split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""]
    assert all(json.loads(event.removeprefix("data: ")) for event in events[:-2])
    assert "usage" not in raw


async def test_the_list_of_models(client: AsyncOpenAI) -> None:
    assert [model.id async for model in client.models.list()] == ["sandbox"]


BAD: list[tuple[Any, str]] = [
    (b"{not json", "parse"),
    (b'"text"', "object"),
    (b"[" * 5000, "parse"),
    ({"messages": [{"role": "user", "content": "x"}]}, "model"),
    ({"model": "m"}, "messages"),
    ({"model": "m", "messages": []}, "messages"),
    ({"model": "m", "messages": ["x"]}, "messages[0]"),
    ({"model": "m", "messages": [{"role": "robot", "content": "x"}]}, "role"),
    ({"model": "m", "messages": [{"role": ["user"], "content": "x"}]}, "role"),
    ({"model": "m", "messages": [{"role": "user", "content": 5}]}, "content"),
    ({"model": "m", "messages": [{"role": "user", "content": "x"}], "stream": "yes"}, "stream"),
    ({"model": "m", "messages": [{"role": "user", "content": "x"}], "stream_options": 1}, "stream_options"),
    ({"model": "m", "messages": [{"role": "user", "content": "x"}], "tools": [{}]}, "tools"),
    (
        {
            "model": "m",
            "messages": [{"role": "user", "content": "x"}],
            "response_format": {"type": "json_object"},
        },
        "json",
    ),
]


@pytest.mark.parametrize(("body", "named"), BAD)
async def test_a_bad_request_is_refused_as_the_provider_does(
    base_url: str, http: aiohttp.ClientSession, body: Any, named: str
) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with http.post(f"{base_url}/chat/completions", data=data) as response:
        answer = await response.json()
        assert response.status == 400
    assert set(answer["error"]) == {"message", "type", "param", "code"}
    assert answer["error"]["type"] == "invalid_request_error"
    assert named in answer["error"]["message"]


async def test_the_official_client_understands_the_error(client: AsyncOpenAI) -> None:
    with pytest.raises(BadRequestError, match="messages"):
        await client.chat.completions.create(model="sandbox", messages=[])


async def test_unknown_paths_and_methods(base_url: str, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{base_url}/embeddings") as response:
        assert (response.status, "error" in await response.json()) == (404, True)
    async with http.get(f"{base_url}/chat/completions") as response:
        assert response.status == 405


async def test_lone_surrogates_do_no_harm(base_url: str, http: aiohttp.ClientSession) -> None:
    body = b'{"model":"m","messages":[{"role":"user","content":"\\ud800 Where is order 1042?"}]}'
    async with http.post(f"{base_url}/chat/completions", data=body) as response:
        assert response.status == 200
        SCHEMA.validate(json.loads((await response.json())["choices"][0]["message"]["content"]))


async def test_a_client_that_leaves_does_not_trouble_others(base_url: str, client: AsyncOpenAI) -> None:
    host, port = base_url.removeprefix("http://").removesuffix("/v1").split(":")
    body = json.dumps(
        {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    ).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    for _ in range(5):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(head + body)
        writer.transport.abort()
    answer = await client.chat.completions.create(model="m", messages=_messages("Hi"))
    assert answer.choices[0].message.content


async def test_start_and_stop() -> None:
    server = SandboxServer(SHOP)
    url = await server.start()
    with pytest.raises(RuntimeError):
        await server.start()
    await server.stop()
    await server.stop()
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(f"{url}/models")
    assert (await server.start()).startswith("http://127.0.0.1:")
    await server.stop()
