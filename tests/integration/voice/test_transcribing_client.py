"""The client of the transcribing process: what it does when that process hangs, dies or babbles."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import psutil
import pytest

from channels.voice.errors import TranscriberBusy, TranscriberFailed, TranscriberTimeout
from channels.voice.settings import VoiceSettings
from channels.voice.transcribing.transcriber import TranscriberState
from channels.voice.transcribing.whisper import Whisper

SETTINGS = VoiceSettings(transcribe_timeout_s=0.5, transcriber_wait_s=10.0, transcriber_start_s=10.0)
GOOD, HANG, DIE, BABBLE, FAIL = (mood.encode() * 3200 for mood in "GHDBF")


@asynccontextmanager
async def running(*mood: str, settings: VoiceSettings = SETTINGS) -> AsyncIterator[Whisper]:
    command = (sys.executable, "-m", "tests.support.voice.odd_child", *mood)
    whisper = Whisper(model="base", settings=settings, command=command)
    await whisper.start()
    try:
        yield whisper
    finally:
        await whisper.stop()


async def hears(whisper: Whisper) -> bool:
    return (await whisper.transcribe(GOOD, language=None)).text == "3200"


async def test_an_utterance_is_answered() -> None:
    async with running() as whisper:
        assert whisper.state is TranscriberState.READY
        assert whisper.alive
        assert whisper.notice is None
        assert await hears(whisper)


async def test_what_is_asked_for_twice_at_once_is_transcribed_once() -> None:
    async with running("counts") as whisper:
        twice = [whisper.transcribe(GOOD, language=None, urgent=urgent) for urgent in (False, True)]
        first, second = await asyncio.gather(*twice)
        third = await whisper.transcribe(GOOD, language=None)
    assert [first.text, second.text, third.text] == ["1", "1", "2"]


async def test_who_gives_up_takes_no_answer_from_another() -> None:
    async with running("slow") as whisper:
        trial = asyncio.create_task(whisper.transcribe(GOOD, language=None, urgent=False))
        await asyncio.sleep(0)
        urgent = asyncio.create_task(whisper.transcribe(GOOD, language=None))
        await asyncio.sleep(0)
        trial.cancel()
        assert (await urgent).text == "2"


async def test_one_that_hangs_times_out_and_the_next_is_heard() -> None:
    async with running() as whisper:
        before = whisper.pid
        with pytest.raises(TranscriberTimeout):
            await whisper.transcribe(HANG, language=None)
        assert await hears(whisper)
        assert before is not None
        assert whisper.pid != before
        assert not psutil.pid_exists(before)


async def test_one_that_kills_the_process_twice_fails_alone() -> None:
    async with running() as whisper:
        deadly = asyncio.create_task(whisper.transcribe(DIE, language=None))
        with pytest.raises(TranscriberFailed):
            await deadly
        assert await hears(whisper)


async def test_babble_on_the_pipe_ends_the_process_not_the_client() -> None:
    async with running() as whisper:
        with pytest.raises(TranscriberFailed):
            await whisper.transcribe(BABBLE, language=None)
        assert await hears(whisper)


async def test_a_failure_of_the_model_is_one_utterances_own() -> None:
    async with running() as whisper:
        before = whisper.pid
        with pytest.raises(TranscriberFailed):
            await whisper.transcribe(FAIL, language=None)
        assert await hears(whisper)
        assert whisper.pid == before


async def test_the_queue_is_bounded_and_a_cancelled_place_is_free() -> None:
    settings = replace(SETTINGS, transcribe_timeout_s=60.0, transcriber_queue=1)
    async with running(settings=settings) as whisper:
        hanging = asyncio.create_task(whisper.transcribe(HANG, language=None))
        await asyncio.sleep(0)
        waiting = asyncio.create_task(whisper.transcribe(GOOD, language=None, urgent=False))
        await asyncio.sleep(0)
        with pytest.raises(TranscriberBusy):
            await whisper.transcribe(GOOD, language=None)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        again = asyncio.create_task(whisper.transcribe(GOOD, language=None))
        await asyncio.sleep(0)
        assert not again.done()
        await whisper.stop()
        for task in (hanging, again):
            with pytest.raises(TranscriberFailed):
                await task


async def test_while_the_model_loads_start_returns_and_calls_are_busy() -> None:
    settings = replace(SETTINGS, transcriber_start_s=0.05, transcriber_wait_s=0.05)
    async with running("never", settings=settings) as whisper:
        assert whisper.state is TranscriberState.LOADING
        assert not whisper.alive
        with pytest.raises(TranscriberBusy):
            await whisper.transcribe(GOOD, language=None)


async def test_a_process_that_never_comes_up_is_told_at_once() -> None:
    async with running("dies") as whisper:
        assert whisper.state is TranscriberState.FAILED
        with pytest.raises(TranscriberFailed):
            await whisper.transcribe(GOOD, language=None)


async def test_stopped_it_leaves_no_process() -> None:
    async with running() as whisper:
        pid = whisper.pid
        await whisper.stop()
        assert pid is not None
        assert not psutil.pid_exists(pid)
        assert whisper.state is TranscriberState.STOPPED
        with pytest.raises(TranscriberFailed):
            await whisper.transcribe(GOOD, language=None)
