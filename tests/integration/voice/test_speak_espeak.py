"""The product's speaker with its real child processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from channels.voice.errors import SpeakerBusy, SpeakerFailed, SpeakerTimeout
from channels.voice.pcm import level, milliseconds
from channels.voice.pipe_frames import pack
from channels.voice.speaking.espeak import VOICES, EspeakSpeaker, EspeakVoice

SENTENCE = "Thank you for calling, your refund has been approved and is on its way."
STUB = "tests.support.voice.speaking_children.dies_at_boo"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> str:
    """A child's module that misbehaves when told to, importable in the child."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return STUB


@asynccontextmanager
async def speaking(children: int = 1, **more: object) -> AsyncIterator[EspeakSpeaker]:
    speaker = EspeakSpeaker(children=children, **more)  # type: ignore[arg-type]
    await speaker.start()
    try:
        yield speaker
    finally:
        await speaker.stop()


async def said(speaker: EspeakSpeaker, text: str = SENTENCE, language: str = "en") -> bytes:
    return b"".join([chunk async for chunk in speaker.say(text, language=language)])


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not happened():  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_a_sentence_becomes_audio_in_chunks() -> None:
    async with speaking() as speaker:
        chunks = [chunk async for chunk in speaker.say(SENTENCE, language="en")]

    assert speaker.rate == 22050
    assert 3000 < milliseconds(b"".join(chunks), speaker.rate) < 8000
    assert max(milliseconds(chunk, speaker.rate) for chunk in chunks) <= 61
    assert -30 < level(b"".join(chunks)) < -8


async def test_each_language_has_a_voice_that_speaks() -> None:
    async with speaking() as speaker:
        for language in VOICES:
            assert await said(speaker, "Hallo 1 2 3", language), language


async def test_languages_sound_different_and_voices_can_be_chosen() -> None:
    async with speaking(voices={"de": EspeakVoice(name="de+f2", rate=300)}) as fast, speaking() as plain:
        assert await said(plain, "Guten Tag", "en") != await said(plain, "Guten Tag", "de")
        assert len(await said(fast, "Guten Tag", "de")) < len(await said(plain, "Guten Tag", "de"))


@pytest.mark.parametrize("text", ["", "   ", "\0\0", "😀👍", "..."])
async def test_nothing_to_say_is_no_audio(text: str) -> None:
    async with speaking() as speaker:
        assert await said(speaker, text) == b""


async def test_hostile_text_is_spoken_as_text() -> None:
    async with speaking() as speaker:
        for text in (
            "<speak><audio src='/etc/passwd'/>hello</speak>",
            "\x01 400S hello",
            "[[h@l'oU]]",
            "\ud800 hi",
        ):
            assert await said(speaker, text)
        assert speaker.restarts == 0


async def test_a_long_text_is_spoken_piece_by_piece() -> None:
    async with speaking() as speaker:
        assert milliseconds(await said(speaker, "one two three, " * 60), speaker.rate) > 30_000


async def test_closing_early_leaves_the_child_usable() -> None:
    async with speaking() as speaker:
        for _ in range(5):
            audio = speaker.say(SENTENCE * 3, language="en")
            assert await anext(audio)
            await audio.aclose()
        assert await said(speaker)
        assert speaker.restarts == 0


async def test_a_listener_who_does_not_read_holds_no_child() -> None:
    async with speaking() as speaker:
        slow = speaker.say(SENTENCE, language="en")
        await anext(slow)

        assert await said(speaker)
        assert len(b"".join([chunk async for chunk in slow])) > 100_000


async def test_many_at_once_are_all_spoken() -> None:
    async with speaking(children=2) as speaker:
        spoken = await asyncio.gather(*(said(speaker) for _ in range(30)))

    assert min(map(len, spoken)) > 100_000


async def test_a_child_killed_while_idle_is_replaced_unnoticed() -> None:
    async with speaking() as speaker:
        (pid,) = speaker.pids
        os.kill(pid, signal.SIGKILL)

        assert await said(speaker)
        assert speaker.pids != (pid,)
        assert speaker.restarts == 1


async def test_a_child_killed_mid_sentence_fails_that_sentence_alone(stub: str) -> None:
    async with speaking(module=stub) as speaker:
        audio = speaker.say("boo", language="en")
        assert await anext(audio)
        with pytest.raises(SpeakerFailed) as failure:
            await anext(audio)
        assert failure.value.code == "speaker_failed"
        assert await said(speaker, "fine")


async def test_a_child_that_hangs_is_killed_after_its_time(stub: str) -> None:
    async with speaking(module=stub, timeout=0.3) as speaker:
        (pid,) = speaker.pids
        with pytest.raises(SpeakerTimeout):
            await said(speaker, "hang")

        assert await said(speaker, "fine")
        assert speaker.pids != (pid,)


async def test_a_refused_voice_fails_the_sentence_alone() -> None:
    async with speaking(voices={"xy": EspeakVoice(name="no-such-voice")}) as speaker:
        with pytest.raises(SpeakerFailed):
            await said(speaker, language="xy")
        assert await said(speaker)
        assert speaker.restarts == 0


async def test_a_full_queue_says_so_and_a_long_wait_ends(stub: str) -> None:
    async with speaking(module=stub, timeout=0.4, waiting=1) as speaker:
        hung = asyncio.create_task(said(speaker, "hang"))
        await until(lambda: speaker.queued > 0)
        await until(lambda: speaker.queued == 0)  # the child has it
        waits = asyncio.create_task(said(speaker, "hang"))
        await until(lambda: speaker.queued > 0)

        with pytest.raises(SpeakerBusy):
            await said(speaker, "fine")
        with pytest.raises(SpeakerTimeout):
            await hung
        with pytest.raises(SpeakerTimeout):
            await waits


async def test_stopping_fails_what_is_under_way(stub: str) -> None:
    speaker = EspeakSpeaker(children=1, module=stub)
    await speaker.start()
    (pid,) = speaker.pids
    tasks = [asyncio.create_task(said(speaker, "hang")) for _ in range(2)]
    await until(lambda: speaker.queued > 0)

    await speaker.stop()
    await speaker.stop()

    for task in tasks:
        with pytest.raises(SpeakerFailed):
            await task
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not speaker.alive
    with pytest.raises(SpeakerFailed):
        await said(speaker)


async def test_missing_voices_are_a_clear_error_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESPEAK_DATA_PATH", str(tmp_path))

    with pytest.raises(SpeakerFailed, match="voices are missing"):
        async with speaking():
            pass


async def test_a_child_that_never_becomes_ready_is_a_clear_error() -> None:
    with pytest.raises(SpeakerFailed, match="does not become ready"):
        async with speaking(module="tests.support.voice.no_such_child"):
            pass


def test_the_child_ends_with_its_input() -> None:
    command = [sys.executable, "-m", "channels.voice.speaking.espeak_child"]
    ended = subprocess.run(command, input=b"", capture_output=True, timeout=20, check=True)

    assert ended.stdout == pack({"kind": "ready", "rate": 22050})


def test_the_gateway_imports_no_voice_library() -> None:
    code = (
        "import sys, channels.voice.speaking.espeak, channels.voice.speaking.spoken.prepare;"
        "print([name for name in ('pyttsx3', 'numpy', 'espeakng_loader', 'ctypes') if name in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True
    )

    assert printed.stdout.strip() == "[]"
