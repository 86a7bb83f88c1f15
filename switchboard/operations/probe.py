"""What each model of the catalog really supports, asked by small paid requests (three for each model)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from openai import APIStatusError, AsyncOpenAI, OpenAIError

from switchboard.operations.checks_model import catalog_models
from switchboard.settings import Settings

TIMEOUT = 30.0  # seconds for one request
QUESTION = [{"role": "user", "content": 'Answer with this JSON object and nothing else: {"ok": true}'}]
CALL = [{"role": "user", "content": "Call the function `note` with the text hello."}]
NOTE = {
    "type": "function",
    "function": {
        "name": "note",
        "description": "Note a text.",
        "parameters": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
    },
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Probed:
    """One model: "yes", "no" or the reason why it is not known, for each thing that a catalog entry says."""

    model: str
    json_mode: str
    native_tools: str
    streaming: str


Ask = Callable[[AsyncOpenAI, str], Awaitable[bool]]


async def probe(settings: Settings) -> list[dict[str, str]]:
    """Ask every model of the catalog, one request at a time; empty without a key."""
    if settings.oxlo_api_key is None:
        return []
    async with AsyncOpenAI(
        api_key=settings.oxlo_api_key.get_secret_value(),
        base_url=settings.oxlo_base_url,
        max_retries=0,
        timeout=TIMEOUT,
    ) as client:
        return [asdict(await _probed(client, model)) for model in catalog_models(settings)]


async def _probed(client: AsyncOpenAI, model: str) -> Probed:
    return Probed(
        model=model,
        json_mode=await _tried(_json_mode, client, model),
        native_tools=await _tried(_native_tools, client, model),
        streaming=await _tried(_streaming, client, model),
    )


async def _tried(ask: Ask, client: AsyncOpenAI, model: str) -> str:
    try:
        return "yes" if await ask(client, model) else "no"
    except APIStatusError as error:
        return f"HTTP {error.status_code}"
    except (OpenAIError, ValueError, LookupError, TypeError, AttributeError) as error:
        return type(error).__name__  # no connection, or an answer of another shape


async def _json_mode(client: AsyncOpenAI, model: str) -> bool:
    answer = await _create(client, model, messages=QUESTION, response_format={"type": "json_object"})
    return isinstance(json.loads(answer.choices[0].message.content or ""), dict)


async def _native_tools(client: AsyncOpenAI, model: str) -> bool:
    answer = await _create(client, model, messages=CALL, tools=[NOTE])
    calls = answer.choices[0].message.tool_calls or []
    return any(call.function.name == "note" and json.loads(call.function.arguments) for call in calls)


async def _streaming(client: AsyncOpenAI, model: str) -> bool:
    pieces = [piece async for piece in await _create(client, model, messages=QUESTION, stream=True)]
    return any(piece.choices and piece.choices[0].delta.content for piece in pieces)


async def _create(client: AsyncOpenAI, model: str, **body: Any) -> Any:
    return await client.chat.completions.create(model=model, max_tokens=100, **body)
