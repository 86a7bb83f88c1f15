"""Builds what takes messages in and answers them: the desk, the turn, and the runner of turns."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.codes import Codes
from orchestrator.desk import Desk
from orchestrator.files import Files
from orchestrator.hub import Hub
from orchestrator.knowledge.search import Knowledge
from orchestrator.memory.memories import Memories
from orchestrator.message import Traits
from orchestrator.observe import Observer
from orchestrator.policies import Policies
from orchestrator.runner import Runner
from orchestrator.share import Share
from orchestrator.store.conversations import Conversations
from orchestrator.store.customers import Customers
from orchestrator.store.database import Database
from orchestrator.store.heard import HeardReplies
from orchestrator.store.messages import Messages
from orchestrator.store.replica import Replica
from orchestrator.store.sessions import Sessions
from orchestrator.store.turns import Turns
from orchestrator.store.waiting import WaitingTurns
from orchestrator.turn.context import ContextMaker
from orchestrator.turn.interrupts import Interrupts
from orchestrator.turn.ruling import Judge
from orchestrator.turn.turn import Turn, TurnLimits
from switchboard.identity import make_identities
from switchboard.model import ModelParts
from switchboard.secrets import Secrets
from switchboard.settings import Settings
from tools.settings import ToolSettings
from tools.toolset import Toolset

TRAITS = {
    "chat": Traits(early_release=True, queued=False),
    "mail": Traits(early_release=False, queued=True),
    "voice": Traits(early_release=True, queued=False, interruptible=True),
}


def make_turn(
    settings: Settings,
    secrets: Secrets,
    database: Database,
    tools: ToolSettings,
    *,
    replica: Replica,
    hub: Hub,
    model: ModelParts,
    knowledge: Knowledge,
    registry: Toolset,
    policies: Policies,
    codes: Codes,
    files: Files,
    interrupts: Interrupts,
    observer: Observer,
    deliveries_wait: Callable[[], None],
) -> Turn:
    """Return what answers a customer's open messages."""
    return Turn(
        database=database,
        replica=replica,
        hub=hub,
        conversations=Conversations(database),
        contexts=ContextMaker(
            database=database,
            memories=Memories(database),
            knowledge=knowledge,
            tools=registry,
            policies=policies,
            business=settings.business,
            canary_secret=secrets.identity.get_secret_value(),
            zone=tools.hours.zone,
        ),
        decisions=model.decisions,
        catalog=model.catalog,
        registry=registry,
        judge=Judge(policies, registry),
        proofs=codes,
        files=files,
        interrupts=interrupts,
        traits=TRAITS,
        budget=model.budget,
        waiting=WaitingTurns(database, provider=settings.model),
        limits=TurnLimits(deadline=settings.turn.deadline, steps=settings.turn.max_steps),
        observer=observer,
        deliveries_wait=deliveries_wait,
    )


def make_runner(settings: Settings, database: Database, *, replica: Replica, turn: Turn) -> Runner:
    """Return what claims turns and runs them, as many side by side as the settings say."""
    return Runner(
        turns=Turns(database),
        replica=replica,
        run=turn.run,
        give_up=turn.give_up,
        width=settings.turn.concurrency,
        share=Share(
            patient=[name for name, traits in TRAITS.items() if traits.queued],
            most=min(settings.turn.mail_concurrency, settings.turn.concurrency),
            least=settings.turn.mail_beside_live,
        ),
    )


def make_desk(
    settings: Settings,
    secrets: Secrets,
    database: Database,
    *,
    hub: Hub,
    runner: Runner,
    files: Files,
    interrupts: Interrupts,
    observer: Observer,
) -> Desk:
    """Return what the channels hand their messages to."""
    return Desk(
        model=settings.model,
        sessions=Sessions(database),
        customers=Customers(database),
        identities=make_identities(settings, secrets.identity.get_secret_value()),
        messages=Messages(database),
        conversations=Conversations(database),
        turns=Turns(database),
        hub=hub,
        runner=runner,
        files=files,
        heard=HeardReplies(database),
        interrupts=interrupts,
        observer=observer,
    )
