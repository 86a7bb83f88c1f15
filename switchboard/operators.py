"""Builds the operators' side: the routes of `/api`, and what stands behind them."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from channels.chat.origins import Addresses
from orchestrator.downloads import Downloads
from orchestrator.files import Files
from orchestrator.hub import Hub
from orchestrator.inference.usage_ledger import UsageLedger
from orchestrator.memory.timeline import Timeline
from orchestrator.operators import Operators
from orchestrator.recordings import Recordings
from orchestrator.settler import Settler
from orchestrator.store.audit import Audit
from orchestrator.store.database import Database
from orchestrator.store.directory import Directory
from orchestrator.store.mail_desk import MailDesk
from orchestrator.store.operators import Custody
from orchestrator.store.overview import Overview
from orchestrator.store.replica import Replica
from switchboard.api.auth import OperatorAuth
from switchboard.api.routes import api_routes
from switchboard.api.usage import Budget
from switchboard.model import ModelParts, request_limit
from switchboard.secrets import Secrets
from switchboard.settings import Settings
from switchboard.trust import QUEUED_CHANNELS, make_approvals, make_care


def operator_routes(
    settings: Settings,
    secrets: Secrets,
    database: Database,
    *,
    replica: Replica,
    hub: Hub,
    model: ModelParts,
    settler: Settler,
    files: Files,
    recordings: Recordings,
    turns_wait: Callable[[], None],
    deliveries_wait: Callable[[], None],
) -> list[web.RouteDef]:
    """Return the routes of the operator API."""
    custody = Custody(database, queued_channels=QUEUED_CHANNELS, stamp=replica.stamp)
    return api_routes(
        auth=OperatorAuth(
            secrets.operator.get_secret_value(),
            addresses=Addresses(settings.trusted_proxies, limit_loopback=settings.chat.limit_loopback),
        ),
        operators=Operators(custody=custody, hub=hub, turns_wait=turns_wait, deliveries_wait=deliveries_wait),
        overview=Overview(database),
        history=Timeline(database),
        ledger=UsageLedger(database),
        budget=Budget(provider=settings.model, limit=request_limit(settings)),
        prices=lambda: {each.name: each.price for each in model.catalog().model},
        approvals=make_approvals(database, settler),
        care=make_care(settings, database, files, recordings=recordings, hub=hub, turns_wait=turns_wait),
        audit=Audit(database),
        directory=Directory(database),
        downloads=Downloads(database, files, settings.home),
        mail_desk=MailDesk(database, own=frozenset(settings.mail_addresses)),
    )
