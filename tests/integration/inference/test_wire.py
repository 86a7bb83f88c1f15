"""What goes over the wire: the bytes of the SDK's own call, and bounds on what comes back."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import openai
import pytest
from aiohttp import web

from orchestrator.inference.provider import Provider, RequestTimes
from orchestrator.inference.request import Abilities, request_body
from tests.support.inference import QUICK, SYSTEM, TOOLS, bench, prompt_for
from tests.support.model_server import Asked, ModelServer, answer
from tests.support.model_server.behaviours import USAGE, chunk, event, whole

EARLIER = [
    {"role": "user", "content": 'Grüße "aus" Köln 🙂\n</script>'},
    {"role": "assistant", "content": '{"intent":"x","language":"de","actions":[],"reply":"ä\\n"}'},
]
THREAD = ",".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in EARLIER)


@pytest.mark.parametrize(
    "abilities", [Abilities(json_mode="object", native=False), Abilities(json_mode="none", native=True)]
)
@pytest.mark.parametrize("temperature", [None, 0.2])
async def test_the_bytes_equal_those_of_the_sdks_own_call(
    abilities: Abilities, temperature: float | None
) -> None:
    prompt = prompt_for("Wo ist Bestellung 1042?", thread=THREAD)
    ours = request_body(
        prompt,
        model="llama-3.3-70b",
        abilities=abilities,
        max_tokens=512,
        temperature=temperature,
        tools=TOOLS,
    )
    value: dict[str, Any] = json.loads(ours)
    messages = [
        {"role": "system", "content": SYSTEM},
        *EARLIER,
        {"role": "user", "content": "Wo ist Bestellung 1042?"},
    ]
    assert value["messages"] == messages
    settings = {name: each for name, each in value.items() if name not in ("messages", "stream", "model")}

    async with ModelServer() as server:
        plain = openai.AsyncOpenAI(base_url=server.url, api_key="key", max_retries=0)
        create: Any = plain.chat.completions.create
        stream = await create(
            model="llama-3.3-70b",
            messages=messages,
            stream=True,
            **settings,
        )
        async for _ in stream:
            pass
        await plain.close()
        provider = Provider(base_url=server.url, api_key="key")
        await provider.ask(ours, deadline=asyncio.get_running_loop().time() + 5)
        await provider.aclose()

    theirs, own = server.requests
    assert own.raw == theirs.raw == ours
    for name in ("Authorization", "Content-Type", "Accept", "Host"):
        assert own.headers[name] == theirs.headers[name]


async def test_lone_surrogates_in_a_prompt_do_not_stop_the_request() -> None:
    async with bench() as at:
        decided = await at.ask("a\ud800b")

    assert decided.decision.reply == "You wrote: a?b"


async def test_max_tokens_is_always_sent() -> None:
    async with bench() as at:
        await at.ask()

    assert at.server.requests[0].body["max_tokens"] == 512


async def test_an_endless_error_page_is_cut_short() -> None:
    async def endless(asked: Asked) -> web.StreamResponse:
        response = web.StreamResponse(status=500)
        await response.prepare(asked.web)
        for _ in range(10_000):
            await response.write(b"x" * 65_536)
        return response

    async with bench() as at:
        at.server.queue(endless)
        await asyncio.wait_for(at.ask(), 5)

    assert at.journal.outcomes == ["http_500", "ok"]


async def test_a_redirect_is_not_followed() -> None:
    async def away(_: Asked) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": "/v1/elsewhere"})

    async with bench() as at:
        at.server.queue(away)
        decided = await at.ask()

    assert decided.model == "b"
    assert at.journal.outcomes == ["http_307", "ok"]


async def test_a_compressed_answer_is_read_all_the_same() -> None:
    async def compressed(asked: Asked) -> web.StreamResponse:
        response = web.json_response(whole({"content": asked.good}, usage=USAGE))
        response.enable_compression(web.ContentCoding.gzip)
        return response

    async with bench() as at:
        at.server.queue(compressed)
        await at.ask()

    assert at.journal.outcomes == ["ok"]


async def test_keep_alive_comments_do_not_count_as_progress() -> None:
    async def busy(asked: Asked) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(asked.web)
        while True:
            await response.write(b": keep-alive\n\n")
            await asyncio.sleep(0.02)

    async with bench(limits=QUICK) as at:
        at.server.queue(busy)
        decided = await at.ask()

    assert decided.model == "b"
    assert at.journal.rows[0].outcome is not None
    assert at.journal.rows[0].outcome.error == "first_byte"


async def test_the_idle_limit_is_apart_from_the_first_byte_limit() -> None:
    async def stops(asked: Asked) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(asked.web)
        await response.write(event(chunk({"content": "{"})))
        await asyncio.Event().wait()
        return response

    async with bench(limits=RequestTimes(first_byte=30.0, idle=0.1)) as at:
        at.server.queue(stops)
        await at.ask()

    assert at.journal.rows[0].outcome is not None
    assert at.journal.rows[0].outcome.error == "idle"


async def test_a_slow_reader_of_the_reply_is_not_blamed_on_the_provider() -> None:
    async def slow(_: str) -> None:
        await asyncio.sleep(0.2)

    text = '{"intent":"x","language":"en","actions":[],"reply":"One. Two. Three."}'
    async with bench(limits=RequestTimes(idle=0.1)) as at:
        at.server.queue(answer(text, size=6))
        await at.ask(release=slow)

    assert at.journal.outcomes == ["ok"]
