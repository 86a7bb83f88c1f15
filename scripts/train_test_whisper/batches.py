"""Utterances side by side as tensors: of like length, or padded with silence to Whisper's full 30 s."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

import numpy as np
import torch
from torch import Tensor

from scripts.train_test_whisper.dataset import Utterance

FULL: Final = 3000
"""Frames of 30 s."""
IGNORED: Final = -100
POOL: Final = 16
"""Batches that are sorted by length together."""
HIDDEN_BANDS: Final = 10
"""Up to so many mel bands are hidden in each utterance (SpecAugment, Park et al. 2019)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """The special tokens that training needs."""

    end: int
    start: int
    no_times: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Features [batch, 80, frames], decoder input and wanted output, and the texts for the CTC head."""

    features: Tensor
    tokens: Tensor
    wanted: Tensor
    texts: Tensor
    text_lengths: Tensor
    frame_lengths: Tensor


def groups(data: Sequence[Utterance], size: int, random: Random) -> Iterator[list[Utterance]]:
    """Return each utterance once, in random groups of like length."""
    order = random.sample(range(len(data)), len(data))
    for start in range(0, len(order), size * POOL):
        pool = sorted(order[start : start + size * POOL], key=lambda index: data[index].features.shape[1])
        parts = [pool[begin : begin + size] for begin in range(0, len(pool), size)]
        random.shuffle(parts)
        yield from ([data[index] for index in part] for part in parts)


def batch(
    items: Sequence[Utterance],
    encode: Callable[[str], list[int]],
    marks: Marks,
    *,
    full: bool,
    random: Random | None,
) -> Batch:
    """Return `items` as tensors; with `random` some mel bands are hidden and the length varies."""
    ids = [encode(each.text) for each in items]
    tokens, wanted = _texts(ids, marks)
    features, lengths = _features(items, full=full, random=random)
    return Batch(
        features=features,
        tokens=tokens,
        wanted=wanted,
        texts=torch.tensor([token for each in ids for token in each]),
        text_lengths=torch.tensor([len(each) for each in ids]),
        frame_lengths=lengths,
    )


def _texts(ids: Sequence[list[int]], marks: Marks) -> tuple[Tensor, Tensor]:
    longest = max(map(len, ids)) + 2
    tokens = torch.full((len(ids), longest), marks.end)
    wanted = torch.full((len(ids), longest), IGNORED)
    for row, each in enumerate(ids):
        tokens[row, : len(each) + 2] = torch.tensor([marks.start, marks.no_times, *each])
        wanted[row, 1 : len(each) + 2] = torch.tensor([*each, marks.end])
    return tokens, wanted


def _features(items: Sequence[Utterance], *, full: bool, random: Random | None) -> tuple[Tensor, Tensor]:
    longest = max(each.features.shape[1] for each in items) + (random.randint(0, 60) if random else 0)
    frames = FULL if full else min(FULL, longest + longest % 2)
    features = torch.empty(len(items), items[0].features.shape[0], frames)
    lengths = torch.empty(len(items), dtype=torch.long)
    for row, each in enumerate(items):
        count = min(each.features.shape[1], frames)
        features[row] = each.floor
        features[row, :, :count] = torch.from_numpy(each.features[:, :count].astype(np.float32))
        lengths[row] = count // 2
        if random:
            first = random.randint(0, features.shape[1] - HIDDEN_BANDS)
            features[row, first : first + random.randint(0, HIDDEN_BANDS)] = each.floor
    return features, lengths
