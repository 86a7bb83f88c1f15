"""A decided approval comes to one effect, and the customer, the model and the operators hear of it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator.conversation.event_bus import Lagged
from orchestrator.conversation.file_store import FileStore
from orchestrator.handover.approved_actions import Patience
from orchestrator.memory.recall import recall_conversation
from orchestrator.store.replica import Replica
from tests.integration.approvals.bureau import ADA, IMPATIENT, NO_PAUSE, Bureau, Cashier
from tools.tool import ToolError, ToolFile


async def test_an_approved_action_runs_once_and_the_customer_is_told(
    bureau: Bureau, cashier: Cashier
) -> None:
    session, approval_id = await bureau.held()
    item = await bureau.approvals.decide(approval_id, "approve", "Ann", "Seen.")
    assert (item["state"], item["decided_by"], item["note"], bureau.woken) == (
        "approved",
        "Ann",
        "Seen.",
        ["actions"],
    )
    assert await bureau.settle() == 1
    assert await bureau.settle() == 0
    action, row = await bureau.action(approval_id), await bureau.row(approval_id)
    assert cashier.payments == 1
    assert cashier.callers[0].idempotency_key == action["key"]
    assert (cashier.callers[0].trust, cashier.callers[0].verified_addresses) == (3, (ADA,))
    assert (action["state"], action["result"]) == ("done", {"ok": True, "data": {"refunded": "80.00"}})
    assert (row["outcome"], row["settled_at"] is not None) == ("done", True)
    assert await bureau.outcomes(session) == [
        "A colleague has approved the refund of 80.00 EUR, and it is done."
    ]
    assert (await bureau.office.row(session.conversation_id))["status"] == "open"
    assert await bureau.office.statuses(session.conversation_id) == ["waiting_approval", "open"]
    assert await bureau.audited() == ["operator:Ann approval.approved", "system approval.settled"]


async def test_what_an_approved_action_makes_goes_with_its_outcome(
    bureau: Bureau, cashier: Cashier, tmp_path: Path
) -> None:
    bureau.office.files = FileStore(bureau.database, tmp_path)
    cashier.files = (ToolFile(name="receipt.pdf", media_type="application/pdf", data=b"%PDF-1"),)
    session, approval_id = await bureau.held()
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    await bureau.settle()
    row = await bureau.database.fetchrow(
        "SELECT f.name, f.sha256, m.author FROM files f JOIN messages m ON m.id = f.message_id"
        " WHERE m.conversation_id = $1",
        session.conversation_id,
    )
    assert (row["name"], row["author"]) == ("receipt.pdf", "system")
    assert bureau.office.files.path(row["sha256"]).read_bytes() == b"%PDF-1"


async def test_a_denied_action_never_runs_and_the_note_stays_inside(bureau: Bureau, cashier: Cashier) -> None:
    session, approval_id = await bureau.held(language="de-AT")
    await bureau.approvals.decide(approval_id, "deny", "Ann", "Smells of fraud.")
    await bureau.settle()
    assert (cashier.payments, (await bureau.action(approval_id))["state"]) == (0, "refused")
    [told] = await bureau.outcomes(session)
    assert told.startswith("Geprüft, aber leider nicht möglich: die Erstattung von 80,00 EUR.")
    threads = await bureau.office.conversations.threads(session.conversation_id)
    assert "fraud" not in told + "".join(threads)
    assert (await bureau.office.row(session.conversation_id))["status"] == "open"


async def test_an_approval_nobody_decides_expires_and_goes_to_a_human(
    bureau: Bureau, cashier: Cashier
) -> None:
    session, approval_id = await bureau.held(expires_in=-1)
    await bureau.settle()
    assert (await bureau.row(approval_id))["state"] == "expired"
    assert cashier.payments == 0
    assert "Nobody could decide in time on the refund of 80.00 EUR" in (await bureau.outcomes(session))[0]
    conversation = await bureau.office.row(session.conversation_id)
    assert (conversation["owner"], conversation["status"]) == ("queue", "human")
    assert await bureau.handoffs() == ["Nobody decided an approval in time: pay."]
    assert await bureau.audited() == ["system approval.expired", "system approval.settled"]


async def test_an_approved_action_that_fails_is_told_and_goes_to_a_human(
    bureau: Bureau, cashier: Cashier
) -> None:
    async def refuse() -> None:
        raise ToolError("already_refunded", "It was paid back yesterday.")

    cashier.before = refuse
    session, approval_id = await bureau.held()
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    await bureau.settle()
    assert (await bureau.action(approval_id))["result"]["error"] == "already_refunded"
    assert "could not be carried out" in (await bureau.outcomes(session))[0]
    assert await bureau.handoffs() == ["An approved action failed (already_refunded): pay."]


async def test_the_model_knows_the_outcome_in_the_next_turn(bureau: Bureau) -> None:
    session, approval_id = await bureau.held()
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    await bureau.settle()
    await bureau.office.write(session, "And now?")
    recalled = await recall_conversation(bureau.database, (await bureau.office.claim()).lease)
    thread = json.loads(f"[{recalled.thread}]")
    assert [message["role"] for message in thread] == ["user", "assistant", "user", "assistant"]
    assert thread[2]["content"].startswith("ACTION RESULTS: ")
    assert '"refunded":"80.00"' in thread[2]["content"]
    assert "and it is done" in thread[3]["content"]
    assert [message.text for message in recalled.fresh] == ["And now?"]
    assert recalled.done == {"pay"}


async def test_the_message_that_asked_keeps_its_own_outcome(bureau: Bureau) -> None:
    session, approval_id = await bureau.held()
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    await bureau.settle()
    ended = await bureau.office.turns.ended(session.conversation_id, 1)
    assert ended is not None
    assert ended[1] == "waiting_approval"


async def test_whoever_listens_is_told_that_the_timeline_grew(bureau: Bureau) -> None:
    session, approval_id = await bureau.held()
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    with bureau.bus.listen(session.conversation_id) as listener:
        await bureau.settle()
        async with asyncio.timeout(5):
            assert isinstance(await anext(listener), Lagged)


async def test_another_replica_hears_of_the_outcome(bureau: Bureau) -> None:
    session, approval_id = await bureau.held()
    heard: list[list[Any]] = []
    grew = asyncio.Event()

    def hear(notice: list[Any]) -> None:
        heard.append(notice)
        grew.set()

    other = Replica(bureau.database, hear=hear, resync=grew.set)
    await other.start()
    try:
        await bureau.approvals.decide(approval_id, "approve", "Ann")
        await bureau.settle()
        async with asyncio.timeout(5):
            await grew.wait()
    finally:
        await other.stop()
    assert heard == [[str(session.conversation_id), "grew"]]


async def test_with_another_one_pending_the_conversation_still_waits(bureau: Bureau) -> None:
    session, first = await bureau.held()
    _, second = await bureau.held(session=session, arguments={"order_id": "1043", "amount": "5.00"})
    [wrote] = (await bureau.approvals.item(first))["newer_messages"]
    await bureau.approvals.decide(first, "approve", "Ann", seen_seq=wrote["seq"])
    await bureau.settle()
    assert (await bureau.office.row(session.conversation_id))["status"] == "waiting_approval"
    await bureau.approvals.decide(second, "deny", "Ann")
    await bureau.settle()
    assert (await bureau.office.row(session.conversation_id))["status"] == "open"


async def test_the_outcome_comes_after_the_turn_that_asked_has_ended(
    bureau: Bureau, cashier: Cashier
) -> None:
    _, approval_id = await bureau.held(ended=False)
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    assert await bureau.settle() == 0
    await bureau.database.execute("UPDATE turns SET state = 'done', outcome = 'superseded', upto_seq = 1")
    assert await bureau.settle() == 1
    assert cashier.payments == 1


async def test_a_human_who_has_the_conversation_keeps_it_and_the_outcome_is_told(bureau: Bureau) -> None:
    session, approval_id = await bureau.held()
    await bureau.office.operators.take(session.conversation_id, "Ben")
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    await bureau.settle()
    conversation = await bureau.office.row(session.conversation_id)
    assert (conversation["owner"], conversation["operator"], conversation["status"]) == (
        "operator",
        "Ben",
        "human",
    )
    assert len(await bureau.outcomes(session)) == 1


async def test_a_closed_conversation_stays_closed_when_nothing_is_left_to_do(bureau: Bureau) -> None:
    session, approval_id = await bureau.held()
    await bureau.office.operators.close(session.conversation_id, "Ben")
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    await bureau.settle()
    assert (await bureau.office.row(session.conversation_id))["status"] == "closed"
    assert len(await bureau.outcomes(session)) == 1


async def test_a_closed_conversation_goes_to_a_human_when_one_was_promised(bureau: Bureau) -> None:
    session, _ = await bureau.held(expires_in=-1)
    await bureau.office.operators.close(session.conversation_id, "Ben")
    await bureau.settle()
    assert (await bureau.office.row(session.conversation_id))["status"] == "human"


async def test_in_a_chat_a_letter_waits_for_those_who_do_not_come_back(bureau: Bureau) -> None:
    session, approval_id = await bureau.held()
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    await bureau.settle()
    [notification] = await bureau.notifications()
    assert (notification["kind"], notification["address"], notification["key"]) == (
        "follow_up",
        ADA,
        f"approval:{approval_id}",
    )
    seq = await bureau.database.fetchval("SELECT seq FROM messages WHERE author = 'system'")
    assert 110 < (notification["available_at"] - notification["created_at"]).total_seconds() < 130
    assert (notification["unread_seq"], notification["text"], notification["subject"]) == (
        seq,
        (await bureau.outcomes(session))[0],
        "About your request",
    )


async def test_without_a_verified_address_there_is_no_letter(bureau: Bureau) -> None:
    session, approval_id = await bureau.held(email=None)
    await bureau.database.execute(
        "INSERT INTO contacts (id, customer_id, kind, address) VALUES (gen_random_uuid(), $1, 'email', $2)",
        session.customer_id,
        "claimed@example.com",
    )
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    await bureau.settle()
    assert await bureau.notifications() == []


async def test_where_replies_are_sent_the_outcome_is_queued(bureau: Bureau) -> None:
    _, approval_id = await bureau.held(channel="post")
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    await bureau.settle()
    texts = await bureau.database.fetch(
        "SELECT m.text FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE m.author = 'system'"
    )
    assert len(texts) == 1
    assert await bureau.notifications() == []
    assert "deliveries" in bureau.woken


@pytest.mark.parametrize("patience", [Patience(later=NO_PAUSE), IMPATIENT])
async def test_a_system_that_is_away_is_asked_again_with_the_same_key_for_a_while(
    bureau: Bureau, cashier: Cashier, patience: Patience
) -> None:
    async def away() -> None:
        raise ConnectionRefusedError

    cashier.before = away
    session, approval_id = await bureau.held()
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    await bureau.settle(patience=patience)
    cashier.before = None
    await bureau.settle(patience=patience)
    row = await bureau.row(approval_id)
    if patience is IMPATIENT:
        assert (row["outcome"], cashier.payments) == ("in_doubt", 0)
        assert (await bureau.handoffs())[0].startswith("Unknown outcome of an approved action")
    else:
        assert (row["outcome"], cashier.payments, len(cashier.callers)) == ("done", 1, 2)
        assert len({caller.idempotency_key for caller in cashier.callers}) == 1
    assert len(await bureau.outcomes(session)) == 1


@pytest.mark.parametrize("patience", [Patience(later=NO_PAUSE), IMPATIENT])
async def test_a_tool_that_is_not_there_is_waited_for(
    bureau: Bureau, cashier: Cashier, patience: Patience
) -> None:
    _, approval_id = await bureau.held()
    bureau.toolset.tools.clear()
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    await bureau.settle(patience=patience)
    bureau.toolset.tools["pay"] = cashier.tool
    await bureau.settle(patience=patience)
    row, action = await bureau.row(approval_id), await bureau.action(approval_id)
    if patience is IMPATIENT:
        assert (row["outcome"], action["result"]["error"], cashier.payments) == ("failed", "tool_absent", 0)
    else:
        assert (row["outcome"], cashier.payments) == ("done", 1)


async def test_what_a_foreign_server_brings_back_does_not_reach_the_model(
    bureau: Bureau, cashier: Cashier
) -> None:
    bureau.toolset.tools["pay"] = replace(cashier.tool, trusted=False)
    session, approval_id = await bureau.held()
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    await bureau.settle()
    threads = await bureau.office.conversations.threads(session.conversation_id)
    assert '"refunded"' not in threads[-1].replace("\\", "")
    assert '"approved":true' in threads[-1].replace("\\", "")


async def test_an_approval_that_can_never_be_settled_is_left_to_a_human(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, approval_id = await bureau.held()
    await bureau.approvals.decide(approval_id, "approve", "Ann", "")

    async def broken(*_: Any) -> None:
        raise KeyError("a mistake of ours")

    monkeypatch.setattr(bureau.approved_queue, "settle", broken)
    await bureau.database.execute("UPDATE approvals SET attempts = 9")
    await bureau.settle()
    row = await bureau.row(approval_id)
    assert (row["outcome"], row["settled_at"] is not None) == ("in_doubt", True)
    conversation = await bureau.office.row(session.conversation_id)
    assert (conversation["owner"], conversation["status"]) == ("queue", "human")
