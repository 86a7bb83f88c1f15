"""Scripted callers: eSpeak voices in noise, over the real wire, who react as people do.

Built on the parts of `switchboard call`; the speech is made in this process, and what the gateway says is
taken as played at once, so that a call lasts hardly longer than what its caller says.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np

from channels.voice.pcm import FULL_SCALE, Samples, pcm16
from scripts.train_test_whisper.synthesis import Voice as EspeakVoice
from scripts.train_test_whisper.synthesis import espeak
from switchboard.cli.calling.caller_audio import (
    FRAME,
    SLOWER,
    CallerUtterance,
    Loudspeaker,
    Microphone,
    utterance,
)
from switchboard.cli.calling.caller_dialogue import CallerDialogue, CallerTurn
from switchboard.cli.calling.voice_line import CallLog, VoiceLine
from tests.support.voice.shop_ids import SHOP_IDS

QUIET_ROOM = -75.0
ROOM_S = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Sounds:
    """How a caller sounds: eSpeak voice, words a minute, pitch; gain in dB; white noise in dBFS."""

    voice: str = "en-us"
    pace: int = 165
    pitch: int = 50
    gain: float = 0.0
    noise: float = QUIET_ROOM
    seed: int = 1


class TestVoice:
    """A `Voice` of eSpeak in this process, with noise; the same each time."""

    __test__ = False
    language = "en"

    def __init__(self, sounds: Sounds) -> None:
        self._sounds = sounds

    async def say(self, text: str, *, slower: bool = False) -> CallerUtterance:
        return self.spoken(text, slower=slower)

    def spoken(self, text: str, *, slower: bool = False) -> CallerUtterance:
        sounds = self._sounds
        pace = int(sounds.pace * (SLOWER if slower else 1.0))
        wave = espeak().say(text, EspeakVoice(name=sounds.voice, pace=pace, pitch=sounds.pitch))
        clean = utterance(text, pcm16(wave * np.float32(10 ** (sounds.gain / 20))))
        return CallerUtterance(
            text=text, pcm=noisy(clean.pcm, sounds.noise, seed=sounds.seed), ends=clean.ends
        )

    def room(self) -> bytes:
        """Return what is heard while the caller is silent."""
        return noisy(bytes(FRAME * int(ROOM_S * 50)), self._sounds.noise, seed=self._sounds.seed + 1)


def noisy(pcm: bytes, dbfs: float, *, seed: int) -> bytes:
    """Return PCM16 with white noise of a level."""
    clean: Samples = np.frombuffer(pcm, "<i2").astype(np.float32) / FULL_SCALE
    noise = np.random.default_rng(seed).standard_normal(len(clean), np.float32)
    return pcm16(clean + noise * np.float32(10 ** (dbfs / 20)))


@dataclass(kw_only=True, slots=True, eq=False)
class Caller:
    """A caller in a call: `dialogue` talks, `line` is the wire, `heard` the gateway's audio (16 kHz)."""

    line: VoiceLine
    voice: TestVoice
    dialogue: CallerDialogue
    heard: bytearray = field(default_factory=bytearray)

    @property
    def log(self) -> CallLog:
        return self.line.log

    @property
    def turns(self) -> list[CallerTurn]:
        return self.dialogue.turns

    @property
    def answers(self) -> list[str]:
        """The sentences of the conversation's replies."""
        return [each.text for each in self.log.sentences if not each.ours]

    async def says(self, text: str) -> bool:
        """Say something, answer what is asked back, wait for the reply; return whether there was one."""
        return await self.dialogue.say(await self.voice.say(text))


@asynccontextmanager
async def calling(
    url: str,
    *,
    identity: str | None = None,
    token: str | None = None,
    sounds: Sounds | None = None,
    hasty: bool = True,
    impatient: bool = False,
    reacts: bool = True,
    keys: str = "",
    wait: float = 30.0,
    enough: Callable[[CallerTurn], bool] | None = None,
    greeted: bool = True,
) -> AsyncIterator[Caller]:
    """Yield a caller whose greeting is over (unless `greeted` is False); hang up at the end.

    `hasty` takes all audio as played at once; `enough` ends the wait for an answer early.
    """
    voice = TestVoice(sounds or Sounds())
    heard = bytearray()
    line = VoiceLine(
        url,
        identity=identity,
        token=token,
        microphone=Microphone(room=voice.room()),
        loudspeaker=Loudspeaker(hasty=hasty),
        log=CallLog(),
        hear=heard.extend,
    )
    dialogue = CallerDialogue(
        line, voice, ids=SHOP_IDS, wait=wait, impatient=impatient, reacts=reacts, keys=keys, enough=enough
    )
    async with line:
        if greeted:
            await dialogue.greeting()
        yield Caller(line=line, voice=voice, dialogue=dialogue, heard=heard)
