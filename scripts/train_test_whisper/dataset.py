"""Training data: log-mel features of spoken sentences with their text, some thousand in a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray

from scripts.train_test_whisper.sentences import sentence
from scripts.train_test_whisper.synthesis import RATE, Audio, any_voice, espeak, in_a_room

LONGEST_S: Final = 9.5
WINDOW_S: Final = 10
HOP: Final = 160
AFTER: Final = 10
"""Frames of silence kept after the utterance."""
SHARD: Final = 2_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Utterance:
    """One spoken sentence: features [80, frames], the value that silence has beside it, and the text."""

    features: NDArray[np.float16]
    floor: float
    text: str


def synthesise(folder: Path, *, count: int, seed: int, processes: int) -> None:
    """Write `count` utterances into `folder`; the same seed gives the same files."""
    folder.mkdir(parents=True, exist_ok=True)
    sizes = [min(SHARD, count - start) for start in range(0, count, SHARD)]
    jobs = [
        (folder / f"{seed}-{number:03}.npz", size, f"{seed}/{number}") for number, size in enumerate(sizes)
    ]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for done in pool.map(_write_shard, *zip(*jobs, strict=True)):
            print(f"{done} written", flush=True)


def load(folder: Path) -> list[Utterance]:
    """Return all utterances of `folder`; raise FileNotFoundError when there are none."""
    paths = sorted(folder.glob("*.npz"))
    if not paths:
        raise FileNotFoundError(f"{folder} holds no utterances: synthesise first")
    return [utterance for path in paths for utterance in _read_shard(path)]


def _write_shard(path: Path, count: int, seed: str) -> str:
    random = Random(seed)
    extract = FeatureExtractor(feature_size=80, chunk_length=WINDOW_S)
    _store(path, [_utterance(random, extract) for _ in range(count)])
    return path.name


def _utterance(random: Random, extract: FeatureExtractor) -> Utterance:
    text, wave = _spoken(random)
    padded = np.zeros(WINDOW_S * RATE, np.float32)
    padded[: len(wave)] = wave
    features = extract(padded)
    frames = min(-(-len(wave) // HOP) + AFTER, features.shape[1])
    floor = float(features[:, -1].mean())
    return Utterance(features=features[:, :frames].astype(np.float16), floor=floor, text=text)


def _spoken(random: Random) -> tuple[str, Audio]:
    while True:
        said = sentence(random)
        wave = in_a_room(espeak().say(said.spoken, any_voice(random)), random)
        if len(wave) <= LONGEST_S * RATE:
            return said.written, wave


def _store(path: Path, utterances: Sequence[Utterance]) -> None:
    np.savez(
        path,
        features=np.concatenate([each.features for each in utterances], axis=1),
        frames=np.array([each.features.shape[1] for each in utterances]),
        floors=np.array([each.floor for each in utterances]),
        texts=np.array(json.dumps([each.text for each in utterances])),
    )


def _read_shard(path: Path) -> Iterator[Utterance]:
    with np.load(path) as shard:
        ends = np.cumsum(shard["frames"])
        parts = np.split(shard["features"], ends[:-1], axis=1)
        for features, floor, text in zip(
            parts, shard["floors"], json.loads(str(shard["texts"])), strict=True
        ):
            yield Utterance(features=features, floor=float(floor), text=text)
