"""A house whose provider is a real socket that can be down, in time that runs faster than the real one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from orchestrator.conversation.message import VisitorSession
from orchestrator.conversation.waiting_room import WaitingRoom
from orchestrator.conversation.waiting_turns import WaitingTurns
from orchestrator.handover.ownership import Ownership
from orchestrator.inference.breaker import Breakers, ProviderHealth
from orchestrator.inference.decide import DecisionMaker
from orchestrator.inference.provider import Provider
from orchestrator.inference.provider import RequestTimes as Times
from orchestrator.store.database import Database
from orchestrator.turn.turn import TurnBounds
from tests.support.house import House
from tests.support.inference import AB
from tests.support.model_server import ModelServer
from tests.support.model_server.behaviours import Behaviour, answer

FASTER = 20
"""A minute takes three seconds."""


@dataclass(kw_only=True)
class Branch:
    """One replica with its own breakers, which it shares with the others through the database."""

    house: House
    health: ProviderHealth
    room: WaitingRoom

    async def customer(self, *, channel: str = "chat", identity: str | None = None) -> VisitorSession:
        return await self.house.session(channel=channel, identity=identity)


@dataclass(kw_only=True)
class Downtown:
    """Replicas on one database before one provider."""

    database: Database
    server: ModelServer
    branches: list[Branch]

    def down(self, behaviour: Behaviour) -> None:
        self.server.otherwise = lambda _: behaviour

    def up(self) -> None:
        self.server.otherwise = lambda _: answer()

    @property
    def asked(self) -> int:
        return len(self.server.requests)

    async def texts(self, session: VisitorSession, author: str) -> list[str]:
        rows = await self.database.fetch(
            "SELECT text FROM messages WHERE conversation_id = $1 AND author = $2 ORDER BY seq",
            session.conversation_id,
            author,
        )
        return [row["text"] for row in rows]

    async def waiting(self) -> int:
        return int(
            await self.database.fetchval(
                "SELECT count(*) FROM turns WHERE state <> 'done' AND waits_for IS NOT NULL"
            )
        )

    def ownership(self) -> Ownership:
        house = self.branches[0].house
        return Ownership(
            self.database,
            queued_channels=frozenset({"post"}),
            stamp=house.replica.stamp,
            language="en",
            bus=house.bus,
            turns_wait=lambda: None,
            deliveries_wait=lambda: None,
        )


@asynccontextmanager
async def downtown(database: Database, *, replicas: int = 1, **more: Any) -> AsyncIterator[Downtown]:
    """Run replicas whose provider answers until it is told to be down; patience is a moment."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(ModelServer())
        town = Downtown(database=database, server=server, branches=[])
        for _ in range(replicas):
            town.branches.append(await stack.enter_async_context(_branch(database, server, **more)))
        for branch in town.branches:
            await branch.house.replica.look_around()
        yield town


@asynccontextmanager
async def _branch(database: Database, server: ModelServer, **more: Any) -> AsyncIterator[Branch]:
    times = Times(connect=2.0, first_byte=1.0, idle=2.0, total=3.0)
    provider = Provider(base_url=server.url, api_key="key", limits=times)
    health = ProviderHealth(attempt=5.0, first_rest=5.0 / FASTER, most_rest=60.0 / FASTER)
    more.setdefault("limits", TurnBounds(deadline=20.0, patience=0.2))
    house = House(database, None, (), **more)  # type: ignore[arg-type]  # its decisions follow
    house.turn._decisions = DecisionMaker(
        provider=provider,
        budget=house.budget,
        catalog=lambda: AB,
        health=health,
        pause=(0.02, 0.06),
        rate_limited=0.1,
    )
    health.shared = Breakers(database, provider="test", stamp=house.replica.stamp)
    room = WaitingRoom(
        health=health,
        breakers=health.shared,
        turns=WaitingTurns(database, provider="test"),
        budget=house.budget,
        turns_wait=house.runner.wake,
        tick=0.6,
    )
    await house.replica.start()
    house.bus.join(house.replica)
    house.deliverer.start()
    await room.look()
    room.part.start()
    house.runner.start()
    try:
        yield Branch(house=house, health=health, room=room)
    finally:
        await room.part.stop()
        await house.runner.drain(5.0)
        await house.deliverer.stop()
        await house.replica.stop()
        await provider.aclose()
