"""Conversations on a real database, with turns that a test claims and ends by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
from aiohttp import web

from channels.chat.origins import Addresses
from orchestrator.approvals import Approvals
from orchestrator.customers import CustomerCare
from orchestrator.downloads import Downloads
from orchestrator.files import Files
from orchestrator.hub import Hub
from orchestrator.identity import Claims
from orchestrator.inference.catalog import Price
from orchestrator.inference.usage_ledger import UsageLedger
from orchestrator.memory.conversation import recall_conversation
from orchestrator.memory.timeline import Timeline
from orchestrator.message import Accepted, Inbound
from orchestrator.operators import Operators
from orchestrator.recordings import Recordings
from orchestrator.store.approvals import ApprovalBook
from orchestrator.store.audit import Audit
from orchestrator.store.conversations import Conversations, Ended, Ending
from orchestrator.store.customers import Customers
from orchestrator.store.database import Database
from orchestrator.store.directory import Directory
from orchestrator.store.erasure import Erasure
from orchestrator.store.exports import Exports
from orchestrator.store.mail_desk import MailDesk
from orchestrator.store.merges import Merges
from orchestrator.store.messages import Messages
from orchestrator.store.operators import Custody
from orchestrator.store.overview import Overview
from orchestrator.store.replica import Replica
from orchestrator.store.sessions import Sessions, StoredSession
from orchestrator.store.turns import Claim, Turns
from switchboard.api.auth import OperatorAuth
from switchboard.api.routes import api_routes
from switchboard.api.usage import Budget
from switchboard.operations.http import errors_as_json
from tests.support.house import POLICIES

TOKEN = "the-operators-token"
REPLICA = 1


class Office:
    """What the orchestrator has of a conversation, and the operators beside it."""

    def __init__(self, database: Database, folder: Path = Path("unused")) -> None:
        self.database = database
        self.folder = folder
        self.files = Files(database, folder / "files")
        self.hub = Hub()
        self.replica = Replica(database, hear=self.hub.hear, resync=self.hub.resync)
        self.sessions, self.messages = Sessions(database), Messages(database)
        self.turns, self.conversations = Turns(database), Conversations(database)
        self.woken: list[str] = []
        self.operators = Operators(
            custody=Custody(database, queued_channels=frozenset({"post"}), stamp=self.replica.stamp),
            hub=self.hub,
            turns_wait=lambda: self.woken.append("turns"),
            deliveries_wait=lambda: self.woken.append("deliveries"),
        )
        self.care = CustomerCare(
            customers=Customers(database),
            merges=Merges(database),
            erasure=Erasure(
                database,
                files=self.files,
                folder=folder,
                recordings=Recordings(folder / "recordings", POLICIES),
            ),
            exports=Exports(database),
            hub=self.hub,
            turns_wait=lambda: self.woken.append("turns"),
        )

    async def begin(self, *, channel: str = "chat", email: str | None = None) -> StoredSession:
        customer_id = None
        if email:
            claims = Claims(subject=email, email=email, name="Ada Byron", language="en")
            customer_id = await Customers(self.database).of_identity(claims)
        return await self.sessions.begin(
            str(uuid4()), channel=channel, customer_id=customer_id, subject=email
        )

    async def write(self, session: StoredSession, text: str, *, channel: str = "chat") -> Accepted:
        return await self.messages.accept(
            Inbound(channel=channel, key=str(uuid4()), session_id=session.id, text=text)
        )

    async def claim(self) -> Claim:
        """Take the one due turn and fix what it answers."""
        [claim] = await self.turns.claim(REPLICA, 1)
        await recall_conversation(self.database, claim.lease)
        return claim

    async def end(self, claim: Claim, text: str = "From the bot.", **more: Any) -> Ended:
        ending = Ending(outcome=more.pop("outcome", "answered"), text=text, thread=text, **more)
        return await self.conversations.end_turn(claim.lease, ending, stamp=self.replica.stamp)

    async def handed_off(self, session: StoredSession) -> None:
        """Let the customer write and the bot hand over."""
        await self.write(session, "A human, please!")
        await self.end(await self.claim(), "Someone will be with you.", outcome="handed_off", handoff=HANDOFF)

    async def row(self, conversation_id: UUID) -> dict[str, Any]:
        return dict(
            await self.database.fetchrow("SELECT * FROM conversations WHERE id = $1", conversation_id)
        )

    async def due(self, conversation_id: UUID) -> int:
        """Count the turns that wait to be run."""
        return int(
            await self.database.fetchval(
                "SELECT count(*) FROM turns WHERE conversation_id = $1 AND state = 'pending'",
                conversation_id,
            )
        )

    async def said(self, conversation_id: UUID) -> list[tuple[str, str]]:
        rows = await self.database.fetch(
            "SELECT author, text FROM messages WHERE conversation_id = $1 ORDER BY seq", conversation_id
        )
        return [(row["author"], row["text"]) for row in rows]

    async def statuses(self, conversation_id: UUID) -> list[str]:
        rows = await self.database.fetch(
            "SELECT status FROM status_changes WHERE conversation_id = $1 ORDER BY seq", conversation_id
        )
        return [row["status"] for row in rows]

    async def in_order(self, conversation_id: UUID, *works: Callable[[], Awaitable[Any]]) -> list[Any]:
        """Let all works wait for the conversation's lock, in this order, before the first may have it."""
        async with self.database.transaction() as connection:
            await connection.execute("SELECT 1 FROM conversations WHERE id = $1 FOR UPDATE", conversation_id)
            tasks = []
            for count, work in enumerate(works, start=1):
                tasks.append(asyncio.ensure_future(work()))
                await self._waiting(connection, count)
        return await asyncio.gather(*tasks, return_exceptions=True)

    async def _waiting(self, connection: Any, count: int) -> None:
        async with asyncio.timeout(10):
            while True:
                waiting = await connection.fetchval(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
                if waiting == count:
                    return
                await connection.execute("SELECT pg_stat_clear_snapshot()")
                await asyncio.sleep(0.005)


HANDOFF = ("The customer wants a human.", "high")


class Api:
    """A client of the operator API."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self.url = url
        self.http = http

    async def get(self, path: str, *, token: str | None = TOKEN, **query: Any) -> tuple[int, Any]:
        async with self.http.get(self.url + path, params=query, headers=_bearer(token)) as response:
            return response.status, await response.json()

    async def post(self, path: str, body: Any = None, *, token: str | None = TOKEN) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else None
        json = None if data is not None else body
        async with self.http.post(self.url + path, json=json, data=data, headers=_bearer(token)) as response:
            return response.status, await response.json()

    async def put(self, path: str, body: Any) -> tuple[int, Any]:
        async with self.http.put(self.url + path, json=body, headers=_bearer(TOKEN)) as response:
            return response.status, await response.json()

    async def delete(self, path: str) -> tuple[int, Any]:
        async with self.http.delete(self.url + path, headers=_bearer(TOKEN)) as response:
            return response.status, await response.json()


def _bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}


PRICES = {
    "large": Price(request=0.002, input_per_million=1.0, output_per_million=4.0),
    "small": Price(input_per_million=0.1, output_per_million=0.2),
}


@asynccontextmanager
async def serving(
    office: Office, *, clock: Callable[[], float] | None = None, limit: int = 60, shown: int = 5_000
) -> AsyncIterator[Api]:
    """Serve the operator API on a real socket; loopback is limited like any other address."""
    addresses = Addresses((), limit_loopback=True)
    auth = OperatorAuth(TOKEN, addresses=addresses, **({"clock": clock} if clock else {}))
    app = web.Application(middlewares=[errors_as_json])
    app.add_routes(
        api_routes(
            auth=auth,
            operators=office.operators,
            overview=Overview(office.database),
            history=Timeline(office.database, limit=shown),
            ledger=UsageLedger(office.database),
            budget=Budget(provider="oxlo", limit=limit),
            prices=lambda: PRICES,
            approvals=Approvals(book=ApprovalBook(office.database), settler_waits=lambda: None),
            care=office.care,
            audit=Audit(office.database),
            directory=Directory(office.database),
            downloads=Downloads(office.database, office.files, office.folder),
            mail_desk=MailDesk(office.database, own=frozenset({"support@localhost"})),
        )
    )
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    async with aiohttp.ClientSession() as http:
        try:
            yield Api(f"http://{host}:{port}", http)
        finally:
            await runner.cleanup()
