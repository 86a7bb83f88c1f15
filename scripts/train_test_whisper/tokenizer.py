"""The vocabulary: 512 byte-level BPE tokens with single digits, then Whisper's special tokens."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Final

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from scripts.train_test_whisper.sentences import sentence

TEXTS: Final = 40_000
BPE: Final = 512
END: Final = "<|endoftext|>"
START: Final = "<|startoftranscript|>"
NO_TIMES: Final = "<|notimestamps|>"
SPECIAL: Final = (
    END, START, "<|en|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>",
    "<|nospeech|>", NO_TIMES, *(f"<|{step * 0.02:.2f}|>" for step in range(501)),
)  # fmt: skip
SUPPRESSED: Final = (("ÿ", "Ġ-", ("Ġ", "-")), ("þ", "Ġ'", ("Ġ", "'")), ("ý", "Ġâ", ("Ġ", "â")))
"""faster-whisper suppresses the first token of " -", " '" and of a space and a music note. That would be the
lone space, so each is a token of its own, in place of a byte that never occurs."""


def make(path: Path, *, seed: int = 77) -> Tokenizer:
    """Write the tokenizer to `path` and return it; the same seed gives the same one."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    random = Random(seed)
    trainer = trainers.BpeTrainer(
        vocab_size=BPE, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator((f" {sentence(random).written}" for _ in range(TEXTS)), trainer)
    tokenizer.add_special_tokens([AddedToken(each, special=True, normalized=False) for each in SPECIAL])
    path.write_text(_with_suppressed(tokenizer.to_str()), encoding="utf-8")
    return load(path)


def load(path: Path) -> Tokenizer:
    """Return the tokenizer at `path`."""
    return Tokenizer.from_file(str(path))


def encode(tokenizer: Tokenizer, text: str) -> list[int]:
    """Return the tokens of `text`, begun with a space as Whisper writes."""
    return list(tokenizer.encode(f" {text}").ids)


def token(tokenizer: Tokenizer, text: str) -> int:
    """Return the number of the special token `text`."""
    return int(tokenizer.get_vocab()[text])


def _with_suppressed(text: str) -> str:
    tokenizer = json.loads(text)
    vocabulary, merges = tokenizer["model"]["vocab"], tokenizer["model"]["merges"]
    for old, new, pair in SUPPRESSED:
        vocabulary[new] = vocabulary.pop(old)
        merges.append(list(pair))
    return json.dumps(tokenizer, ensure_ascii=False)
