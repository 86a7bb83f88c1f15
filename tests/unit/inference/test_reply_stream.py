"""The reply is released while it arrives, as a prefix of the final reply, and only when that is safe."""

from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.decision import DecisionGate
from orchestrator.inference.answer import AnswerDelta
from orchestrator.inference.reply_stream import ReplyStream
from tests.support.inference import TOOLS
from tests.support.model_server.responders import decision_text

GATE = DecisionGate(TOOLS)
REPLIES = st.text(st.sampled_from('abc. !?\n"\\<think>/äß🙂\x00{}'), max_size=120)


async def streamed(text: str, cuts: list[int], *, native: bool = False) -> tuple[ReplyStream, list[str]]:
    released: list[str] = []

    async def release(piece: str) -> None:
        released.append(piece)

    stream = ReplyStream(gate=GATE, release=release, native=native)
    places = sorted({0, *(cut for cut in cuts if cut < len(text)), len(text)})
    for start, stop in pairwise(places):
        await stream.feed(AnswerDelta(content=text[start:stop]))
    return stream, released


@settings(max_examples=200)
@given(reply=REPLIES, cuts=st.lists(st.integers(0, 400)), ascii_only=st.booleans())
async def test_released_text_is_a_prefix_of_a_valid_reply(
    reply: str, cuts: list[int], ascii_only: bool
) -> None:
    value = {"intent": "x", "language": "en", "actions": [], "reply": reply}
    text = json.dumps(value, ensure_ascii=ascii_only)
    try:
        decision = GATE.parse(text)
    except ValueError:
        return
    stream, released = await streamed(text, cuts)
    assert decision.reply.startswith("".join(released))
    assert "".join([*released, *stream.rest(decision.reply)]) == decision.reply


@given(text=st.text(max_size=80), cuts=st.lists(st.integers(0, 80)), native=st.booleans())
async def test_any_text_is_survived(text: str, cuts: list[int], native: bool) -> None:
    stream, released = await streamed(text, cuts, native=native)
    assert stream.released == "".join(released)


@given(text=st.text(st.sampled_from("ab. !<think>/\n"), max_size=80), cuts=st.lists(st.integers(0, 80)))
async def test_native_text_is_released_as_a_prefix(text: str, cuts: list[int]) -> None:
    try:
        decision = GATE.from_calls([], text)
    except ValueError:
        return
    _, released = await streamed(text, cuts, native=True)
    assert decision.reply.startswith("".join(released))


async def test_nothing_is_released_before_what_decides_is_there() -> None:
    text = json.dumps({"intent": "x", "reply": "One. Two. Three.", "language": "en", "actions": []})
    stream, released = await streamed(text, list(range(len(text))))
    assert released == []
    assert stream.rest("One. Two. Three.") == ("One. ", "Two. ", "Three.")


async def test_reasoning_before_and_inside_is_never_released() -> None:
    text = "<think>Secret. Plan. {</think>" + decision_text(
        reply="Fine. <think>Hidden. Yes.</think>All good. Bye."
    )
    _, released = await streamed(text, list(range(len(text))))
    assert released == ["Fine. ", "All good. "]


async def test_a_tool_call_as_text_is_never_released() -> None:
    text = 'Let me look. <tool_call>{"name": "x"}. Then. Done. More'
    _, released = await streamed(text, list(range(len(text))), native=True)
    assert released == ["Let me look. "]


async def test_text_beside_a_respond_call_is_not_mixed_into_its_reply() -> None:
    released: list[str] = []

    async def release(piece: str) -> None:
        released.append(piece)

    stream = ReplyStream(gate=GATE, release=release, native=True)
    await stream.feed(AnswerDelta(content="Thinking about"))
    await stream.feed(AnswerDelta(respond=decision_text(reply="One. Two.")))
    assert released == ["One. "]
