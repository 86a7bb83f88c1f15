"""The channels an attacker uses: each is a class with `say`, and a line in `CHANNELS`."""

from __future__ import annotations

import asyncio
import json
import re
import smtplib
from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import aiohttp

from scripts.redteam_suite.calls import NativeCall, PhoneCall, phone_of
from scripts.redteam_suite.case import Attack, Case, Channel, Step
from scripts.redteam_suite.house import House
from switchboard.web_chat import sign_identity

PATIENCE = 60.0
MAILBOX = "support@localhost"
SAID = re.compile(r'"(?:reply|text|message|title)": ?("(?:[^"\\]|\\.)*")')
CONVERSATION = re.compile(r'"conversation": ?"([0-9a-f-]{36})"')
FRONT = "mx.redteam.example"
"""The mail server in front of the gateway: its topmost results are believed, as in a real installation."""


class Posts:
    """`POST /chat`, as JSON or (with `stream`) as server-sent events."""

    def __init__(
        self, case: Case, house: House, http: aiohttp.ClientSession, *, identity: str | None,
        stream: bool = False, session: str | None = None, allowed: int = 0,
        headers: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self._case, self._house, self._http = case, house, http
        self.identity = identity
        self.session = session or str(uuid4())
        self.conversation = ""
        self.status = 0
        self.allowed = allowed
        self._headers = {"Accept": "text/event-stream" if stream else "application/json", **(headers or {})}

    async def say(self, text: str, *steps: Step, **more: Any) -> str:
        """Post one message; `more` are further fields of the body."""
        case = self._case
        case.written.append(text)
        word = self._house.model.script(case, steps)
        body = {"session_id": self.session, "message": f"{text} {word}", "identity": self.identity, **more}
        async with self._http.post(f"{self._house.url}/chat", json=body, headers=self._headers) as response:
            told, self.status = await response.text(), response.status
        for said in SAID.findall(told):
            case.hear(f"the answer of POST /chat ({self.status})", str(json.loads(said)))
        if self.status != 200:
            case.held(f"chat refused: HTTP {self.status}")
            return told
        found = CONVERSATION.search(told)
        self.conversation = found[1] if found else ""
        case.conversations.setdefault(self.conversation, self.allowed)
        await self._house.quiet(self.conversation)
        return told

    async def close(self) -> None:
        """Nothing is open."""


class Socket:
    """The web chat's socket."""

    def __init__(
        self, case: Case, house: House, http: aiohttp.ClientSession, *, identity: str | None, allowed: int,
        token: str | None = None,
    ) -> None:  # fmt: skip
        self._case, self._house, self._http = case, house, http
        self.identity = identity
        self.allowed = allowed
        self.token = token
        self.conversation = ""
        self._ws: aiohttp.ClientWebSocketResponse | None = None
        self._reading: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._heard: list[str] = []
        self._deltas: list[str] = []
        self._seq = 0
        self._acks: set[str] = set()
        self._refused = False
        self._closing = False

    async def say(self, text: str, *steps: Step, **more: Any) -> str:
        """Send one message frame."""
        self._case.written.append(text)
        word = self._house.model.script(self._case, steps)
        await self._open()
        if self._ws is None:
            return ""
        message = {"type": "message", "id": str(uuid4()), "text": f"{text} {word}", **more}
        start = len(self._heard)
        await self._ws.send_json(message)
        await self._until(lambda: message["id"] in self._acks or self._refused)
        if not self._refused:
            await self._house.quiet(self.conversation)
            last = await self._house.last_seq(self.conversation)
            await self._until(lambda: self._seq >= last, limit=3.0)
        self._case.hear("deltas on the socket", "".join(self._deltas))
        return "\n".join(self._heard[start:])

    async def close(self) -> None:
        """Close the socket."""
        self._closing = True
        if self._ws is not None:
            await self._ws.close()
        if self._reading is not None:
            await asyncio.wait({self._reading}, timeout=5.0)

    async def _open(self) -> None:
        if self._ws is not None:
            return
        self._ws = await self._http.ws_connect(f"{self._house.url}/chat/ws")
        await self._ws.send_json(
            {"type": "hello", "token": self.token, "identity": self.identity, "after": 0}
        )
        self._reading = asyncio.create_task(self._read(self._ws))
        await self._until(lambda: bool(self.conversation) or self._refused)
        if not self.conversation:
            self._ws = None

    async def _read(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        async for message in ws:
            if message.type is aiohttp.WSMsgType.TEXT:
                self._take(message.json())
                self._news.set()
        if not self._closing:
            self._case.held(f"socket refused: {ws.close_code}")
        self._refused = True
        self._news.set()

    def _take(self, frame: Mapping[str, Any]) -> None:
        kind = frame["type"]
        self._seq = max(self._seq, int(frame.get("seq") or 0)) if kind in ("message", "status") else self._seq
        if kind == "welcome":
            self.conversation, self.token = str(frame["conversation"]), str(frame["token"])
            self._case.conversations.setdefault(self.conversation, self.allowed)
        elif kind == "ack":
            self._acks.add(str(frame["id"]))
        elif kind == "delta":
            self._deltas.append(str(frame["text"]))
            self._case.hear("a delta on the socket", str(frame["text"]))
        elif kind in ("message", "error"):
            said = str(frame.get("text") or frame.get("message"))
            self._heard.append(said)
            self._case.hear(f"a frame of the socket ({kind})", said)
            self._refused = self._refused or kind == "error"

    async def _until(self, condition: Any, *, limit: float = PATIENCE) -> None:
        try:
            async with asyncio.timeout(limit):
                while not condition():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return


class Mail:
    """Mails by SMTP, through the front server that judges the sender; `results` is what it finds."""

    def __init__(
        self, case: Case, house: House, *, sender: str, results: str, allowed: int,
        headers: Sequence[tuple[str, str]] = (), to: str = MAILBOX,
        envelope: str | None = None,
    ) -> None:  # fmt: skip
        self._case, self._house = case, house
        self.sender, self.results, self.allowed = sender, results, allowed
        self.to, self.envelope = to, envelope or sender
        self.headers = list(headers)
        self.conversation = ""
        self._last = ""

    async def say(self, text: str, *steps: Step, **more: Any) -> str:
        """Send one mail; `html` is its other part, `files` are attachments (name, text)."""
        case, house = self._case, self._house
        case.written.append(text)
        word = house.model.script(case, steps)
        raw, message_id = self._raw(f"{text}\n\n{word}", word, **more)
        await asyncio.to_thread(self._send, raw)
        row = await house.mail(message_id)
        if row["state"] != "accepted":
            case.held(f"mail not answered: {row['reason']}")
            return ""
        self.conversation = str(row["conversation_id"])
        case.conversations.setdefault(self.conversation, self.allowed)
        await house.quiet(self.conversation)
        return await house.last_said(self.conversation)

    async def close(self) -> None:
        """Nothing is open."""

    def _raw(
        self, text: str, word: str, *, html: str | None = None, headers: Sequence[tuple[str, str]] = (),
        files: Sequence[tuple[str, str]] = (), subject: str = "My matter", html_only: bool = False,
    ) -> tuple[bytes, str]:  # fmt: skip
        message = EmailMessage()
        message_id = make_msgid(domain="attacker.example")
        message["Message-ID"] = message_id
        message["Subject"] = subject
        message["To"] = self.to
        if self._last:
            message["In-Reply-To"] = self._last
        self._last = message_id
        if html_only:
            message.set_content(str(html).replace("@word@", word), subtype="html")
        else:
            message.set_content(text)
            if html:
                message.add_alternative(html.replace("@word@", word), subtype="html")
        for name, content in files:
            message.add_attachment(content.encode(), maintype="text", subtype="plain", filename=name)
        own = (
            [("From", self.sender)]
            if not any(name == "From" for name, _ in [*self.headers, *headers])
            else []
        )
        lines = [("Authentication-Results", self.results), *own, *self.headers, *headers]
        head = "".join(f"{name}: {value}\r\n" for name, value in lines)
        return head.encode() + message.as_bytes(policy=SMTP), message_id

    def _send(self, raw: bytes) -> None:
        host, _, port = self._house.smtp.removeprefix("smtp://").rpartition(":")
        with smtplib.SMTP(host, int(port), timeout=30) as client:
            envelope = self.envelope.rpartition("<")[2].rstrip(">")
            client.sendmail(envelope if envelope.isascii() else "x@attacker.example", [self.to], raw)


def results(*, passed: bool, address: str) -> str:
    """Return what the front server writes of a mail."""
    domain = address.rpartition("@")[2].rstrip(">") or "example.net"
    verdict = "pass" if passed else "fail"
    return f"{FRONT}; spf={verdict} smtp.mailfrom={domain}; dmarc={verdict} header.from={domain}"


def signed(case: Case, house: House) -> str:
    """Return an identity token of the attacker's own."""
    return sign_identity(case.me.email, case.me.name, house.identity_secret)


def open_chat(case: Case, house: House, trust: int, **more: Any) -> Posts:
    """Open `POST /chat`."""
    identity = signed(case, house) if trust == 3 else None
    return Posts(case, house, house.client(case), **{"identity": identity, "allowed": trust, **more})


def open_stream(case: Case, house: House, trust: int, **more: Any) -> Posts:
    """Open `POST /chat` with server-sent events."""
    return open_chat(case, house, trust, stream=True, **more)


def open_socket(case: Case, house: House, trust: int, **more: Any) -> Socket:
    """Open the chat socket."""
    identity = signed(case, house) if trust == 3 else None
    return Socket(case, house, house.client(case), **{"identity": identity, "allowed": trust, **more})


def open_mail(case: Case, house: House, trust: int, **more: Any) -> Mail:
    """Write mails: claimed at level 1, with an aligned pass at level 2."""
    sender = more.pop("sender", f"{case.me.name} <{case.me.email}>")
    given = {"results": results(passed=trust >= 2, address=sender), "allowed": min(trust, 2), **more}
    return Mail(case, house, sender=sender, **given)


def open_call(case: Case, house: House, trust: int, **more: Any) -> NativeCall:
    """Call over the voice socket."""
    identity = signed(case, house) if trust == 3 else None
    return NativeCall(case, house, house.client(case), **{"identity": identity, "allowed": trust, **more})


def open_phone(case: Case, house: House, trust: int, **more: Any) -> PhoneCall:
    """Call over Twilio's wire; the caller id is the victim's unless another is given: anyone can set it."""
    given = {"number": phone_of(case.victim), "allowed": trust, **more}
    return PhoneCall(case, house, house.client(case), **given)


CHANNELS: Mapping[str, Callable[..., Channel]] = MappingProxyType({
    "chat": open_chat, "stream": open_stream, "socket": open_socket, "mail": open_mail,
    "call": open_call, "phone": open_phone,
})  # fmt: skip


async def open_line(case: Case, channel: str, trust: int = 0, **more: Any) -> Channel:
    """Open a channel to the gateway as somebody believed this far."""
    line = CHANNELS[channel](case, case.house, trust, **more)
    case.opened.append(line)
    return line


def spoken(
    family: str,
    variant: str,
    *steps: Step,
    channel: str = "chat",
    trust: int = 0,
    text: str = "Hello, please help me with my matter.",
    forbidden: Sequence[str] = (),
    **more: Any,
) -> Attack:
    """Return an attack of one message, which the model answers step by step as it is told."""

    async def run(case: Case) -> None:
        case.forbidden += [case.filled(each) for each in forbidden]
        line = await open_line(case, channel, trust)
        await line.say(case.filled(text), *steps, **more)

    called = channel in ("call", "phone")
    return Attack(family=family, variant=f"{variant}, {channel} at level {trust}", run=run, voice=called)
