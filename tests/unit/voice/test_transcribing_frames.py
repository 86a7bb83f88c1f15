"""Frames on the pipe: whole ones come through, anything else is noticed and bounded."""

from __future__ import annotations

import asyncio
import io

import pytest

from channels.voice.transcribing import frames
from channels.voice.transcribing.transcriber import LONGEST_BYTES


async def received(data: bytes) -> object:
    stream = asyncio.StreamReader()
    stream.feed_data(data)
    stream.feed_eof()
    return await frames.receive(stream)


async def test_a_frame_comes_back_as_it_went() -> None:
    frame = frames.pack({"kind": "transcribe", "text": "Grüße"}, b"\0\1" * 800)
    wanted = ({"kind": "transcribe", "text": "Grüße"}, b"\0\1" * 800)
    assert frames.read(io.BytesIO(frame)) == wanted
    assert await received(frame) == wanted


def test_the_end_of_the_pipe_is_no_frame() -> None:
    assert frames.read(io.BytesIO(b"")) is None
    assert frames.read(io.BytesIO(frames.pack({"a": 1}, b"12")[:-1])) is None


@pytest.mark.parametrize(
    "data",
    [
        frames.LENGTHS.pack(4, LONGEST_BYTES + 1),
        frames.LENGTHS.pack(frames.MOST_HEAD + 1, 0),
        frames.LENGTHS.pack(2, 0) + b"[]",
        frames.LENGTHS.pack(3, 0) + b"\xff{}",
    ],
)
async def test_what_is_no_frame_is_refused_before_it_is_held(data: bytes) -> None:
    with pytest.raises(frames.PipeBroken):
        frames.read(io.BytesIO(data))
    with pytest.raises(frames.PipeBroken):
        await received(data)
