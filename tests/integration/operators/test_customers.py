"""Customers: tagged, merged, taken apart, exported, deleted; what goes along and what stays."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.errors import LeaseLost, MessageInvalid, SessionUnknown
from orchestrator.handover.ownership import Conflict
from orchestrator.ids import new_id
from orchestrator.mail.spool import raw_path
from orchestrator.people.person import Busy, CustomerUnknown, MergeUnknown, NotVerified
from orchestrator.people.sessions import StoredSession
from orchestrator.store.audit_log import Audit, AuditFilter
from tests.integration.operators.office import Api, Office
from tests.support.memories import facts


async def two(office: Office) -> tuple[StoredSession, StoredSession]:
    return await office.begin(email="ada@example.com"), await office.begin(email="ada@work.example")


async def talk(office: Office, session: StoredSession, **facts: str) -> None:
    """Let the customer write, and the bot answer and remember."""
    await office.write(session, "Hello")
    await office.end(await office.claim(), facts=facts, trust=3)


async def owners(office: Office, table: str) -> dict[UUID, UUID]:
    rows = await office.database.fetch(f"SELECT id, customer_id FROM {table}")
    return {row["id"]: row["customer_id"] for row in rows}


async def ticket(office: Office, session: StoredSession) -> UUID:
    ticket_id = new_id()
    await office.database.execute(
        "INSERT INTO tickets (id, conversation_id, customer_id, subject, description, created_at,"
        " idempotency_key) VALUES ($1, $2, $3, 'Broken', 'It broke.', now(), $4)",
        ticket_id,
        session.conversation_id,
        session.customer_id,
        str(ticket_id),
    )
    return ticket_id


async def held_action(office: Office, session: StoredSession, state: str = "held") -> UUID:
    """Leave an action in this state, with an approval."""
    action_id, approval_id, turn_id = new_id(), new_id(), new_id()
    await office.database.execute(
        "INSERT INTO actions (id, turn_id, conversation_id, step, position, tool, arguments, key, state,"
        " verdict) VALUES ($1, $2, $3, 1, 0, 'refund_order', '{}', $4, $5, 'ask')",
        action_id,
        turn_id,
        session.conversation_id,
        str(action_id),
        state,
    )
    await office.database.execute(
        "INSERT INTO approvals (id, action_id, conversation_id, tool, arguments, summary, policy_line,"
        " reason, caller, expires_at)"
        " VALUES ($1, $2, $3, 'refund_order', '{}', 'Refund 80 EUR for order 1042.',"
        " 'refund.ask', 'Above 20 EUR.', $4, now() + interval '1 day')",
        approval_id,
        action_id,
        session.conversation_id,
        {"customer_id": str(session.customer_id)},
    )
    return approval_id


async def test_a_merge_moves_everything_and_an_unmerge_puts_it_back(office: Office) -> None:
    ada, work = await two(office)
    await talk(office, work, size="42")
    await office.write(work, "And then?")
    mine = await ticket(office, work)
    approval = await held_action(office, work)
    before = {table: await owners(office, table) for table in ("conversations", "contacts", "tickets")}
    merge = await office.care.merge(ada.customer_id, work.customer_id, "Ann")
    for table in before:
        assert set((await owners(office, table)).values()) == {ada.customer_id}
    assert await office.database.fetchval("SELECT customer_id FROM turns WHERE state = 'pending'") == (
        ada.customer_id
    )
    caller = await office.database.fetchval("SELECT caller FROM approvals WHERE id = $1", approval)
    assert caller == {"customer_id": str(ada.customer_id)}
    assert await facts(office.database, ada.customer_id, ada.conversation_id, trust=3) == {"size": "42"}
    # Comes later, and stays: another conversation of the one who was kept.
    later = await office.begin(email="ada@work.example")
    assert later.customer_id == ada.customer_id
    undone = await office.care.unmerge(ada.customer_id, merge.id, "Ben")
    assert undone.conversations == (work.conversation_id,)
    now = await owners(office, "conversations")
    assert now.pop(later.conversation_id) == ada.customer_id
    assert now == before["conversations"]
    assert await owners(office, "contacts") == before["contacts"]
    assert (await owners(office, "tickets"))[mine] == work.customer_id
    assert await facts(office.database, ada.customer_id, ada.conversation_id, trust=3) == {}
    assert await facts(office.database, work.customer_id, new_id(), trust=3) == {"size": "42"}
    noted = await Audit(office.database).rows(AuditFilter(), limit=2)
    assert [(row["actor"], row["action"]) for row in noted] == [
        ("operator:Ben", "customer.unmerged"),
        ("operator:Ann", "customer.merged"),
    ]
    assert "ada" not in str(noted).replace(str(ada.customer_id), "")


async def test_what_a_moved_conversation_gained_since_goes_back_with_it(office: Office) -> None:
    ada, work = await two(office)
    merge = await office.care.merge(ada.customer_id, work.customer_id, "Ann")
    await talk(office, work, size="42")
    await office.care.unmerge(ada.customer_id, merge.id, "Ann")
    assert await facts(office.database, ada.customer_id, ada.conversation_id, trust=3) == {}


async def test_names_and_tags_of_a_merge_are_given_back(office: Office) -> None:
    ada, work = await two(office)
    await office.database.execute("UPDATE customers SET name = NULL WHERE id = $1", ada.customer_id)
    await office.care.tag(ada.customer_id, ["vip"], "Ann")
    await office.care.tag(work.customer_id, ["b2b", "vip"], "Ann")
    merge = await office.care.merge(ada.customer_id, work.customer_id, "Ann")
    row = await office.database.fetchrow("SELECT name, tags FROM customers WHERE id = $1", ada.customer_id)
    assert tuple(row) == ("Ada Byron", ["vip", "b2b"])
    await office.care.unmerge(ada.customer_id, merge.id, "Ann")
    row = await office.database.fetchrow("SELECT name, tags FROM customers WHERE id = $1", ada.customer_id)
    assert tuple(row) == (None, ["vip"])


async def test_only_verified_customers_are_merged(office: Office) -> None:
    ada, stranger = await office.begin(email="ada@example.com"), await office.begin()
    await office.database.execute(
        "INSERT INTO contacts (id, customer_id, kind, address) VALUES ($1, $2, 'email', 'x@example.com')",
        new_id(),
        stranger.customer_id,
    )
    for kept, other in ((ada, stranger), (stranger, ada)):
        with pytest.raises(NotVerified):
            await office.care.merge(kept.customer_id, other.customer_id, "Ann")
    with pytest.raises(Conflict):
        await office.care.merge(ada.customer_id, ada.customer_id, "Ann")
    with pytest.raises(CustomerUnknown):
        await office.care.merge(ada.customer_id, uuid4(), "Ann")


async def test_merges_are_undone_once_and_from_the_last_on(office: Office) -> None:
    ada, work = await two(office)
    third = await office.begin(email="ada@third.example")
    first = await office.care.merge(ada.customer_id, work.customer_id, "Ann")
    with pytest.raises(Conflict):
        await office.care.merge(third.customer_id, work.customer_id, "Ann")
    second = await office.care.merge(third.customer_id, ada.customer_id, "Ann")
    with pytest.raises(Conflict):
        await office.care.unmerge(ada.customer_id, first.id, "Ann")
    with pytest.raises(MergeUnknown):
        await office.care.unmerge(ada.customer_id, second.id, "Ann")
    await office.care.unmerge(third.customer_id, second.id, "Ann")
    await office.care.unmerge(ada.customer_id, first.id, "Ann")
    with pytest.raises(Conflict):
        await office.care.unmerge(ada.customer_id, first.id, "Ann")
    conversations = await owners(office, "conversations")
    assert conversations == {each.conversation_id: each.customer_id for each in (ada, work, third)}


async def test_a_customer_whose_turn_runs_is_not_merged_until_it_ends(office: Office) -> None:
    ada, work = await two(office)
    await office.write(work, "Hello")
    claim = await office.claim()
    merging = asyncio.create_task(office.care.merge(ada.customer_id, work.customer_id, "Ann"))
    done, _ = await asyncio.wait([merging], timeout=0.3)
    assert not done
    await office.end(claim)
    merge = await merging
    assert merge.conversations == (work.conversation_id,)


async def test_a_turn_that_does_not_end_is_told(office: Office, api: Api) -> None:
    ada, work = await two(office)
    await office.write(work, "Hello")
    await office.claim()
    status, value = await api.post(
        f"/api/customers/{ada.customer_id}/merge", {"other": str(work.customer_id), "operator": "Ann"}
    )
    assert (status, value["error"]["code"]) == (409, "busy")
    assert (await owners(office, "conversations"))[work.conversation_id] == work.customer_id


@pytest.mark.timeout(300)  # each merge may wait for three seconds and more
async def test_merges_and_turns_at_once_never_wait_for_each_other_in_a_circle(office: Office) -> None:
    """Turns are written, claimed and ended while the two are merged and taken apart, over and over."""
    ada, work = await two(office)
    merges: list[Any] = []
    stop = asyncio.Event()

    async def customer(session: StoredSession) -> int:
        written = 0
        while not stop.is_set():
            await office.write(session, "Hello")
            written += 1
            await asyncio.sleep(0.005)  # no pacing at all and a turn always runs: every merge is told "busy"
        return written

    async def bot() -> int:
        ended = 0
        while not stop.is_set():
            for claim in await office.turns.claim(1, 5):
                await office.end(claim, language="de" if ended % 2 else "en", facts={"n": str(ended)})
                ended += 1
            await asyncio.sleep(0)
        return ended

    async def operator() -> None:
        while (
            len(merges) < 3
        ):  # each may wait for three seconds, more than once, beside writers without a pause
            try:
                merge = await office.care.merge(ada.customer_id, work.customer_id, "Ann")
                merges.append(merge)
                await unmerged(merge.id)
            except Busy:
                continue
        stop.set()

    async def unmerged(merge_id: UUID) -> None:
        for _ in range(20):
            try:
                await office.care.unmerge(ada.customer_id, merge_id, "Ann")
            except Busy:
                continue
            return
        pytest.fail("the merge could not be undone")

    async with asyncio.timeout(280):
        written, more, ended, _ = await asyncio.gather(customer(ada), customer(work), bot(), operator())
    assert written
    assert more
    assert ended
    deadlocks = await office.database.fetchval(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    assert deadlocks == 0
    assert await owners(office, "conversations") == {
        ada.conversation_id: ada.customer_id,
        work.conversation_id: work.customer_id,
    }


async def test_tags_are_slugs(office: Office, api: Api) -> None:
    ada = await office.begin(email="ada@example.com")
    path = f"/api/customers/{ada.customer_id}/tags"
    status, value = await api.put(path, {"tags": ["vip", "eu", "vip"], "operator": "Ann"})
    assert (status, value["tags"]) == (200, ["vip", "eu"])
    assert (await api.get(f"/api/customers/{ada.customer_id}"))[1]["tags"] == ["vip", "eu"]
    for wrong in ("", "VIP", "a b", "x" * 41, "-a"):
        with pytest.raises(MessageInvalid):
            await office.care.tag(ada.customer_id, [wrong], "Ann")
    assert (await api.put(path, {"tags": ["a"] * 21}))[0] == 400
    assert (await api.put(f"/api/customers/{uuid4()}/tags", {"tags": []}))[0] == 404


async def test_an_export_holds_everything_and_is_noted(office: Office, api: Api) -> None:
    ada = await office.begin(email="ada@example.com")
    await talk(office, ada, size="42")
    await ticket(office, ada)
    await held_action(office, ada)
    await office.files.keep(session_id=ada.id, name="p.png", media_type="image/png", data=b"picture")
    for _ in range(450):  # more than a page
        await office.write(ada, "More")
    status, value = await api.get(f"/api/customers/{ada.customer_id}/export", operator="Ann")
    assert status == 200
    assert value["customers"][0]["name"] == "Ada Byron"
    assert {each["address"] for each in value["contacts"]} == {"ada@example.com"}
    assert value["facts"][0]["value"] == "42"
    assert len(value["tickets"]) == 1
    [conversation] = value["conversations"]
    assert len(conversation["messages"]) == 452
    assert conversation["actions"][0]["tool"] == "refund_order"
    assert conversation["approvals"][0]["summary"].startswith("Refund")
    assert conversation["files"][0]["name"] == "p.png"
    assert "key_hash" not in json.dumps(value)
    [noted] = await Audit(office.database).rows(AuditFilter(action="customer.exported"), limit=5)
    assert noted["actor"] == "operator:Ann"
    assert (await api.get(f"/api/customers/{uuid4()}/export"))[0] == 404


async def counts(office: Office, *ids: UUID) -> dict[str, int]:
    """Count, in every table, the rows that hold one of the ids; the audit apart."""
    found: dict[str, int] = {}
    tables = await office.database.fetch(
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"
        " AND table_type = 'BASE TABLE' AND table_name <> 'audit'"
    )
    for table in tables:
        pattern = "|".join(str(each) for each in ids)
        sql = f"SELECT count(*) FROM {table['name']} AS t WHERE t::text ~* $1"
        if count := await office.database.fetchval(sql, pattern):
            found[table["name"]] = count
    return found


async def test_a_deleted_customer_leaves_nothing_but_the_audit(office: Office, api: Api) -> None:
    ada, bob = await office.begin(email="ada@example.com"), await office.begin(email="bob@example.com")
    for session in (ada, bob):
        await talk(office, session, size="42")
        await ticket(office, session)
    approval = await held_action(office, ada)
    shared, own = b"a shared picture", b"her own picture"
    for session, data in ((ada, shared), (bob, shared), (ada, own)):
        await office.files.keep(session_id=session.id, name="p", media_type="image/png", data=data)
    await office.write(ada, "Still there?")
    status, value = await api.delete(f"/api/customers/{ada.customer_id}")
    assert (status, value["conversations"], value["files"]) == (200, 1, 1)
    assert await counts(office, ada.customer_id, ada.conversation_id, ada.id) == {}
    assert await office.database.fetchval("SELECT count(*) FROM messages") == 2
    kept = [path for path in office.files.path("x").parent.parent.rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in kept] == [shared]
    assert (await api.get(f"/api/customers/{ada.customer_id}"))[0] == 404
    assert (await api.delete(f"/api/customers/{ada.customer_id}"))[0] == 404
    assert (await api.post(f"/api/approvals/{approval}", {"verdict": "approve"}))[0] == 404
    [noted] = await Audit(office.database).rows(AuditFilter(action="customer.deleted"), limit=5)
    assert noted["subject"] == f"customer:{ada.customer_id}"
    assert "ada" not in str(noted["after"]).replace(str(ada.customer_id), "")


async def test_a_running_turn_writes_nothing_of_a_deleted_customer(office: Office) -> None:
    ada = await office.begin(email="ada@example.com")
    await office.write(ada, "Hello")
    claim = await office.claim()
    request_id = new_id()
    await office.database.execute(
        "INSERT INTO requests (id, turn_id, step, attempt, provider, model, purpose)"
        " VALUES ($1, $2, 1, 1, 'test', 'test', 'decide')",
        request_id,
        claim.lease.turn_id,
    )
    await office.care.delete(ada.customer_id, "Ann")
    with pytest.raises(LeaseLost):
        await office.end(claim, facts={"size": "42"})
    with pytest.raises(SessionUnknown):
        await office.write(ada, "Hello?")
    # The ledger goes on counting the request; its answer, which comes too late, has nowhere to go.
    await office.database.execute("UPDATE requests SET content = 'Hello Ada' WHERE id = $1", request_id)
    row = await office.database.fetchrow("SELECT content, model FROM requests")
    assert tuple(row) == (None, "test")
    assert await counts(office, ada.customer_id, ada.conversation_id) == {}


async def test_a_customer_is_not_deleted_under_a_running_tool(office: Office) -> None:
    ada = await office.begin(email="ada@example.com")
    await held_action(office, ada, state="started")
    with pytest.raises(Busy):
        await office.care.delete(ada.customer_id, "Ann")
    await office.database.execute("UPDATE actions SET started_at = now() - interval '5 minutes'")
    await office.care.delete(ada.customer_id, "Ann")
    assert await counts(office, ada.customer_id, ada.conversation_id) == {}


async def test_those_merged_into_a_deleted_customer_go_with_them(office: Office) -> None:
    ada, work = await two(office)
    await office.care.merge(ada.customer_id, work.customer_id, "Ann")
    with pytest.raises(Conflict):
        await office.care.delete(work.customer_id, "Ann")
    erased = await office.care.delete(ada.customer_id, "Ann")
    assert set(erased.customers) == {ada.customer_id, work.customer_id}
    assert await counts(office, ada.customer_id, work.customer_id, work.conversation_id) == {}


async def keep_mail(office: Office, raw: bytes, sender: str, conversation: UUID | None = None) -> None:
    digest = hashlib.sha256(raw).hexdigest()
    path = raw_path(office.folder, digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    await office.database.execute(
        "INSERT INTO mails (id, sender, recipients, peer, helo, tls, protocol, size, sha256, state,"
        " from_address, conversation_id)"
        " VALUES ($1, $2, '{}', '', '', false, 'smtp', 1, $3, 'recorded', $2, $4)",
        new_id(),
        sender,
        digest,
        conversation,
    )


async def test_kept_mails_are_deleted_unless_they_are_others_too(office: Office) -> None:
    ada = await office.begin(email="ada@example.com", channel="mail")
    await keep_mail(office, b"hers", "ada@example.com", ada.conversation_id)
    await keep_mail(office, b"an automatic one", "ada@example.com")
    await keep_mail(office, b"the same as bob's", "ada@example.com", ada.conversation_id)
    await keep_mail(office, b"the same as bob's", "bob@example.com")
    erased = await office.care.delete(ada.customer_id, "Ann")
    assert (erased.mails, erased.files) == (3, 2)
    left = [path.read_bytes() for path in (office.folder / "raw").rglob("*") if path.is_file()]
    assert left == [b"the same as bob's"]


async def test_a_file_kept_at_the_moment_of_a_deletion_stays(office: Office) -> None:
    ada, bob = await office.begin(email="ada@example.com"), await office.begin(email="bob@example.com")
    data = b"the same picture"
    for _ in range(10):
        await office.files.keep(session_id=ada.id, name="p", media_type="image/png", data=data)
        await asyncio.gather(
            office.care.delete(ada.customer_id, "Ann"),
            office.files.keep(session_id=bob.id, name="p", media_type="image/png", data=data),
        )
        digest = await office.database.fetchval("SELECT sha256 FROM files")
        assert office.files.path(digest).read_bytes() == data
        await office.database.execute("DELETE FROM files")
        ada = await office.begin(email="ada@example.com")


async def test_the_api_answers_with_clear_codes(office: Office, api: Api) -> None:
    ada, stranger = await office.begin(email="ada@example.com"), await office.begin()
    path = f"/api/customers/{ada.customer_id}"
    status, value = await api.post(f"{path}/merge", {"other": str(stranger.customer_id)})
    assert (status, value["error"]["code"]) == (409, "not_verified")
    status, value = await api.post(f"{path}/unmerge", {"merge": str(uuid4())})
    assert (status, value["error"]["code"]) == (404, "unknown_merge")
    assert (await api.post(f"{path}/merge", {"other": "x"}))[0] == 400
    assert (await api.post(f"{path}/merge", {}))[0] == 400
    work = await office.begin(email="ada@work.example")
    status, value = await api.post(f"{path}/merge", {"other": str(work.customer_id), "operator": "Ann"})
    assert (status, value["merged"]) == (200, str(work.customer_id))
    shown = (await api.get(path))[1]
    assert shown["merges"][0]["id"] == value["id"]
    assert {each["address"] for each in shown["contacts"]} == {"ada@example.com", "ada@work.example"}
    merged = (await api.get(f"/api/customers/{work.customer_id}"))[1]
    assert merged["merged_into"] == str(ada.customer_id)
    status, value = await api.post(f"{path}/unmerge", {"merge": value["id"]})
    assert (status, value["conversations"]) == (200, [str(work.conversation_id)])
