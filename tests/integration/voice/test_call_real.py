"""A call with real parts: eSpeak speaks on both ends, the detector and the test Whisper hear in real time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from channels.voice.calls.call_parts import CallOpening, CallParts, CallState
from channels.voice.calls.voice_call import VoiceCall
from channels.voice.hearing.vad import SileroVad
from channels.voice.settings import RATE, VoiceSettings
from channels.voice.speaking.espeak import EspeakSpeaker
from channels.voice.transcribing.weights import TEST_MODEL
from channels.voice.transcribing.whisper import Whisper
from tests.support.voice.call_parts import CallDesk, FakeWire
from tests.support.voice.shop_ids import SHOP_IDS
from tests.support.voice.speech import LEAD_S, silence, speech

FRAME = RATE // 50 * 2
SETTINGS = VoiceSettings(whisper_threads=1, ids=SHOP_IDS)


@pytest.fixture
async def parts() -> AsyncIterator[CallParts]:
    whisper = Whisper(model=str(TEST_MODEL), settings=SETTINGS)
    speaker = EspeakSpeaker(children=1)
    await asyncio.gather(whisper.start(), speaker.start())
    yield CallParts(desk=CallDesk(), vad=SileroVad(), transcriber=whisper, speaker=speaker, settings=SETTINGS)
    await asyncio.gather(whisper.stop(), speaker.stop())


async def speak(call: VoiceCall, audio: bytes) -> None:
    """Send audio as a microphone does, 20 ms at a time."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    for start in range(0, len(audio), FRAME):
        call.audio(audio[start : start + FRAME])
        due += 0.02
        await asyncio.sleep(max(0.0, due - loop.time()))


@pytest.mark.slow
async def test_a_caller_is_understood_answered_and_can_interrupt(parts: CallParts) -> None:
    wire, desk = FakeWire(rate=RATE), parts.desk
    assert isinstance(desk, CallDesk)
    opening = CallOpening(call_id="real", language="en", first_words="")
    call = VoiceCall(parts=parts, wire=wire, opening=opening)
    running = asyncio.create_task(call.run())
    await speak(call, speech("Where is my order 1 0 4 2?") + silence(1.6))
    assert desk.texts == ["Where is my order 1042?"]
    assert wire.said == ["Order 1 0 4 2. One moment."]
    turn = desk.answer_with("It has been shipped on Friday, and it should arrive on Monday. Anything else?")
    await speak(call, silence(2.6))
    assert call.state is CallState.SPEAKING
    over = asyncio.get_running_loop().time()
    await speak(call, speech("I want to speak to a human.") + silence(1.4))
    [cleared] = [at for at, kind, _ in wire.sent if kind == "clear"]
    assert LEAD_S < cleared - over < LEAD_S + 0.35
    assert desk.texts[1:] == ["I want to speak to a human."]
    [(stopped, heard)] = desk.interrupted
    assert stopped == turn
    assert "It has been shipped on Friday, and it should arrive on Monday.".startswith(heard)
    call.hung_up()
    async with asyncio.timeout(8):
        await running
    assert wire.closed == [(1000, "the call is over")]
