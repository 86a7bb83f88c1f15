"""Builds the operators' side: the routes of `/api`, and what stands behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from aiohttp import web

from channels.chat.gate import ClientAddresses
from orchestrator.conversation.event_bus import EventBus
from orchestrator.conversation.file_store import FileStore
from orchestrator.conversation.kept_files import Downloads
from orchestrator.conversation.overview import Overview
from orchestrator.conversation.recordings import Recordings
from orchestrator.handover.approvals import Approvals
from orchestrator.handover.approved_actions import ApprovedActions
from orchestrator.handover.ownership import Ownership
from orchestrator.inference.budget import UsageLedger
from orchestrator.mail.recorded import RecordedMails
from orchestrator.memory.timeline import Timeline
from orchestrator.people.customer_care import CustomerCare
from orchestrator.people.customer_search import CustomerSearch
from orchestrator.people.erasure import Erasure
from orchestrator.store.audit_log import Audit
from orchestrator.store.database import Database
from orchestrator.store.replica import Replica
from switchboard.api.approvals_api import ApprovalRoutes
from switchboard.api.audit_api import AuditRoutes
from switchboard.api.auth import OperatorAuth
from switchboard.api.common import served
from switchboard.api.conversations_api import ConversationRoutes
from switchboard.api.customers_api import CustomerRoutes
from switchboard.api.files_api import FileRoutes
from switchboard.api.mails_api import MailRoutes
from switchboard.api.openapi import document_route
from switchboard.api.route import ApiRoute
from switchboard.api.usage_api import DayLimit, UsageRoutes
from switchboard.business import Business
from switchboard.model import ModelParts, request_limit
from switchboard.secrets import Secrets
from switchboard.settings import Settings
from switchboard.trust import QUEUED_CHANNELS


def operator_routes(
    settings: Settings,
    business: Business,
    secrets: Secrets,
    database: Database,
    *,
    replica: Replica,
    bus: EventBus,
    model: ModelParts,
    approved_actions: ApprovedActions,
    files: FileStore,
    recordings: Recordings,
    turns_wait: Callable[[], None],
    deliveries_wait: Callable[[], None],
) -> list[web.RouteDef]:
    """Return the routes of the operator API."""
    overview, downloads = Overview(database), Downloads(database, files, settings.home)
    ownership = Ownership(
        database,
        queued_channels=QUEUED_CHANNELS,
        stamp=replica.stamp,
        language=business.languages[0],
        bus=bus,
        turns_wait=turns_wait,
        deliveries_wait=deliveries_wait,
    )
    erasure = Erasure(database, files=files, folder=settings.home, recordings=recordings)
    care = CustomerCare(database, erasure=erasure, bus=bus, turns_wait=turns_wait)
    auth = OperatorAuth(
        secrets.operator.get_secret_value(),
        addresses=ClientAddresses(settings.trusted_proxies, limit_loopback=settings.chat.limit_loopback),
    )
    return api_routes(
        auth,
        ConversationRoutes(operators=ownership, overview=overview, history=Timeline(database)),
        ApprovalRoutes(Approvals(database, actions_wait=approved_actions.wake)),
        CustomerRoutes(overview=overview, care=care, directory=CustomerSearch(database)),
        AuditRoutes(Audit(database)),
        FileRoutes(downloads),
        MailRoutes(RecordedMails(database, own=frozenset(settings.mail_addresses)), downloads),
        UsageRoutes(
            ledger=UsageLedger(database),
            budget=DayLimit(provider=settings.model, limit=request_limit(settings)),
            prices=lambda: {each.name: each.price for each in model.catalog().model},
        ),
    )


class RouteGroup(Protocol):
    """The routes of one matter."""

    def routes(self) -> list[ApiRoute]:
        """Return them."""


def api_routes(auth: OperatorAuth, *groups: RouteGroup) -> list[web.RouteDef]:
    """Return the routes under /api for the gateway's one listener, and the document of the whole HTTP API."""
    routes = [route for group in groups for route in group.routes()]
    return [*(served(route, auth) for route in routes), document_route(routes)]
