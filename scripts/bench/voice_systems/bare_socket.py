"""The floor: a socket that decodes frames, notices loudness, and sends the tone. No model at all."""

from __future__ import annotations

import audioop
from collections.abc import Callable
from socket import socket

from voice_job import FRAME_MS, RATE, REPLY, SILENCE_MS, chunks

from voice_systems import twilio_wire
from voice_systems.twilio_wire import SAMPLE, Stream

LOUD = 300


async def serve(listener: socket, ready: Callable[[], None]) -> None:
    """Carry calls."""
    await twilio_wire.serve(listener, ready, talk)


async def talk(stream: Stream) -> None:
    """Answer whatever was loud and is quiet now."""
    quiet_ms, heard = 0, False
    async for event, pcm in stream.messages():
        if event != "media":
            continue
        loud = audioop.rms(pcm, SAMPLE) > LOUD
        heard, quiet_ms = heard or loud, 0 if loud else quiet_ms + FRAME_MS
        if heard and quiet_ms >= SILENCE_MS:
            heard = False
            for chunk in chunks(REPLY, RATE):
                await stream.send(chunk)
