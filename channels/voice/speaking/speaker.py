"""What the call needs of a speech engine."""

from __future__ import annotations

import math
from array import array
from collections.abc import AsyncGenerator
from typing import Final, Protocol


class Speaker(Protocol):
    """Speaks text as PCM16 mono at `rate` Hz.

    A second engine (Piper, say) is a class with these members and nothing more: its child process answers
    as `channels.voice.speaking.espeak_child` does, so that `EspeakSpeaker`'s pool can run it with another
    module name and another `rate`; the call sees no difference.
    """

    @property
    def rate(self) -> int:
        """Samples per second of what `say` yields."""
        ...

    @property
    def alive(self) -> bool:
        """Whether a sentence would be spoken now."""
        ...

    async def start(self) -> None:
        """Make ready; raises SpeakerFailed when the engine can't run here."""
        ...

    async def stop(self) -> None:
        """End what speaks; sentences under way fail with SpeakerFailed. Harmless when repeated."""
        ...

    def say(self, text: str, *, language: str) -> AsyncGenerator[bytes, None]:
        """Yield `text` as chunks of some 60 ms; closing the generator ends it.

        `language` is a tag such as `de` or `en-GB`. Raises SpeakerBusy, SpeakerTimeout, SpeakerFailed.
        """
        ...


CHUNK_MS: Final = 60
LONGEST_MS: Final = 60_000


class ToneSpeaker:
    """A `Speaker` that hums at `rate` Hz for `ms_per_character` per character; the level is -20 dBFS."""

    def __init__(self, *, rate: int = 16000, ms_per_character: float = 60.0, hertz: float = 440.0) -> None:
        self._rate = rate
        self._pace = ms_per_character
        self._two_seconds = _hum(rate, hertz) * 2

    @property
    def rate(self) -> int:
        """Samples per second."""
        return self._rate

    @property
    def alive(self) -> bool:
        """Always: there is nothing that could die."""
        return True

    async def start(self) -> None:
        """Nothing to make ready."""

    async def stop(self) -> None:
        """Nothing to end."""

    async def say(self, text: str, *, language: str) -> AsyncGenerator[bytes, None]:
        """Yield a tone as long as `text` would take, a minute at most; `language` changes nothing."""
        samples = int(min(len(text.strip()) * self._pace, LONGEST_MS) * self._rate / 1000)
        step = self._rate * CHUNK_MS // 1000
        for start in range(0, samples, step):
            length = min(step, samples - start)
            at = start % self._rate * 2
            yield self._two_seconds[at : at + length * 2]


def _hum(rate: int, hertz: float) -> bytes:
    """Return one second of a sine that ends where it begins, so that seconds can follow each other."""
    whole = round(hertz)
    wave = (round(3277 * math.sin(2 * math.pi * whole * n / rate)) for n in range(rate))
    return array("h", wave).tobytes()
