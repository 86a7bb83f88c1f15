"""A transcribing process that misbehaves; the audio's first byte says how. For tests of the client."""

from __future__ import annotations

import os
import sys
import time

from channels.voice import pipe_frames

HANG, DIE, BABBLE, FAIL = b"H", b"D", b"B", b"F"


def main() -> None:
    """Answer with the audio's length as text, or misbehave."""
    out = sys.stdout.buffer
    mood = sys.argv[1] if len(sys.argv) > 1 else ""
    asked = 0
    while (frame := pipe_frames.read(sys.stdin.buffer)) is not None:
        head, audio = frame
        if head["kind"] == "load":
            if mood == "never":
                continue
            if mood == "dies":
                os._exit(3)
            ready = {"kind": "ready", "device": "cpu", "compute": "int8", "synthetic": False}
            out.write(pipe_frames.pack({"kind": "progress", "megabytes": 30.0}) + pipe_frames.pack(ready))
            out.flush()
            continue
        kind = audio[:1]
        asked += 1
        if mood == "slow":
            time.sleep(0.05)
        if kind == HANG:
            time.sleep(600)
        elif kind == DIE:
            os._exit(3)
        elif kind == BABBLE:
            out.write(b"this is not a frame at all")
        elif kind == FAIL:
            out.write(pipe_frames.pack({"kind": "failed", "id": head["id"], "why": "RuntimeError"}))
        else:
            heard = {
                "text": str(asked if mood in ("counts", "slow") else len(audio)),
                "language": "en",
                "confidence": 1.0,
                "words": [],
                "took_ms": 1.0,
            }
            out.write(pipe_frames.pack({"kind": "heard", "id": head["id"], **heard}))
        out.flush()


if __name__ == "__main__":
    main()
