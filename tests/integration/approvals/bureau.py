"""Approvals on a real database: a held action is made by hand, a tool keeps count, a settler is stepped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from orchestrator.conversation.event_bus import EventBus
from orchestrator.conversation.turn_ending import Ending, fragment
from orchestrator.handover.approvals import Approvals, hold
from orchestrator.handover.approved_actions import ApprovedActions, Patience
from orchestrator.handover.approved_queue import ApprovedAction, ApprovedQueue
from orchestrator.ids import new_id
from orchestrator.observe import Unobserved
from orchestrator.people.sessions import StoredSession
from orchestrator.store.database import Database
from orchestrator.store.replica import Replica
from orchestrator.worker import Backoff
from tests.integration.operators.office import Office
from tools.tool import Caller, Sensitivity, Tool, ToolFile, WithFiles

ADA = "ada@example.com"
TOLD = {"en": "the refund of 80.00 EUR", "de": "die Erstattung von 80,00 EUR"}
ARGUMENTS = {"order_id": "1042", "amount": "80.00"}
NO_PAUSE = Backoff(first=0.0, longest=0.0)
IMPATIENT = Patience(unavailable=0.0, absent=0.0, tries=1, later=NO_PAUSE)


class Cashier:
    """A tool that pays; a key pays once when it is idempotent, each call pays when it is not."""

    def __init__(self, *, idempotent: bool = True, timeout: float = 10.0) -> None:
        self.callers: list[Caller] = []
        self.paid: Counter[str] = Counter()
        self.before: Callable[[], Awaitable[None]] | None = None
        self.after: Callable[[], Awaitable[None]] | None = None
        self.files: tuple[ToolFile, ...] = ()
        self.tool = Tool(
            name="pay",
            description="Pay money back.",
            parameters={"type": "object"},
            sensitivity=Sensitivity.SENSITIVE,
            trust=3,
            idempotent=idempotent,
            timeout=timeout,
            function=self._pay,
        )

    async def _pay(self, caller: Caller, arguments: Mapping[str, Any]) -> Any:
        self.callers.append(caller)
        if self.before is not None:
            await self.before()
        if not (self.tool.idempotent and self.paid[caller.idempotency_key]):
            self.paid[caller.idempotency_key] += 1
        if self.after is not None:
            await self.after()
        paid = {"refunded": arguments["amount"]}
        return WithFiles(value=paid, files=self.files) if self.files else paid

    @property
    def payments(self) -> int:
        return self.paid.total()


class Shelf:
    """A set of tools whose members come and go."""

    def __init__(self, *tools: Tool) -> None:
        self.tools = {tool.name: tool for tool in tools}

    def get(self, name: str) -> Tool | None:
        return self.tools.get(name)

    def __iter__(self) -> Iterator[Tool]:
        return iter(self.tools.values())


class Bureau:
    """An office whose bot holds actions, and a settler that is stepped by hand."""

    def __init__(self, database: Database, cashier: Cashier) -> None:
        self.database = database
        self.office = Office(database)
        self.cashier = cashier
        self.toolset = Shelf(cashier.tool)
        self.bus = EventBus()
        self.woken: list[str] = []
        self.approvals = Approvals(database, actions_wait=lambda: self.woken.append("actions"))
        self.approved_queue = ApprovedQueue(
            database,
            queued_channels=frozenset({"post"}),
            stamp=self.office.replica.stamp,
        )

    async def notifications(self) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.database.fetch("SELECT * FROM letters ORDER BY id")]

    def approved_actions(self, *, number: int = 1, patience: Patience | None = None) -> ApprovedActions:
        """Return a settler of the replica `number`."""
        replica = Replica(self.database, hear=self.bus.hear, resync=self.bus.resync)
        replica.number = number
        return ApprovedActions(
            approvals=self.approvals,
            approved_queue=self.approved_queue,
            replica=replica,
            tools=self.toolset,
            files=self.office.files,
            bus=self.bus,
            observer=Unobserved(),
            deliveries_wait=lambda: self.woken.append("deliveries"),
            notifications_wait=lambda: self.woken.append("notifications"),
            patience=patience,
            tick=0.02,
        )

    async def claims(self, number: int = 1) -> list[ApprovedAction]:
        """Do what a settler's look does: expire, then claim."""
        await self.approvals.expire(10)
        return await self.approved_queue.claim(number, 10)

    async def settle(self, number: int = 1, *, patience: Patience | None = None) -> int:
        """Settle all there is, once; return how many were claimed."""
        claims = await self.claims(number)
        for claim in claims:
            await self.approved_actions(number=number, patience=patience).run(claim)
        return len(claims)

    async def release(self, approval_id: UUID) -> None:
        """Let whoever has the claim be past the end of its lease."""
        await self.database.execute(
            "UPDATE approvals SET available_at = now() - interval '1 second' WHERE id = $1", approval_id
        )

    async def held(
        self,
        *,
        channel: str = "chat",
        email: str | None = ADA,
        language: str = "en",
        expires_in: float = 3600.0,
        session: StoredSession | None = None,
        ended: bool = True,
        arguments: Mapping[str, Any] | None = None,
    ) -> tuple[StoredSession, UUID]:
        """Let a customer ask for money, and the bot hold it; `ended` says whether its turn is over."""
        office = self.office
        session = session or await office.begin(channel=channel, email=email)
        await office.write(session, "My money back, please.", channel=channel)
        claim = await office.claim()
        approval_id = await self._hold(
            session, claim.lease.turn_id, language=language, expires_in=expires_in, arguments=arguments
        )
        if ended:
            thread = fragment(
                [{"role": "user", "content": "ask"}, {"role": "assistant", "content": "checks"}]
            )
            ending = Ending(
                outcome="waiting_approval", text="A colleague is checking.", thread=thread, waiting=True
            )
            await office.conversations.end_turn(claim.lease, ending, stamp=office.replica.stamp)
        return session, approval_id

    async def _hold(
        self,
        session: StoredSession,
        turn_id: UUID,
        *,
        language: str,
        expires_in: float,
        arguments: Mapping[str, Any] | None,
    ) -> UUID:
        action_id = new_id()
        async with self.database.transaction() as connection:
            await connection.execute(
                "INSERT INTO actions (id, turn_id, conversation_id, step, position, tool, arguments, key,"
                " state, verdict) VALUES ($1, $2, $3, 1, 0, 'pay', $4, $5, 'held', 'ask')",
                action_id,
                turn_id,
                session.conversation_id,
                dict(arguments or ARGUMENTS),
                uuid4().hex,
            )
            return await hold(
                connection,
                action_id=action_id,
                conversation_id=session.conversation_id,
                tool="pay",
                arguments=arguments or ARGUMENTS,
                summary="Refund 80.00 EUR of order 1042 to Ada Byron.",
                told=TOLD,
                evidence={"total": "84.50", "paid_back": "0.00"},
                policy_line="tools.pay, line 12",
                reason="More than 20 EUR.",
                caller=_caller(session, turn_id, language),
                expires_at=datetime.now(UTC) + timedelta(seconds=expires_in),
            )

    async def row(self, approval_id: UUID) -> dict[str, Any]:
        return dict(await self.database.fetchrow("SELECT * FROM approvals WHERE id = $1", approval_id))

    async def action(self, approval_id: UUID) -> dict[str, Any]:
        return dict(
            await self.database.fetchrow(
                "SELECT w.* FROM actions w JOIN approvals a ON a.action_id = w.id WHERE a.id = $1",
                approval_id,
            )
        )

    async def outcomes(self, session: StoredSession) -> list[str]:
        """Return what the gateway itself has told the customer."""
        said = await self.office.said(session.conversation_id)
        return [text for author, text in said if author == "system"]

    async def audited(self) -> list[str]:
        rows = await self.database.fetch(
            "SELECT actor, action FROM audit WHERE action LIKE 'approval.%' ORDER BY at, id"
        )
        return [f"{row['actor']} {row['action']}" for row in rows]

    async def handoffs(self) -> list[str]:
        return [row["reason"] for row in await self.database.fetch("SELECT reason FROM handoffs ORDER BY id")]


def _caller(session: StoredSession, turn_id: UUID, language: str) -> dict[str, Any]:
    return {
        "customer_id": str(session.customer_id),
        "conversation_id": str(session.conversation_id),
        "turn_id": str(turn_id),
        "trust": 3,
        "channel": "chat",
        "language": language,
        "name": "Ada Byron",
        "verified_addresses": [ADA],
        "claimed_addresses": [],
    }
