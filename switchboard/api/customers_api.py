"""`/api/customers`: all that is known of one customer, and what an operator does with it."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from orchestrator.conversation.overview import Overview
from orchestrator.errors import StoreAway
from orchestrator.handover.operators import LONGEST_NAME
from orchestrator.people.customer_care import MOST_TAGS, CustomerCare
from orchestrator.people.customer_search import CustomerSearch
from orchestrator.people.exports import Export
from orchestrator.people.merging import Merge
from switchboard.api.auth import OperatorAuth
from switchboard.api.common import (
    LONGEST_PAGE,
    PAGE,
    MalformedRequest,
    answer,
    body,
    guarded,
    known,
    number,
    path_id,
    unknown,
)

LONGEST_EXPORT = 300.0
"""Seconds within which a client has to take an export."""
CHUNK = 65_536
"""Characters written at a time."""

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]


class ByOperator(BaseModel):
    """Who acts."""

    model_config = ConfigDict(strict=True)

    operator: Name = "operator"


class MergeBody(ByOperator):
    """The body of a merge: who is the same person."""

    other: UUID


class UnmergeBody(ByOperator):
    """The body of an unmerge: which merge to undo."""

    merge: UUID


class TagsBody(ByOperator):
    """The body of a change of tags: all that the customer has from now on."""

    tags: Annotated[list[str], Field(max_length=MOST_TAGS)]


class CustomerRoutes:
    """Serves everything under /api/customers."""

    def __init__(self, *, overview: Overview, care: CustomerCare, directory: CustomerSearch) -> None:
        self._overview = overview
        self._care = care
        self._directory = directory

    async def find(self, request: web.Request) -> web.StreamResponse:
        """GET /api/customers?q=&limit=: by id, address, phone number, name, order or other reference."""
        known(request, "q", "limit")
        wanted = request.query.get("q", "")
        if not wanted.strip():
            raise MalformedRequest("q is missing: an id, an address, a phone number, a name or an order.")
        limit = number(request, "limit", default=PAGE, most=LONGEST_PAGE)
        return answer({"items": await self._directory.find(wanted, limit=limit), "next": None})

    async def show(self, request: web.Request) -> web.StreamResponse:
        """GET /api/customers/{id}"""
        customer_id = path_id(request)
        customer = await self._overview.customer(customer_id) if customer_id else None
        return unknown("customer") if customer is None else answer(customer)

    async def merge(self, request: web.Request) -> web.StreamResponse:
        """POST /api/customers/{id}/merge"""
        customer_id = path_id(request)
        if customer_id is None:
            return unknown("customer")
        given = await body(request, MergeBody)
        return answer(_merge(await self._care.merge(customer_id, given.other, given.operator)))

    async def unmerge(self, request: web.Request) -> web.StreamResponse:
        """POST /api/customers/{id}/unmerge"""
        customer_id = path_id(request)
        if customer_id is None:
            return unknown("customer")
        given = await body(request, UnmergeBody)
        return answer(_merge(await self._care.unmerge(customer_id, given.merge, given.operator)))

    async def tag(self, request: web.Request) -> web.StreamResponse:
        """PUT /api/customers/{id}/tags"""
        customer_id = path_id(request)
        if customer_id is None:
            return unknown("customer")
        given = await body(request, TagsBody)
        tags = await self._care.tag(customer_id, given.tags, given.operator)
        return answer({"id": customer_id, "tags": tags})

    async def export(self, request: web.Request) -> web.StreamResponse:
        """GET /api/customers/{id}/export?operator="""
        customer_id = path_id(request)
        if customer_id is None:
            return unknown("customer")
        export = await self._care.export(customer_id, request.query.get("operator") or "operator")
        response = web.StreamResponse(
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "Content-Disposition": f'attachment; filename="customer-{customer_id}.json"',
                "Cache-Control": "no-store",
            }
        )
        await response.prepare(request)
        try:
            async with asyncio.timeout(LONGEST_EXPORT):
                await _send(response, export)
        except (StoreAway, TimeoutError):
            # Cut off, without the end of the last chunk: half an export must not pass for a whole one.
            if request.transport is not None:
                request.transport.abort()
        return response

    async def delete(self, request: web.Request) -> web.StreamResponse:
        """DELETE /api/customers/{id}"""
        customer_id = path_id(request)
        if customer_id is None:
            return unknown("customer")
        given = await body(request, ByOperator)
        erased = await self._care.delete(customer_id, given.operator)
        return answer(
            {
                "id": customer_id,
                "customers": erased.customers,
                "conversations": len(erased.conversations),
                "mails": erased.mails,
                "files": erased.files,
            }
        )


async def _send(response: web.StreamResponse, export: Export) -> None:
    waiting = ""
    async for piece in export.pieces():
        waiting += piece
        if len(waiting) >= CHUNK:
            await response.write(waiting.encode())
            waiting = ""
    await response.write(waiting.encode())
    await response.write_eof()


def customer_routes(
    auth: OperatorAuth, *, overview: Overview, care: CustomerCare, directory: CustomerSearch
) -> list[web.RouteDef]:
    """Return the routes under /api/customers."""
    routes = CustomerRoutes(overview=overview, care=care, directory=directory)
    return [
        web.get("/api/customers", guarded(auth, routes.find)),
        web.get("/api/customers/{id}", guarded(auth, routes.show)),
        web.delete("/api/customers/{id}", guarded(auth, routes.delete)),
        web.get("/api/customers/{id}/export", guarded(auth, routes.export)),
        web.post("/api/customers/{id}/merge", guarded(auth, routes.merge)),
        web.post("/api/customers/{id}/unmerge", guarded(auth, routes.unmerge)),
        web.put("/api/customers/{id}/tags", guarded(auth, routes.tag)),
    ]


def _merge(merge: Merge) -> dict[str, object]:
    return {
        "id": merge.id,
        "kept": merge.kept,
        "merged": merge.merged,
        "conversations": merge.conversations,
        "undone_at": merge.undone_at,
    }
