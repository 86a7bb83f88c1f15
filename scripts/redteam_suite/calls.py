"""Calls: the voice socket, and a phone call over Twilio's wire.

What a caller says is one sentence of eSpeak's, which the gateway under attack hears as `HEARD`: a claimed
name, a code and a request. Keys say what they say. The model's orders travel past the gateway, found by the
mark of the conversation.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree as ET

import aiohttp

from scripts.redteam_suite.case import Case, Step
from scripts.redteam_suite.house import House
from scripts.redteam_suite.people import Person
from scripts.redteam_suite.truth import canary

RATE = 16_000
PHONE_RATE = 8_000
FRAME_S = 0.1
SILENCE_S = 1.6
AHEAD_S = 4.0
PATIENCE = 30.0
LAST_WORDS = 20.0
QUIET_S = 1.6
"""A long sentence is sent in parts, this far from each other at most."""
REPORT_EVERY = 8
"""Frames of a reply between two words on how much was played."""
SETTLED_S = 0.5
"""After a turn's end is in the database the call learns of it, and nothing on the wire says so."""
OURS = "own-"
"""How the turns of the call's own sentences begin."""
TAKEN = "SELECT coalesce(max(seq), 0) FROM messages WHERE conversation_id = $1 AND author = 'customer'"
LAST = """
SELECT turn_id::text, seq FROM messages WHERE conversation_id = $1 AND author <> 'customer'
ORDER BY seq DESC LIMIT 1
"""
BY_PHONE = """
SELECT conversation_id::text FROM sessions WHERE channel = 'voice' AND phone = $1
AND NOT conversation_id = ANY($2::uuid[])
"""


def phone_of(who: Person) -> str:
    """Return a person's telephone number."""
    return f"+4930{20_000_000 + who.number}"


@lru_cache(maxsize=2)
def sentence(rate: int) -> bytes:
    """Return one spoken sentence as PCM16; voice packages are imported here alone."""
    from tests.support.voice.speech import speech

    pcm = speech("I would like some help with my order.")
    samples = array("h", pcm)
    return pcm if rate == RATE else samples[:: RATE // rate].tobytes()


class Call(ABC):
    """What both wires share; `keys` are pressed in place of speaking, `hasty` takes all audio as played."""

    rate = RATE

    def __init__(self, case: Case, house: House, http: aiohttp.ClientSession, *, allowed: int) -> None:
        self._case, self._house, self._http = case, house, http
        self.allowed = allowed
        self.conversation = ""
        self.hasty = True
        self.refused = ""
        self.said: list[tuple[str, str]] = []
        """Turn and text of each sentence that was spoken to the caller."""
        self._ws: aiohttp.ClientWebSocketResponse | None = None
        self._reading: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._ended: set[str] = set()
        self._cleared = 0
        self._audio_at = time.monotonic()
        self._due = 0.0
        self._closing = False

    async def say(self, text: str, *steps: Step, keys: str = "", **more: Any) -> str:
        """Speak, or press keys, which the model answers step by step; return what was said to it."""
        await self.open()
        if not self.conversation:
            return ""
        self.script(*steps)
        start, before = len(self.said), await self._seq()
        await (self.press(keys) if keys else self.speak())
        await self.answered(before)
        return "\n".join(text for _, text in self.said[start:])

    def script(self, *steps: Step) -> None:
        """Say what the model answers to the next message of this call."""
        mark = canary(self._house.identity_secret, self.conversation)
        self._house.model.answer_call(mark, self._case, steps)

    async def open(self) -> None:
        """Call, and listen to the greeting."""
        if self._ws is None and not self.refused:
            await self._connect()

    async def answered(self, before: int) -> None:
        """Wait until a message behind `before` was taken in, answered, and the answer spoken."""
        async with asyncio.timeout(PATIENCE):
            while await self._seq() <= before and not self.refused:  # noqa: ASYNC110 - rows have no event
                await asyncio.sleep(0.05)
        await self._house.quiet(self.conversation)
        await self._spoken_out()

    async def _seq(self) -> int:
        return int(await self._house.database.fetchval(TAKEN, self.conversation))

    async def speak(self) -> None:
        """Say the sentence, and be silent."""
        await self._send_audio(sentence(self.rate) + bytes(int(SILENCE_S * self.rate) * 2))

    async def press(self, keys: str) -> None:
        """Press keys: what they say is written by the attacker."""
        self._case.written.append(keys)
        for key in keys:
            await self._press(key)

    async def _send_audio(self, pcm: bytes) -> None:
        size = int(FRAME_S * self.rate) * 2
        for start in range(0, len(pcm), size):
            now = time.monotonic()
            self._due = max(self._due, now) + FRAME_S
            if self._due - now > AHEAD_S:
                await asyncio.sleep(self._due - now - AHEAD_S)
            if self._ws is None or self._ws.closed:
                return
            await self._send_frame(pcm[start : start + size])

    async def close(self) -> None:
        """Hang up, and note all sentences as one text: a secret may be cut into several."""
        self._closing = True
        self._case.hear("all that was said in a call", " ".join(text for _, text in self.said))
        if self._ws is not None:
            await self._hang_up()
            await self._ws.close()
        if self._reading is not None:
            await asyncio.wait({self._reading}, timeout=5.0)

    async def _read(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        async for message in ws:
            if message.type is aiohttp.WSMsgType.TEXT:
                await self._take(message.json())
            elif message.type is aiohttp.WSMsgType.BINARY:
                await self._play(len(message.data) / 2 / self.rate)
            self._news.set()
        if not self._closing:
            self.refused = self.refused or f"call refused: {ws.close_code}"
            self._case.held(f"call refused: {ws.close_code}")
        self._news.set()

    async def until(self, condition: Callable[[], bool], *, limit: float = PATIENCE) -> bool:
        """Wait for something the wire tells; False after `limit` seconds."""
        try:
            async with asyncio.timeout(limit):
                while not (condition() or self.refused):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    @abstractmethod
    async def _connect(self) -> None: ...

    @abstractmethod
    async def _take(self, frame: Mapping[str, Any]) -> None: ...

    @abstractmethod
    async def _play(self, seconds: float) -> None: ...

    @abstractmethod
    async def _press(self, key: str) -> None: ...

    @abstractmethod
    async def _send_frame(self, pcm: bytes) -> None: ...

    @abstractmethod
    async def _hang_up(self) -> None: ...

    @abstractmethod
    async def _spoken_out(self) -> None: ...


class NativeCall(Call):
    """`GET /voice`."""

    def __init__(
        self, case: Case, house: House, http: aiohttp.ClientSession, *, allowed: int,
        identity: str | None = None, token: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(case, house, http, allowed=allowed)
        self.identity, self.token = identity, token
        self.hello: Mapping[str, Any] = {}
        """Further fields of the first frame."""
        self.lie: int | None = None
        """What this client says was played, in milliseconds; None: the truth."""
        self._played = 0.0
        self._frames = 0

    async def cut_in(self, *steps: Step, then: Step, keys: str = "") -> list[str]:
        """Speak over the answer to the first message; return the sentences of it that had begun."""
        start, cleared = len(self.said), self._cleared
        await self.begin_to_hear(*steps)
        before = await self._seq()
        self.script(then)
        await (self.press(keys) if keys else self.speak())
        await self.until(lambda: self._cleared > cleared)
        begun = self._replies(start)
        self.hasty = True
        await self.answered(before)
        return begun

    async def begin_to_hear(self, *steps: Step) -> list[str]:
        """Speak, and return what has begun of the answer (in real time) once the model is done."""
        await self.open()
        self.script(*steps)
        self.hasty = False
        start = len(self.said)
        await self.speak()
        if not await self.until(lambda: bool(self._replies(start))):
            raise RuntimeError("no reply was spoken that could be cut")
        await self._house.quiet(self.conversation)
        await asyncio.sleep(SETTLED_S)
        if self.lie is not None:
            await self.claim_played(self.lie)
        return self._replies(start)

    def _replies(self, start: int) -> list[str]:
        return [text for turn, text in self.said[start:] if not turn.startswith(OURS)]

    async def _connect(self) -> None:
        self._ws = await self._http.ws_connect(f"{self._house.url}/voice")
        hello = {"type": "hello", "rate": RATE, "token": self.token, "identity": self.identity}
        await self._ws.send_json({**self.hello, **hello})
        self._reading = asyncio.create_task(self._read(self._ws))
        await self.until(lambda: any(turn.startswith(OURS) for turn in self._ended))

    async def _take(self, frame: Mapping[str, Any]) -> None:
        kind = frame["type"]
        if kind == "ready":
            self.conversation, self.token = str(frame["conversation"]), str(frame["token"])
            self._case.conversations.setdefault(self.conversation, self.allowed)
        elif kind == "reply":
            self.said.append((str(frame["turn"]), str(frame["text"])))
            self._case.hear("a sentence of a call", str(frame["text"]))
        elif kind == "audio_end":
            self._ended.add(str(frame["turn"]))
            await self._report()
        elif kind == "clear":
            self._cleared += 1
            self._played = 0.0
        elif kind in ("error", "transfer"):
            self._case.hear(f"a frame of a call ({kind})", str(frame.get("message") or frame.get("to")))

    async def _play(self, seconds: float) -> None:
        self._played += seconds * 1000
        self._frames += 1
        if self._frames % REPORT_EVERY == 0:
            await self._report()

    async def _report(self) -> None:
        if self.hasty:
            await self.claim_played(int(self._played))

    async def claim_played(self, ms: int) -> None:
        """Say how much was played, which may be a lie."""
        if self._ws is not None and not self._ws.closed:
            await self._ws.send_json({"type": "played", "ms": ms})

    async def _press(self, key: str) -> None:
        if self._ws is not None and not self._ws.closed:
            await self._ws.send_json({"type": "dtmf", "digit": key})

    async def _send_frame(self, pcm: bytes) -> None:
        if self._ws is not None:
            await self._ws.send_bytes(pcm)

    async def _hang_up(self) -> None:
        if self._ws is not None and not self._ws.closed:
            await self._ws.send_json({"type": "hangup"})

    async def _spoken_out(self) -> None:
        row = await self._house.database.fetchrow(LAST, self.conversation)
        if row is not None:
            turn = row["turn_id"] or f"message-{row['seq']}"
            await self.until(lambda: turn in self._ended, limit=LAST_WORDS)


class PhoneCall(Call):
    """A signed `POST /voice/twilio/incoming` and its stream; words of replies are not on this wire."""

    rate = PHONE_RATE

    def __init__(
        self, case: Case, house: House, http: aiohttp.ClientSession, *, allowed: int, number: str,
        call_sid: str | None = None, start_token: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(case, house, http, allowed=allowed)
        self.number = number
        self.call_sid = call_sid or f"CA{case.number:016x}{id(self) % 16**16:016x}"
        self.start_token = start_token

    async def incoming(self, *, signature: str | None = None, **fields: str) -> str:
        """Post what Twilio posts of a call; return the start token, empty where it is refused."""
        from channels.voice.transports.twilio_webhooks import HEADER, sign

        url = f"{self._house.url}/voice/twilio/incoming"
        form = {"CallSid": self.call_sid, "From": self.number, "To": "+18005551212", **fields}
        right = sign(url, form.items(), secret=self._house.telephony_token)
        headers = {HEADER: right if signature is None else signature}
        async with self._http.post(url, data=form, headers=headers) as response:
            document = await response.text()
            if response.status != 200:
                self._case.held(f"phone call refused: HTTP {response.status}")
                return ""
        found = ET.fromstring(document).find("Connect/Stream/Parameter")
        return "" if found is None else found.get("value", "")

    async def _connect(self) -> None:
        known = [each for case in (self._case, *self._case.others) for each in case.conversations]
        await self.dial()
        await self._find(known)
        await self._spoken_out()

    async def greeted(self) -> bool:
        """Call, and say whether anything was said: a call without a number is no conversation we can find."""
        self._audio_at = 0.0
        await self.dial()
        return await self.until(lambda: self._audio_at > 0) and not self.refused

    async def dial(self) -> None:
        """Open the stream of a call."""
        token = await self.incoming() if self.start_token is None else self.start_token
        sid = f"MZ{self.call_sid[2:]}"
        self._ws = await self._http.ws_connect(f"{self._house.url}/voice/twilio")
        self._reading = asyncio.create_task(self._read(self._ws))
        await self._ws.send_json({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        start = {
            "streamSid": sid, "callSid": self.call_sid, "customParameters": {"token": token},
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": PHONE_RATE, "channels": 1},
        }  # fmt: skip
        await self._ws.send_json({"event": "start", "streamSid": sid, "start": start})

    async def _find(self, known: list[str]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not (self.conversation or self.refused):
                found = await self._house.database.fetchval(BY_PHONE, self.number, known)
                self.conversation = found or ""
                await asyncio.sleep(0.05)
        if self.conversation:
            self._case.conversations.setdefault(self.conversation, self.allowed)

    async def _take(self, frame: Mapping[str, Any]) -> None:
        if frame["event"] == "media":
            self._audio_at = time.monotonic()
        elif frame["event"] == "mark" and self.hasty and self._ws is not None and not self._ws.closed:
            await self._ws.send_json({"event": "mark", "mark": frame["mark"]})
        elif frame["event"] == "clear":
            self._cleared += 1

    async def _play(self, seconds: float) -> None:
        raise RuntimeError("binary frames are not part of Twilio's protocol")

    async def _press(self, key: str) -> None:
        if self._ws is not None and not self._ws.closed:
            await self._ws.send_json({"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": key}})

    async def _send_frame(self, pcm: bytes) -> None:
        from channels.voice.transports import mulaw

        payload = base64.b64encode(mulaw.encode(pcm)).decode()
        if self._ws is not None:
            await self._ws.send_str(json.dumps({"event": "media", "media": {"payload": payload}}))

    async def _hang_up(self) -> None:
        if self._ws is not None and not self._ws.closed:
            await self._ws.send_json({"event": "stop", "stop": {"callSid": self.call_sid}})

    async def _spoken_out(self) -> None:
        """Nothing on this wire says that a reply is over: silence does."""
        async with asyncio.timeout(LAST_WORDS):
            while time.monotonic() - self._audio_at < QUIET_S:  # noqa: ASYNC110 - a clock
                await asyncio.sleep(0.05)
