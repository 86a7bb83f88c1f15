"""An OpenAI-compatible model that answers at once, in a process of its own: `model.py [--piece N]`.

It keeps nothing: when the last message brings a tool's result it gives the final answer, else it calls the
tool once, with the order named last in the request. A request that offers `tools` is answered with native
calls, any other with a decision in JSON mode. Requests are not parsed, only searched from their end, so
that a thread of a thousand messages costs the model next to nothing. Prints its port, then serves.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from functools import lru_cache
from typing import Any

import loops
from job import MODEL, REPLY, TOOL

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
ORDER = re.compile(rb"#(\d{1,12})")
PIECE = 4
"""Characters of one streamed chunk: about a token."""


class Connection(asyncio.Protocol):
    """One kept-alive HTTP/1.1 connection."""

    piece = PIECE
    answered = 0

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            length = LENGTH.search(self._buffer, 0, end)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < whole:
                return
            line = bytes(self._buffer[:16])
            body = bytes(self._buffer[end + 4 : whole])
            del self._buffer[:whole]
            self._transport.write(self._response(line, body))

    def _response(self, line: bytes, body: bytes) -> bytes:
        if not line.startswith(b"POST"):
            return _http(b"application/json", json.dumps({"answered": Connection.answered}).encode())
        Connection.answered += 1
        message = answer(body)
        if b'"stream":true' in body:
            return _http(b"text/event-stream", streamed(message, self.piece))
        return _http(b"application/json", whole(message))


def answer(body: bytes) -> str:
    """Return the assistant message for a request, as JSON."""
    role = body.rfind(b'"role":')
    native = b'"tools":' in body
    done = body.startswith(b'"tool"', role + 7) or body.find(b'"ACTION RESULTS: ', role) >= 0
    if done:
        return final() if native else decided(final_decision())
    order = ORDER.match(body, body.rfind(b"order #") + 6)
    number = order[1].decode() if order else "0"
    return called(number) if native else decided(first_decision(number))


def first_decision(order: str) -> str:
    """Return the decision that looks the order up."""
    action = {"tool": TOOL, "arguments": {"order_id": order}}
    return _compact({"intent": "order_status", "language": "en", "actions": [action], "reply": ""})


def final_decision() -> str:
    """Return the decision that answers."""
    return _compact(
        {"intent": "order_status", "language": "en", "actions": [], "citations": ["r1"], "reply": REPLY}
    )


@lru_cache(1024)
def decided(content: str) -> str:
    """Return a message in JSON mode."""
    return _compact({"role": "assistant", "content": content})


@lru_cache(1024)
def called(order: str) -> str:
    """Return a message with one native call."""
    function = {"name": TOOL, "arguments": _compact({"order_id": order})}
    call = {"id": "call_000000001", "type": "function", "function": function}
    return _compact({"role": "assistant", "content": None, "tool_calls": [call]})


@lru_cache(1)
def final() -> str:
    """Return the message that answers, for native models."""
    return _compact({"role": "assistant", "content": REPLY})


@lru_cache(2048)
def whole(message: str) -> bytes:
    """Return the response that does not stream."""
    value = json.loads(message)
    reason = "tool_calls" if value.get("tool_calls") else "stop"
    choice = {"index": 0, "message": value, "logprobs": None, "finish_reason": reason}
    return _compact({**_head("chat.completion"), "choices": [choice], "usage": _usage()}).encode()


@lru_cache(2048)
def streamed(message: str, piece: int) -> bytes:
    """Return all server-sent events of a response in JSON mode, `[DONE]` last."""
    content = json.loads(message)["content"]
    events = [_chunk({"role": "assistant", "content": ""})]
    events += [_chunk({"content": content[at : at + piece]}) for at in range(0, len(content), piece)]
    events.append(_chunk({}, finish="stop"))
    events.append({**_head("chat.completion.chunk"), "choices": [], "usage": _usage()})
    return b"".join(f"data: {_compact(event)}\n\n".encode() for event in events) + b"data: [DONE]\n\n"


def _chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {**_head("chat.completion.chunk"), "choices": [choice]}


def _head(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-instant", "object": kind, "created": 1_795_000_000, "model": MODEL}


def _usage() -> dict[str, int]:
    return {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050}


def _http(kind: bytes, body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n%b" % (kind, len(body), body)


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


async def serve() -> None:
    """Listen on a free port of the loopback address until killed."""
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--piece", type=int, default=PIECE)
    Connection.piece = parser.parse_args().piece
    try:
        loops.run(serve())
    except KeyboardInterrupt:
        pass
