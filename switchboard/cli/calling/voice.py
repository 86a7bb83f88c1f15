"""How the terminal's caller sounds: eSpeak NG in any of its voices."""

from __future__ import annotations

from contextlib import aclosing
from typing import Final, Protocol

from channels.voice.errors import SpeakerFailed
from channels.voice.speaking.espeak import EspeakSpeaker
from channels.voice.speaking.spoken import spoken
from channels.voice.speaking.voices import EspeakVoice
from switchboard.cli.calling.audio import CallerUtterance, at_16_khz, utterance
from switchboard.cli.calling.errors import CallFailed

SLOWER: Final = 0.85
"""Of the usual pace, when something has to be repeated."""
NORMAL, SLOW = "en", "en-slow"


class CallerVoice(Protocol):
    """What a caller speaks with."""

    language: str

    async def say(self, text: str, *, slower: bool = False) -> CallerUtterance:
        """Return a text spoken."""
        ...


class EspeakCaller:
    """A caller's voice: an eSpeak NG voice (`en-us`, `en-us+f2`, `de`, …) and words a minute."""

    def __init__(self, voice: str, rate: int) -> None:
        self.language = "de" if voice.startswith("de") else "en"
        self._speaker = EspeakSpeaker(
            children=1,
            voices={
                NORMAL: EspeakVoice(name=voice, rate=rate),
                SLOW: EspeakVoice(name=voice, rate=int(rate * SLOWER)),
            },
        )

    async def __aenter__(self) -> EspeakCaller:
        try:
            await self._speaker.start()
        except SpeakerFailed as error:
            raise CallFailed(f"eSpeak NG does not start: {error.message}") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._speaker.stop()

    async def say(self, text: str, *, slower: bool = False) -> CallerUtterance:
        """Return a text spoken, numbers digit by digit; raises CallFailed."""
        pcm = bytearray()
        saying = self._speaker.say(spoken(text, self.language), language=SLOW if slower else NORMAL)
        try:
            async with aclosing(saying) as chunks:
                async for chunk in chunks:
                    pcm += chunk
        except SpeakerFailed as error:
            raise CallFailed(f"eSpeak NG can't say that: {error.message}") from error
        return utterance(text, at_16_khz(bytes(pcm), self._speaker.rate))
