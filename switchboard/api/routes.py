"""All routes of the operator API, behind its token."""

from __future__ import annotations

from aiohttp import web

from orchestrator.conversation.kept_files import Downloads
from orchestrator.conversation.overview import Overview
from orchestrator.handover.approvals import Approvals
from orchestrator.handover.operators import Operators
from orchestrator.inference.usage_ledger import UsageLedger
from orchestrator.mail.recorded import RecordedMails
from orchestrator.memory.timeline import Timeline
from orchestrator.people.customer_care import CustomerCare
from orchestrator.people.customer_search import CustomerSearch
from orchestrator.store.audit_log import Audit
from switchboard.api.answers import guarded
from switchboard.api.approvals import ApprovalRoutes
from switchboard.api.audit import audit_routes
from switchboard.api.auth import OperatorAuth
from switchboard.api.conversations import ConversationRoutes
from switchboard.api.customers import customer_routes
from switchboard.api.files import file_routes
from switchboard.api.mails import mail_routes
from switchboard.api.usage import Budget, Prices, UsageRoutes


def api_routes(
    *,
    auth: OperatorAuth,
    operators: Operators,
    overview: Overview,
    history: Timeline,
    ledger: UsageLedger,
    budget: Budget,
    prices: Prices,
    approvals: Approvals,
    care: CustomerCare,
    audit: Audit,
    directory: CustomerSearch,
    downloads: Downloads,
    mail_desk: RecordedMails,
) -> list[web.RouteDef]:
    """Return the routes under /api for the gateway's one listener."""
    conversations = ConversationRoutes(operators=operators, overview=overview, history=history)
    usage = UsageRoutes(ledger=ledger, budget=budget, prices=prices)
    held = ApprovalRoutes(approvals)
    return [
        web.get("/api/conversations", guarded(auth, conversations.list)),
        web.get("/api/conversations/{id}", guarded(auth, conversations.show)),
        web.post("/api/conversations/{id}/take", guarded(auth, conversations.take)),
        web.post("/api/conversations/{id}/release", guarded(auth, conversations.release)),
        web.post("/api/conversations/{id}/reply", guarded(auth, conversations.reply)),
        web.post("/api/conversations/{id}/close", guarded(auth, conversations.close)),
        web.get("/api/approvals", guarded(auth, held.list)),
        web.get("/api/approvals/{id}", guarded(auth, held.show)),
        web.post("/api/approvals/{id}", guarded(auth, held.decide)),
        *customer_routes(auth, overview=overview, care=care, directory=directory),
        *audit_routes(auth, audit),
        *file_routes(auth, downloads),
        *mail_routes(auth, mail_desk, downloads),
        web.get("/api/usage", guarded(auth, usage.show)),
    ]
