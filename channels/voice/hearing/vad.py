"""Voice activity detection: the Silero model that lies in faster-whisper, run as a stream."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from channels.voice.errors import VoiceError
from channels.voice.pcm import Samples

FRAME: Final = 512
"""Samples of one frame at 16 kHz: 32 ms."""
FRAME_MS: Final = 32
CONTEXT: Final = 64
"""Samples of the frame before that the model sees too."""
MEMORY: Final = (1, 1, 128)
MODEL: Final = "silero_vad_v6.onnx"


class VadUnavailable(VoiceError):
    """The Silero model can't be loaded."""

    code = "vad_unavailable"


def _silence() -> NDArray[np.float32]:
    return np.zeros(MEMORY, np.float32)


@dataclass(kw_only=True, slots=True)
class VadState:
    """What the model remembers of one call."""

    h: NDArray[np.float32] = field(default_factory=_silence)
    c: NDArray[np.float32] = field(default_factory=_silence)
    context: Samples = field(default_factory=lambda: np.zeros(CONTEXT, np.float32))


class SileroVad:
    """The model, loaded once and shared by all calls; raises VadUnavailable.

    One thread: a frame takes 0.06 ms, and threads that wait for each other would take more than that.
    Source: github.com/snakers4/silero-vad.
    """

    def __init__(self, model: Path | None = None) -> None:
        path = model or _bundled()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's own errors share no base class
            raise VadUnavailable("The Silero model of the voice extra can't be loaded.") from error

    def make_state(self) -> VadState:
        """Return the state of a new call."""
        return VadState()

    def probabilities(self, state: VadState, frames: Samples) -> list[float]:
        """Return the speech probability of each frame (rows of 512 samples at 16 kHz), in one run."""
        seen = np.empty((len(frames), CONTEXT + FRAME), np.float32)
        seen[:, CONTEXT:] = frames
        seen[0, :CONTEXT] = state.context
        seen[1:, :CONTEXT] = frames[:-1, -CONTEXT:]
        state.context = frames[-1, -CONTEXT:].copy()
        found, state.h, state.c = self._session.run(None, {"input": seen, "h": state.h, "c": state.c})
        chances: list[float] = found.ravel().tolist()
        return chances


def _bundled() -> Path:
    # looked up, not imported: the whole of faster-whisper is for the transcriber's process only
    found = find_spec("faster_whisper")
    if found is None or not found.submodule_search_locations:
        raise VadUnavailable("faster-whisper, which brings the Silero model, is not installed.")
    return Path(found.submodule_search_locations[0]) / "assets" / MODEL


SURELY_SILENT: Final = -75.0
ABOVE_FLOOR_DB: Final = 4.0
HIGHEST_FLOOR: Final = -40.0
"""Louder steady noise is listened to: a faint caller could be in it."""
QUIET_FRAMES: Final = 12
"""Quiet frames before the model may doze."""
LOOK_BACK: Final = 3
"""Dozed frames that are shown to the model when it wakes, so that it knows what came before."""
MOST_AT_ONCE: Final = 32


def quiet(level: float, floor: float) -> bool:
    """Tell whether a frame is no louder than the line's own noise."""
    return level < max(SURELY_SILENT, min(floor, HIGHEST_FLOOR) + ABOVE_FLOOR_DB)


class Attention:
    """One call's speech probabilities; whether a frame is skipped depends on levels alone."""

    def __init__(self, vad: SileroVad) -> None:
        self._vad = vad
        self._state = vad.make_state()
        self._quiet = QUIET_FRAMES
        self._dozed: list[Samples] = []
        self.judged = 0

    def probabilities(self, frames: Samples, quiets: list[bool]) -> list[float]:
        """Return the speech probability of each frame, 0 for the skipped ones."""
        chances = [0.0] * len(frames)
        awake: list[int] = []
        for index, is_quiet in enumerate(quiets):
            self._quiet = self._quiet + 1 if is_quiet else 0
            if self._quiet <= QUIET_FRAMES:
                awake.append(index)
                continue
            self._ask(frames, awake, chances)
            awake = []
            self._doze(frames[index])
        self._ask(frames, awake, chances)
        return chances

    def _doze(self, frame: Samples) -> None:
        self._dozed.append(frame.copy())
        if len(self._dozed) > LOOK_BACK + 1:
            del self._dozed[0]

    def _ask(self, frames: Samples, awake: list[int], chances: list[float]) -> None:
        if not awake:
            return
        self._wake()
        for start in range(0, len(awake), MOST_AT_ONCE):
            part = awake[start : start + MOST_AT_ONCE]
            chances[part[0] : part[-1] + 1] = self._run(frames[part[0] : part[-1] + 1])

    def _wake(self) -> None:
        if len(self._dozed) > LOOK_BACK:
            self._state.context = self._dozed.pop(0)[-CONTEXT:]
        if self._dozed:
            self._run(np.stack(self._dozed))
            self._dozed = []

    def _run(self, frames: Samples) -> list[float]:
        self.judged += len(frames)
        return self._vad.probabilities(self._state, frames)
