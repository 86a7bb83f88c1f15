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

from channels.chat.gate import ClientAddresses
from orchestrator.conversation.event_bus import EventBus
from orchestrator.conversation.file_store import FileStore
from orchestrator.conversation.kept_files import Downloads
from orchestrator.conversation.message import Accepted, Inbound
from orchestrator.conversation.messages import Messages
from orchestrator.conversation.overview import Overview
from orchestrator.conversation.recordings import Recordings
from orchestrator.conversation.turn_ending import Conversations, Ended, Ending
from orchestrator.conversation.turn_runner import TurnClaim, TurnQueue
from orchestrator.handover.approvals import Approvals
from orchestrator.handover.ownership import Ownership
from orchestrator.inference.budget import UsageLedger
from orchestrator.inference.catalog import Price
from orchestrator.mail.recorded import RecordedMails
from orchestrator.memory.recall import recall_conversation
from orchestrator.memory.timeline import Timeline
from orchestrator.people.customer_care import CustomerCare, Customers
from orchestrator.people.customer_search import CustomerSearch
from orchestrator.people.erasure import Erasure
from orchestrator.people.identity_tokens import Claims
from orchestrator.people.sessions import Sessions, StoredSession
from orchestrator.store.audit_log import Audit
from orchestrator.store.database import Database
from orchestrator.store.replica import Replica
from switchboard.api.approvals_api import ApprovalRoutes
from switchboard.api.audit_api import AuditRoutes
from switchboard.api.auth import OperatorAuth
from switchboard.api.conversations_api import ConversationRoutes
from switchboard.api.customers_api import CustomerRoutes
from switchboard.api.files_api import FileRoutes
from switchboard.api.mails_api import MailRoutes
from switchboard.api.operator_api import api_routes
from switchboard.api.usage_api import DayLimit, UsageRoutes
from switchboard.operations.http_server import errors_as_json
from tests.support.house import POLICIES

TOKEN = "the-operators-token"
REPLICA = 1


class Office:
    """What the orchestrator has of a conversation, and the operators beside it."""

    def __init__(self, database: Database, folder: Path = Path("unused")) -> None:
        self.database = database
        self.folder = folder
        self.files = FileStore(database, folder / "files")
        self.bus = EventBus()
        self.replica = Replica(database, hear=self.bus.hear, resync=self.bus.resync)
        self.sessions, self.messages = Sessions(database), Messages(database)
        self.turns, self.conversations = TurnQueue(database), Conversations(database)
        self.woken: list[str] = []
        self.operators = Ownership(
            database,
            queued_channels=frozenset({"post"}),
            stamp=self.replica.stamp,
            language="en",
            bus=self.bus,
            turns_wait=lambda: self.woken.append("turns"),
            deliveries_wait=lambda: self.woken.append("deliveries"),
        )
        self.care = CustomerCare(
            database,
            erasure=Erasure(
                database,
                files=self.files,
                folder=folder,
                recordings=Recordings(folder / "recordings", POLICIES),
            ),
            bus=self.bus,
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

    async def claim(self) -> TurnClaim:
        """Take the one due turn and fix what it answers."""
        [claim] = await self.turns.claim(REPLICA, 1)
        await recall_conversation(self.database, claim.lease)
        return claim

    async def end(self, claim: TurnClaim, text: str = "From the bot.", **more: Any) -> Ended:
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
    addresses = ClientAddresses((), limit_loopback=True)
    auth = OperatorAuth(TOKEN, addresses=addresses, **({"clock": clock} if clock else {}))
    overview = Overview(office.database)
    downloads = Downloads(office.database, office.files, office.folder)
    app = web.Application(middlewares=[errors_as_json])
    app.add_routes(
        api_routes(
            auth,
            ConversationRoutes(
                operators=office.operators,
                overview=overview,
                history=Timeline(office.database, limit=shown),
            ),
            ApprovalRoutes(Approvals(office.database)),
            CustomerRoutes(overview=overview, care=office.care, directory=CustomerSearch(office.database)),
            AuditRoutes(Audit(office.database)),
            FileRoutes(downloads),
            MailRoutes(RecordedMails(office.database, own=frozenset({"support@localhost"})), downloads),
            UsageRoutes(
                ledger=UsageLedger(office.database),
                budget=DayLimit(provider="oxlo", limit=limit),
                prices=lambda: PRICES,
            ),
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
