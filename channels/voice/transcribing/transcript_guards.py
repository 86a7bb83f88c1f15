"""Guards against what Whisper makes up: pure functions over one transcript and the level of its audio."""

from __future__ import annotations

import math
import re
import tomllib
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, kw_only=True, slots=True)
class Take:
    """One transcript as the model gave it, with the model's own measures of it."""

    text: str
    avg_logprob: float
    """Mean log probability of the tokens, at most 0; NaN when the model went astray."""
    no_speech_prob: float
    tokens: int
    voiced_s: float
    """Seconds of the audio in which there is sound."""
    fallback: bool = False
    """Whether greedy decoding was rejected and the text was sampled."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TranscriptLimits:
    """What a kind of model may give; the defaults are for Whisper trained on people."""

    least_logprob: float = -1.5
    no_speech: float = 0.6
    no_speech_logprob: float = -1.0
    """`no_speech` counts only below this log probability (Radford et al. 2022, section 4.5)."""
    compression: float = 2.4
    chars_per_s: float = 30.0
    """Quick speech is about 20 characters a second."""
    extra_chars: int = 12


SYNTHETIC: Final = TranscriptLimits(least_logprob=-0.8)
"""For the test model: its right sentences stay above -0.4, noise is at -0.8 and less."""

_HALLUCINATIONS: Final = tomllib.loads(Path(__file__).with_name("hallucinations.toml").read_text("utf-8"))
ALWAYS: Final[tuple[str, ...]] = tuple(_HALLUCINATIONS["always"])
DOUBTFUL: Final[frozenset[str]] = frozenset(_HALLUCINATIONS["doubtful"])

DOUBT: Final = -0.8
REPEATS: Final[Sequence[tuple[int, int]]] = ((1, 6), (2, 4), (3, 3), (4, 3), (5, 3), (6, 3), (7, 3), (8, 3))
"""Words of a phrase, and how often in a row it is a loop."""
ENOUGH_TO_COMPRESS: Final = 60
"""Characters: shorter texts compress badly whatever they say."""


def objection(take: Take, limits: TranscriptLimits) -> str | None:
    """Return why `take` is not believed, as the guard's name; None when it is."""
    return next((name for name, guard in GUARDS.items() if guard(take, limits)), None)


def is_wordless(take: Take, _limits: TranscriptLimits) -> bool:
    """No letter and no digit: NaN audio yields "!!!!"."""
    return not any(each.isalnum() for each in take.text)


def is_astray(take: Take, limits: TranscriptLimits) -> bool:
    """The model itself believes nothing of it, or its numbers are none."""
    return not math.isfinite(take.avg_logprob) or take.avg_logprob < limits.least_logprob


def is_no_speech(take: Take, limits: TranscriptLimits) -> bool:
    """The model takes the audio for silence, and is not sure of the text."""
    return take.no_speech_prob > limits.no_speech and take.avg_logprob < limits.no_speech_logprob


def is_silence(take: Take, _limits: TranscriptLimits) -> bool:
    """There is a text without any sound."""
    return take.voiced_s <= 0


def is_hallucination(take: Take, limits: TranscriptLimits) -> bool:
    """A phrase from the subtitles Whisper was trained on, which it writes over silence."""
    words = plain(take.text)
    if words.startswith(ALWAYS):
        return True
    unsure = take.avg_logprob < DOUBT or take.no_speech_prob > limits.no_speech
    return unsure and words in DOUBTFUL


def is_repetitive(take: Take, limits: TranscriptLimits) -> bool:
    """It compresses like a loop, or a phrase comes again and again; digits may repeat."""
    if len(take.text) >= ENOUGH_TO_COMPRESS and compression(take.text) > limits.compression:
        return True
    words = plain(take.text).split()
    return any(_loops(words, size, times) for size, times in REPEATS)


def is_too_much(take: Take, limits: TranscriptLimits) -> bool:
    """Nobody speaks so quickly."""
    return len(take.text) > limits.extra_chars + limits.chars_per_s * take.voiced_s


def plain(text: str) -> str:
    """Return `text` in lower case, without punctuation."""
    return " ".join(re.findall(r"[^\W_]+(?:['’][^\W_]+)*", text.lower()))


def compression(text: str) -> float:
    """Return how many times smaller zlib makes `text`, Whisper's measure of repetition."""
    data = text.encode()
    return len(data) / len(zlib.compress(data))


def _loops(words: Sequence[str], size: int, times: int) -> bool:
    """Return whether `size` words stand `times` times in a row."""
    run = 0
    for word, later in zip(words, words[size:], strict=False):
        run = run + 1 if word == later and not word.isdigit() else 0
        if run >= size * (times - 1):
            return True
    return False


GUARDS: Final[dict[str, Callable[[Take, TranscriptLimits], bool]]] = {
    "wordless": is_wordless,
    "astray": is_astray,
    "silence": is_silence,
    "no_speech": is_no_speech,
    "hallucination": is_hallucination,
    "repetitive": is_repetitive,
    "too_much": is_too_much,
}


SLOPE: Final = 1.4
OFFSET: Final = 3.2
"""Logistic fit on 800 utterances of the kind it was trained on: chance that the sentence is exactly right."""
SAMPLED: Final = 0.8
"""A text that greedy decoding would not give is believed less."""


def confidence_of_people(take: Take) -> float:
    """Return the geometric mean of the tokens' probabilities, less where it may be silence or was sampled."""
    believed = math.exp(min(0.0, take.avg_logprob))
    if take.no_speech_prob > 0.5:
        believed *= 1.5 - take.no_speech_prob
    return believed * (SAMPLED if take.fallback else 1.0)


def confidence_of_synthetic(take: Take) -> float:
    """Return the test model's chance to be exactly right, from the log probability of the whole sentence."""
    whole = take.avg_logprob * (take.tokens + 1)
    return 1 / (1 + math.exp(-max(-30.0, OFFSET + SLOPE * whole)))
