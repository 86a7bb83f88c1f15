"""The caller's side: what is heard of it, and speaking over our replies."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from channels.voice.calls.announcer import Announcer
from channels.voice.calls.call_parts import AudioInputLike
from channels.voice.calls.call_phrases import heard_pattern, heard_words
from channels.voice.calls.outbox import Outbox
from channels.voice.calls.playback import Playback
from channels.voice.calls.player import Player
from channels.voice.calls.spelled import is_number_word
from channels.voice.calls.utterances import Utterances
from channels.voice.hearing.audio_events import (
    AudioEvent,
    AudioInputSettings,
    LineProblem,
    Paused,
    Resumed,
    SpeechStarted,
    SpeechStopped,
    SpeechSustained,
)
from channels.voice.pcm import SAMPLE
from channels.voice.settings import VoiceSettings
from channels.voice.transcribing.transcriber import Heard

_WORDS: Final = re.compile(r"[\w@.+-]*[\w@]")
_TAIL: Final = 120
_STREET: Final = re.compile(rf"\b{heard_pattern('street')}\b", re.IGNORECASE)


def silence_after(text: str, settings: VoiceSettings) -> int:
    """Return the silence (ms) that ends an utterance which so far is `text`."""
    words = [word.lower() for word in _WORDS.findall(text[-_TAIL:])]
    if not words:
        return settings.end_silence_ms
    last = words[-1]
    if last in heard_words("number_goes_on") or "@" in last or last[-1].isdigit() or is_number_word(last):
        return settings.number_silence_ms
    if any(kind.noun.fullmatch(last) for kind in settings.ids) or _STREET.search(" ".join(words[-4:])):
        return settings.number_silence_ms
    if last in heard_words("goes_on") or text.rstrip().endswith((",", "...", "…", "-", ":")):
        return settings.unfinished_silence_ms
    return settings.end_silence_ms


KEYS: Final = frozenset("0123456789*#ABCDabcd")
MOST: Final = 32
"""Digits of one number; what is beyond is left out."""


class Keys:
    """Collects digits; times in seconds."""

    def __init__(self, *, pause_s: float) -> None:
        self._pause = pause_s
        self._digits = ""
        self._last = 0.0

    @property
    def collecting(self) -> bool:
        """Whether a number is being keyed in."""
        return bool(self._digits)

    def press(self, key: str, now: float) -> str | None:
        """Take a key; return the number when the hash key ends it. The star key begins it anew."""
        if key == "#":
            return self._take()
        if key == "*":
            self._digits = ""
        elif key.isdigit() and len(self._digits) < MOST:
            self._digits += key
        self._last = now
        return None

    def due(self, now: float) -> str | None:
        """Return the number when nothing was pressed for a while."""
        return self._take() if self._digits and now - self._last >= self._pause else None

    def _take(self) -> str | None:
        digits, self._digits = self._digits, ""
        return digits or None


PROBLEMS: Final = {
    "too_quiet": "The caller can hardly be heard.",
    "clipped": "The caller's audio is clipped.",
    "wrong_rate": "The audio is not what was announced: PCM16, mono, at the rate of `ready`.",
}


STALLED_S: Final = 1.0
"""A line that brings no audio for so long is taken for silent: a muted client may just stop sending."""
BEYOND_S: Final = 0.5
"""Silence beyond that which ends an utterance; hearing is a few frames late."""


class CallerListener:
    """Hands on the caller's audio and acts on what is reported of it, at once."""

    def __init__(
        self,
        *,
        audio_input: AudioInputLike,
        rate: int,
        player: Player,
        playback: Playback,
        outbox: Outbox,
        announcer: Announcer,
        utterances: Utterances,
        settings: VoiceSettings,
        interrupted: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        self._audio_input = audio_input
        self._rate = rate
        self._player = player
        self._playback = playback
        self._outbox = outbox
        self._announcer = announcer
        self._utterances = utterances
        self._settings = settings
        self._interrupted = interrupted
        self._clock = clock
        self._told: set[str] = set()
        self._last_audio = clock()
        self._least = settings.end_silence_ms
        self._waits_for = settings.end_silence_ms
        self._paused = False
        self.speaking = False
        """Whether the caller speaks now."""

    def audio(self, pcm: bytes) -> bool:
        """Take the caller's audio; return whether anything became known by it."""
        self._last_audio = self._clock()
        return self._hear(pcm)

    def tick(self, now: float, *, passed_s: float) -> None:
        """Let an utterance end for which no more audio comes, as silence would end it."""
        if self.speaking and now - self._last_audio >= STALLED_S:
            self._hear(bytes(int(self._rate * passed_s) * SAMPLE))

    def finish(self) -> None:
        """The line is closed: what was said before the pause that goes on ends here, half a word does not."""
        if self.speaking and self._paused:
            silence_s = self._waits_for / 1000 + BEYOND_S
            self._hear(bytes(int(self._rate * silence_s) * SAMPLE))

    def _hear(self, pcm: bytes) -> bool:
        events = self._audio_input.hear(pcm, playing=self._playback.level(), now=self._clock())
        for event in events:
            self._take(event)
        return bool(events)

    def partial(self, heard: Heard) -> None:
        """Take a transcript on trial: it tells how long to wait for more."""
        if heard.text:
            self._outbox.tell({"type": "transcript", "text": heard.text, "final": False})
        self._wait_for(max(silence_after(heard.text, self._settings), self._least))

    def expect_number(self, expected: bool) -> None:
        """Wait longer from the start where a number was asked for."""
        self._least = self._settings.number_silence_ms if expected else self._settings.end_silence_ms
        if not self.speaking:
            self._wait_for(self._least)

    def _wait_for(self, silence_ms: int) -> None:
        if silence_ms != self._waits_for:
            self._waits_for = silence_ms
            self._audio_input.wait_for(silence_ms)

    def _take(self, event: AudioEvent) -> None:
        match event:
            case SpeechStarted():
                self._started()
            case SpeechSustained(voiced_ms=voiced_ms):
                self._sustained(voiced_ms)
            case Paused(audio=audio):
                self._paused = True
                self._utterances.paused(audio)
            case Resumed():
                self._paused = False
                self._utterances.resumed()
            case SpeechStopped():
                self._stopped(event)
            case LineProblem(kind=kind):
                self._problem(kind)

    def _started(self) -> None:
        self.speaking, self._paused = True, False
        self._outbox.tell({"type": "speech_started"})

    def _sustained(self, voiced_ms: int) -> None:
        if voiced_ms >= self._settings.barge_in_ms and self._player.audible and not self._player.held:
            self._player.hold()
            self._interrupted()

    def _stopped(self, event: SpeechStopped) -> None:
        self.speaking = False
        self._outbox.tell({"type": "speech_stopped"})
        self._utterances.stopped(event)
        self._wait_for(self._least)

    def _problem(self, kind: str) -> None:
        if kind in self._told:
            return
        self._told.add(kind)
        self._outbox.tell({"type": "error", "code": kind, "message": PROBLEMS[kind]})
        self._announcer.say(kind)


def audio_input_settings(settings: VoiceSettings) -> AudioInputSettings:
    """Return what the settings of calls mean for hearing."""
    return AudioInputSettings(
        min_speech_ms=settings.min_speech_ms,
        preroll_ms=settings.preroll_ms,
        end_silence_ms=settings.end_silence_ms,
        longest_utterance_ms=int(settings.longest_utterance_s * 1000),
    )
