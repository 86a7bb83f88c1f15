"""Frames on the pipe: whole ones come through, anything else is noticed and bounded."""

from __future__ import annotations

import asyncio
import io

import pytest

from channels.voice import pipe_frames


async def received(data: bytes) -> object:
    stream = asyncio.StreamReader()
    stream.feed_data(data)
    stream.feed_eof()
    return await pipe_frames.receive(stream)


async def test_a_frame_comes_back_as_it_went() -> None:
    frame = pipe_frames.pack({"kind": "transcribe", "text": 'Grüße \u2028 "x"'}, b"\0\1" * 800)
    wanted = ({"kind": "transcribe", "text": 'Grüße \u2028 "x"'}, b"\0\1" * 800)
    assert pipe_frames.read(io.BytesIO(frame)) == wanted
    assert await received(frame) == wanted


def test_the_end_of_the_pipe_is_no_frame() -> None:
    assert pipe_frames.read(io.BytesIO(b"")) is None
    assert pipe_frames.read(io.BytesIO(pipe_frames.pack({"a": 1}, b"12")[:-1])) is None


@pytest.mark.parametrize(
    "data",
    [
        pipe_frames.LENGTHS.pack(4, pipe_frames.MOST_BODY + 1),
        pipe_frames.LENGTHS.pack(pipe_frames.MOST_HEAD + 1, 0),
        pipe_frames.LENGTHS.pack(2, 0) + b"[]",
        pipe_frames.LENGTHS.pack(3, 0) + b"\xff{}",
    ],
)
async def test_what_is_no_frame_is_refused_before_it_is_held(data: bytes) -> None:
    with pytest.raises(pipe_frames.PipeBroken):
        pipe_frames.read(io.BytesIO(data))
    with pytest.raises(pipe_frames.PipeBroken):
        await received(data)
