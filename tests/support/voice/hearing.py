"""Calls to be heard: real speech at any rate, in noise, with coughs and with our own echo."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import soxr

from channels.voice.hearing.audio_events import (
    AudioEvent,
    LineProblem,
    SpeechStarted,
    SpeechStopped,
    SpeechSustained,
)
from channels.voice.hearing.audio_input import AudioInput
from channels.voice.pcm import Samples, level, pcm16
from scripts.train_test_whisper.synthesis import Voice, espeak

RATE = 16_000
CHUNK_MS = 20


def said(text: str, *, voice: str = "en-us", pace: int = 170, dbfs: float = -20.0) -> Samples:
    """Return `text` spoken, without pauses around it, at a level of its sounding parts."""
    wave: Samples = espeak().say(text, Voice(name=voice, pace=pace, pitch=50)).astype(np.float32)
    return at_level(wave, dbfs)


def at_level(wave: Samples, dbfs: float) -> Samples:
    """Return the wave with its sounding parts at a level."""
    sounding = wave[np.abs(wave) > 0.01 * np.abs(wave).max()]
    scaled: Samples = (wave * (10 ** (dbfs / 20) / np.sqrt(np.mean(sounding**2)))).astype(np.float32)
    return scaled


def hush(seconds: float) -> Samples:
    """Return silence."""
    return np.zeros(int(seconds * RATE), np.float32)


def noisy(wave: Samples, dbfs: float, *, seed: int = 1) -> Samples:
    """Return the wave in white noise of a level."""
    noise = np.random.default_rng(seed).standard_normal(len(wave), np.float32)
    return wave + noise * np.float32(10 ** (dbfs / 20))


def joined(*waves: Samples) -> Samples:
    """Return one after the other."""
    return np.concatenate(waves)


def mixed(wave: Samples, other: Samples, at_s: float) -> Samples:
    """Return the wave with another one from some second on."""
    both = wave.copy()
    start = int(at_s * RATE)
    length = min(len(other), len(both) - start)
    both[start : start + length] += other[:length]
    return both


def at_rate(wave: Samples, rate: int) -> bytes:
    """Return PCM16 at another rate."""
    return pcm16(wave if rate == RATE else soxr.resample(wave, RATE, rate))


def chunks(pcm: bytes, rate: int, chunk_ms: int = CHUNK_MS) -> Iterable[bytes]:
    """Return the chunks that a wire would bring."""
    size = rate * chunk_ms // 1000 * 2
    return (pcm[start : start + size] for start in range(0, len(pcm), size))


def heard(
    audio_input: AudioInput,
    wave: Samples,
    *,
    rate: int = RATE,
    playing: float | None = None,
    chunk_ms: int = CHUNK_MS,
) -> list[AudioEvent]:
    """Let an input hear a wave, while we play at a steady level or nothing."""
    events: list[AudioEvent] = []
    for chunk in chunks(at_rate(wave, rate), rate, chunk_ms):
        events += audio_input.hear(chunk, playing=playing)
    return events


def heard_over(
    audio_input: AudioInput, wave: Samples, ours: Samples, *, chunk_ms: int = CHUNK_MS
) -> list[AudioEvent]:
    """Let an input hear a wave while we play ours."""
    size = RATE * chunk_ms // 1000 * 2
    pcm, playing_pcm = pcm16(wave), pcm16(ours)
    events: list[AudioEvent] = []
    for start in range(0, len(pcm), size):
        playing = level(playing_pcm[start : start + size]) if start < len(playing_pcm) else None
        events += audio_input.hear(pcm[start : start + size], playing=playing)
    return events


def echoed(ours: Samples, *, return_db: float, delay_ms: int) -> Samples:
    """Return what comes back of our voice, and a second of silence."""
    return joined(hush(delay_ms / 1000), ours * np.float32(10 ** (return_db / 20)), hush(1.0))


def longest_span(events: list[AudioEvent]) -> int:
    """Return the longest sustained speech in milliseconds, 0 if there was none."""
    return max((event.voiced_ms for event in events if isinstance(event, SpeechSustained)), default=0)


def starts(events: list[AudioEvent]) -> list[SpeechStarted]:
    """Return where speech started."""
    return [event for event in events if isinstance(event, SpeechStarted)]


def stops(events: list[AudioEvent]) -> list[SpeechStopped]:
    """Return where speech stopped."""
    return [event for event in events if isinstance(event, SpeechStopped)]


def problems(events: list[AudioEvent]) -> list[str]:
    """Return the kinds of problems."""
    return [event.kind for event in events if isinstance(event, LineProblem)]


def coughs(milliseconds: int = 150, *, seed: int = 0) -> dict[str, Samples]:
    """Return made coughs, taps and clicks, and short cries, which are the hardest, each this long."""
    random = np.random.default_rng(seed)
    count = RATE * milliseconds // 1000
    time = np.arange(count) / RATE
    burst = np.minimum(time / 0.01, 1) * np.exp(-time / 0.06)
    buzz = np.sign(np.sin(2 * np.pi * np.cumsum(140 - 200 * time) / RATE)) + random.standard_normal(count)
    shapes: dict[str, Callable[[], np.ndarray]] = {
        "white": lambda: random.standard_normal(count),
        "pink burst": lambda: _coloured(count, 1, random) * burst,
        "brown": lambda: _coloured(count, 2, random),
        "throat": lambda: _band(buzz, 400, 1500),
        "throat burst": lambda: _band(buzz, 300, 2500) * burst,
        "tap": lambda: np.sin(2 * np.pi * 300 * time) * np.exp(-time / 0.01),
        "click": lambda: (np.arange(count) % 1200 == 0).astype(np.float32),
        "ah": lambda: _cry("ah", count),
        "oh": lambda: _cry("oh", count),
        "hey": lambda: _cry("hey", count),
    }
    return {name: at_level(make().astype(np.float32), -15.0) for name, make in shapes.items()}


def _coloured(count: int, slope: int, random: np.random.Generator) -> np.ndarray:
    spectrum = np.fft.rfft(random.standard_normal(count))
    return np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), 1) ** (slope / 2), count)


def _band(wave: np.ndarray, low: float, high: float) -> np.ndarray:
    frequency = np.maximum(np.fft.rfftfreq(len(wave), 1 / RATE), 1)
    kept = np.fft.rfft(wave) / np.sqrt((1 + (low / frequency) ** 4) * (1 + (frequency / high) ** 4))
    return np.fft.irfft(kept, len(wave))


def _cry(word: str, count: int) -> np.ndarray:
    wave = said(word, pace=80)
    start = int(np.argmax(np.abs(wave) > 0.05))
    return wave[start : start + count]


def our_voice() -> Samples:
    """Return a reply as we speak it, some nine seconds, at -20 dBFS."""
    sentences = (
        "Your order one zero four two was shipped on Monday and will arrive on Thursday.",
        "You can follow it with the tracking number in the mail.",
        "Is there anything else that I can do for you?",
    )
    return joined(*(joined(said(sentence), hush(0.25)) for sentence in sentences))
