"""The frames between a speaking child process and us, on its pipes.

To the child: 4 bytes length (little-endian), then JSON {"text", "voice", "rate"}.
From the child: 1 byte kind, 4 bytes length (little-endian), then the payload.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

HEAD: Final = struct.Struct("<BI")
ORDER_HEAD: Final = struct.Struct("<I")
LONGEST: Final = 1 << 20
"""Bytes of one frame; a longer one is not of our making."""


class SpeechFrame(IntEnum):
    """What a frame from the child is."""

    READY = 0
    """The engine runs; the payload is its sample rate as text."""
    AUDIO = 1
    END = 2
    FAILED = 3
    """The sentence, or at the start the engine, failed; the payload says why in English."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SpeechOrder:
    """One sentence to speak, with an eSpeak voice name and a rate in words a minute."""

    text: str
    voice: str
    rate: int


def pack_order(order: SpeechOrder) -> bytes:
    """Return the order as it goes down the pipe."""
    body = json.dumps({"text": order.text, "voice": order.voice, "rate": order.rate}).encode()
    return ORDER_HEAD.pack(len(body)) + body


def read_order(body: bytes) -> SpeechOrder:
    """Return the order in a frame's body."""
    fields = json.loads(body)
    return SpeechOrder(text=fields["text"], voice=fields["voice"], rate=fields["rate"])


def pack(kind: SpeechFrame, payload: bytes = b"") -> bytes:
    """Return a frame as it comes up the pipe."""
    return HEAD.pack(kind, len(payload)) + payload
