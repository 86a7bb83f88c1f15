"""All routes of the operator API, behind its token."""

from __future__ import annotations

from aiohttp import web

from orchestrator.operators import Operators
from orchestrator.store.history import History
from orchestrator.store.ledger import Ledger
from orchestrator.store.overview import Overview
from switchboard.api.answers import guarded
from switchboard.api.auth import OperatorAuth
from switchboard.api.conversations import ConversationRoutes
from switchboard.api.customers import CustomerRoutes
from switchboard.api.usage import Budget, Prices, UsageRoutes


def api_routes(
    *,
    auth: OperatorAuth,
    operators: Operators,
    overview: Overview,
    history: History,
    ledger: Ledger,
    budget: Budget,
    prices: Prices,
) -> list[web.RouteDef]:
    """Return the routes under /api for the gateway's one listener."""
    conversations = ConversationRoutes(operators=operators, overview=overview, history=history)
    customers = CustomerRoutes(overview=overview)
    usage = UsageRoutes(ledger=ledger, budget=budget, prices=prices)
    return [
        web.get("/api/conversations", guarded(auth, conversations.list)),
        web.get("/api/conversations/{id}", guarded(auth, conversations.show)),
        web.post("/api/conversations/{id}/take", guarded(auth, conversations.take)),
        web.post("/api/conversations/{id}/release", guarded(auth, conversations.release)),
        web.post("/api/conversations/{id}/reply", guarded(auth, conversations.reply)),
        web.post("/api/conversations/{id}/close", guarded(auth, conversations.close)),
        web.get("/api/customers/{id}", guarded(auth, customers.show)),
        web.get("/api/usage", guarded(auth, usage.show)),
    ]
