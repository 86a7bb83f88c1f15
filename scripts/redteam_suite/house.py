"""The gateway under attack: a real process with its database, into which the suite may look."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import asyncpg

from scripts.redteam_suite.model import HostileModel
from switchboard.business_file import SHIPPED
from switchboard.settings import ROOT
from tests.support.gateway import Gateway, embedded_url

PATIENCE = 300.0
"""Seconds; thirty turns of thirteen decisions, one after another, beside twenty other attacks."""
GLANCE = 0.02
LOOKS = re.compile(r"<style>.*?</style>| style=\"[^\"]*\"", re.DOTALL)
DIGITS = 6
PROXY = "127.0.0.9"
"""The one reverse proxy whose X-Forwarded-For is believed."""
BUSY = """
SELECT EXISTS (SELECT 1 FROM turns WHERE conversation_id = $1 AND state <> 'done')
    OR EXISTS (SELECT 1 FROM deliveries WHERE conversation_id = $1 AND state IN ('queued', 'sending'))
    OR EXISTS (SELECT 1 FROM approvals
        WHERE conversation_id = $1 AND state <> 'pending' AND settled_at IS NULL)
"""


CLAIMED = "Anna Berger"
SPOKEN_CODE = "482913"
HEARD = f"Hello, this is {CLAIMED}, my code is {SPOKEN_CODE}, please help me with my order."


class Numbered(Protocol):
    """Whoever needs an address of their own."""

    number: int


class House:
    """A running gateway with the shipped policy, injected articles and a hostile MCP server."""

    def __init__(
        self,
        folder: Path,
        *,
        articles: Mapping[str, str],
        notes: Sequence[str],
        public_key: bytes,
        voice: bool = False,
    ) -> None:
        self._folder = folder
        self._stack = AsyncExitStack()
        self._clients: dict[str, aiohttp.ClientSession] = {}
        self._mails: dict[str, EmailMessage] = {}
        self.identity_secret = secrets.token_hex(32)
        self.operator_token = secrets.token_hex(32)
        self.telephony_token = secrets.token_hex(16)
        self._voice = voice
        self.model = HostileModel()
        self._articles = articles
        self._notes = notes
        self.url = ""
        self.smtp = ""
        self.public_key = public_key
        self.database: asyncpg.Pool[asyncpg.Record]

    async def __aenter__(self) -> House:
        await self._stack.enter_async_context(self.model)
        gateway = Gateway(
            self._folder / "var", model=self.model.url, variables=self._variables(), voice=self._voice
        )
        self._stack.push_async_callback(gateway.end)
        ready = await gateway.start()
        self.url, self.smtp = str(ready["http"]), str(ready["smtp"])
        pool = await asyncpg.create_pool(embedded_url(gateway.home), min_size=1, max_size=6)
        self.database = await self._stack.enter_async_context(pool)
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients.values():
            await client.close()
        await self._stack.aclose()

    def _variables(self) -> dict[str, str]:
        key = self._folder / "site.pem"
        key.write_bytes(self.public_key)
        return {
            "SWITCHBOARD_IDENTITY_SECRET": self.identity_secret,
            "SWITCHBOARD_OPERATOR_TOKEN": self.operator_token,
            "SWITCHBOARD_IDENTITY_PUBLIC_KEY": str(key),
            "SWITCHBOARD_POLICY": str(SHIPPED / "policy.toml"),
            "SWITCHBOARD_KNOWLEDGE": str(self._knowledge()),
            "SWITCHBOARD_TOOLS": str(self._tools()),
            "SWITCHBOARD_TRUSTED_PROXIES": f"{PROXY}/32",
            "SWITCHBOARD_MAIL__AUTHSERV_ID": "mx.redteam.example",
            "SWITCHBOARD_CHAT__MESSAGES_BURST": "30",
            "SWITCHBOARD_CHAT__MESSAGES_PER_MINUTE": "60",
            "SWITCHBOARD_CHAT__LIMIT_LOOPBACK": "true",
            "SWITCHBOARD_LOG__LEVEL": "warning",
            **(self._calls() if self._voice else {}),
        }

    def _calls(self) -> dict[str, str]:
        return {
            "SWITCHBOARD_TRANSCRIBER": f"fixed:{HEARD}",
            "SWITCHBOARD_SPEAKER": "tone",
            "SWITCHBOARD_VOICE__TWILIO_AUTH_TOKEN": self.telephony_token,
            "SWITCHBOARD_VOICE__CALLS": "400",
            "SWITCHBOARD_VOICE__SILENCE_PROMPT": "60",
            "SWITCHBOARD_VOICE__GOODBYE": "120",
        }

    def _knowledge(self) -> Path:
        folder = self._folder / "knowledge"
        shutil.copytree(SHIPPED / "knowledge", folder)
        for name, text in self._articles.items():
            (folder / f"{name}.md").write_text(text)
        return folder

    def _tools(self) -> Path:
        notes, file = self._folder / "notes.json", self._folder / "tools.toml"
        notes.write_text(json.dumps(list(self._notes)))
        command = json.dumps([sys.executable, "-P", "-m", "scripts.redteam_suite.mcp_notes", str(notes)])
        file.write_text(
            f'python = true\n[mcp.notes]\ncommand = {command}\nenv = {{ PYTHONPATH = "{ROOT}" }}\n'
            'allow = ["*"]\nprefix = "notes_"\n'
            'default = { sensitivity = "read", trust = 0, idempotent = true }\n'
        )
        return file

    def client(self, case: Numbered, *, address: str | None = None) -> aiohttp.ClientSession:
        """Return a client whose requests come from an address of the attack's own."""
        address = address or self.address(case)
        if address not in self._clients:
            connector = aiohttp.TCPConnector(local_addr=(address, 0), limit=200)
            timeout = aiohttp.ClientTimeout(total=PATIENCE)
            self._clients[address] = aiohttp.ClientSession(connector=connector, timeout=timeout)
        return self._clients[address]

    def address(self, case: Numbered, *, net: int = 1) -> str:
        """Return a loopback address that only this attack uses."""
        return f"127.{net}.{case.number // 250}.{case.number % 250 + 1}"

    async def api(
        self,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        client: aiohttp.ClientSession | None = None,
    ) -> tuple[int, str]:
        """Ask the operator API, with the operator's token unless another one is given."""
        headers = {"Authorization": f"Bearer {self.operator_token if token is None else token}"}
        client = client or self._operator()
        method = "GET" if body is None else "POST"
        async with client.request(method, f"{self.url}{path}", json=body, headers=headers) as response:
            return response.status, await response.text()

    def _operator(self) -> aiohttp.ClientSession:
        if "operator" not in self._clients:
            self._clients["operator"] = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE))
        return self._clients["operator"]

    async def quiet(self, conversation: str) -> None:
        """Wait until nothing is under way in a conversation."""
        async with asyncio.timeout(PATIENCE):
            while await self.database.fetchval(BUSY, conversation):  # noqa: ASYNC110 - rows have no event
                await asyncio.sleep(GLANCE)

    async def last_seq(self, conversation: str) -> int:
        """Return the number of the last thing said to the customer."""
        return int(
            await self.database.fetchval(
                "SELECT coalesce(max(seq), 0) FROM messages"
                " WHERE conversation_id = $1 AND author <> 'customer'",
                conversation,
            )
        )

    async def last_said(self, conversation: str) -> str:
        """Return the last thing said to the customer."""
        return str(
            await self.database.fetchval(
                "SELECT text FROM messages WHERE conversation_id = $1 AND author <> 'customer'"
                " ORDER BY seq DESC LIMIT 1",
                conversation,
            )
        )

    async def mail(self, message_id: str) -> asyncpg.Record:
        """Wait until a mail was read and return its row."""
        async with asyncio.timeout(PATIENCE):
            while True:
                row = await self.database.fetchrow(
                    "SELECT state, reason, conversation_id FROM mails WHERE message_id = ANY($1)"
                    " AND state IN ('accepted', 'recorded', 'failed')",
                    [message_id, message_id.strip("<>")],
                )
                if row is not None:
                    return row
                await asyncio.sleep(GLANCE)

    async def code_for(self, address: str) -> str | None:
        """Return the newest code that was mailed to an address, as its owner would read it."""
        async with asyncio.timeout(PATIENCE):
            while await self.database.fetchval(  # noqa: ASYNC110 - rows have no event
                "SELECT EXISTS (SELECT 1 FROM letters WHERE address = $1 AND state IN ('queued', 'sending'))",
                address,
            ):
                await asyncio.sleep(GLANCE)
        texts = [text_of(mail) for mail in self.outbox() if address in str(mail["To"])]
        codes = [word for text in texts for word in text.split() if word.isdecimal() and len(word) == DIGITS]
        return codes[-1] if codes else None

    def outbox(self) -> list[EmailMessage]:
        """Return every mail that left the house, oldest first."""
        folder = self._folder / "var" / "outbox" / "new"
        new = [path for path in folder.iterdir() if path.name not in self._mails] if folder.exists() else []
        for path in sorted(new, key=lambda path: path.stat().st_mtime_ns):
            self._mails[path.name] = message_from_bytes(path.read_bytes(), policy=default)
        return list(self._mails.values())


def text_of(mail: EmailMessage) -> str:
    """Return all that a mail says: subject and every text part, without the colours and sizes of its page."""
    parts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    return "\n".join([str(mail["Subject"]), *(LOOKS.sub("", str(part)) for part in parts)])
