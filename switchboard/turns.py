"""Builds what takes messages in and answers them: the desk, the turn, and the runner of turns."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.conversation.desk import Desk
from orchestrator.conversation.event_bus import EventBus
from orchestrator.conversation.file_store import FileStore
from orchestrator.conversation.message import Traits
from orchestrator.conversation.messages import Messages
from orchestrator.conversation.turn_ending import Conversations
from orchestrator.conversation.turn_runner import LiveShare, TurnQueue, TurnRunner
from orchestrator.conversation.waiting_turns import WaitingTurns
from orchestrator.knowledge.search import Knowledge
from orchestrator.observe import Observer
from orchestrator.people.customer_care import Customers
from orchestrator.people.one_time_codes import OneTimeCodes
from orchestrator.people.sessions import Sessions
from orchestrator.policies import Policies
from orchestrator.store.database import Database
from orchestrator.store.replica import Replica
from orchestrator.turn.context import ContextMaker
from orchestrator.turn.interrupts import Interrupts
from orchestrator.turn.prompt import Persona
from orchestrator.turn.turn import Turn, TurnBounds
from switchboard.business import Business
from switchboard.model import ModelParts
from switchboard.secrets import Secrets, make_identities
from switchboard.settings import Settings
from tools.tool import Toolset

TRAITS = {
    "chat": Traits(early_release=True, queued=False),
    "mail": Traits(early_release=False, queued=True),
    "voice": Traits(early_release=True, queued=False, interruptible=True),
}


def make_turn(
    settings: Settings,
    secrets: Secrets,
    database: Database,
    business: Business,
    *,
    replica: Replica,
    bus: EventBus,
    model: ModelParts,
    knowledge: Knowledge,
    registry: Toolset,
    policies: Policies,
    codes: OneTimeCodes,
    files: FileStore,
    interrupts: Interrupts,
    observer: Observer,
    deliveries_wait: Callable[[], None],
) -> Turn:
    """Return what answers a customer's open messages."""
    return Turn(
        database=database,
        replica=replica,
        bus=bus,
        conversations=Conversations(database),
        contexts=ContextMaker(
            database=database,
            knowledge=knowledge,
            tools=registry,
            policies=policies,
            persona=Persona(business=business.name, house=business.house, languages=business.languages),
            vocabulary=business.vocabulary,
            canary_secret=secrets.identity.get_secret_value(),
            zone=business.tools.hours.zone,
        ),
        decisions=model.decisions,
        catalog=model.catalog,
        registry=registry,
        policies=policies,
        proofs=codes,
        files=files,
        interrupts=interrupts,
        traits=TRAITS,
        budget=model.budget,
        waiting=WaitingTurns(database, provider=settings.model),
        limits=TurnBounds(deadline=settings.turn.deadline, steps=settings.turn.max_steps),
        observer=observer,
        deliveries_wait=deliveries_wait,
    )


def make_runner(settings: Settings, database: Database, *, replica: Replica, turn: Turn) -> TurnRunner:
    """Return what claims turns and runs them, as many side by side as the settings say."""
    return TurnRunner(
        turns=TurnQueue(database),
        replica=replica,
        answer=turn.run,
        give_up=turn.give_up,
        width=settings.turn.concurrency,
        share=LiveShare(
            patient=[name for name, traits in TRAITS.items() if traits.queued],
            most=min(settings.turn.mail_concurrency, settings.turn.concurrency),
            least=settings.turn.mail_beside_live,
        ),
    )


def make_desk(
    settings: Settings,
    business: Business,
    secrets: Secrets,
    database: Database,
    *,
    bus: EventBus,
    runner: TurnRunner,
    files: FileStore,
    interrupts: Interrupts,
    observer: Observer,
) -> Desk:
    """Return what the channels hand their messages to."""
    return Desk(
        model=settings.model,
        language=business.languages[0],
        sessions=Sessions(database),
        customers=Customers(database),
        identities=make_identities(settings, secrets.identity.get_secret_value()),
        messages=Messages(database),
        conversations=Conversations(database),
        turns=TurnQueue(database),
        bus=bus,
        runner=runner,
        files=files,
        interrupts=interrupts,
        observer=observer,
    )
