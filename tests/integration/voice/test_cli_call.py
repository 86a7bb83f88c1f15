"""`switchboard call` against a gateway of its own: a caller for the terminal."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
import soxr

from channels.voice.pcm import SAMPLE, level
from channels.voice.settings import VoiceSettings
from channels.voice.transcribing.weights import TEST_MODEL
from channels.voice.transcribing.whisper import Whisper
from switchboard.cli.calling.caller_audio import (
    FRAME,
    FRAME_MS,
    CallFailed,
    Loudspeaker,
    Recording,
    read_wav,
    utterance,
)
from switchboard.cli.calling.caller_dialogue import CallerReaction, asked, reaction
from tests.integration.start.command import Done, environment, switchboard
from tests.support.gateway import Gateway
from tests.support.voice.hearing import said
from tests.support.voice.speech import speech
from tests.support.voice.voice_gateway import SECRET, voice_gateway

RATE = 16_000
ORDER = "Where is my order one zero four two?"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway() -> AsyncIterator[Gateway]:
    with tempfile.TemporaryDirectory(prefix="switchboard-") as path:
        async with voice_gateway(Path(path)) as running:
            yield running


async def call(gateway: Gateway, *arguments: str) -> Done:
    variables = {"SWITCHBOARD_HOME": str(gateway.home), "SWITCHBOARD_IDENTITY_SECRET": SECRET}
    command = ("call", "--url", gateway.url, *arguments)
    return await switchboard(*command, folder=gateway.home.parent, timeout=90.0, variables=variables)


@pytest.mark.slow
async def test_a_call_is_spoken_answered_printed_and_saved(gateway: Gateway, tmp_path: Path) -> None:
    out = tmp_path / "call.wav"
    done = await call(gateway, "--as", "ada@example.com", "--say", ORDER, "--out", str(out), "--json")
    assert done.code == 0, done.err
    printed = [json.loads(line) for line in done.out.splitlines()]
    summary = printed[-1]
    assert summary["answered"]
    assert "token" not in printed[0]
    assert [each["type"] for each in printed if each["type"] in ("ready", "said", "call")] == [
        "ready", *["said"] * len(summary["turns"]), "call",
    ]  # fmt: skip
    after = summary["turns"][-1]["after"]
    assert 0 < after["heard"] <= after["reply"] <= after["audio"] <= after["answer"] < 20
    assert "Order 1042 has been shipped." in summary["turns"][-1]["reply"]
    caller, bot = channels(out)
    assert abs(len(caller) / SAMPLE / RATE - summary["seconds"]) < 0.01
    begins = next(each["at"] for each in printed if each["type"] == "said")
    assert loud_from(caller) == pytest.approx(begins, abs=0.5)
    assert loud_from(bot) < 2.0
    assert "order" in await transcribed(caller[seconds(begins) :][: 3 * RATE * SAMPLE])
    answer = bot[seconds(at_of(printed, "Order 1042 has been shipped.")) :]
    assert level(answer[: 2 * RATE * SAMPLE]) > -35


@pytest.mark.slow
async def test_people_read_both_sides_and_speak_over_a_reply(gateway: Gateway, tmp_path: Path) -> None:
    question = tmp_path / "question.wav"
    write_wav(question, speech("Where is my order 1 0 4 2?"), rate=RATE)
    done = await call(gateway, "--wav", str(question), "--say", "I want to speak to a human.", "--barge-in")
    assert done.code == 0, done.err
    assert re.search(r"^ +\d+\.\d\d  it said   Hello, this is", done.out, re.MULTILINE)
    assert re.search(r"^ +\d+\.\d\d  you said  I want to speak to a human\.$", done.out, re.MULTILINE)
    assert re.search(r"^ +\d+\.\d\d  it heard  \w", done.out, re.MULTILINE)
    assert "it stops" in done.out
    assert "sandbox" in done.err
    assert "synthetic" in done.err
    assert re.search(r"after the end of speech: heard \d", done.err)


async def test_keys_are_pressed(gateway: Gateway) -> None:
    done = await call(gateway, "--as", "bob@example.com", "--dtmf", "8821#", "--barge-in")
    assert done.code == 0, done.err
    assert "Order 8821 has been delivered." in done.out


async def test_what_does_not_work_is_said_in_one_sentence() -> None:
    with tempfile.TemporaryDirectory(prefix="switchboard-") as path:
        await nothing_works(Path(path))


async def nothing_works(folder: Path) -> None:
    async with Gateway(folder / "var", model="http://127.0.0.1:9", variables={"OXLO_API_KEY": ""}) as gateway:
        done = await call(gateway, "--say", "Hello")
        assert (done.code, done.err) == (1, f"The gateway at {gateway.url}/voice runs without voice.\n")
    nobody = await call(gateway, "--say", "Hello")
    assert nobody.code == 1
    assert nobody.err.startswith("No gateway answers at ")
    nothing = await call(gateway)
    assert nothing.code == 1
    assert nothing.err.startswith("There is nothing to say")
    missing = await call(gateway, "--wav", str(folder / "none.wav"))
    assert missing.code == 1
    assert "can't be read" in missing.err
    assert (await call(gateway, "--dtmf", "12x")).code == 2


async def test_without_the_voice_extra_the_command_says_so(tmp_path: Path) -> None:
    program = (
        "import importlib.util, sys\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *a: None if name == 'soxr' else find(name, *a)\n"
        "from switchboard.__main__ import main\n"
        "code = main(['call', '--say', 'Hello'])\n"
        "assert not {'numpy', 'soxr', 'onnxruntime'} & set(sys.modules)\n"
        "sys.exit(code)\n"
    )
    done = await run_python(program, tmp_path)
    assert done.code == 1
    assert done.err == "Calls need the voice extra (pip install 'switchboard[voice]'); missing: soxr.\n"


async def run_python(program: str, folder: Path) -> Done:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", program),
        cwd=folder,
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return Done(code=process.returncode or 0, out=out.decode(), err=err.decode())


# --- the caller's parts ---


@pytest.mark.parametrize(
    ("rate", "channel_count", "width"), [(8_000, 1, 1), (16_000, 1, 2), (44_100, 2, 3), (48_000, 2, 4)]
)
async def test_any_pcm_wav_is_read(tmp_path: Path, rate: int, channel_count: int, width: int) -> None:
    wave16 = said("Where is my order?")
    resampled = soxr.resample(wave16, RATE, rate)
    interleaved = np.repeat(resampled, channel_count).astype(np.float64)
    path = tmp_path / "any.wav"
    scaled = np.clip(interleaved * 2.0 ** (8 * width - 1), -(2 ** (8 * width - 1)), 2 ** (8 * width - 1) - 1)
    whole = scaled.astype("<i8")
    data = (whole + 128).astype("u1").tobytes() if width == 1 else _cut(whole, width)
    write_wav(path, data, rate=rate, channel_count=channel_count, width=width)
    read = read_wav(path)
    spoken = utterance("", read)
    assert len(spoken.pcm) / SAMPLE / RATE == pytest.approx(len(wave16) / RATE, abs=0.15)
    assert level(spoken.pcm) == pytest.approx(level(at_16(wave16)), abs=1.5)


def _cut(whole: Any, width: int) -> bytes:
    return bytes(whole.view("u1").reshape(-1, 8)[:, :width].tobytes())


def at_16(wave16: Any) -> bytes:
    return bytes((wave16 * 32767).astype("<i2").tobytes())


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not a wave file at all" * 9])
def test_what_is_no_wav_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.wav"
    path.write_bytes(content)
    with pytest.raises(CallFailed, match="not a PCM WAV"):
        read_wav(path)


def test_silence_is_nothing_to_say() -> None:
    with pytest.raises(CallFailed, match="nothing to be heard"):
        utterance("hush", bytes(RATE))


def test_a_recording_holds_both_sides_where_they_were_heard(tmp_path: Path) -> None:
    recording = Recording(rate=RATE)
    one, two = b"\x01\x02" * (FRAME // 2), b"\x03\x04" * (FRAME // 2)
    recording.add(one, bytes(FRAME))
    recording.add(bytes(FRAME), two)
    recording.save(tmp_path / "both.wav")
    left, right = channels(tmp_path / "both.wav")
    assert (left, right) == (one + bytes(FRAME), bytes(FRAME) + two)
    with pytest.raises(CallFailed, match="can't be written"):
        recording.save(tmp_path / "no" / "folder.wav")


def test_a_loudspeaker_plays_in_real_time_drops_what_is_cleared_and_knows_what_was_heard() -> None:
    loudspeaker = Loudspeaker()
    loudspeaker.add(b"\x01\x00" * FRAME)
    assert loudspeaker.frame() == b"\x01\x00" * (FRAME // 2)
    assert loudspeaker.played_ms == FRAME_MS
    loudspeaker.clear()
    assert loudspeaker.frame() == bytes(FRAME)
    assert loudspeaker.played_ms == FRAME_MS
    assert not loudspeaker.playing


@pytest.mark.parametrize(
    ("sentence", "does"),
    [
        ("Did you say order 1 0 4 2?", CallerReaction(text="Yes, that is right.")),
        ("Did you say order 1 0 4?", CallerReaction(text="No, that is wrong.")),
        ("Order 1 0 4 2. One moment.", None),
        ("Order 1 0 4 3. One moment.", CallerReaction(text="My order number is one zero four two.")),
        ("Sorry. What is the number, please?", CallerReaction(text="My order number is one zero four two.")),
        ("Sorry, I did not get that.", CallerReaction(again=True)),
        ("Please type the number on your phone and press the hash key.", CallerReaction(keys="1042#")),
        ("One moment, please.", None),
        ("Are you still there?", None),
    ],
)
def test_a_caller_reacts_as_people_do(sentence: str, does: CallerReaction | None) -> None:
    assert reaction(sentence, said=ORDER, keys="", name="order number") == does


def test_given_keys_are_pressed_where_keys_are_asked_for() -> None:
    sentence = "Please type the code on your phone and press the hash key."
    assert reaction(sentence, said="Hello", keys="482913#") == CallerReaction(keys="482913#")
    assert reaction(sentence, said="Hello", keys="") is None
    assert asked("Hello, this is Lindenhof Supply. How can I help you?") is None


def channels(path: Path) -> tuple[bytes, bytes]:
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
        both = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    return both[:, 0].tobytes(), both[:, 1].tobytes()


def write_wav(path: Path, data: bytes, *, rate: int, channel_count: int = 1, width: int = SAMPLE) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channel_count)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(data)


def loud_from(pcm: bytes) -> float:
    """Return the second at which something is heard."""
    loud = (at for at in range(0, len(pcm), FRAME) if level(pcm[at : at + FRAME]) > -50)
    return next(loud) / SAMPLE / RATE


def seconds(at: float) -> int:
    return int(at * RATE) * SAMPLE


def at_of(printed: list[dict[str, Any]], text: str) -> float:
    return float(next(each["at"] for each in printed if each.get("text") == text))


async def transcribed(pcm: bytes) -> str:
    """Return what the test Whisper hears; of our own voice it understands nothing, but of callers."""
    whisper = Whisper(model=str(TEST_MODEL), settings=VoiceSettings(whisper_threads=1))
    await whisper.start()
    try:
        return (await whisper.transcribe(pcm, language="en")).text
    finally:
        await whisper.stop()
