"""The model's part of the house: who is asked, within which budget; the sandbox where no key is set."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import structlog

from orchestrator.conversation.waiting_room import WaitingRoom
from orchestrator.conversation.waiting_turns import WaitingTurns
from orchestrator.inference.breaker import Breakers, ProviderHealth
from orchestrator.inference.budget import DayBudget
from orchestrator.inference.catalog import Catalog, CatalogFile, CatalogSource
from orchestrator.inference.decide import DecisionMaker
from orchestrator.inference.provider import Provider, RequestTimes
from orchestrator.inference.sandbox.declared import read_sandbox
from orchestrator.inference.sandbox.endpoint import SandboxServer
from orchestrator.inference.sandbox.responder import Sandbox, make_sandbox
from orchestrator.store.database import Database
from orchestrator.store.replica import Replica
from orchestrator.toml_file import TomlInvalid
from switchboard.business import Business, package_intents
from switchboard.errors import StartFailed
from switchboard.settings import Settings

log = structlog.get_logger()
SHARE_OF_ONE_REQUEST = 0.5
"""Of a turn's deadline, so that a model that drips leaves time for another."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelParts:
    """What decides, which models there are, what a day may cost, and who rests."""

    decisions: DecisionMaker
    catalog: CatalogSource
    budget: DayBudget
    health: ProviderHealth


async def build_model(
    settings: Settings, business: Business, database: Database, stack: AsyncExitStack
) -> ModelParts:
    """Return the model's parts; what they hold open is closed by `stack`."""
    base_url, key = settings.oxlo_base_url, "sandbox"
    catalog: CatalogSource = Catalog.sandbox
    if settings.oxlo_api_key is None:
        sandbox = SandboxServer(business_sandbox(business))
        base_url = await sandbox.start()
        stack.push_async_callback(sandbox.stop)
        log.warning("no OXLO_API_KEY is set: the sandbox model answers, which is no language model")
    else:
        key = settings.oxlo_api_key.get_secret_value()
        catalog = CatalogFile(settings.catalog)
    turn = settings.turn
    limits = RequestTimes(
        first_byte=turn.first_byte, idle=turn.idle, total=turn.deadline * SHARE_OF_ONE_REQUEST
    )
    provider = Provider(base_url=base_url, api_key=key, limits=limits)
    stack.push_async_callback(provider.aclose)
    budget = DayBudget(database, provider=settings.model, limit=request_limit(settings))
    health = ProviderHealth(attempt=limits.total + limits.connect)
    decisions = DecisionMaker(provider=provider, budget=budget, catalog=catalog, health=health)
    return ModelParts(decisions=decisions, catalog=catalog, budget=budget, health=health)


def business_sandbox(business: Business) -> Sandbox:
    """Return what the sandbox model understands of a business; raises StartFailed for its `sandbox.toml`."""
    try:
        declared = read_sandbox(business.sandbox) if business.sandbox.exists() else None
    except TomlInvalid as error:
        raise StartFailed(str(error)) from None
    return make_sandbox(business.languages, declared, package_intents(business.package))


def request_limit(settings: Settings) -> int:
    """Return how many requests a day may cost, 0 for no limit: the sandbox costs nothing."""
    return settings.requests_per_day if settings.oxlo_api_key else 0


def make_waiting_room(
    settings: Settings,
    database: Database,
    *,
    replica: Replica,
    model: ModelParts,
    turns_wait: Callable[[], None],
) -> WaitingRoom:
    """Return what looks after the turns that wait for the model."""
    breakers = Breakers(database, provider=settings.model, stamp=replica.stamp)
    model.health.shared = breakers
    return WaitingRoom(
        health=model.health,
        breakers=breakers,
        turns=WaitingTurns(database, provider=settings.model),
        budget=model.budget,
        turns_wait=turns_wait,
    )
