"""What is remembered of a customer, asked for by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from orchestrator.memory.recall import ending_of, endings_sql, facts_sql
from orchestrator.store.database import Database


async def facts(database: Database, customer_id: UUID, conversation_id: UUID, *, trust: int) -> Any:
    sql = facts_sql("$1", "$2", "$3::int")
    return await database.fetchval(sql, customer_id, conversation_id, trust) or {}


async def earlier(
    database: Database, customer_id: UUID, conversation_id: UUID, *, messages: int = 4
) -> Sequence[Mapping[str, Any]]:
    sql = endings_sql("$1", "$2", messages=messages)
    return [ending_of(each) for each in await database.fetchval(sql, customer_id, conversation_id) or ()]
