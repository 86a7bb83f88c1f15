"""Real recognition: eSpeak speaks, the test Whisper in its real child process hears."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from channels.voice.settings import VoiceSettings
from channels.voice.transcribing.transcriber import TranscriberState
from channels.voice.transcribing.weights import TEST_MODEL
from channels.voice.transcribing.whisper import Whisper, make_transcriber
from tests.support.voice.speech import noise, silence, speech

SETTINGS = VoiceSettings(whisper_threads=1)
SENTENCES = {
    "Where is my order 1 0 4 2?": "Where is my order 1042?",
    "I would like a refund for order 1 0 4 3.": "I would like a refund for order 1043.",
    "My code is 4 8 2 9 1 3.": "My code is 482913.",
    "I want to speak to a human.": "I want to speak to a human.",
}


@pytest.fixture
async def whisper() -> AsyncIterator[Whisper]:
    whisper = Whisper(model=str(TEST_MODEL), settings=SETTINGS)
    await whisper.start()
    yield whisper
    await whisper.stop()


@pytest.mark.parametrize("voice", ["en-us", "en", "en-us+f2", "en-us+m3"])
async def test_the_usual_sentences_are_heard(whisper: Whisper, voice: str) -> None:
    heard = [await whisper.transcribe(speech(spoken, voice=voice), language=None) for spoken in SENTENCES]
    assert [each.text for each in heard] == list(SENTENCES.values())
    assert {each.language for each in heard} == {"en"}
    assert all(0.45 < each.confidence <= 1 for each in heard)


async def test_the_test_model_is_announced(whisper: Whisper) -> None:
    assert whisper.state is TranscriberState.TEST_MODEL
    assert whisper.alive
    assert whisper.notice is not None
    assert "does not understand people" in whisper.notice


@pytest.mark.parametrize(
    "audio",
    [b"", b"\1", silence(2.0), noise(2.0), noise(0.01), b"\xff\x7f" * 16_000, b"\x00\x80" * 16_000],
    ids=["nothing", "odd byte", "silence", "noise", "click", "constant", "constant low"],
)
async def test_nothing_said_is_nothing_heard(whisper: Whisper, audio: bytes) -> None:
    assert (await whisper.transcribe(audio, language="en")).text == ""


async def test_of_audio_that_is_too_long_the_end_is_heard(whisper: Whisper) -> None:
    said = speech("I want to speak to a human.")
    heard = await whisper.transcribe(silence(40.0) + said + b"\0", language="en")
    assert heard.text.endswith("I want to speak to a human.")


async def test_words_come_with_their_confidence_when_asked(whisper: Whisper) -> None:
    audio = speech("Where is my order 1 0 4 2?")
    assert (await whisper.transcribe(audio, language="en")).words == ()
    heard = await whisper.transcribe(audio, language="en", words=True)
    assert [word.text for word in heard.words] == ["Where", "is", "my", "order", "1042?"]
    assert all(0 < word.confidence <= 1 and word.start_s <= word.end_s for word in heard.words)


async def test_killed_in_the_middle_it_hears_all_the_same(whisper: Whisper) -> None:
    pid = whisper.pid
    assert pid is not None
    asked = asyncio.create_task(whisper.transcribe(speech("I want to speak to a human."), language="en"))
    await asyncio.sleep(0)
    psutil.Process(pid).kill()
    assert (await asked).text == "I want to speak to a human."
    assert whisper.pid not in {pid, None}


async def test_several_workers_hear_side_by_side() -> None:
    whisper = Whisper(model=str(TEST_MODEL), settings=VoiceSettings(whisper_threads=1, transcriber_workers=2))
    await whisper.start()
    try:
        tasks = [whisper.transcribe(speech(spoken), language="en") for spoken in SENTENCES]
        assert [each.text for each in await asyncio.gather(*tasks)] == list(SENTENCES.values())
    finally:
        await whisper.stop()


@pytest.mark.parametrize("model", ["base", "/no/such/folder"])
async def test_where_the_weights_are_missing_the_test_model_steps_in_loudly(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # the discard port: nobody answers
    whisper = Whisper(model=model, settings=SETTINGS)
    await whisper.start()
    try:
        assert whisper.state is TranscriberState.TEST_MODEL
        assert whisper.notice is not None
        assert model in whisper.notice
        assert "SWITCHBOARD_WHISPER_MODEL" in whisper.notice
        said = speech("Where is my order 1 0 4 2?")
        assert (await whisper.transcribe(said, language="en")).text == "Where is my order 1042?"
    finally:
        await whisper.stop()


async def test_a_fixed_text_is_heard_at_once() -> None:
    fixed = make_transcriber("fixed:Where is 1042?", "base", settings=SETTINGS)
    await fixed.start()
    heard = await fixed.transcribe(b"", language="de")
    assert (heard.text, heard.language, heard.confidence) == ("Where is 1042?", "de", 1.0)
    await fixed.stop()


def test_an_unknown_transcriber_is_refused() -> None:
    with pytest.raises(ValueError, match="SWITCHBOARD_TRANSCRIBER"):
        make_transcriber("cloud", "base", settings=SETTINGS)


def test_the_client_brings_no_voice_library() -> None:
    heavy = "{'numpy', 'faster_whisper', 'ctranslate2', 'av', 'onnxruntime', 'soxr', 'huggingface_hub'}"
    code = f"import sys, channels.voice.transcribing.whisper; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
