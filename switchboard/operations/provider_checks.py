"""Does the model provider answer, and does it have the models of the catalog?"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import aiohttp
from openai import APIStatusError, AsyncOpenAI, OpenAIError

from orchestrator.inference.catalog import load_catalog
from orchestrator.inference.errors import CatalogInvalid
from switchboard.operations.check_result import CheckResult, broken, ok, warning
from switchboard.settings import Settings

PART = "model"
TIMEOUT = 5.0


async def check_model(settings: Settings) -> CheckResult:
    """Ask the provider for its list of models, which costs nothing."""
    if settings.oxlo_api_key is None:
        return ok(PART, "OXLO_API_KEY is unset: the sandbox model answers, and says so.")
    url = f"{settings.oxlo_base_url}/models"
    key = settings.oxlo_api_key.get_secret_value()
    answer = await get_json(url, timeout=TIMEOUT, headers={"Authorization": f"Bearer {key}"})
    return _judged(answer, url, catalog_models(settings))


def catalog_models(settings: Settings) -> list[str]:
    """Return the names of the catalog's models; empty when it can't be read, which another check tells."""
    try:
        return [model.name for model in load_catalog(settings.catalog).model]
    except CatalogInvalid:
        return []


def _judged(answer: HttpAnswer, url: str, wanted: list[str]) -> CheckResult:
    if answer.status == 0:
        return broken(PART, f"{url} does not answer: {answer.error}: see OXLO_BASE_URL.")
    if answer.status in (401, 403):
        return broken(PART, f"{url} refuses the key (HTTP {answer.status}): see OXLO_API_KEY.")
    if answer.status != 200:
        return warning(
            PART,
            f"{url} answers with HTTP {answer.status}: see OXLO_BASE_URL; try `switchboard doctor --probe`.",
        )
    offered = _names(answer.body)
    if lacking := [name for name in wanted if name not in offered]:
        return warning(PART, f"{url} answers, but does not list {', '.join(lacking)} of SWITCHBOARD_CATALOG.")
    return ok(PART, f"{url} answers and lists every model of the catalog.")


def _names(body: Any) -> set[str]:
    entries = body.get("data", []) if isinstance(body, dict) else []
    return {entry["id"] for entry in entries if isinstance(entry, dict) and "id" in entry}


LONGEST = 1_000_000  # bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpAnswer:
    """`status` 0 means that nobody answered, and `error` says why; `body` is None unless it is JSON."""

    status: int
    body: Any = None
    error: str = ""


async def get_json(url: str, *, timeout: float, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    """GET `url` within `timeout` seconds, following no redirect."""
    limit = aiohttp.ClientTimeout(total=timeout)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit) as http,
            http.get(url, headers=headers, allow_redirects=False) as response,
        ):
            body = await response.content.read(LONGEST)
            return HttpAnswer(status=response.status, body=_parsed(body))
    except TimeoutError:
        return HttpAnswer(status=0, error=f"no answer within {timeout:g} seconds")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return HttpAnswer(status=0, error=str(error) or type(error).__name__)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


PROBE_TIMEOUT = 30.0  # seconds for one request
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
        timeout=PROBE_TIMEOUT,
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
