"""What the call needs of a speech engine."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol


class Speaker(Protocol):
    """Speaks text as PCM16 mono at `rate` Hz.

    A second engine (Piper, say) is a class with these members and nothing more: its child process answers
    the frames of `channels.voice.speaking.frames`, so that `EspeakSpeaker`'s pool can run it with another
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
