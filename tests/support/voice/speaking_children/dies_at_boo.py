"""A child that dies in the middle of "boo", hangs at "hang", and speaks a little of all else."""

from __future__ import annotations

import os
import sys
import time

from channels.voice.pipe_frames import pack, read

AUDIO = b"\x01\x02" * 1323


def main() -> None:
    """Answer orders until the input ends."""
    put(pack({"kind": "ready", "rate": 22050}))
    while (frame := read(sys.stdin.buffer)) is not None:
        text = frame[0]["text"]
        if text == "hang":
            time.sleep(600)
        put(pack({"kind": "audio"}, AUDIO))
        if text == "boo":
            os._exit(3)
        put(pack({"kind": "end"}))


def put(frame: bytes) -> None:
    """Write one frame at once."""
    sys.stdout.buffer.write(frame)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
