"""Training: cross-entropy on the text plus CTC on the encoder, within a budget of seconds.

Without the CTC head, attention takes far longer to find the speech.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from scripts.train_test_whisper.batches import IGNORED, Batch, Marks, batch, groups
from scripts.train_test_whisper.dataset import Utterance
from scripts.train_test_whisper.evaluation import errors
from scripts.train_test_whisper.network import Network, Shape
from scripts.train_test_whisper.tokenizer import END, NO_TIMES, START, encode, token

CTC_SHARE: Final = 0.25
SMOOTHING: Final = 0.05
WARM_UP: Final = 300
LOOK: Final = 50
CHECK: Final = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How to train: seconds in all, batch sizes (short windows, full 30 s), and how often the full window."""

    seconds: float
    device: str
    rate: float = 1.2e-3
    size: int = 32
    full_size: int = 6
    full_share: float = 0.45
    seed: int = 1
    most_steps: int = 10**9


class Trainer:
    """One run."""

    def __init__(self, plan: Plan, tokenizer: Tokenizer, start: dict[str, Tensor] | None = None) -> None:
        torch.manual_seed(plan.seed)
        self._plan = plan
        self._random = Random(plan.seed)
        self._tokenizer = tokenizer
        self._marks = marks_of(tokenizer)
        size = tokenizer.get_vocab_size()
        self.network = Network(Shape(vocabulary=size + -size % 8)).to(plan.device)
        if start is not None:
            self.network.load_state_dict(start, strict=False)
        self._optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=plan.rate, betas=(0.9, 0.98), weight_decay=0.01
        )
        self._started = time.monotonic()
        self._step = 0

    def run(self, data: Sequence[Utterance], check: Sequence[Utterance], keep: Path) -> None:
        """Train until the time is over; the weights are kept at each check and at the end."""
        self._started = time.monotonic()
        while not self._over():
            for items in groups(data, self._plan.size, self._random):
                if self._over():
                    break
                self._learn(items)
                if self._step % CHECK == 0:
                    self._keep(keep, check)
        self._keep(keep, check)

    def _over(self) -> bool:
        return self._spent() >= 1 or self._step >= self._plan.most_steps

    def _spent(self) -> float:
        """Return which share of the time is over."""
        return (time.monotonic() - self._started) / self._plan.seconds

    def _learn(self, items: Sequence[Utterance]) -> None:
        full = self._random.random() < self._plan.full_share
        chosen = self._random.sample(list(items), min(self._plan.full_size, len(items))) if full else items
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate()
        loss = self._loss(self._batch(chosen, full=full, random=self._random))
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self._optimizer.step()
        self._step += 1
        if self._step % LOOK == 0:
            print(f"step {self._step}, {self._spent():.0%} of the time, loss {loss.item():.3f}", flush=True)

    def _rate(self) -> float:
        """Return the learning rate: a short rise, then half a cosine."""
        rise = min(1.0, (self._step + 1) / WARM_UP)
        return self._plan.rate * rise * (0.5 * (1 + math.cos(math.pi * min(1.0, self._spent()))) + 0.02)

    def _batch(self, items: Sequence[Utterance], *, full: bool, random: Random | None) -> Batch:
        return batch(items, partial(encode, self._tokenizer), self._marks, full=full, random=random)

    def _loss(self, data: Batch) -> Tensor:
        device = self._plan.device
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
            memory = self.network.encode(data.features.to(device))
            logits = self.network.decode(data.tokens.to(device), memory)
            frames = self.network.ctc(memory)
        text = functional.cross_entropy(
            logits.float().flatten(0, 1),
            data.wanted.to(device).flatten(),
            ignore_index=IGNORED,
            label_smoothing=SMOOTHING,
        )
        ctc = functional.ctc_loss(
            functional.log_softmax(frames.float(), -1).transpose(0, 1),
            data.texts.to(device),
            data.frame_lengths.clamp(max=memory.shape[1]).to(device),
            data.text_lengths.to(device),
            blank=self._marks.end,
            zero_infinity=True,
        )
        return text + CTC_SHARE * ctc

    def _keep(self, path: Path, check: Sequence[Utterance]) -> None:
        heard = self.greedy(check)
        wrong, words = map(sum, zip(*map(errors, [each.text for each in check], heard), strict=True))
        print(f"step {self._step}: word error {wrong / words:.1%} on {len(check)} utterances", flush=True)
        torch.save(self.network.state_dict(), path)

    @torch.no_grad()
    def greedy(self, items: Sequence[Utterance], *, most: int = 48) -> list[str]:
        """Return what the network hears in the full window, token by token."""
        self.network.eval()
        memory = self.network.encode(
            self._batch(items, full=True, random=None).features.to(self._plan.device)
        )
        begin = torch.tensor([[self._marks.start, self._marks.no_times]], device=self._plan.device)
        tokens = begin.repeat(len(items), 1)
        for _ in range(most):
            logits = self.network.decode(tokens, memory)[:, -1]
            logits[:, self._marks.end + 1 :] = -torch.inf
            tokens = torch.cat([tokens, logits.argmax(-1, keepdim=True)], dim=1)
        self.network.train()
        return [self._text(row[2:]) for row in tokens.tolist()]

    def _text(self, tokens: list[int]) -> str:
        ended = tokens.index(self._marks.end) if self._marks.end in tokens else len(tokens)
        return str(self._tokenizer.decode(tokens[:ended])).strip()


def marks_of(tokenizer: Tokenizer) -> Marks:
    """Return the special tokens of `tokenizer`."""
    return Marks(
        end=token(tokenizer, END), start=token(tokenizer, START), no_times=token(tokenizer, NO_TIMES)
    )
