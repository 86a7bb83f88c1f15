"""The speaker of the product: eSpeak NG through pyttsx3, in a small pool of child processes."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from channels.voice.errors import SpeakerBusy, SpeakerFailed, SpeakerTimeout
from channels.voice.speaking.speech_process import Saying, SpeechOrder, SpeechProcess
from channels.voice.speaking.spoken.spoken_sentences import sentences

LONGEST_TEXT: Final = 8000
"""Characters of one `say`, some ten minutes of speech; what is longer is cut there."""

# eSpeak takes Ctrl-A as the start of a command, [[ ]] as phonemes and <…> as SSML when told so.
_TAME: Final = str.maketrans({"<": " ", ">": " ", "[": "(", "]": ")", "\\": " "})


def utterances(text: str) -> list[str]:
    """Return what an engine is asked to say, one request after the other; empty when nothing is sayable."""
    tame = _without_controls(text[:LONGEST_TEXT]).translate(_TAME)
    return [piece for piece in sentences(tame) if any(char.isalnum() for char in piece)]


def _without_controls(text: str) -> str:
    return "".join(map(_tamed, text))


def _tamed(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cf":  # soft hyphens and joiners stand inside words
        return ""
    return " " if char != "\n" and category in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} else char


@dataclass(frozen=True, kw_only=True, slots=True)
class EspeakVoice:
    """A voice by its name or file in eSpeak NG (`espeak-ng --voices`), and words a minute (80–450)."""

    name: str
    rate: int = 165


# Tags whose voice bears the tag's own name; what eSpeak NG 1.52 calls otherwise stands below.
_SAME: Final = (
    "af am an ar as az ba be bg bn bs ca chr cmn cs cv cy da el eo es es-419 et eu fa fi fr-be fr-ch ga gd"
    " gn grc gu hak haw he hi hr ht hu hy ia id io is it ja jbo ka kk kl kn ko kok ku ky la lb lfn lt lv mi"
    " mk ml mr ms mt my nb nci ne nl nog om or pa pap pl pt pt-br qu quc ro ru sd shn si sjn sk sl smj sq sr"
    " sv sw ta te th tk tn tr tt ug uk ur uz vi yue"
)

VOICES: Final[Mapping[str, EspeakVoice]] = MappingProxyType(
    {
        **{name: EspeakVoice(name=name) for name in _SAME.split()},
        "en": EspeakVoice(name="en-us"),
        "en-us": EspeakVoice(name="en-us"),
        "en-gb": EspeakVoice(name="gmw/en"),
        "de": EspeakVoice(name="de", rate=155),  # German words are long
        "fr": EspeakVoice(name="roa/fr"),
        "nn": EspeakVoice(name="nb"),
        "no": EspeakVoice(name="nb"),
        "zh": EspeakVoice(name="cmn"),
        "zh-hk": EspeakVoice(name="yue"),
    }
)


def voice_for(language: str, voices: Mapping[str, EspeakVoice]) -> EspeakVoice:
    """Return the voice for a tag such as `de-AT`: the tag's own, its language's, or English."""
    tag = language.strip().lower().replace("_", "-")[:16]
    return voices.get(tag) or voices.get(tag.split("-")[0]) or voices.get("en") or VOICES["en"]


CHILD: Final = "channels.voice.speaking.espeak_child"
RATE: Final = 22050
"""Hz of eSpeak NG's voices."""


class EspeakSpeaker:
    """A `Speaker` of `children` processes; at most `waiting` sentences wait for a free one.

    `timeout` is the seconds a sentence may wait for a child, and again the seconds it may take to be made.
    `voices` replaces or adds voices by language tag. A child makes a sentence a hundred times as fast as it
    is played, so that the audio is held here and the child is free for the next call at once.
    """

    def __init__(
        self,
        *,
        children: int = 2,
        waiting: int = 64,
        timeout: float = 10.0,
        voices: Mapping[str, EspeakVoice] | None = None,
        module: str = CHILD,
    ) -> None:
        self._children = children
        self._limit = waiting
        self._timeout = timeout
        self._voices = {**VOICES, **{tag.lower(): voice for tag, voice in (voices or {}).items()}}
        self._module = module
        self._waiting: asyncio.Queue[Saying] = asyncio.Queue(waiting)
        self._processes: list[SpeechProcess] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._rate = RATE

    @property
    def rate(self) -> int:
        """Samples per second; the engine's own word after `start`."""
        return self._rate

    @property
    def alive(self) -> bool:
        """Whether at least one child is ready to speak."""
        return any(process.alive for process in self._processes)

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the children that run, for measuring."""
        return tuple(process.pid for process in self._processes if process.pid is not None)

    @property
    def restarts(self) -> int:
        """How often a child had to be started again."""
        return sum(process.restarts for process in self._processes)

    @property
    def queued(self) -> int:
        """How many sentences wait for a child."""
        return self._waiting.qsize()

    async def start(self) -> None:
        """Start the children; raises SpeakerFailed with the reason when the engine can't run here."""
        self._processes = [
            SpeechProcess(self._waiting, module=self._module, timeout=self._timeout)
            for _ in range(self._children)
        ]
        self._tasks = [asyncio.create_task(process.run()) for process in self._processes]
        first = [process.first_start for process in self._processes]
        try:
            results = await asyncio.gather(*first, return_exceptions=True)
            for result in results:
                if isinstance(result, BaseException):
                    raise result
                self._rate = result
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Kill the children; what they were saying or were still to say fails with SpeakerFailed."""
        tasks, self._tasks, self._processes = self._tasks, [], []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        while not self._waiting.empty():
            self._waiting.get_nowait().fail(SpeakerFailed("The speaker was stopped."))

    async def say(self, text: str, *, language: str) -> AsyncGenerator[bytes, None]:
        """Yield `text` as PCM16 mono at `rate`, in chunks of some 60 ms, sentence after sentence.

        Prepare the text with `spoken`. Raises SpeakerBusy, SpeakerTimeout, SpeakerFailed.
        """
        voice = voice_for(language, self._voices)
        for utterance in utterances(text):
            saying = Saying(SpeechOrder(text=utterance, voice=voice.name, rate=voice.rate))
            self._queue(saying)
            try:
                async with asyncio.timeout(self._timeout):
                    await saying.begun.wait()
                async with aclosing(saying.chunks()) as chunks:
                    async for chunk in chunks:
                        yield chunk
            except TimeoutError:
                raise SpeakerTimeout("No speech process became free in time.") from None
            finally:
                saying.drop()

    def _queue(self, saying: Saying) -> None:
        if not self._tasks:
            raise SpeakerFailed("The speaker does not run.")
        try:
            self._waiting.put_nowait(saying)
        except asyncio.QueueFull:
            raise SpeakerBusy("Too many sentences wait to be spoken.") from None
