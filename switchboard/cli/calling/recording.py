"""A call as a stereo WAV: the caller left, the gateway right, both where they were heard."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Final

from switchboard.cli.calling.errors import CallFailed

LONGEST_S: Final = 3_600


class Recording:
    """Takes both sides frame by frame, PCM16 mono at `rate`; of calls over an hour, the first hour."""

    def __init__(self, *, rate: int) -> None:
        self._rate = rate
        self._frames = bytearray()

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self._frames) / 4 / self._rate

    def add(self, caller: bytes, gateway: bytes) -> None:
        """Take what was said and heard at the same time, two frames of the same length."""
        if self.seconds >= LONGEST_S:
            return
        both = bytearray(2 * len(caller))
        both[0::4], both[1::4] = caller[0::2], caller[1::2]
        both[2::4], both[3::4] = gateway[0::2], gateway[1::2]
        self._frames += both

    def save(self, path: Path) -> None:
        """Write the file; raises CallFailed."""
        try:
            with path.open("wb") as bare, wave.open(bare, "wb") as file:
                file.setnchannels(2)
                file.setsampwidth(2)
                file.setframerate(self._rate)
                file.writeframes(self._frames)
        except OSError as error:
            raise CallFailed(f"{path} can't be written: {error.strerror}.") from error
