"""Whoever decides, dies or comes late: one effect or none, and a clear answer."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from orchestrator.errors import LeaseLost
from orchestrator.handover.approvals import ApprovalDecided, ApprovalExpired, ApprovalUnknown, Verdict
from orchestrator.handover.approved_queue import ApprovalResult, ApprovedAction, ApprovedQueue
from orchestrator.store.database import Database
from tests.integration.approvals.bureau import Bureau, Cashier
from tests.support.house import until


class Killed(BaseException):
    """The process ends here."""


async def forget(bureau: Bureau, customer_id: UUID) -> None:
    await bureau.database.execute("DELETE FROM customers WHERE id = $1", customer_id)


async def test_decided_twice_only_the_first_counts(bureau: Bureau, cashier: Cashier) -> None:
    _, approval_id = await bureau.held()
    await bureau.approvals.decide(approval_id, "deny", "Ann")
    with pytest.raises(ApprovalDecided, match="Ann has denied this already"):
        await bureau.approvals.decide(approval_id, "approve", "Ben")
    await bureau.settle()
    with pytest.raises(ApprovalDecided):
        await bureau.approvals.decide(approval_id, "approve", "Ben")
    assert (cashier.payments, (await bureau.row(approval_id))["outcome"]) == (0, "denied")


async def test_of_many_who_decide_at_once_one_does(bureau: Bureau, cashier: Cashier) -> None:
    _, approval_id = await bureau.held()
    verdicts: tuple[Verdict, ...] = ("approve", "deny", "approve", "deny", "approve", "deny")
    results = await asyncio.gather(
        *(
            bureau.approvals.decide(approval_id, verdict, f"operator {number}")
            for number, verdict in enumerate(verdicts)
        ),
        return_exceptions=True,
    )
    [winner] = [result for result in results if isinstance(result, dict)]
    assert sum(isinstance(result, ApprovalDecided) for result in results) == 5
    await bureau.settle()
    row = await bureau.row(approval_id)
    assert (row["state"], row["decided_by"]) == (winner["state"], winner["decided_by"])
    assert cashier.payments == (1 if row["state"] == "approved" else 0)
    assert len(await bureau.audited()) == 2


async def test_after_the_end_nobody_can_decide(bureau: Bureau, cashier: Cashier) -> None:
    _, approval_id = await bureau.held(expires_in=-1)
    with pytest.raises(ApprovalExpired):
        await bureau.approvals.decide(approval_id, "approve", "Ann")
    await bureau.settle()
    with pytest.raises(ApprovalExpired):
        await bureau.approvals.decide(approval_id, "approve", "Ann")
    assert cashier.payments == 0


async def test_deciding_while_it_expires_is_one_or_the_other(bureau: Bureau, cashier: Cashier) -> None:
    held = [await bureau.held(email=f"{number}@example.com") for number in range(12)]
    await bureau.database.execute(
        "UPDATE approvals SET expires_at = clock_timestamp() + n * interval '3 ms'"
        " FROM (SELECT id, row_number() OVER () AS n FROM approvals) o WHERE o.id = approvals.id"
    )

    async def expire() -> int:
        return sum([await bureau.approvals.expire(3) for _ in range(60)])

    expired, *decided = await asyncio.gather(
        expire(),
        *(bureau.approvals.decide(each, "approve", "Ann") for _, each in held),
        return_exceptions=True,
    )
    approved = sum(isinstance(result, dict) for result in decided)
    assert {type(result) for result in decided} <= {dict, ApprovalExpired}
    expired += await bureau.approvals.expire(20)
    assert (approved + expired, await bureau.settle() + await bureau.settle()) == (12, 12)
    assert cashier.payments == approved
    assert [len(await bureau.outcomes(session)) for session, _ in held] == [1] * 12


async def test_a_verdict_that_waited_for_the_row_until_after_the_end_is_late(bureau: Bureau) -> None:
    _, approval_id = await bureau.held(expires_in=0.3)
    async with bureau.database.transaction() as connection:
        await connection.execute("SELECT 1 FROM approvals WHERE id = $1 FOR UPDATE", approval_id)
        late = asyncio.ensure_future(bureau.approvals.decide(approval_id, "approve", "Ann"))

        async def over() -> bool:
            row = await bureau.row(approval_id)
            return bool(await connection.fetchval("SELECT clock_timestamp() > $1", row["expires_at"]))

        await until(over)
    with pytest.raises(ApprovalExpired):
        await late


async def test_after_the_customer_was_deleted_there_is_nothing_to_decide(
    bureau: Bureau, cashier: Cashier
) -> None:
    session, approval_id = await bureau.held()
    await forget(bureau, session.customer_id)
    with pytest.raises(ApprovalUnknown):
        await bureau.approvals.decide(approval_id, "approve", "Ann")
    assert (await bureau.settle(), cashier.payments) == (0, 0)


async def test_a_customer_deleted_between_claim_and_effect_has_no_effect(
    bureau: Bureau, cashier: Cashier
) -> None:
    session, approval_id = await bureau.held()
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    [claim] = await bureau.claims()
    await forget(bureau, session.customer_id)
    await bureau.approved_actions().run(claim)
    assert cashier.payments == 0


async def test_an_effect_whose_customer_was_deleted_meanwhile_is_in_the_audit(
    bureau: Bureau, cashier: Cashier
) -> None:
    session, approval_id = await bureau.held()
    await bureau.approvals.decide(approval_id, "approve", "Ann")

    async def delete() -> None:
        await forget(bureau, session.customer_id)

    cashier.after = delete
    await bureau.settle()
    assert cashier.payments == 1
    after = await bureau.database.fetchval("SELECT after FROM audit WHERE action = 'approval.settled'")
    assert after == {"outcome": "done", "tool": "pay", "action": "done", "customer": "deleted"}
    assert await bureau.settle() == 0


async def test_two_settlers_at_once_share_the_work(bureau: Bureau, cashier: Cashier) -> None:
    approvals = [(await bureau.held(email=f"{number}@example.com"))[1] for number in range(6)]
    for approval_id in approvals:
        await bureau.approvals.decide(approval_id, "approve", "Ann")
    settled = await asyncio.gather(*(bureau.settle(number) for number in (1, 2, 3)))
    assert sum(settled) == len(approvals) == cashier.payments == len(cashier.paid)


@pytest.mark.parametrize("idempotent", [True, False])
async def test_killed_between_verdict_and_effect(database: Database, idempotent: bool) -> None:
    cashier = Cashier(idempotent=idempotent)
    bureau = Bureau(database, cashier)
    session, approval_id = await bureau.held()
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    assert len(await bureau.claims(1)) == 1  # and here the process ends
    assert await bureau.claims(2) == []
    await bureau.release(approval_id)
    await bureau.settle(2)
    assert ((await bureau.row(approval_id))["outcome"], cashier.payments) == ("done", 1)
    assert len(await bureau.outcomes(session)) == 1


@pytest.mark.parametrize("idempotent", [True, False])
@pytest.mark.parametrize("moment", ["before", "after"])
async def test_killed_while_the_tool_runs(
    database: Database, idempotent: bool, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`before` the effect and `after` it: from outside nobody can tell which it was."""
    cashier = Cashier(idempotent=idempotent)
    bureau = Bureau(database, cashier)
    session, approval_id = await bureau.held()
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    await _killed(bureau, cashier, moment)
    monkeypatch.setattr(cashier, moment, None)
    await bureau.release(approval_id)
    await bureau.settle(2)
    row, action = await bureau.row(approval_id), await bureau.action(approval_id)
    if idempotent:
        assert (row["outcome"], action["state"], cashier.payments) == ("done", "done", 1)
    else:
        assert (row["outcome"], action["state"]) == ("in_doubt", "in_doubt")
        assert cashier.payments == (1 if moment == "after" else 0)
        assert (await bureau.handoffs())[0].startswith("Unknown outcome of an approved action")
        assert (await bureau.office.row(session.conversation_id))["status"] == "human"
    assert len(await bureau.outcomes(session)) == 1


async def _killed(bureau: Bureau, cashier: Cashier, moment: str) -> None:
    """Let a settler of replica 1 die inside the tool, or right behind it."""

    async def die() -> None:
        raise Killed

    setattr(cashier, moment, die)
    [claim] = await bureau.claims(1)
    with pytest.raises(Killed):
        await bureau.approved_actions(number=1).run(claim)


@pytest.mark.parametrize("idempotent", [True, False])
async def test_killed_between_effect_and_record(database: Database, idempotent: bool) -> None:
    cashier = Cashier(idempotent=idempotent)
    bureau = Bureau(database, cashier)
    session, approval_id = await bureau.held()
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    whole = bureau.approved_queue
    bureau.approved_queue = _Dying(whole)
    [claim] = await bureau.claims(1)
    with pytest.raises(Killed):
        await bureau.approved_actions(number=1).run(claim)
    bureau.approved_queue = whole
    await bureau.release(approval_id)
    await bureau.settle(2)
    outcome = (await bureau.row(approval_id))["outcome"]
    assert (outcome, cashier.payments) == ("done" if idempotent else "in_doubt", 1)
    assert len(await bureau.outcomes(session)) == 1


class _Dying(ApprovedQueue):
    """Settlements of a process that ends just before it writes the outcome."""

    def __init__(self, whole: ApprovedQueue) -> None:
        vars(self).update(vars(whole))

    async def settle(self, claim: ApprovedAction, settlement: ApprovalResult) -> None:
        raise Killed


@pytest.mark.parametrize("idempotent", [True, False])
async def test_a_replica_paused_past_its_lease_before_the_effect_has_none(
    database: Database, idempotent: bool
) -> None:
    cashier = Cashier(idempotent=idempotent)
    bureau = Bureau(database, cashier)
    session, approval_id = await bureau.held()
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    [paused] = await bureau.claims(1)
    await bureau.release(approval_id)
    await bureau.settle(2)
    await bureau.approved_actions(number=1).run(paused)
    assert (len(cashier.callers), cashier.payments) == (1, 1)
    assert len(await bureau.outcomes(session)) == 1


@pytest.mark.parametrize("idempotent", [True, False])
async def test_a_replica_paused_past_its_lease_inside_the_tool_changes_nothing_more(
    database: Database, idempotent: bool
) -> None:
    cashier = Cashier(idempotent=idempotent)
    bureau = Bureau(database, cashier)
    session, approval_id = await bureau.held()
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    inside, on = asyncio.Event(), asyncio.Event()

    async def pause() -> None:
        inside.set()
        await on.wait()

    cashier.after = pause
    [claim] = await bureau.claims(1)
    first = asyncio.ensure_future(bureau.approved_actions(number=1).run(claim))
    await inside.wait()
    cashier.after = None
    await bureau.release(approval_id)
    await bureau.settle(2)
    before = await bureau.row(approval_id)
    on.set()
    await first
    assert (await bureau.row(approval_id)) == before
    assert cashier.payments == 1
    assert before["outcome"] == ("done" if idempotent else "in_doubt")
    assert len(await bureau.outcomes(session)) == 1


async def test_the_claim_of_a_replica_that_is_gone_is_taken_over_before_its_lease_ends(
    bureau: Bureau, cashier: Cashier
) -> None:
    _, approval_id = await bureau.held()
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    await bureau.claims(7)
    await bureau.database.execute("UPDATE approvals SET renewed_at = now() - interval '3 seconds'")

    async def taken_over() -> bool:  # right after the server's start nobody counts as gone
        return bool(await bureau.settle(8))

    await until(taken_over)
    assert cashier.payments == 1


async def test_whoever_lost_the_claim_can_neither_begin_nor_settle(bureau: Bureau) -> None:
    _, approval_id = await bureau.held()
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    [lost] = await bureau.claims(1)
    await bureau.release(approval_id)
    [claim] = await bureau.claims(2)
    with pytest.raises(LeaseLost):
        await bureau.approved_queue.begin(lost, timeout=1.0)
    await bureau.approved_queue.put_back(lost, seconds=0.0)
    assert (await bureau.row(approval_id))["replica"] == claim.replica


async def test_an_outcome_that_meets_an_operator_and_a_turn_is_told_once(bureau: Bureau) -> None:
    """Whoever has the conversation's row first, all see the same order."""
    session, approval_id = await bureau.held()
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    await bureau.office.write(session, "Anything new?")
    turn = await bureau.office.claim()
    await bureau.office.in_order(
        session.conversation_id,
        lambda: bureau.settle(1),
        lambda: bureau.office.operators.take(session.conversation_id, "Ben"),
        lambda: bureau.office.end(turn),
    )
    authors = [author for author, _ in await bureau.office.said(session.conversation_id)]
    assert authors == ["customer", "assistant", "customer", "system"]
    seqs = await bureau.database.fetch(
        "SELECT seq FROM messages WHERE conversation_id = $1 UNION ALL"
        " SELECT seq FROM status_changes WHERE conversation_id = $1 ORDER BY seq",
        session.conversation_id,
    )
    numbers = [row["seq"] for row in seqs]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_the_loop_does_all_this_by_itself(bureau: Bureau, cashier: Cashier) -> None:
    session, approval_id = await bureau.held()
    late, _ = await bureau.held(email="bob@example.com", expires_in=-1)
    approved_actions = bureau.approved_actions()
    approved_actions.start()
    try:
        await bureau.approvals.decide(approval_id, "approve", "Ann")
        approved_actions.wake()

        async def settled() -> bool:
            return bool(
                await bureau.database.fetchval("SELECT bool_and(settled_at IS NOT NULL) FROM approvals")
            )

        await until(settled)
    finally:
        await approved_actions.stop()
    assert cashier.payments == 1
    assert (len(await bureau.outcomes(session)), len(await bureau.outcomes(late))) == (1, 1)


async def test_a_stop_lets_the_tool_finish(bureau: Bureau, cashier: Cashier) -> None:
    _, approval_id = await bureau.held()
    await bureau.approvals.decide(approval_id, "approve", "Ann")
    inside, on = asyncio.Event(), asyncio.Event()

    async def pause() -> None:
        inside.set()
        await on.wait()

    cashier.before = pause
    approved_actions = bureau.approved_actions()
    approved_actions.start()
    await inside.wait()
    stopping = asyncio.ensure_future(approved_actions.stop())
    on.set()
    await stopping
    assert ((await bureau.row(approval_id))["outcome"], cashier.payments) == ("done", 1)
