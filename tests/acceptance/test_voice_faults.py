"""Calls that go wrong on a whole gateway: whatever a caller does or a process suffers, others talk on."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import statistics
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import aiohttp
import asyncpg
import numpy as np
import pytest
import pytest_asyncio

from channels.voice.pcm import pcm16
from switchboard.cli.calling.caller_audio import FRAME, CallerUtterance, CallFailed, LineLost
from switchboard.cli.calling.voice_line import VoiceLine
from tests.support.gateway import Gateway, embedded_url
from tests.support.voice.caller import calling
from tests.support.voice.hearing import coughs, said
from tests.support.voice.processes import children, kill, libraries
from tests.support.voice.voice_gateway import identity, voice_gateway

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

MOUTH = "channels.voice.speaking.espeak_child"
EARS = "channels.voice.transcribing.whisper_child"
LIMIT = 30.0
COUGHS = (("white", "throat", "click", "hey"), ("throat burst", "ah"), ("tap", "oh", "white"))
GREETING_SENTENCES = 2
"""At least; a third one tells of the test model once that is loaded."""
INTO_GREETING = 2.5
"""Seconds after which the gateway has learnt that this line gives no echo."""
VOICE_LIBRARIES = ("numpy", "onnxruntime", "ctranslate2", "soxr", "espeak", "libav")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway() -> AsyncIterator[Gateway]:
    """One gateway for the tests that leave it as it was."""
    with tempfile.TemporaryDirectory(prefix="switchboard-") as path:
        async with voice_gateway(Path(path)) as running:
            yield running


async def gets_an_answer(url: str) -> None:
    """Call as Ada and see that everything works."""
    async with calling(url, identity=identity("ada@example.com", "Ada Byron"), greeted=False) as ada:
        assert await ada.dialogue.press("1042#")
        assert "Order 1042 has been shipped." in ada.answers


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what no event tells."""
    async with asyncio.timeout(LIMIT):
        while not holds():  # noqa: ASYNC110 - a folder and a process tell nothing
            await asyncio.sleep(0.05)


def sound(pcm: bytes) -> CallerUtterance:
    return CallerUtterance(text="", pcm=pcm + bytes(-len(pcm) % FRAME), ends=len(pcm))


def errors(line: VoiceLine) -> list[str]:
    return [str(frame.get("code")) for frame in line.log.errors]


# --- what a client sends ---


async def test_garbage_as_audio_is_no_speech_and_garbage_as_text_ends_the_call(gateway: Gateway) -> None:
    noise = random.Random(1)
    async with calling(gateway.url, greeted=False) as caller:
        for length in (0, 1, 2, 3, 639, 641, 7_777):
            await caller.line.send(noise.randbytes(length))
        await caller.line.say(sound(noise.randbytes(FRAME * 50)))
        assert caller.line.over is None
        await caller.line.send('{"type": "dtmf"')
        with pytest.raises(LineLost):
            await caller.line.until(lambda: False, within=LIMIT)
    assert not caller.log.understood
    await gets_an_answer(gateway.url)


async def test_48_khz_stereo_sent_as_16_khz_mono_is_told(gateway: Gateway) -> None:
    speech = np.repeat(said("Where is my order one zero four two? It has not arrived."), 3)  # 48 kHz, roughly
    stereo = np.stack([speech, 0.3 * np.roll(speech, 400)], axis=1).reshape(-1).astype(np.float32)
    async with calling(gateway.url, greeted=False) as caller:
        saying = asyncio.create_task(caller.line.say(sound(pcm16(stereo))))
        await caller.line.until(lambda: "wrong_rate" in errors(caller.line), within=LIMIT)
        saying.cancel()


# --- speaking over a reply ---


async def test_coughs_cut_no_reply_and_speech_does(gateway: Gateway) -> None:
    took = await asyncio.gather(*(interrupted(gateway.url, names) for names in COUGHS))
    assert all(seconds <= LIMIT for seconds in took), took


@pytest.mark.timed
async def test_speech_cuts_a_reply_within_a_quarter_of_a_second(gateway: Gateway) -> None:
    took = await asyncio.gather(*(interrupted(gateway.url, names) for names in COUGHS))
    assert statistics.median(took) <= 0.250, took


async def interrupted(url: str, names: Sequence[str]) -> float:
    """Cough into a greeting, then speak over it; return the seconds from its start to `clear`."""
    async with calling(url, hasty=False, greeted=False) as caller:
        line = caller.line
        await line.until(lambda: bool(caller.log.sentences) and line.now >= INTO_GREETING, within=LIMIT)
        for name in names:
            await line.say(sound(pcm16(coughs(150)[name])))
            await passed(line, 0.5)
        assert not line.quiet_for, "the greeting was over before the caller coughed"
        assert not caller.log.clears
        await line.say(caller.voice.spoken("I want to return an item."))
        await line.until(lambda: bool(caller.log.clears), within=LIMIT)
        return caller.log.clears[0] - line.speech_began


async def passed(line: VoiceLine, seconds: float) -> None:
    """Let time pass on a live line."""
    until = line.now + seconds
    await line.until(lambda: line.now >= until, within=LIMIT)


async def test_a_reply_that_the_caller_hangs_up_on_follows_by_mail(gateway: Gateway) -> None:
    ada = identity("ada@example.com", "Ada Byron")
    async with calling(gateway.url, identity=ada, hasty=False, greeted=False) as caller:
        await caller.line.press("1042#")
        await caller.line.until(lambda: bool(caller.answers), within=LIMIT)
    ready = caller.log.ready or {}
    connection = await asyncpg.connect(embedded_url(gateway.home))
    try:
        waiting = "UPDATE letters SET available_at = now() WHERE conversation_id = $1 AND state = 'queued'"
        async with asyncio.timeout(LIMIT):
            while await connection.execute(waiting, ready["conversation"]) != "UPDATE 1":  # noqa: ASYNC110 - a row has no event
                await asyncio.sleep(0.05)  # hanging up is noted after the line is gone
    finally:
        await connection.close()
    await until(lambda: bool(mails(gateway.home)))
    [mail] = mails(gateway.home)
    body = mail.get_body(("plain",))
    assert mail["To"] == "ada@example.com"
    assert body is not None
    assert "Order 1042 has been shipped." in body.get_content()


def mails(home: Path) -> list[EmailMessage]:
    folder = home / "outbox" / "new"
    return [message_from_bytes(path.read_bytes(), policy=default) for path in folder.glob("*")]


# --- what processes suffer ---


async def test_a_call_goes_on_when_its_processes_are_killed_in_the_middle(gateway: Gateway) -> None:
    ada = identity("ada@example.com", "Ada Byron")
    async with calling(gateway.url, identity=ada, greeted=False) as caller:
        await caller.line.until(lambda: bool(caller.log.sentences), within=LIMIT)
        assert kill(gateway.pid, MOUTH, signal.SIGKILL)
        await caller.dialogue.greeting()
        assert len({each.text for each in caller.log.sentences}) >= GREETING_SENTENCES
        saying = asyncio.create_task(caller.says("Where is my order one zero four two?"))
        await caller.line.until(lambda: caller.line.speech_began > 0, within=LIMIT)
        assert kill(gateway.pid, EARS, signal.SIGKILL)
        assert await saying
        assert "Order 1042 has been shipped." in caller.answers


async def test_a_transcriber_that_hangs_is_replaced_and_the_caller_asked_again(gateway: Gateway) -> None:
    ada = identity("ada@example.com", "Ada Byron")
    async with calling(gateway.url, wait=60.0, greeted=False, identity=ada) as caller:
        [hung] = children(gateway.pid, EARS)
        os.kill(hung, signal.SIGSTOP)
        assert await caller.says("Where is my order one zero four two?")
        assert "Sorry, could you say that again?" in [each.text for each in caller.log.sentences]
        assert "Order 1042 has been shipped." in caller.answers
        assert hung not in children(gateway.pid, EARS)


# --- lines ---


async def test_silence_busy_lines_and_a_socket_that_stops_reading(folder: Path) -> None:
    tight = {
        "SWITCHBOARD_VOICE__CALLS": "2",
        "SWITCHBOARD_VOICE__SILENCE_PROMPT": "1",
        "SWITCHBOARD_VOICE__GOODBYE": "1",
    }
    async with voice_gateway(folder, variables=tight) as gateway:
        async with stops_reading(gateway.url):
            assert await said_before_the_end(gateway.url) == [
                "Are you still there?",
                "I can't hear you any more, so I hang up now. Goodbye.",
            ]
            await freed(gateway.url)
        await gets_an_answer(gateway.url)


async def said_before_the_end(url: str) -> list[str]:
    """Take the last line and say nothing until the gateway hangs up; return its words."""
    async with calling(url) as silent:
        with pytest.raises(CallFailed, match="All our lines are busy"):
            async with calling(url):
                pass
        with pytest.raises(LineLost):
            await silent.line.until(lambda: False, within=LIMIT)
    return [each.text for each in silent.log.sentences[-2:]]


@asynccontextmanager
async def stops_reading(url: str) -> AsyncIterator[None]:
    """Keep a call open whose client reads nothing after `ready`."""
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{url}/voice", autoping=False) as socket:
        await socket.send_str(json.dumps({"type": "hello", "rate": 16_000, "token": None, "identity": None}))
        assert (await socket.receive_json())["type"] == "ready"
        yield


async def freed(url: str) -> None:
    """Wait until no call is on."""
    async with aiohttp.ClientSession() as http, asyncio.timeout(LIMIT):
        while True:
            async with http.get(f"{url}/metrics") as answer:
                if 'switchboard_sockets_open{channel="voice"} 0.0' in await answer.text():
                    return
            await asyncio.sleep(0.1)


async def test_without_voice_no_voice_library_is_loaded_and_callers_are_told(folder: Path) -> None:
    async with Gateway(folder / "var", model="http://127.0.0.1:9", variables={"OXLO_API_KEY": ""}) as gateway:
        loaded = libraries(gateway.pid)
        assert not [path for path in loaded if any(name in path for name in VOICE_LIBRARIES)]
        async with aiohttp.ClientSession() as http, http.get(f"{gateway.url}/voice") as answer:
            assert answer.status == 404
            assert (await answer.json())["error"]["code"] == "no_voice"
        with pytest.raises(CallFailed, match="runs without voice"):
            async with calling(gateway.url):
                pass
