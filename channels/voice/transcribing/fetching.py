"""Brings weights by size name into the Hugging Face cache, in the child process, and says how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from faster_whisper.utils import download_model

from channels.voice.transcribing.weights import repository_folder

EVERY_S: Final = 2.0
Progress = Callable[[float], None]
"""Takes the megabytes fetched so far."""


class CannotFetch(Exception):
    """The weights are not in the cache and can't be fetched."""


def fetch(model: str, progress: Progress) -> Path:
    """Return the folder of the size name `model`, from the cache or fetched now; raise CannotFetch."""
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
