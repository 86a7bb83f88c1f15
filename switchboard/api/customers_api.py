"""`/api/customers`: all that is known of one customer, and what an operator does with it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from aiohttp import web
from pydantic import Field
from typing_extensions import TypedDict

from orchestrator.conversation.overview import Overview
from orchestrator.errors import StoreAway
from orchestrator.people.customer_care import MOST_TAGS, CustomerCare
from orchestrator.people.customer_search import CustomerSearch
from orchestrator.people.exports import Export
from orchestrator.people.merging import Merge
from switchboard.api.common import (
    LONGEST_PAGE,
    PAGE,
    ClosedQuery,
    ListPage,
    OperatorBody,
    OperatorQuery,
    Unknown,
    Whole,
    answer,
    body,
    path_id,
    query,
    unknown,
)
from switchboard.api.conversations_api import ConversationItem
from switchboard.api.route import ApiRoute, delete, get, post, put

LONGEST_EXPORT = 300.0
"""Seconds within which a client has to take an export."""
CHUNK = 65_536
"""Characters written at a time."""


class CustomersQuery(ClosedQuery):
    """Who is looked for: an id, an address, a phone number, a name or a reference."""

    q: Annotated[str, Field(pattern=r"\S")]
    limit: Annotated[Whole, Field(ge=1, le=LONGEST_PAGE)] = PAGE


class MergeBody(OperatorBody):
    """The body of a merge: who is the same person."""

    other: UUID


class UnmergeBody(OperatorBody):
    """The body of an unmerge: which merge to undo."""

    merge: UUID


class TagsBody(OperatorBody):
    """The body of a change of tags: all that the customer has from now on."""

    tags: Annotated[list[str], Field(max_length=MOST_TAGS)]


class FoundContact(TypedDict):
    """How a customer can be reached."""

    kind: str
    address: str
    verified: bool


class LastWords(TypedDict):
    """What a customer wrote last, shortened."""

    at: datetime
    excerpt: str | None


class FoundCustomer(TypedDict):
    """A customer as a search shows it."""

    id: UUID
    name: str | None
    language: str | None
    tags: list[str]
    created_at: datetime
    contacts: list[FoundContact]
    conversations: int
    last_message: LastWords | None


class HeldContact(TypedDict):
    """An address of a customer; unverified ones are claims."""

    id: UUID
    kind: str
    address: str
    verified_at: datetime | None


class StoredMerge(TypedDict):
    """A merge that was made into a customer."""

    id: UUID
    merged: UUID
    merged_by: str
    created_at: datetime
    undone_at: datetime | None


class HeldFact(TypedDict):
    """What is remembered of a customer, and how far it is believed."""

    key: str
    value: Any
    trust: int
    conversation: UUID | None
    updated_at: datetime


class WholeCustomer(TypedDict):
    """All that lists and conversations know of a customer."""

    id: UUID
    name: str | None
    language: str | None
    tags: list[str]
    created_at: datetime
    merged_into: UUID | None
    contacts: list[HeldContact]
    merges: list[StoredMerge]
    facts: list[HeldFact]
    conversations: list[ConversationItem]


class MergeState(TypedDict):
    """What a merge moved; `undone_at` is null while it stands."""

    id: UUID
    kept: UUID
    merged: UUID
    conversations: list[UUID]
    undone_at: datetime | None


class CustomerTags(TypedDict):
    """The tags that a customer has now."""

    id: UUID
    tags: list[str]


class ErasedCustomer(TypedDict):
    """How much was deleted with a customer; `customers` are all who were merged into it."""

    id: UUID
    customers: list[UUID]
    conversations: int
    mails: int
    files: int


class CustomerRoutes:
    """Serves everything under /api/customers."""

    def __init__(self, *, overview: Overview, care: CustomerCare, directory: CustomerSearch) -> None:
        self._overview = overview
        self._care = care
        self._directory = directory

    def routes(self) -> list[ApiRoute]:
        """Return the routes."""
        path, one = "/api/customers", "/api/customers/{id}"
        changes = partial(post, answer=MergeState, errors=(404, 409))
        tags, erased = CustomerTags, ErasedCustomer
        return [
            get(path, "Find customers", self.find, ListPage[FoundCustomer], query=CustomersQuery),
            get(one, "Show a customer", self.show, WholeCustomer, errors=(404,)),
            delete(one, "Delete all of them", self.delete, erased, body=OperatorBody, errors=(404, 409)),
            get(
                f"{one}/export",
                "All that is held about them",
                self.export,
                dict[str, Any],
                query=OperatorQuery,
                errors=(404,),
            ),
            changes(f"{one}/merge", "Make another the same person", self.merge, body=MergeBody),
            changes(f"{one}/unmerge", "Undo a merge", self.unmerge, body=UnmergeBody),
            put(f"{one}/tags", "Set the tags", self.tag, tags, body=TagsBody, errors=(404,)),
        ]

    async def find(self, request: web.Request) -> web.StreamResponse:
        """GET /api/customers"""
        wanted = query(request, CustomersQuery)
        return answer({"items": await self._directory.find(wanted.q, limit=wanted.limit), "next": None})

    async def show(self, request: web.Request) -> web.StreamResponse:
        """GET /api/customers/{id}"""
        customer = await self._overview.customer(path_id(request, Unknown("customer")))
        return unknown("customer") if customer is None else answer(customer)

    async def merge(self, request: web.Request) -> web.StreamResponse:
        """POST /api/customers/{id}/merge"""
        customer_id = path_id(request, Unknown("customer"))
        given = await body(request, MergeBody)
        return answer(_merge(await self._care.merge(customer_id, given.other, given.operator)))

    async def unmerge(self, request: web.Request) -> web.StreamResponse:
        """POST /api/customers/{id}/unmerge"""
        customer_id = path_id(request, Unknown("customer"))
        given = await body(request, UnmergeBody)
        return answer(_merge(await self._care.unmerge(customer_id, given.merge, given.operator)))

    async def tag(self, request: web.Request) -> web.StreamResponse:
        """PUT /api/customers/{id}/tags"""
        customer_id = path_id(request, Unknown("customer"))
        given = await body(request, TagsBody)
        tags = await self._care.tag(customer_id, given.tags, given.operator)
        return answer({"id": customer_id, "tags": tags})

    async def export(self, request: web.Request) -> web.StreamResponse:
        """GET /api/customers/{id}/export"""
        customer_id = path_id(request, Unknown("customer"))
        export = await self._care.export(customer_id, query(request, OperatorQuery).operator)
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
        customer_id = path_id(request, Unknown("customer"))
        given = await body(request, OperatorBody)
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


def _merge(merge: Merge) -> dict[str, object]:
    return {
        "id": merge.id,
        "kept": merge.kept,
        "merged": merge.merged,
        "conversations": merge.conversations,
        "undone_at": merge.undone_at,
    }
