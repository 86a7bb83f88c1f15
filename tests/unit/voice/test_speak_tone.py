"""The tone for measuring, the voices and the frames to a speaking child."""

from __future__ import annotations

import pytest

from channels.voice.pcm import level, milliseconds
from channels.voice.speaking.frames import (
    HEAD,
    ORDER_HEAD,
    SpeechFrame,
    SpeechOrder,
    pack,
    pack_order,
    read_order,
)
from channels.voice.speaking.speaker import Speaker
from channels.voice.speaking.tone import ToneSpeaker
from channels.voice.speaking.voices import VOICES, EspeakVoice, voice_for


async def test_a_tone_lasts_as_long_as_the_text() -> None:
    speaker: Speaker = ToneSpeaker(rate=8000, ms_per_character=50)

    chunks = [chunk async for chunk in speaker.say("Hello there.", language="en")]

    assert milliseconds(b"".join(chunks), 8000) == 600
    assert milliseconds(chunks[0], 8000) == 60
    assert -24 < level(b"".join(chunks)) < -20


async def test_a_tone_has_no_seam() -> None:
    speaker = ToneSpeaker(rate=8000, ms_per_character=100)

    audio = b"".join([chunk async for chunk in speaker.say("x" * 25, language="en")])

    assert audio[:16000] == audio[16000:32000]


async def test_no_text_is_no_tone() -> None:
    assert [chunk async for chunk in ToneSpeaker().say("  ", language="en")] == []


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("en", "en-us"),
        ("en-GB", "gmw/en"),
        ("de_AT", "de"),
        ("pt-BR", "pt-br"),
        ("xx", "en-us"),
        ("", "en-us"),
    ],
)
def test_a_language_has_a_voice(language: str, name: str) -> None:
    assert voice_for(language, VOICES).name == name


def test_a_voice_can_be_chosen() -> None:
    mine = EspeakVoice(name="de+f3", rate=140)

    assert voice_for("de-DE", {**VOICES, "de": mine}) == mine


def test_frames_come_out_as_they_went_in() -> None:
    order = SpeechOrder(text='Grüße \u2028 "x"', voice="de", rate=150)
    packed = pack_order(order)

    assert read_order(packed[ORDER_HEAD.size :]) == order
    assert ORDER_HEAD.unpack(packed[: ORDER_HEAD.size]) == (len(packed) - ORDER_HEAD.size,)
    assert HEAD.unpack(pack(SpeechFrame.AUDIO, b"ab")[: HEAD.size]) == (SpeechFrame.AUDIO, 2)
