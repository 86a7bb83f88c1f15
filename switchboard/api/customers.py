"""`/api/customers`: all that is known of one customer."""

from __future__ import annotations

from aiohttp import web

from orchestrator.store.overview import Overview
from switchboard.api.answers import answer, path_id, unknown


class CustomerRoutes:
    """Serves /api/customers/{id}."""

    def __init__(self, *, overview: Overview) -> None:
        self._overview = overview

    async def show(self, request: web.Request) -> web.Response:
        """GET /api/customers/{id}"""
        customer_id = path_id(request)
        customer = await self._overview.customer(customer_id) if customer_id else None
        return unknown("customer") if customer is None else answer(customer)
