"""The queue in front of the model: bounded, urgent first, and nobody waits for ever."""

from __future__ import annotations

import asyncio

import pytest

from channels.voice.errors import TranscriberBusy, TranscriberFailed
from channels.voice.transcribing.transcriber import Heard
from channels.voice.transcribing.transcription_queue import TranscriptionQueue, TranscriptionRequest

HEARD = Heard(text="Hello.", language="en", confidence=0.9)


def asked(name: str, *, urgent: bool = True) -> TranscriptionRequest:
    answer: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
    return TranscriptionRequest(audio=name.encode(), language=None, words=False, urgent=urgent, answer=answer)


async def test_the_urgent_go_first_and_else_who_came_first() -> None:
    waiting = TranscriptionQueue(most=4, wait_s=60)
    for each in (asked("guess", urgent=False), asked("one"), asked("two")):
        waiting.put(each)
    order = [found.audio for found in iter(waiting.next, None)]
    assert order == [b"one", b"two", b"guess"]


async def test_what_was_under_way_goes_back_to_the_front() -> None:
    waiting = TranscriptionQueue(most=1, wait_s=60)
    waiting.put(asked("later"))
    waiting.put_back(asked("again"))
    first = waiting.next()
    assert first is not None
    assert first.audio == b"again"
    waiting.fail_all(TranscriberFailed("over"))


async def test_a_full_queue_refuses_but_cancelled_places_are_free() -> None:
    waiting = TranscriptionQueue(most=1, wait_s=60)
    given_up = asked("given up")
    waiting.put(given_up)
    with pytest.raises(TranscriberBusy):
        waiting.put(asked("too many"))
    given_up.answer.cancel()
    waiting.put(asked("fits"))
    assert len(waiting) == 1
    waiting.fail_all(TranscriberFailed("over"))


async def test_waiting_is_bounded() -> None:
    waiting = TranscriptionQueue(most=1, wait_s=0.0)
    late = asked("late")
    waiting.put(late)
    with pytest.raises(TranscriberBusy):
        await late.answer
    assert waiting.next() is None


async def test_an_answer_stops_the_clock() -> None:
    waiting = TranscriptionQueue(most=1, wait_s=60)
    one = asked("one")
    waiting.put(one)
    assert waiting.next() is one
    one.succeed(HEARD)
    assert await one.answer == HEARD
    assert one.timer is None
