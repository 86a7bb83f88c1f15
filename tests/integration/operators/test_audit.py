"""The audit: written with its effect, never changed, and what it must not hold."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from orchestrator.handover.ownership import Conflict, Grip
from orchestrator.ids import new_id
from orchestrator.store.audit_log import Audit, AuditFilter, note
from orchestrator.store.database import Database
from tests.integration.operators.office import TOKEN, Api, Office


async def rows(database: Database) -> list[dict[str, object]]:
    return (await Audit(database).rows(AuditFilter(), limit=100))[::-1]


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET actor = 'bot'", "DELETE FROM audit", "TRUNCATE audit"]
)
async def test_nobody_changes_the_audit(database: Database, statement: str) -> None:
    await note(database, actor="system", action="thing.done", subject="thing:1")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await database.execute(statement)
    assert len(await rows(database)) == 1


async def test_a_change_that_is_undone_leaves_no_row(database: Database) -> None:
    async def fails() -> None:
        async with database.transaction() as connection:
            await note(connection, actor="bot", action="thing.done", subject="thing:1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fails()
    assert await rows(database) == []


async def test_addresses_are_masked_and_values_bounded(database: Database) -> None:
    await note(
        database,
        actor="operator:ann@example.com",
        action="thing.done",
        subject="address:ada.byron@example.com",
        before={"to": "ada@example.com, bob@example.com", "deep": {"a": {"b": {"c": {"d": {"e": 1}}}}}},
        after={"ids": [new_id()], "at": datetime.now(UTC), "amount": Decimal("1.50"), "text": "x\0" * 999},
        verdicts=[{"rule": "amount", "judgement": "hold"}],
    )
    [row] = await rows(database)
    assert "ada" not in str(row)
    assert row["subject"] == "address:a***@example.com"
    assert row["before"] == {
        "to": "a***@example.com, b***@example.com",
        "deep": {"a": {"b": {"c": {"d": "dict"}}}},
    }
    after = row["after"]
    assert isinstance(after, dict)
    assert len(after["text"]) <= 300
    assert after["amount"] == "1.50"


async def test_every_change_of_hands_is_noted_without_a_word_of_it(office: Office) -> None:
    session = await office.begin(email="ada@example.com")
    conversation = session.conversation_id
    await office.operators.take(conversation, "Ann")
    await office.operators.take(conversation, "Ann")
    held = await office.operators.reply(conversation, "Ann", "Your secret parcel.", "k")
    await office.operators.reply(conversation, "Ann", "Your secret parcel.", "k")
    await office.operators.release(conversation, "Ben", Grip(force=True))
    with pytest.raises(Conflict):
        await office.operators.release(conversation, "Ben")
    await office.operators.close(conversation, "Ben")
    noted = [row for row in await rows(office.database) if row["conversation"] == conversation]
    assert [(row["actor"], row["action"]) for row in noted] == [
        ("operator:Ann", "conversation.taken"),
        ("operator:Ann", "conversation.replied"),
        ("operator:Ben", "conversation.released"),
        ("operator:Ben", "conversation.closed"),
    ]
    assert noted[0]["before"] == {"status": "open", "owner": "bot", "operator": None}
    assert noted[1]["after"] == {
        "status": "human",
        "owner": "operator",
        "operator": "Ann",
        "message": str(held.message_id),
    }
    assert "secret" not in str(noted)


async def test_a_request_leaves_its_id(office: Office, api: Api) -> None:
    session = await office.begin()
    url = f"{api.url}/api/conversations/{session.conversation_id}/take"
    headers = {"Authorization": f"Bearer {TOKEN}", "X-Request-Id": "case-17"}
    async with api.http.post(url, json={"operator": "Ann"}, headers=headers) as response:
        assert response.status == 200
    await api.post(f"/api/conversations/{session.conversation_id}/release", {"operator": "Ann"})
    items = (await api.get("/api/audit", conversation=str(session.conversation_id)))[1]["items"]
    assert items[1]["request_id"] == "case-17"
    assert items[0]["request_id"] not in (None, "case-17")


async def test_the_audit_is_filtered_and_paged_newest_first(office: Office, api: Api) -> None:
    conversation = uuid4()
    for number in range(7):
        await note(
            office.database,
            actor=f"operator:{'Ann' if number % 2 else 'Ben'}",
            action="thing.done",
            subject=f"thing:{number}",
            conversation_id=conversation if number < 3 else None,
        )
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 3}
    for _ in range(3):
        status, value = await api.get("/api/audit", **query)
        assert status == 200
        seen += [item["subject"] for item in value["items"]]
        query["cursor"] = value["next"]
    assert seen == [f"thing:{number}" for number in range(6, -1, -1)]
    assert query["cursor"] is None
    assert len((await api.get("/api/audit", actor="operator:Ann"))[1]["items"]) == 3
    assert len((await api.get("/api/audit", conversation=str(conversation)))[1]["items"]) == 3
    assert (await api.get("/api/audit", action="other"))[1]["items"] == []
    assert (await api.get("/api/audit", since="2999-01-01T00:00:00Z"))[1]["items"] == []
    assert (await api.get("/api/audit", until="2026-01-01T00:00:00Z"))[1]["items"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"conversation": "x"},
        {"since": "yesterday"},
        {"since": "2026-01-01T00:00:00"},
        {"until": "0001-01-01T00:00:00Z"},
        {"cursor": "WzEsMl0"},
        {"cursor": "!"},
        {"actor": "a\n"},
        {"limit": "0"},
    ],
)
async def test_a_question_the_audit_does_not_understand_is_refused(api: Api, query: dict[str, str]) -> None:
    status, value = await api.get("/api/audit", **query)
    assert (status, value["error"]["code"]) == (400, "bad_request")


async def test_changes_at_once_are_all_noted(office: Office) -> None:
    sessions = [await office.begin() for _ in range(5)]
    await asyncio.gather(*(office.operators.take(each.conversation_id, "Ann") for each in sessions))
    assert sum(row["action"] == "conversation.taken" for row in await rows(office.database)) == 5
