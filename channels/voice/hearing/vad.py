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
