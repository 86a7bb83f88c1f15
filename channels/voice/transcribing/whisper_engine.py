"""The model itself, in the child process: loads weights, turns audio into a believed or empty text."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any, Final

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel

from channels.voice.pcm import Samples, samples
from channels.voice.settings import RATE
from channels.voice.transcribing.transcriber import Heard, Word
from channels.voice.transcribing.transcript_guards import (
    SYNTHETIC,
    Take,
    TranscriptLimits,
    confidence_of_people,
    confidence_of_synthetic,
    objection,
)

FRAME: Final = RATE // 50
SILENT: Final = 1e-4
"""Root mean square (of full scale, -80 dB) below which there is nothing to hear."""
STEADY: Final = 10**0.5
"""Noise and tones stay within 5 dB, speech moves by 20 and more; Whisper writes sentences over both."""
CLICK: Final = 3
"""Fewer loud frames than this are no speech."""
VOICED_DB: Final = 30.0
"""Frames within so many dB of the loudest one count as voiced."""
TEMPERATURES: Final = (0.0, 0.3, 0.7)
"""Bounded: two more tries at most, where the first one is a loop or very unlikely."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineOptions:
    """How the model is run; empty `compute` and device "auto" leave it to the machine."""

    folder: str
    synthetic: bool
    device: str = "auto"
    compute: str = ""
    workers: int = 1
    threads: int = 1
    beam: int = 1


class WhisperEngine:
    """One loaded model; `hear` may be called from as many threads as there are workers."""

    def __init__(self, wanted: EngineOptions) -> None:
        self._wanted = wanted
        self.device, self.compute = _placed(wanted)
        self._model = self._loaded()
        try:
            self._warm_up()
        except RuntimeError:  # a GPU without its libraries shows only at the first run
            if self.device == "cpu" or wanted.device != "auto":
                raise
            self.device, self.compute = "cpu", "int8"
            self._model = self._loaded()
            self._warm_up()

    @property
    def multilingual(self) -> bool:
        """Whether the model knows other languages than English."""
        return bool(self._model.model.is_multilingual)

    def hear(self, audio: bytes, *, language: str | None, words: bool) -> Heard:
        """Return what is said in PCM16 at 16 kHz; empty text for silence and for what is not believed."""
        started = time.perf_counter()
        wave = samples(audio)
        spoken = self._spoken(wave, language=language, words=words) if has_sound(wave) else None
        took_ms = (time.perf_counter() - started) * 1000
        if spoken is None:
            return Heard(text="", language=language or "en", confidence=0.0, took_ms=took_ms)
        take, found, parts = spoken
        return Heard(
            text=take.text, language=found, confidence=self._confidence(take), words=parts, took_ms=took_ms
        )

    def _spoken(
        self, wave: Samples, *, language: str | None, words: bool
    ) -> tuple[Take, str, tuple[Word, ...]] | None:
        segments, info = self._model.transcribe(
            wave, **self._options(len(wave) / RATE, language), word_timestamps=words
        )
        # One window, one segment: with word times faster-whisper would look again at the silence after it.
        heard = next(iter(segments), None)
        if heard is None:
            return None
        take = _take(heard, voiced_s=voiced_seconds(wave))
        if objection(take, SYNTHETIC if self._wanted.synthetic else TranscriptLimits()):
            return None
        return take, str(info.language), tuple(_word(each) for each in heard.words or ())

    def _options(self, seconds: float, language: str | None) -> dict[str, Any]:
        synthetic = self._wanted.synthetic
        return {
            "language": "en" if synthetic else self._known(language),
            "beam_size": self._wanted.beam,
            "best_of": 1,
            "length_penalty": 0.6 if synthetic else 1.0,
            "temperature": 0.0 if synthetic else TEMPERATURES,
            "compression_ratio_threshold": None if synthetic else 2.4,
            "log_prob_threshold": None if synthetic else -1.0,
            "no_speech_threshold": None,  # guards.py decides
            "condition_on_previous_text": False,
            "without_timestamps": True,
            "vad_filter": False,
            "max_new_tokens": min(220, 24 + math.ceil(12 * seconds)),  # a loop ends early
        }

    def _known(self, tag: str | None) -> str | None:
        """Return the language of a tag such as `de-AT` as the model names it, None to have it detected."""
        language = (tag or "").lower().replace("_", "-").partition("-")[0]
        return language if language in self._model.supported_languages else None

    def _confidence(self, take: Take) -> float:
        of = confidence_of_synthetic if self._wanted.synthetic else confidence_of_people
        return round(min(1.0, max(0.0, of(take))), 3)

    def _loaded(self) -> WhisperModel:
        return WhisperModel(
            self._wanted.folder,
            device=self.device,
            compute_type=self.compute,
            cpu_threads=self._wanted.threads,
            num_workers=self._wanted.workers,
        )

    def _warm_up(self) -> None:
        tone = np.sin(np.arange(RATE, dtype=np.float32) * np.float32(0.1)) * np.float32(0.1)
        list(self._model.transcribe(tone, **self._options(1.0, "en"))[0])


def has_sound(wave: Samples) -> bool:
    """Return whether there may be speech: finite, not silent, and with a level that moves."""
    if len(wave) < 2 * FRAME or not np.isfinite(wave).all() or float(np.std(wave)) < SILENT:
        return False
    frames = np.sort(_power(wave))
    quiet, loud = frames[len(frames) // 10], frames[-min(CLICK, len(frames))]
    return bool(loud > STEADY * quiet)


def voiced_seconds(wave: Samples) -> float:
    """Return for how long there is sound within 30 dB of the loudest 20 ms."""
    power = _power(wave)
    least = max(float(power.max()) / 10 ** (VOICED_DB / 10), SILENT**2)
    return float(np.count_nonzero(power > least)) * FRAME / RATE


def _power(wave: Samples) -> Samples:
    whole = len(wave) - len(wave) % FRAME
    power: Samples = np.square(wave[:whole].reshape(-1, FRAME)).mean(axis=1)
    return power


def _placed(wanted: EngineOptions) -> tuple[str, str]:
    device = wanted.device
    if device == "auto":
        device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
    return device, wanted.compute or ("float16" if device == "cuda" else "int8")


def _take(segment: Any, *, voiced_s: float) -> Take:
    return Take(
        text=segment.text.strip(),
        avg_logprob=float(segment.avg_logprob),
        no_speech_prob=float(segment.no_speech_prob),
        tokens=len(segment.tokens),
        voiced_s=voiced_s,
        fallback=(segment.temperature or 0.0) > 0,
    )


def _word(word: Any) -> Word:
    return Word(
        text=str(word.word).strip(),
        start_s=float(word.start),
        end_s=float(word.end),
        confidence=round(float(word.probability), 3),
    )
