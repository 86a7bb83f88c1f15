"""Building blocks of behaviour: each returns a function that answers one request on the wire."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from socket import SO_LINGER, SOL_SOCKET, socket
from typing import Any

from aiohttp import web

from tests.support.model_server.asked import Asked
from tests.support.model_server.responders import decision_text

Behaviour = Callable[[Asked], Awaitable[web.StreamResponse]]
USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
DONE = b"data: [DONE]\n\n"


def event(value: Mapping[str, Any]) -> bytes:
    """Return one server-sent event."""
    return b"data: " + json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n\n"


def chunk(delta: Mapping[str, Any], *, finish: str | None = None, index: int = 0) -> dict[str, Any]:
    """Return one streaming chunk."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": "test",
        "choices": [{"index": index, "delta": delta, "finish_reason": finish}],
    }


def pieces(text: str, size: int) -> list[str]:
    """Cut a text into pieces of `size` characters."""
    return [text[start : start + size] for start in range(0, len(text), size)]


def content_chunks(text: str, *, finish: str | None = "stop", size: int = 24) -> list[dict[str, Any]]:
    """Return the chunks of a plain answer without usage."""
    deltas: list[Mapping[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": piece} for piece in pieces(text, size)]
    return [chunk(delta) for delta in deltas] + ([chunk({}, finish=finish)] if finish else [])


def usage_chunk() -> dict[str, Any]:
    """Return the last chunk that carries only the usage."""
    return {**chunk({}), "choices": [], "usage": USAGE}


async def stream(
    asked: Asked, parts: Iterable[bytes], *, content_type: str = "text/event-stream"
) -> web.StreamResponse:
    """Send the parts as one body, one write each."""
    response = web.StreamResponse(headers={"Content-Type": content_type, "Cache-Control": "no-cache"})
    await response.prepare(asked.web)
    for part in parts:
        await response.write(part)
    await response.write_eof()
    return response


def whole(message: Mapping[str, Any], *, finish: str = "stop", usage: Any = USAGE) -> dict[str, Any]:
    """Return a response object that is not streamed."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return {"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice], "usage": usage}


def answer(text: str | None = None, *, finish: str = "stop", size: int = 24, usage: bool = True) -> Behaviour:
    """Answer with `text` (the good answer when None), streamed if that was asked for."""

    async def behave(asked: Asked) -> web.StreamResponse:
        content = asked.good if text is None else text
        if not asked.streams:
            return web.json_response(whole({"content": content}, finish=finish))
        events = content_chunks(content, finish=finish, size=size) + ([usage_chunk()] if usage else [])
        return await stream(asked, [b"".join(map(event, events)) + DONE])

    return behave


def decision(**fields: Any) -> Behaviour:
    """Answer with a decision of these fields."""
    return answer(decision_text(**fields))


def chunks(*values: Mapping[str, Any], done: bool = True) -> Behaviour:
    """Stream exactly these chunks, one write each."""

    async def behave(asked: Asked) -> web.StreamResponse:
        return await stream(asked, [*map(event, values), *([DONE] if done else [])])

    return behave


def raw(*parts: bytes, content_type: str = "text/event-stream") -> Behaviour:
    """Send these bytes as the body, one write each."""

    async def behave(asked: Asked) -> web.StreamResponse:
        return await stream(asked, parts, content_type=content_type)

    return behave


def call(name: str, arguments: Any, *, id: str | None = "call_1", index: int | None = 0) -> dict[str, Any]:  # noqa: A002
    """Return one entry of `tool_calls` in a delta."""
    text = arguments if isinstance(arguments, str) or arguments is None else json.dumps(arguments)
    entry: dict[str, Any] = {"type": "function", "function": {"name": name, "arguments": text}}
    entry |= {} if id is None else {"id": id}
    return entry | ({} if index is None else {"index": index})


def native(*calls: Mapping[str, Any], content: str | None = None, finish: str = "tool_calls") -> Behaviour:
    """Answer with native tool calls, one delta each."""
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "content": content},
        *({"tool_calls": [each]} for each in calls),
    ]
    return chunks(*(chunk(delta) for delta in deltas), chunk({}, finish=finish), usage_chunk())


def status(
    http: int, message: str = "no", *, headers: Mapping[str, str] | None = None, **error: Any
) -> Behaviour:
    """Refuse with an error status and OpenAI's error object."""

    async def behave(_: Asked) -> web.StreamResponse:
        body = {"error": {"message": message, "type": "error", **error}}
        return web.json_response(body, status=http, headers=headers)

    return behave


def page(code: int = 200) -> Behaviour:
    """Answer with a proxy's HTML page."""

    async def behave(_: Asked) -> web.StreamResponse:
        return web.Response(text="<html><h1>Bad gateway</h1></html>", status=code, content_type="text/html")

    return behave


def hang(after: Sequence[bytes] = (), *, headers: bool = True) -> Behaviour:
    """Send some bytes, then nothing until the client goes away."""

    async def behave(asked: Asked) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        if headers:
            await response.prepare(asked.web)
            for part in after:
                await response.write(part)
        await _gone()
        return response

    return behave


def drip(seconds: float, *, text: str | None = None) -> Behaviour:
    """Send one character, wait, and so on."""

    async def behave(asked: Asked) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(asked.web)
        for letter in asked.good if text is None else text:
            await response.write(event(chunk({"content": letter})))
            await asyncio.sleep(seconds)
        return response

    return behave


def drop(
    values: Sequence[Mapping[str, Any]] | None = None, *, reset: bool = False, keep: float = 0.6
) -> Behaviour:
    """Stream chunks (by default the first part of the good answer) and close the connection."""

    async def behave(asked: Asked) -> web.StreamResponse:
        text = asked.good[: int(len(asked.good) * keep)]
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(asked.web)
        for value in content_chunks(text, finish=None) if values is None else values:
            await response.write(event(value))
        transport = asked.web.transport
        if transport is not None:
            if reset:
                _linger_zero(transport.get_extra_info("socket"))
            transport.abort()
        return response

    return behave


def _linger_zero(connection: socket) -> None:
    connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))


async def _gone() -> None:
    """Wait for ever: the handler is cancelled when the client goes away or the server stops."""
    await asyncio.Event().wait()
