"""An orchestrator on a real database, with a model that says what the test tells it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from guardrails.decision import Action, Decision, Handoff
from guardrails.policy.policy_file import parse_policy
from orchestrator.conversation.deliverer import Deliverer, Send
from orchestrator.conversation.delivery_queue import DeliveryQueue
from orchestrator.conversation.desk import Desk
from orchestrator.conversation.event_bus import EventBus
from orchestrator.conversation.file_store import FileStore
from orchestrator.conversation.message import Accepted, Inbound, Traits, TurnOutcome, VisitorSession
from orchestrator.conversation.messages import Messages
from orchestrator.conversation.turn_ending import Conversations
from orchestrator.conversation.turn_runner import TurnQueue, TurnRunner
from orchestrator.conversation.waiting_turns import WaitingTurns
from orchestrator.inference.budget import DayBudget
from orchestrator.inference.catalog import Catalog
from orchestrator.inference.types import Decided, Journal, Prompt, Release, RequestOutcome
from orchestrator.observe import Unobserved
from orchestrator.people.customer_care import Customers
from orchestrator.people.identity_tokens import Identities
from orchestrator.people.proofs import Principal
from orchestrator.people.sessions import Sessions
from orchestrator.policies import Policies
from orchestrator.store.database import Database
from orchestrator.store.replica import Replica
from orchestrator.turn.context import ContextMaker
from orchestrator.turn.interrupts import Interrupts
from orchestrator.turn.prompt import Persona
from orchestrator.turn.turn import Turn, TurnBounds
from orchestrator.worker import Backoff
from tests.business import shop_vocabulary
from tools.knowledge import Passage
from tools.registry import Registry
from tools.tool import Tool

SECRET = "a secret of at least thirty-two bytes"


def decision(
    reply: str = "",
    *actions: tuple[str, Mapping[str, Any]],
    handoff: str | None = None,
    language: str = "en",
    citations: tuple[str, ...] = (),
    **more: Any,
) -> Decision:
    """Return a valid decision with the given parts."""
    return Decision(
        intent="test",
        language=language,
        actions=tuple(Action(tool=tool, arguments=arguments) for tool, arguments in actions),
        handoff=Handoff(reason=handoff) if handoff else None,
        citations=citations,
        reply=reply,
        remember=more.get("remember", ()),
        resolved=False,
    )


Think = Callable[[Prompt], Awaitable[Decision] | Decision]


class ScriptedDecider:
    """Stands where the inference room is: asks `think`, journals like the real one."""

    def __init__(self, think: Think) -> None:
        self.think = think
        self.prompts: list[Prompt] = []

    async def decide(
        self, prompt: Prompt, *, step: int, journal: Journal, release: Release | None, **_: Any
    ) -> Decided:
        for recorded in await journal.recorded(step):
            if recorded.outcome is not None and recorded.outcome.content:
                return Decided(decision=_read(recorded.outcome.content), model="test", released="")
        attempt = len(await journal.recorded(step)) + 1
        request = await journal.begin(step=step, attempt=attempt, model="test", purpose="decide")
        self.prompts.append(prompt)
        thought = self.think(prompt)
        made = thought if isinstance(thought, Decision) else await thought
        await journal.finish(request, _outcome(made))
        if release is not None and made.reply:
            await release(made.reply)
        return Decided(decision=made, model="test", released=made.reply)


def _outcome(made: Decision) -> RequestOutcome:
    return RequestOutcome(
        outcome="ok",
        error=None,
        latency_ms=1.0,
        first_token_ms=1.0,
        input_tokens=1,
        output_tokens=1,
        finish_reason="stop",
        content=made.canonical(),
        tool_calls=None,
    )


def _read(content: str) -> Decision:
    from guardrails.decision import decision_schema, parse_decision

    assert decision_schema()
    names = ["note", "count", "wait", "break", "escalate_to_human", "search_knowledge"]
    return parse_decision(content, names)


class NoKnowledge:
    """A knowledge room without articles."""

    async def search(self, query: str, *, limit: int = 4, language: str | None = None) -> Sequence[Passage]:
        return ()


class Unproved:
    """Where nobody ever proves anything."""

    async def principal(self, conversation_id: UUID, turn_id: UUID) -> Principal | None:
        return None


def policies_of(text: str) -> Policies:
    """Return policies as a file of this text would give them."""
    policy = parse_policy(text, source="test")
    return lambda: policy


POLICIES = policies_of("")


class House:
    """One replica; several may share a database."""

    def __init__(
        self, database: Database, decisions: ScriptedDecider, tools: Sequence[Tool], **more: Any
    ) -> None:
        self.database = database
        self.decisions = decisions
        self.bus = EventBus()
        self.interrupts = Interrupts()
        self.replica = Replica(database, hear=self._hear, resync=self.bus.resync)
        registry = Registry(tools={tool.name: tool for tool in tools})
        conversations, turns = Conversations(database), TurnQueue(database, lease=1.5, grace=0.3)
        senders: Mapping[str, Send] = more.get("senders", {})
        self.deliverer = Deliverer(
            queue=DeliveryQueue(database),
            replica=self.replica,
            senders=senders,
            tick=0.05,
            later=Backoff(first=0.01, longest=5.0),
            observer=Unobserved(),
        )
        self.budget = DayBudget(database, provider="test", limit=more.get("limit", 0))
        self.turn = Turn(
            database=database,
            replica=self.replica,
            bus=self.bus,
            conversations=conversations,
            contexts=ContextMaker(
                database=database,
                knowledge=more.get("knowledge", NoKnowledge()),
                tools=registry,
                policies=more.get("policies", POLICIES),
                persona=Persona(business="the test shop"),
                vocabulary=shop_vocabulary(),
                canary_secret="canary",
            ),
            catalog=Catalog.sandbox,
            decisions=decisions,  # type: ignore[arg-type]  # the script has the one method that is called
            registry=registry,
            policies=more.get("policies", POLICIES),
            proofs=more.get("proofs", Unproved()),
            files=FileStore(database, more.get("folder", Path("unused"))),
            interrupts=self.interrupts,
            traits={
                "chat": Traits(early_release=True, queued=False),
                "voice": Traits(early_release=True, queued=False, interruptible=True),
                "post": Traits(early_release=False, queued=True),
            },
            budget=self.budget,
            waiting=WaitingTurns(database, provider="test"),
            limits=more.get("limits", TurnBounds(deadline=20.0)),
            observer=Unobserved(),
            deliveries_wait=self.deliverer.wake,
        )
        self.runner = TurnRunner(
            turns=turns,
            replica=self.replica,
            answer=more.get("run", self.turn.run),
            give_up=self.turn.give_up,
            width=more.get("width", 32),
            share=more.get("share"),
            tick=0.1,
        )
        self.desk = Desk(
            model="sandbox",
            language="en",
            sessions=Sessions(database),
            customers=Customers(database),
            identities=Identities(SECRET),
            messages=Messages(database),
            conversations=conversations,
            turns=turns,
            bus=self.bus,
            runner=self.runner,
            files=FileStore(database, more.get("folder", Path("unused"))),
            interrupts=self.interrupts,
            observer=Unobserved(),
        )

    def _hear(self, notice: list[Any]) -> None:
        if len(notice) > 1:
            self.bus.hear(notice)
        else:
            self.runner.wake()

    async def session(self, *, identity: str | None = None, channel: str = "chat") -> VisitorSession:
        """Return a session that has its rows already, as if something had been uploaded in it."""
        opened = await self.open(identity=identity, channel=channel)
        await self.desk.begin(opened)
        begun = await self.desk.current_session(opened)
        assert begun is not None
        return begun

    async def open(
        self, token: str | None = None, *, identity: str | None = None, channel: str = "chat"
    ) -> VisitorSession:
        """Say hello on a socket."""
        return await self.desk.open_session(channel=channel, token=token, identity=identity, issued_only=True)

    async def write(
        self, session: VisitorSession, text: str, *, key: str | None = None, channel: str = "chat"
    ) -> Accepted:
        return await self.desk.accept(
            Inbound(
                channel=channel, key=key or str(uuid4()), session_id=session.id, text=text, session=session
            )
        )

    async def ask(self, session: VisitorSession, text: str) -> TurnOutcome:
        return await self.desk.outcome(await self.write(session, text), timeout=15.0)


@asynccontextmanager
async def open_house(
    database: Database, think: Think, *tools: Tool, started: bool = True, **more: Any
) -> AsyncIterator[House]:
    """Yield a running replica."""
    house = House(database, ScriptedDecider(think), tools, **more)
    await house.replica.start()
    house.bus.join(house.replica)
    house.deliverer.start()
    if started:
        house.runner.start()
    try:
        yield house
    finally:
        if started:
            await house.runner.drain(5.0)
        await house.deliverer.stop()
        await house.replica.stop()


async def until(condition: Callable[[], Awaitable[bool]], *, limit: float = 15.0) -> None:
    """Wait until `condition` holds; fail after `limit` seconds."""
    async with asyncio.timeout(limit):
        while not await condition():  # noqa: ASYNC110 - a row in PostgreSQL has no event to wait for
            await asyncio.sleep(0.01)
