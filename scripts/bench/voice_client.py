"""The callers of scripts/bench/voice: Twilio's side of N media streams, in real time, in one process.

Speaks to its parent in lines: {"open": N} when every call is greeted; a line on standard input
starts the measured seconds; then the report; the end of standard input hangs up.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import re
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp
import loops
from voice_job import FRAME_MS, RATE, SILENCE_MS
from voice_speech import SPOKEN, silence, utterance

from channels.voice.transports.twilio_webhooks import HEADER, sign

PATIENCE = 5.0
"""Seconds from the end of speech within which an answer must begin, else it is a miss."""
GREETED = 1.0
"""Seconds within which a greeting begins; a system without one is spoken to after them."""
PAUSE = 0.5
"""Silence after the answer before the caller speaks again."""
TOKEN = re.compile(r'name="token" value="([^"]+)"')
LOUD = 0x60
"""A mu-law code whose low bits are below this is louder than about -36 dBFS; silence is 0x7F."""


@dataclass
class Report:
    """What all callers measured: milliseconds from the end of speech, less the silence waited for."""

    latencies: list[float] = field(default_factory=list)
    misses: int = 0
    early: int = 0
    dropped: int = 0
    late_frames: list[float] = field(default_factory=list)


class Caller:
    """One call."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, report: Report, lines: Lines) -> None:
        self._socket = socket
        self._report = report
        self._lines = lines
        self._stream = f"MZ{uuid4().hex}"
        self._to_say: deque[str] = deque()
        self._said = asyncio.Event()
        self._answered = asyncio.Event()
        self._marks: deque[tuple[float, str]] = deque()
        self._playing_until = 0.0
        self._speech_ended = 0.0
        self._first_audio = 0.0
        self._waits = False
        self.measured = False

    async def start(self, token: str, call_sid: str) -> None:
        """Say what Twilio says first."""
        await self._socket.send_json({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        start = {
            "streamSid": self._stream,
            "accountSid": "ACbench",
            "callSid": call_sid,
            "tracks": ["inbound"],
            "customParameters": {"token": token},
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": RATE, "channels": 1},
        }
        await self._socket.send_json(
            {"event": "start", "sequenceNumber": "1", "start": start, "streamSid": self._stream}
        )

    async def send(self) -> None:
        """Send a frame every 20 ms, speech or the noise of the line, and marks whose audio was played."""
        begun, number, silent = time.perf_counter(), 0, self._lines.silence
        while not self._socket.closed:
            number += 1
            due = begun + number * FRAME_MS / 1000
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            speaks = bool(self._to_say)
            payload = self._to_say.popleft() if speaks else silent[number % len(silent)]
            await self._socket.send_str(self._media(number, payload))
            now = time.perf_counter()
            if self.measured:
                self._report.late_frames.append((now - due) * 1000)
            if speaks and not self._to_say:
                self._speech_ended, self._waits = now, True
                self._said.set()
            while self._marks and self._marks[0][0] <= now:
                await self._return_mark(self._marks.popleft()[1])

    def _media(self, number: int, payload: str) -> str:
        at = number * FRAME_MS
        media = f'{{"track":"inbound","chunk":"{number}","timestamp":"{at}","payload":"{payload}"}}'
        head = f'{{"event":"media","sequenceNumber":"{number + 1}"'
        return f'{head},"media":{media},"streamSid":"{self._stream}"}}'

    async def _return_mark(self, name: str) -> None:
        await self._socket.send_json({"event": "mark", "streamSid": self._stream, "mark": {"name": name}})

    async def receive(self) -> None:
        """Take audio as a telephone would play it."""
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                await self._take(json.loads(message.data))

    async def _take(self, message: dict[str, Any]) -> None:
        now = time.perf_counter()
        if message["event"] == "media":
            codes = base64.b64decode(message["media"]["payload"])
            self._playing_until = max(now, self._playing_until) + len(codes) / RATE
            self._heard(codes, now)
        elif message["event"] == "mark":
            self._marks.append((self._playing_until, message["mark"]["name"]))
        elif message["event"] == "clear":
            self._playing_until = now
            while self._marks:
                await self._return_mark(self._marks.popleft()[1])

    def _heard(self, codes: bytes, now: float) -> None:
        if not any(code & 0x7F < LOUD for code in codes[:40]):
            return
        if self._to_say and self.measured:
            self._report.early += 1
        if self._waits:
            self._waits = False
            self._first_audio = now
            self._answered.set()

    async def greeted(self) -> None:
        """Wait until the greeting, where there is one, is over."""
        await asyncio.sleep(GREETED)
        await self._quiet()

    async def _quiet(self) -> None:
        # It moves on while more audio comes, so there is no event to wait for.
        while (left := self._playing_until + PAUSE - time.perf_counter()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)

    async def turn(self) -> None:
        """Speak, wait for the answer, hear it to its end."""
        self._said.clear()
        self._answered.clear()
        self._to_say.extend(self._lines.utterance)
        try:
            async with asyncio.timeout(PATIENCE + len(self._to_say) * FRAME_MS / 1000):
                await self._said.wait()
            async with asyncio.timeout(PATIENCE):
                await self._answered.wait()
        except TimeoutError:
            self._waits = False
            self._report.misses += self.measured
            return
        if self.measured:
            took = (self._first_audio - self._speech_ended) * 1000 - SILENCE_MS
            self._report.latencies.append(took)
        await self._quiet()


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Payloads ready to be sent."""

    utterance: list[str]
    silence: list[str]

    @classmethod
    def make(cls, spoken: str) -> Lines:
        """Return what is said, and a second of a quiet line."""
        return cls(utterance=_payloads(utterance(spoken)), silence=_payloads(silence()))

    @property
    def turn_seconds(self) -> float:
        """About how long a turn lasts."""
        return len(self.utterance) * FRAME_MS / 1000 + 3.3


def _payloads(frames: list[bytes]) -> list[str]:
    return [base64.b64encode(frame).decode() for frame in frames]


async def incoming(client: aiohttp.ClientSession, url: str, secret: str, call_sid: str) -> str:
    """Post the call as Twilio does, signed; return the start token."""
    form = {"CallSid": call_sid, "From": "+15005550006", "To": "+15005550001", "AccountSid": "ACbench"}
    address = f"{url}/voice/twilio/incoming"
    signature = sign(address, form.items(), secret=secret)
    async with client.post(address, data=form, headers={HEADER: signature}) as response:
        text = await response.text()
    found = TOKEN.search(text)
    if found is None:
        raise SystemExit(f"the call was not taken: {text}")
    return found[1]


async def enter(
    client: aiohttp.ClientSession, options: argparse.Namespace, report: Report, lines: Lines
) -> tuple[Caller, asyncio.Task[None]]:
    """Open a call, hear its greeting, have the turns that are not measured."""
    call_sid = f"CA{uuid4().hex}"
    token = await incoming(client, options.url, options.secret, call_sid) if options.secret else ""
    socket = await client.ws_connect(f"{options.url}/voice/twilio", compress=0)
    caller = Caller(socket, report, lines)
    await caller.start(token, call_sid)
    carried = asyncio.create_task(carry(caller, report))
    await caller.greeted()
    for _ in range(options.warm):
        await caller.turn()
    if socket.closed:
        raise SystemExit("a call was dropped before it was measured")
    return caller, carried


async def carry(caller: Caller, report: Report) -> None:
    """Send and receive until the socket is closed; closed by the other side is a dropped call."""
    sending = asyncio.create_task(caller.send())
    try:
        await caller.receive()
        report.dropped += 1
    finally:
        sending.cancel()


async def speak(caller: Caller, after: float) -> None:
    """Take turns for as long as is measured."""
    await asyncio.sleep(after)
    caller.measured = True
    while True:
        await caller.turn()


async def run(options: argparse.Namespace) -> None:
    """Open the calls, wait for the parent's word, speak, report, and stay until told to hang up."""
    report, lines = Report(), Lines.make(options.say)
    apart = lines.turn_seconds / options.calls
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:

        async def later(number: int) -> tuple[Caller, asyncio.Task[None]]:
            await asyncio.sleep(number * min(apart, 0.2))
            return await enter(client, options, report, lines)

        entered = await asyncio.gather(*(later(number) for number in range(options.calls)))
        print(json.dumps({"open": len(entered)}), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        speaking = [asyncio.create_task(speak(each, n * apart)) for n, (each, _) in enumerate(entered)]
        await asyncio.sleep(options.seconds)
        for task in speaking:
            task.cancel()
        print(json.dumps(vars(report)), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        for _, carried in entered:
            carried.cancel()


def main() -> None:
    """Make the calls."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--secret", default="")
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--warm", type=int, required=True)
    parser.add_argument("--say", default=SPOKEN)
    loops.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
