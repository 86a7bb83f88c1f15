"""A customer takes back what waits, or writes about it: no operator says yes without having read it."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from orchestrator.handover.approvals import ApprovalDecided, CustomerWrote
from tests.integration.approvals.bureau import ARGUMENTS, Bureau
from tests.integration.operators.office import Api, serving
from tests.unit.tools.callers import caller
from tools.run import run_tool
from tools.withdraw_request import withdraw_request_tool


async def withdrawn(bureau: Bureau, approval_id: UUID, conversation_id: UUID) -> str:
    return (await bureau.approvals.withdraw(approval_id, conversation_id)).outcome


async def test_what_is_taken_back_is_never_done(bureau: Bureau) -> None:
    session, approval_id = await bureau.held()
    here = session.conversation_id
    first = await bureau.approvals.withdraw(approval_id, here)
    assert (first.outcome, first.request) == ("withdrawn", ARGUMENTS)
    assert await withdrawn(bureau, approval_id, here) == "withdrawn"
    with pytest.raises(ApprovalDecided, match="taken this back"):
        await bureau.approvals.decide(approval_id, "approve", "Ann", seen_seq=1_000)
    assert await bureau.settle() == 0
    assert bureau.cashier.payments == 0
    row, action = await bureau.row(approval_id), await bureau.action(approval_id)
    assert (row["state"], row["outcome"], row["decided_by"]) == ("withdrawn", "withdrawn", "customer")
    assert (action["state"], action["result"]["error"]) == ("refused", "withdrawn")
    assert (await bureau.office.row(here))["status"] == "open"
    assert await bureau.audited() == ["customer approval.withdrawn"]


async def test_only_what_waits_here_can_be_taken_back(bureau: Bureau) -> None:
    session, approval_id = await bureau.held()
    other = await bureau.office.begin()
    assert await withdrawn(bureau, approval_id, other.conversation_id) == "unknown"
    assert await withdrawn(bureau, uuid4(), session.conversation_id) == "unknown"
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    assert await withdrawn(bureau, approval_id, session.conversation_id) == "decided"
    await bureau.settle()
    assert bureau.cashier.payments == 1


async def test_of_two_that_wait_one_is_taken_back(bureau: Bureau) -> None:
    session, first = await bureau.held()
    _, second = await bureau.held(session=session, arguments={"order_id": "7", "amount": "5.00"})
    assert await withdrawn(bureau, second, session.conversation_id) == "withdrawn"
    assert (await bureau.office.row(session.conversation_id))["status"] == "waiting_approval"
    assert (await bureau.row(first))["state"] == "pending"


@pytest.mark.parametrize("approval", ["", "r1", "0193", "not an id", "0" * 32])
async def test_the_tool_takes_no_other_id(bureau: Bureau, approval: str) -> None:
    session, approval_id = await bureau.held()
    tool = withdraw_request_tool(bureau.approvals)
    me = caller(conversation_id=session.conversation_id)
    assert (await run_tool(tool, me, {"approval": approval})).error == "unknown_request"
    assert (await run_tool(tool, me, {"approval": str(approval_id)})).ok
    assert (await bureau.row(approval_id))["state"] == "withdrawn"


async def test_a_yes_needs_what_the_customer_wrote_since_to_be_read(bureau: Bureau) -> None:
    session, approval_id = await bureau.held()
    async with serving(bureau.office) as api:
        path = f"/api/approvals/{approval_id}"
        assert (await api.get(path))[1]["newer_messages"] == []
        wrote = await bureau.office.write(session, "Please do NOT change it!")
        [newer] = (await api.get(path))[1]["newer_messages"]
        assert (newer["seq"], newer["text"]) == (wrote.seq, "Please do NOT change it!")
        assert (await api.get("/api/approvals"))[1]["items"][0]["newer_messages"] == [newer]
        await _refused(api, path, {"verdict": "approve"}, wrote.seq)
        await _refused(api, path, {"verdict": "approve", "seen_seq": wrote.seq - 1}, wrote.seq)
        again = await bureau.office.write(session, "Really not.")
        await _refused(api, path, {"verdict": "approve", "seen_seq": wrote.seq}, again.seq)
        status, item = await api.post(path, {"verdict": "approve", "seen_seq": again.seq})
        assert (status, item["state"]) == (200, "approved")


async def _refused(api: Api, path: str, body: dict[str, object], last: int) -> None:
    status, value = await api.post(path, body)
    error = value["error"]
    assert (status, error["code"], error["seen_seq"]) == (409, "customer_wrote", last)
    assert "The customer has written since" in error["message"]
    assert error["newer_messages"] == (await api.get(path))[1]["newer_messages"]


async def test_a_no_needs_nothing_to_be_read(bureau: Bureau) -> None:
    session, approval_id = await bureau.held()
    await bureau.office.write(session, "Well?")
    with pytest.raises(CustomerWrote, match="Well"):
        await bureau.approvals.decide(approval_id, "approve", "Ann")
    assert (await bureau.approvals.decide(approval_id, "deny", "Ann"))["state"] == "denied"
