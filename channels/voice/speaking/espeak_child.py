"""The child process that speaks: pyttsx3 with eSpeak NG in synchronous mode, audio out on its pipe.

Run as `python -m channels.voice.speaking.espeak_child`; it ends when its input does. pyttsx3 from a server
hangs or loses text, so only its driver and library calls are used: one call of eSpeak per sentence, whose
callback hands on each 60 ms.

In: {"text", "voice", "rate"}. Out: `ready` with the rate or `failed` with the reason, then for each
sentence `audio` frames and `end`, or `failed`.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

from channels.voice.pipe_frames import pack, read

CHUNK_MS: Final = 60
STAY_ON_ERROR: Final = 0x8000
"""espeakINITIALIZE_DONT_EXIT of speak_lib.h: broken data is an answer, not the process's end."""


class Unfit(Exception):
    """The engine can't run here; the message says why."""


def main() -> int:
    """Speak what is asked until the input ends; 1 when the engine can't run here."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the gateway decides
    out = _clean_output()
    try:
        engine = EspeakEngine(_loader_paths())
    except Unfit as error:
        _put(out, "failed", why=str(error))
        return 1
    _put(out, "ready", rate=engine.rate)
    with os.fdopen(0, "rb") as orders:
        while (frame := read(orders)) is not None:
            _speak(engine, frame[0], out)
    return 0


class EspeakEngine:
    """eSpeak NG through pyttsx3; raises Unfit when it can't be loaded."""

    def __init__(self, paths: tuple[Path, Path]) -> None:
        self.rate = 0
        _preload(*paths)
        self._espeak = self._synchronous(paths[1])
        self._driver = self._start()

    def speak(self, order: Mapping[str, Any], hear: Callable[[bytes], None]) -> None:
        """Speak one sentence; `hear` gets PCM16 while it is made. Raises ValueError for an unknown voice."""

        def on_audio(wave: Any, count: int, _events: Any) -> int:
            if count > 0:
                hear(ctypes.string_at(wave, count * 2))
            return 0

        espeak = self._espeak
        self._driver.setProperty("voice", order["voice"])
        self._driver.setProperty("rate", order["rate"])
        espeak.SetSynthCallback(on_audio)
        done = espeak.Synth(
            order["text"].encode("utf-8", "replace"), flags=espeak.ENDPAUSE | espeak.CHARS_UTF8
        )
        if done != espeak.EE_OK:
            raise ValueError(f"eSpeak answered {done}")

    def _synchronous(self, data: Path) -> Any:
        """Return pyttsx3's eSpeak calls, with a start that hands audio to us in this very thread."""
        try:
            from pyttsx3.drivers import _espeak as espeak
        except (ImportError, OSError, RuntimeError) as error:
            raise Unfit(f"pyttsx3 can't use eSpeak NG: {error}") from error
        initialize = espeak.Initialize

        def start(*_: Any) -> int:
            folder = os.fsencode(data)
            self.rate = int(initialize(espeak.AUDIO_OUTPUT_SYNCHRONOUS, CHUNK_MS, folder, STAY_ON_ERROR))
            return self.rate

        espeak.Initialize = start
        return espeak

    def _start(self) -> Any:
        import pyttsx3

        try:
            driver = pyttsx3.init("espeak").proxy._driver
        except (RuntimeError, ValueError) as error:
            raise Unfit(f"eSpeak NG does not start: {error}") from error
        if self.rate <= 0:
            raise Unfit("eSpeak NG does not start with the voices that espeakng-loader brings.")
        return driver


def _loader_paths() -> tuple[Path, Path]:
    """Return eSpeak's library and folder of voices; without the latter eSpeak would end the process."""
    try:
        import espeakng_loader
    except ImportError as error:
        raise Unfit("espeakng-loader is missing; the voice extra brings it.") from error
    library = Path(espeakng_loader.get_library_path())
    data = Path(os.environ.get("ESPEAK_DATA_PATH") or espeakng_loader.get_data_path())
    if not library.is_file():
        raise Unfit("eSpeak NG's library is missing from espeakng-loader.")
    if not (data / "phontab").is_file():
        raise Unfit("eSpeak NG's voices are missing: no phontab in its data folder.")
    return library, data


def _preload(library: Path, data: Path) -> None:
    """Load the library for all, so that pyttsx3 finds it by its name without one from the system."""
    os.environ["ESPEAK_DATA_PATH"] = str(data)
    try:
        ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    except OSError as error:
        raise Unfit(f"eSpeak NG's library can't be loaded: {error}") from error


def _clean_output() -> BinaryIO:
    """Return the pipe to the gateway and point standard output at standard error: pyttsx3 prints."""
    pipe = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return pipe


def _speak(engine: EspeakEngine, order: Mapping[str, Any], out: BinaryIO) -> None:
    try:
        engine.speak(order, lambda pcm: _put(out, "audio", pcm))
    except ValueError as error:
        _put(out, "failed", why=str(error))
    else:
        _put(out, "end")


def _put(out: BinaryIO, kind: str, audio: bytes = b"", **more: object) -> None:
    view = memoryview(pack({"kind": kind, **more}, audio))
    while view:
        try:
            view = view[out.write(view) :]
        except BrokenPipeError:
            os._exit(0)  # the gateway is gone; an exception would be lost in eSpeak's callback


if __name__ == "__main__":
    sys.exit(main())
