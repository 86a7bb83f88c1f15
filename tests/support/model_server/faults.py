"""Every fault by its id (the catalogue of model faults) or name, each as one behaviour.

Faults that depend on the answer spoil the good one, so that they work for any conversation.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.support.model_server.asked import Asked
from tests.support.model_server.behaviours import (
    DONE,
    Behaviour,
    answer,
    call,
    chunk,
    chunks,
    content_chunks,
    drip,
    drop,
    event,
    hang,
    native,
    page,
    pieces,
    raw,
    status,
    stream,
    usage_chunk,
    whole,
)


def spoiled(spoil: Callable[[str], str], *, finish: str = "stop") -> Behaviour:
    """Answer with the good answer, spoiled."""

    async def behave(asked: Asked) -> web.StreamResponse:
        return await answer(spoil(asked.good), finish=finish)(asked)

    return behave


def streamed(make: Callable[[str], list[bytes]]) -> Behaviour:
    """Stream the good answer in an odd way."""

    async def behave(asked: Asked) -> web.StreamResponse:
        return await stream(asked, make(asked.good))

    return behave


async def huge(asked: Asked) -> web.StreamResponse:
    """Answer with far more than any decision holds."""
    text = asked.good.replace('"reply": "', '"reply": "' + "x" * 400_000, 1)
    return await answer(text, size=8192)(asked)


def changed(**fields: Any) -> Behaviour:
    """Answer with the good decision, some fields replaced."""
    return spoiled(lambda good: json.dumps({**json.loads(good), **fields}, ensure_ascii=False))


def with_action(tool: str, arguments: Any) -> Behaviour:
    """Answer with the good decision and one action."""
    return changed(actions=[{"tool": tool, "arguments": arguments}])


def refusing_unless(wanted: Callable[[Asked], bool], refusal: Behaviour) -> Behaviour:
    """Answer well when the request is as wanted, else refuse it."""

    async def behave(asked: Asked) -> web.StreamResponse:
        return await (answer() if wanted(asked) else refusal)(asked)

    return behave


async def not_streamed(asked: Asked) -> web.StreamResponse:
    """Ignore that a stream was asked for."""
    return web.json_response(whole({"content": asked.good}))


def _odd_lines(good: str) -> list[bytes]:
    """Comments, event lines, CRLF, every event split anywhere, characters split over chunks."""
    events = content_chunks(good, size=5)
    text = b"".join(
        b": keep-alive\r\nevent: message\r\nid: 1\r\n" + event(each).strip() + b"\r\n\r\n" for each in events
    )
    text += DONE.replace(b"\n", b"\r\n")
    return [text[start : start + 7] for start in range(0, len(text), 7)]


def _escaped_halves(good: str) -> list[bytes]:
    """Each half of a character outside the BMP in a chunk of its own, as JSON escapes."""
    halves = []
    for letter in good:
        units = letter.encode("utf-16-le")
        halves += [
            units[start : start + 2].decode("utf-16-le", "surrogatepass") for start in range(0, len(units), 2)
        ]
    events = [chunk({"content": half}) for half in halves] + [chunk({}, finish="stop")]
    return [*(b"data: " + json.dumps(each).encode() + b"\n\n" for each in events), DONE]


def _two_choices(good: str) -> list[bytes]:
    noise = {"index": 1, "delta": {"content": "noise"}, "finish_reason": None}
    events = content_chunks(good)
    for each in events:
        each["choices"].append(noise)
    return [event({**chunk({}), "choices": []}), *map(event, events), DONE]


def _choice_one(good: str) -> list[bytes]:
    events = [chunk({"content": piece}, index=1) for piece in pieces(good, 24)]
    return [*map(event, events), event(chunk({}, finish="stop", index=1)), DONE]


def _reasoning_field(good: str) -> list[bytes]:
    thinking = [chunk({"reasoning_content": "secret thought {"}), chunk({"reasoning": "more"})]
    return [*map(event, thinking), *map(event, content_chunks(good)), DONE]


def _broken_utf8(good: str) -> list[bytes]:
    events = b"".join(map(event, content_chunks(good, size=9999)))
    return [events.replace(b'reply\\": \\"', b'reply\\": \\"\xff\xfe', 1), DONE]


def _error_inside(good: str) -> list[bytes]:
    events = content_chunks(good[: len(good) // 2], finish=None)
    return [*map(event, events), event({"error": {"message": "worker died", "code": 500}})]


CONTEXT = "This model's maximum context length is 8192 tokens. Please reduce the length of the messages."
JSON_WORD = (
    "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
)
LATER = {"retry-after": "1"}

FAULTS: dict[str, Behaviour] = {
    "F01": status(429, "rate limit", headers=LATER),
    "F01-no-header": status(429, "rate limit"),
    "F02-502": status(502, "worker unreachable"),
    "F02-503": status(503, "all workers busy"),
    "F02-504": status(504, "too slow"),
    "F03-401": status(401, "invalid api key"),
    "F03-403": status(403, "this model needs an upgrade"),
    "F04": hang(headers=False),
    "F05": drop(),
    "F05-reset": drop(reset=True),
    "F05-no-done": streamed(lambda good: [*map(event, content_chunks(good[: len(good) // 2], finish=None))]),
    "F06": spoiled(lambda good: good[: int(len(good) * 0.7)], finish="length"),
    "F07": native(call("get_order_status", '{"order_id": "10')),
    "F08": native(call("get_order_status", '{"order_id": 1042" }')),
    "F09": native(call("list_orders", "")),
    "F10": native(),
    "F11": answer(""),
    "F12": spoiled(lambda good: f"<think>The customer {{wants}} a thing.</think>\n{good}"),
    "F12-stray": spoiled(lambda good: f'First {{"a": 1}} then.</think>{good}'),
    "F12-field": streamed(_reasoning_field),
    "F13": answer('<tool_call>{"name": "get_order_status", "arguments": {"order_id": "1042"}}</tool_call>'),
    "F13-fence": answer('```json\n{"name": "get_order_status", "arguments": {"order_id": "1042"}}\n```'),
    "F14": refusing_unless(
        lambda asked: not ("tools" in asked.body and "response_format" in asked.body), status(400, "not both")
    ),
    "F15": refusing_unless(
        lambda asked: asked.body.get("response_format", {}).get("type") != "json_object",
        status(400, "'response_format.type' must be 'json_schema' or 'text'"),
    ),
    "F16": refusing_unless(lambda asked: "json" in asked.system.lower(), status(400, JSON_WORD)),
    "F17": spoiled(lambda good: f"Here you are:\n```json\n{good}\n```\nDoes that help?"),
    "F18": answer('{"intent": "x",' + "\n" * 4000, finish="length", size=16),
    "F19": native(
        call("get_order_status", '{"order_id":', index=None), call("", '"1042"}', id=None, index=None)
    ),
    "F20": native(
        call("get_order_status", {"order_id": "1042"}, id="a"),
        call("get_order_status", {"order_id": "1043"}, id="b"),
    ),
    "F21": native(call("get_order_status", {"order_id": "1042"}, id=None)),
    "F22": native(call("get_order_status", '{"order_id":'), call("", '"1042"}', id="")),
    "F23": native(call("get_order_status", {"order_id": "1042"}, id="same")),
    "F24": refusing_unless(
        lambda asked: all(each.get("content") is not None for each in asked.messages),
        status(400, "messages[1].content: expected a string, got null"),
    ),
    "F25": refusing_unless(
        lambda asked: "stream_options" not in asked.body,
        status(400, "Unrecognized request argument: stream_options"),
    ),
    "F26": answer(usage=False),
    "F26-null": streamed(
        lambda good: [*(event({**each, "usage": None}) for each in content_chunks(good)), DONE]
    ),
    "F26-last": streamed(lambda good: [*map(event, content_chunks(good)), event(usage_chunk()), DONE]),
    "F27": with_action("multi_tool_use.parallel", {}),
    "F28": chunks(chunk({"refusal": "I can't help with that."}), chunk({}, finish="stop")),
    "F28-filter": answer("", finish="content_filter"),
    "F29": status(400, CONTEXT, code="context_length_exceeded"),
    "F29-413": status(413, "request too large"),
    "F30": streamed(_choice_one),
    "F30-several": streamed(_two_choices),
    "F31": with_action("tag_order", {"order_id": "1042", "tags": '["late","gift"]'}),
    "F31-money": with_action("refund_order", {"order_id": "1042", "amount": "12.50"}),
    "F32": with_action("get_order_status", {"order_id": "1042", "admin_override": True}),
    "F32-missing": with_action("get_order_status", {}),
    "F32-enum": with_action("create_ticket", {"subject": "a", "priority": "HIGH"}),
    "F32-negative": with_action("refund_order", {"order_id": "1042", "amount": -5}),
    "F33": streamed(_odd_lines),
    "F33-halves": streamed(_escaped_halves),
    "F34": streamed(_error_inside),
    "F35": page(200),
    "F35-502": page(502),
    "F37": drip(5.0),
    "not-streamed": not_streamed,
    "prefixed": spoiled(lambda good: f"Sure, here is the JSON: {good}"),
    "trailing": spoiled(lambda good: f"{good}\n\nI hope this {{helps}}!"),
    "null-with-calls": native(call("get_order_status", {"order_id": "1042"}), content=None),
    "duplicate-keys": spoiled(lambda good: good.replace('"intent"', '"reply": "other", "intent"', 1)),
    "nan": spoiled(lambda good: good.replace('"citations": []', '"resolved": NaN', 1)),
    "wrong-types": changed(actions="none", reply=7),
    "unknown-fields": changed(mood="great"),
    "bad-arguments": with_action("get_order_status", {"order_id": 1042}),
    "huge": huge,
    "invalid-utf8": streamed(_broken_utf8),
    "bad-event": raw(b"data: {not json\n\n", DONE),
    "404": status(404, "the model does not exist"),
    "408": status(408, "request timeout"),
    "409": status(409, "conflict"),
    "500": status(500, "internal error"),
    "hang-body": hang([event(chunk({"content": '{"intent": "x", '}))]),
    "hang-headers": hang(),
}
