"""Which Whisper weights are configured, and whether they are here; looks at files only, loads nothing."""

from __future__ import annotations

import json
import os
import threading
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TEST_MODEL: Final = Path(__file__).with_name("test_model")
"""The tiny Whisper that ships with the sources; it understands synthetic speech alone."""
TEST_NOTICE: Final = (
    "Calls are understood by the test model only: it hears synthetic (eSpeak) support-desk English "
    "and does not understand people."
)
LEAST_VOCABULARY: Final = 10_000
"""Tokens: each Whisper trained on people has over 50,000, the test models about 1,000."""
FILES: Final = ("model.bin", "config.json")

SIZES: Final[Mapping[str, str]] = tomllib.loads(
    Path(__file__).with_name("whisper_sizes.toml").read_text("utf-8")
)
"""Size names and the Hugging Face repository of each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """The configured weights as they are found."""

    model: str
    """A size name or a folder, as configured."""
    folder: Path | None
    """Where they are; None: a size name that has to be fetched first."""
    problem: str | None = None
    """Why they can't be used, as one sentence."""

    @property
    def synthetic(self) -> bool:
        """Whether this is a test model, which understands synthetic speech alone."""
        return self.folder is not None and is_test_model(self.folder)


def find_weights(model: str) -> Weights:
    """Return what is known of the weights `model` without loading or fetching anything."""
    if model in SIZES:
        return Weights(model=model, folder=_cached(SIZES[model]))
    folder = Path(model).expanduser()
    if not folder.is_dir():
        return Weights(model=model, folder=None, problem=_unknown(model))
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        problem = f"SWITCHBOARD_WHISPER_MODEL: the folder {model} holds no {' and no '.join(missing)}."
        return Weights(model=model, folder=None, problem=problem)
    return Weights(model=model, folder=folder)


def is_test_model(folder: Path) -> bool:
    """Return whether the vocabulary in `folder` is too small for a Whisper trained on people."""
    try:
        vocabulary = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(vocabulary, list) and len(vocabulary) < LEAST_VOCABULARY


def cache_folder() -> Path:
    """Return the Hugging Face cache (huggingface.co/docs/huggingface_hub, environment variables)."""
    given = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    if given:
        return Path(given).expanduser()
    home = os.environ.get("HF_HOME")
    if not home:
        home = os.path.join(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface")  # noqa: PTH118
    return Path(home).expanduser() / "hub"


def repository_folder(model: str) -> Path:
    """Return where the cache keeps the size name `model`."""
    return cache_folder() / f"models--{SIZES[model].replace('/', '--')}"


def _cached(repository: str) -> Path | None:
    snapshots = cache_folder() / f"models--{repository.replace('/', '--')}" / "snapshots"
    found = sorted(snapshots.glob("*/model.bin")) if snapshots.is_dir() else []
    return found[-1].parent if found else None


def _unknown(model: str) -> str:
    if "/" in model or os.sep in model:
        return f"SWITCHBOARD_WHISPER_MODEL: there is no folder {model}."
    return (
        f"SWITCHBOARD_WHISPER_MODEL: {model} is neither a folder nor a faster-whisper size (base, small, …)."
    )


EVERY_S: Final = 2.0
Progress = Callable[[float], None]
"""Takes the megabytes fetched so far."""


class CannotFetch(Exception):
    """The weights are not in the cache and can't be fetched."""


def fetch(model: str, progress: Progress) -> Path:
    """Return the folder of the size name `model`, from the cache or fetched now; raise CannotFetch."""
    from faster_whisper.utils import download_model  # heavy: only the child process needs it

    try:
        return Path(download_model(model, local_files_only=True))
    except FileNotFoundError:
        pass  # what the hub's LocalEntryNotFoundError is
    try:
        with _watched(repository_folder(model), progress):
            return Path(download_model(model))
    except Exception as error:  # the hub client raises a dozen kinds: no network, no space, no such revision
        raise CannotFetch(_why(error)) from error


@contextmanager
def _watched(folder: Path, progress: Progress) -> Iterator[None]:
    done = threading.Event()

    def watch() -> None:
        while not done.wait(EVERY_S):
            progress(_size(folder) / 1e6)

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        done.set()


def _size(folder: Path) -> int:
    total = 0
    for path in (folder / "blobs").glob("*"):
        try:
            total += path.stat().st_size
        except OSError:
            continue  # renamed while we look
    return total


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no connection to the Hugging Face hub"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return f"the download ended with {type(error).__name__}"
