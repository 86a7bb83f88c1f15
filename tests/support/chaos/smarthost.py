"""A smarthost that notes every copy it takes, thinks for a moment before it says so, and at times refuses."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

REFUSALS = 0.03
"""Share of mails that are refused for now."""
LONGEST = 0.4
"""Seconds that it thinks at most between storing a mail and saying 250."""


@dataclass(kw_only=True, slots=True)
class Copy:
    """One mail as it was taken: `stored` and `told` are monotonic seconds, `told` None without a 250."""

    message_id: str
    answers: str
    sender: str
    stored: float
    told: float | None = None


class Smarthost:
    """An SMTP server on a local port."""

    def __init__(self, *, seed: int) -> None:
        self.copies: list[Copy] = []
        self.url = ""
        self._dice = random.Random(seed)

    async def __aenter__(self) -> Smarthost:
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            lambda: SMTP(self, hostname="smarthost.test", loop=loop), "127.0.0.1", 0
        )
        self.url = f"smtp://127.0.0.1:{self._listener.sockets[0].getsockname()[1]}?starttls=off"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listener.close()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take one mail."""
        if self._dice.random() < REFUSALS:
            return "451 4.3.0 later"
        head = BytesHeaderParser().parsebytes(_bytes(envelope.content))
        copy = Copy(
            message_id=str(head["Message-ID"]),
            answers=str(head["In-Reply-To"]),
            sender=str(session.host_name),
            stored=time.monotonic(),
        )
        self.copies.append(copy)
        await asyncio.sleep(self._dice.uniform(0.0, LONGEST))
        copy.told = time.monotonic()
        return "250 2.0.0 taken"

    def by_id(self) -> dict[str, Sequence[Copy]]:
        """Return the copies of every Message-ID, the first one first."""
        found: dict[str, list[Copy]] = defaultdict(list)
        for copy in self.copies:
            found[copy.message_id].append(copy)
        return dict(found)


def _bytes(content: Any) -> bytes:
    return content if isinstance(content, bytes) else str(content).encode()
