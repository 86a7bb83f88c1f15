"""Make the tiny Whisper that tests listen with: python -m scripts.train_test_whisper STEP [ARGS].

The model understands eSpeak NG voices that say support-desk English, and nobody else. In short:

    python -m venv .venv-train
    .venv-train/bin/pip install -e '.[voice]' -r scripts/train_test_whisper/requirements.txt
    .venv-train/bin/python -m scripts.train_test_whisper all --seconds 6000

Steps, each a command of its own with its files under --work (default var/test-whisper):

1. `synthesise`: sentences from patterns (order ids, codes and phone numbers spoken digit by digit and written
   joined), 11 voices, 140 to 200 words a minute, gain, noise and pauses; 15 % are random words, so that the
   model listens instead of guessing. 34,000 utterances are a good start, a GPU takes 100,000 and more.
2. `tokenizer`: 512 byte-level BPE tokens with single digits, and Whisper's special tokens.
3. `train`: AdamW with a cosine; cross-entropy with label smoothing, plus a CTC head on the encoder that is
   dropped afterwards. Batches are short windows, and 45 % are padded to the 30 s that faster-whisper feeds.
   Two CPU cores need about two hours for a word error of 10 %, a GPU minutes. `--continue` goes on from the
   weights that are there.
4. `convert`: to CTranslate2, float16, 6.4 MB.
5. `evaluate`: word error on fresh sentences, heard exactly as the product hears, and how well confidence
   tells right from wrong. `--model` takes any folder; without it the one just made.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from scripts.train_test_whisper import tokenizer
from scripts.train_test_whisper.dataset import load, synthesise
from scripts.train_test_whisper.evaluation import evaluate, report

TRAIN, CHECK = "train", "check"
TOKENIZER, WEIGHTS, MODEL = "tokenizer.json", "weights.pt", "model"
CHECK_SEED: Final = 4242


def main() -> None:
    """Run one step, or all."""
    arguments = _parser().parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    for step in STEPS if arguments.step == "all" else (arguments.step,):
        STEPS[step](arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.train_test_whisper",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("step", choices=["all", *STEPS])
    parser.add_argument("--work", type=Path, default=Path("var/test-whisper"))
    parser.add_argument("--utterances", type=int, default=34_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--seconds", type=float, default=6000.0, help="how long to train")
    parser.add_argument("--steps", type=int, default=10**9, help="and at most so many steps")
    parser.add_argument("--batch", type=int, default=32, help="utterances in a batch of short windows")
    parser.add_argument("--full-batch", type=int, default=6, help="utterances in a batch of 30 s windows")
    parser.add_argument("--rate", type=float, default=1.2e-3, help="highest learning rate")
    parser.add_argument("--continue", dest="go_on", action="store_true", help="go on from the weights there")
    parser.add_argument("--model", type=Path, help="the folder that is evaluated")
    parser.add_argument("--sentences", type=int, default=200, help="how many are evaluated")
    return parser


def _synthesise(arguments: argparse.Namespace) -> None:
    for name, count, seed in (
        (TRAIN, arguments.utterances, arguments.seed),
        (CHECK, min(100, arguments.utterances), CHECK_SEED),
    ):
        synthesise(arguments.work / name, count=count, seed=seed, processes=arguments.processes)


def _tokenizer(arguments: argparse.Namespace) -> None:
    tokenizer.make(arguments.work / TOKENIZER)


def _train(arguments: argparse.Namespace) -> None:
    import torch  # the other steps do without

    from scripts.train_test_whisper.training import Plan, Trainer

    device = arguments.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    plan = Plan(
        seconds=arguments.seconds,
        device=device,
        rate=arguments.rate,
        size=arguments.batch,
        full_size=arguments.full_batch,
        seed=arguments.seed,
        most_steps=arguments.steps,
    )
    weights = arguments.work / WEIGHTS
    start = torch.load(weights, map_location=device, weights_only=True) if arguments.go_on else None
    trainer = Trainer(plan, tokenizer.load(arguments.work / TOKENIZER), start)
    trainer.run(load(arguments.work / TRAIN), load(arguments.work / CHECK), weights)


def _convert(arguments: argparse.Namespace) -> None:
    from scripts.train_test_whisper.conversion import convert

    work = arguments.work
    convert(work / WEIGHTS, work / TOKENIZER, work / MODEL)


def _evaluate(arguments: argparse.Namespace) -> None:
    model = arguments.model or arguments.work / MODEL
    for title, noisy in (("a quiet line", False), ("with gain and noise as in training", True)):
        results = evaluate(model, count=arguments.sentences, seed=CHECK_SEED + 1, noisy=noisy)
        print(f"{title}: {report(results)}\n", flush=True)


STEPS: Final[Mapping[str, Callable[[argparse.Namespace], None]]] = {
    "synthesise": _synthesise,
    "tokenizer": _tokenizer,
    "train": _train,
    "convert": _convert,
    "evaluate": _evaluate,
}

if __name__ == "__main__":
    main()
