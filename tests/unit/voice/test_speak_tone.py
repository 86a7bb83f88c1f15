"""The tone for measuring, and the voices."""

from __future__ import annotations

import pytest

from channels.voice.pcm import level, milliseconds
from channels.voice.speaking.espeak import VOICES, EspeakVoice, voice_for
from channels.voice.speaking.speaker import Speaker, ToneSpeaker


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
