"""A model that opens one ticket per message and then repeats each message's token, and that keeps count."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.support.model_server import Asked, ModelServer
from tests.support.model_server.behaviours import DONE, content_chunks, event, usage_chunk
from tests.support.model_server.responders import RESULTS, decision_text

TOKEN = re.compile(r"\b[a-z]+-\d{1,3}-[a-z]{12}\b")
"""What makes a customer's message unique: name, number, random letters."""
REFERENCE = re.compile(r"Reference of this conversation: (\w+)")
ACTIONS = 5  # the most that one decision may hold


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """One request as the provider would bill it: `key` is the same when the same thing is asked again."""

    number: int
    key: str
    intent: str


class TicketModel:
    """An OpenAI-compatible server on a local port; each answer takes up to `slowest` seconds."""

    def __init__(self, *, seed: int = 1, slowest: float = 0.1) -> None:
        self.served: list[Served] = []
        self.told: set[int] = set()
        self._dice = random.Random(seed)
        self._slowest = slowest
        self._server = ModelServer(responder=lambda _: "", keep=False)
        self._server.otherwise = lambda _: self._answer

    async def __aenter__(self) -> TicketModel:
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop()

    @property
    def url(self) -> str:
        """Return the base URL for a client."""
        return self._server.url

    async def _answer(self, asked: Asked) -> web.StreamResponse:
        number = len(self.served) + 1
        intent = f"request_{number}"
        self.served.append(Served(number=number, key=_key(asked), intent=intent))
        content = self.decide(asked.messages, intent)
        events = list(map(event, [*content_chunks(content, size=64), usage_chunk()]))
        response = await self._drip(asked, [*events, DONE])
        self.told.add(number)
        return response

    def decide(self, messages: Sequence[Mapping[str, Any]], intent: str) -> str:
        """Return the decision due to a request."""
        return decide(messages, intent)

    async def _drip(self, asked: Asked, events: Sequence[bytes]) -> web.StreamResponse:
        """Send the events one by one, so that a kill finds answers half told."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        wait = self._dice.uniform(0.0, self._slowest) / (len(events) + 1)
        await asyncio.sleep(wait)
        await response.prepare(asked.web)
        for part in events:
            await response.write(part)
            await asyncio.sleep(wait)
        await response.write_eof()
        return response


def decide(messages: Sequence[Mapping[str, Any]], intent: str) -> str:
    """Return the decision due to a request: tickets for the customer's tokens, then a reply with them."""
    last = str(messages[-1]["content"])
    if not last.startswith(RESULTS):
        tokens = TOKEN.findall(last)
        return decision_text(intent=intent, actions=_tickets(tokens), reply="")
    done = json.loads(last.removeprefix(RESULTS))
    tokens = TOKEN.findall(" ".join(str(result.get("data", {}).get("subject")) for result in done))
    rest = [token for token in TOKEN.findall(str(messages[-3]["content"])) if token not in tokens]
    return decision_text(intent=intent, reply=f"Noted: {', '.join([*tokens, *rest])}.")


def _tickets(tokens: Sequence[str]) -> list[dict[str, Any]]:
    groups = [[token] for token in tokens[: ACTIONS - 1]]
    if rest := tokens[ACTIONS - 1 :]:
        groups.append(list(rest))
    return [
        {"tool": "create_ticket", "arguments": {"subject": group[0], "description": " ".join(group)}}
        for group in groups
    ]


def _key(asked: Asked) -> str:
    """Tell what is asked apart from when it is asked: the clock stands in the system message."""
    found = REFERENCE.search(asked.system)
    body = json.dumps([found and found[1], *asked.messages[1:]], sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()
