"""How well a model hears fresh sentences of its kind, run exactly as the product runs it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Final

import numpy as np

from channels.voice.pcm import pcm16
from channels.voice.transcribing.whisper_engine import EngineOptions, WhisperEngine
from scripts.train_test_whisper.sentences import Sentence, sentence
from scripts.train_test_whisper.synthesis import RATE, Audio, any_voice, espeak, in_a_room

LONGEST_S: Final = 9.5
LEAD_S: Final = 0.2
TAIL_S: Final = 0.3
QUIET: Final = 3e-4
LIMITS: Final = (0.45, 0.7)
"""Where calls ask again, and where they ask back."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """One utterance: what was said, what was heard, how sure the model was, and seconds of both."""

    said: str
    heard: str
    confidence: float
    audio_s: float
    took_s: float

    @property
    def exact(self) -> bool:
        """Whether each word is right."""
        return self.said == self.heard


def evaluate(model: Path, *, count: int, seed: int, noisy: bool) -> list[Result]:
    """Return `count` results; `noisy` adds what training adds, else the line is quiet and at full level."""
    engine = WhisperEngine(EngineOptions(folder=str(model), synthetic=True, device="cpu", threads=1, beam=5))
    return [_heard(engine, said, wave) for said, wave in _utterances(count, Random(seed), noisy=noisy)]


def _utterances(count: int, random: Random, *, noisy: bool) -> Iterator[tuple[Sentence, Audio]]:
    while count:
        said = sentence(random, random_words=0.0)
        speech = espeak().say(said.spoken, any_voice(random))
        wave = in_a_room(speech, random) if noisy else _on_a_quiet_line(speech, random)
        if len(wave) <= LONGEST_S * RATE:
            count -= 1
            yield said, wave


def _on_a_quiet_line(speech: Audio, random: Random) -> Audio:
    lead, tail = (np.zeros(int(each * RATE), np.float32) for each in (LEAD_S, TAIL_S))
    wave = np.concatenate([lead, speech, tail])
    noise = np.random.default_rng(random.getrandbits(64)).standard_normal(len(wave), np.float32)
    return np.asarray(wave + noise * np.float32(QUIET), np.float32)


def _heard(engine: WhisperEngine, said: Sentence, wave: Audio) -> Result:
    started = time.perf_counter()
    heard = engine.hear(pcm16(wave), language="en", words=False)
    return Result(
        said=said.written,
        heard=heard.text,
        confidence=heard.confidence,
        audio_s=len(wave) / RATE,
        took_s=time.perf_counter() - started,
    )


def report(results: Sequence[Result]) -> str:
    """Return the word error, the share of exact sentences, and how confidence tells right from wrong."""
    wrong, words = map(sum, zip(*(errors(each.said, each.heard) for each in results), strict=True))
    right = [each.confidence for each in results if each.exact]
    false = [each.confidence for each in results if not each.exact]
    pace = sum(each.took_s for each in results) / sum(each.audio_s for each in results)
    lines = [f"word error {wrong / words:.1%}, exact {len(right) / len(results):.1%} of {len(results)}"]
    lines.append(f"real-time factor {pace:.3f}")
    lines.append(f"mean confidence: right {_mean(right):.2f}, wrong {_mean(false):.2f}")
    lines.append(f"a right one is surer than a wrong one in {separation(right, false):.0%} of pairs")
    return "\n".join(lines + [_below(limit, right, false) for limit in LIMITS])


def _below(limit: float, right: Sequence[float], wrong: Sequence[float]) -> str:
    return f"below {limit}: {_share(right, limit):.0%} of right, {_share(wrong, limit):.0%} of wrong"


def errors(said: str, heard: str) -> tuple[int, int]:
    """Return the edit distance in words, and how many words were said."""
    wanted, got = said.split(), heard.split()
    row = list(range(len(got) + 1))
    for number, word in enumerate(wanted, 1):
        before, row[0] = row[:], number
        for place, other in enumerate(got, 1):
            row[place] = min(before[place] + 1, row[place - 1] + 1, before[place - 1] + (word != other))
    return row[-1], len(wanted)


def separation(right: Sequence[float], wrong: Sequence[float]) -> float:
    """Return the chance that a right transcript has the higher confidence (area under the ROC curve)."""
    pairs = [(one > other) + 0.5 * (one == other) for one in right for other in wrong]
    return fmean(pairs) if pairs else 0.5


def _mean(values: Sequence[float]) -> float:
    return fmean(values) if values else 0.0


def _share(values: Sequence[float], limit: float) -> float:
    return sum(each < limit for each in values) / max(1, len(values))
