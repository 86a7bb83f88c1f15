"""The transcribing process: reads requests from standard input, answers on standard output.

In: `load` first, then `transcribe` with audio. Out: `progress`, `ready` or
`unusable`, then `heard` or `failed`. Ends with its input, so a gateway that dies takes it along.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from channels.voice import pipe_frames
from channels.voice.transcribing.weights import find_weights, is_test_model

if TYPE_CHECKING:
    from channels.voice.transcribing.whisper_engine import WhisperEngine


class Pipe:
    """Our end of the standard output; threads write whole pipe_frames."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._one_at_a_time = threading.Lock()

    def send(self, **head: Any) -> None:
        """Write one frame."""
        with self._one_at_a_time:
            self._stream.write(pipe_frames.pack(head))
            self._stream.flush()


class Server:
    """Loads the model in one thread, transcribes in `workers` threads, while the main thread reads."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._engine: WhisperEngine | None = None
        self._pool: ThreadPoolExecutor | None = None

    def take(self, head: dict[str, Any], audio: bytes) -> None:
        """Begin what one frame asks for."""
        if head["kind"] == "load":
            self._pool = ThreadPoolExecutor(max_workers=int(head["workers"]))
            self._pool.submit(self._guarded, self._load, head)
        elif self._pool is not None:
            self._pool.submit(self._guarded, self._transcribe, head, audio)

    def _guarded(self, work: Any, head: dict[str, Any], *more: Any) -> None:
        try:
            work(head, *more)
        except Exception as error:  # whatever a library raises: the gateway is told, and we go on
            kind = "unusable" if head["kind"] == "load" else "failed"
            self._pipe.send(kind=kind, id=head.get("id"), why=f"{type(error).__name__}")

    def _load(self, head: dict[str, Any]) -> None:
        model = str(head["model"])
        weights = find_weights(model)
        if weights.problem:
            self._pipe.send(kind="unusable", why=weights.problem)
            return
        try:
            from channels.voice.transcribing.weights import CannotFetch, fetch
            from channels.voice.transcribing.whisper_engine import EngineOptions, WhisperEngine
        except ImportError as error:
            self._pipe.send(
                kind="unusable", why=f"the package {error.name} is not installed", installed=False
            )
            return
        try:
            folder = weights.folder or fetch(
                model, lambda done: self._pipe.send(kind="progress", megabytes=done)
            )
        except CannotFetch as error:
            self._pipe.send(kind="unusable", why=str(error))
            return
        synthetic = is_test_model(folder)
        engine = WhisperEngine(
            EngineOptions(
                folder=str(folder),
                synthetic=synthetic,
                device=str(head["device"]),
                compute=str(head["compute"]),
                workers=int(head["workers"]),
                threads=int(head["threads"]),
                beam=max(int(head["beam"]), 5 if synthetic else 1),
            )
        )
        self._engine = engine
        self._pipe.send(
            kind="ready",
            device=engine.device,
            compute=engine.compute,
            multilingual=engine.multilingual,
            synthetic=synthetic,
        )

    def _transcribe(self, head: dict[str, Any], audio: bytes) -> None:
        if self._engine is None:
            raise RuntimeError("not loaded")
        heard = self._engine.hear(audio, language=head["language"], words=bool(head["words"]))
        self._pipe.send(kind="heard", id=head["id"], **asdict(heard))


def main() -> None:
    """Serve until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the gateway decides
    pipe = Pipe(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)  # what a library prints must not mix with our frames
    server = Server(pipe)
    while (frame := pipe_frames.read(sys.stdin.buffer)) is not None:
        server.take(*frame)
    os._exit(0)  # threads may be in the middle of a model or a download


if __name__ == "__main__":
    main()
