"""Utterances wait in bounds, and the model's process is given what somebody still waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import pytest

from channels.voice.child_process import ChildProcess
from channels.voice.errors import TranscriberBusy, TranscriberFailed, TranscriberTimeout
from channels.voice.transcribing.transcriber import Heard
from channels.voice.transcribing.transcription_queue import TranscriptionQueue, TranscriptionRequest, Working


class Pipe:
    """A child that keeps what it is sent and notes that it was killed."""

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.killed = False

    def send(self, head: Mapping[str, Any], body: bytes = b"") -> None:
        self.sent.append(head["id"])

    def kill(self) -> None:
        self.killed = True


def asked() -> TranscriptionRequest:
    answer: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
    return TranscriptionRequest(audio=b"12", language=None, words=False, urgent=True, answer=answer)


def heard(number: int) -> dict[str, Any]:
    answer = {"text": "Yes.", "language": "en", "confidence": 0.9, "words": [], "took_ms": 1.0}
    return {"kind": "heard", "id": number, **answer}


def working(*, workers: int = 1, timeout_s: float = 60.0) -> tuple[Working, TranscriptionQueue]:
    waiting = TranscriptionQueue(most=8, wait_s=60.0)
    return Working(waiting=waiting, workers=workers, timeout_s=timeout_s), waiting


def use(work: Working) -> Pipe:
    pipe = Pipe()
    work.use(cast(ChildProcess, pipe))
    return pipe


async def test_only_as_many_are_handed_over_as_there_are_workers() -> None:
    work, waiting = working(workers=2)
    each = [asked(), asked(), asked()]
    for one in each:
        waiting.put(one)
    pipe = use(work)
    assert pipe.sent == [1, 2]
    work.answered(heard(2))
    assert pipe.sent == [1, 2, 3]
    assert each[1].answer.result().text == "Yes."
    work.fail_all()


async def test_when_one_hangs_only_it_times_out_and_the_others_are_tried_again() -> None:
    work, waiting = working(workers=2, timeout_s=0.0)
    hanging, beside = asked(), asked()
    waiting.put(hanging)
    pipe = use(work)
    with pytest.raises(TranscriberTimeout):
        await hanging.answer
    assert pipe.killed
    waiting.put(beside)
    work.gone()
    again = use(work)
    work.answered(heard(again.sent[0]))
    assert beside.answer.result().text == "Yes."


async def test_under_way_when_the_process_dies_is_tried_once_more_and_then_failed() -> None:
    work, waiting = working()
    one = asked()
    waiting.put(one)
    use(work)
    work.gone()
    assert not one.answer.done()
    assert use(work).sent == [2]
    work.gone()
    with pytest.raises(TranscriberFailed):
        await one.answer


async def test_an_answer_nobody_waits_for_frees_its_worker() -> None:
    work, waiting = working()
    given_up, next_one = asked(), asked()
    waiting.put(given_up)
    waiting.put(next_one)
    pipe = use(work)
    given_up.answer.cancel()
    work.answered(heard(1))
    assert pipe.sent == [1, 2]
    work.fail_all()
    assert isinstance(next_one.answer.exception(), TranscriberFailed)


async def test_an_answer_from_nowhere_is_ignored() -> None:
    work, _ = working()
    use(work)
    work.answered(heard(77))
    assert work.ready


HEARD = Heard(text="Hello.", language="en", confidence=0.9)


def request(name: str, *, urgent: bool = True) -> TranscriptionRequest:
    answer: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
    return TranscriptionRequest(audio=name.encode(), language=None, words=False, urgent=urgent, answer=answer)


async def test_the_urgent_go_first_and_else_who_came_first() -> None:
    waiting = TranscriptionQueue(most=4, wait_s=60)
    for each in (request("guess", urgent=False), request("one"), request("two")):
        waiting.put(each)
    order = [found.audio for found in iter(waiting.next, None)]
    assert order == [b"one", b"two", b"guess"]


async def test_what_was_under_way_goes_back_to_the_front() -> None:
    waiting = TranscriptionQueue(most=1, wait_s=60)
    waiting.put(request("later"))
    waiting.put_back(request("again"))
    first = waiting.next()
    assert first is not None
    assert first.audio == b"again"
    waiting.fail_all(TranscriberFailed("over"))


async def test_a_full_queue_refuses_but_cancelled_places_are_free() -> None:
    waiting = TranscriptionQueue(most=1, wait_s=60)
    given_up = request("given up")
    waiting.put(given_up)
    with pytest.raises(TranscriberBusy):
        waiting.put(request("too many"))
    given_up.answer.cancel()
    waiting.put(request("fits"))
    assert len(waiting) == 1
    waiting.fail_all(TranscriberFailed("over"))


async def test_waiting_is_bounded() -> None:
    waiting = TranscriptionQueue(most=1, wait_s=0.0)
    late = request("late")
    waiting.put(late)
    with pytest.raises(TranscriberBusy):
        await late.answer
    assert waiting.next() is None


async def test_an_answer_stops_the_clock() -> None:
    waiting = TranscriptionQueue(most=1, wait_s=60)
    one = request("one")
    waiting.put(one)
    assert waiting.next() is one
    one.succeed(HEARD)
    assert await one.answer == HEARD
    assert one.timer is None
