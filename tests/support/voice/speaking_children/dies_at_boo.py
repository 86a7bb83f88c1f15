"""A child that dies in the middle of "boo", hangs at "hang", and speaks a little of all else."""

from __future__ import annotations

import os
import sys
import time

from channels.voice.speaking.frames import ORDER_HEAD, SpeechFrame, pack, read_order

AUDIO = b"\x01\x02" * 1323


def main() -> None:
    """Answer orders until the input ends."""
    put(pack(SpeechFrame.READY, b"22050"))
    while head := sys.stdin.buffer.read(ORDER_HEAD.size):
        order = read_order(sys.stdin.buffer.read(*ORDER_HEAD.unpack(head)))
        if order.text == "hang":
            time.sleep(600)
        put(pack(SpeechFrame.AUDIO, AUDIO))
        if order.text == "boo":
            os._exit(3)
        put(pack(SpeechFrame.END))


def put(frame: bytes) -> None:
    """Write one frame at once."""
    sys.stdout.buffer.write(frame)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
