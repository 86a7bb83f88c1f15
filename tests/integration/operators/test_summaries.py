"""What a human reads first of a case: who, what was asked, done, held, why, and since when."""

from __future__ import annotations

from tests.integration.operators.office import Api, Office
from tests.integration.operators.test_customers import held_action


async def test_a_case_is_summed_up_without_the_model(office: Office, api: Api) -> None:
    session = await office.begin(email="ada@example.com")
    await office.write(session, "I want   80 EUR back.\n" + "x" * 1000)
    await office.end(
        await office.claim(), "Someone will look.", outcome="handed_off", handoff=("Wants a human.", "high")
    )
    approval = await held_action(office, session)
    await office.database.execute(
        "UPDATE status_changes SET created_at = now() - interval '3 hours' WHERE conversation_id = $1",
        session.conversation_id,
    )
    [item] = (await api.get("/api/conversations", status="human"))[1]["items"]
    summary = item["summary"]
    assert summary["who"] == {"trust": 3, "level": "verified", "channel": "chat", "name": "Ada Byron"}
    assert summary["asked"]["text"].startswith("I want   80 EUR back.")
    assert len(summary["asked"]["text"]) == 300
    assert summary["done"] == []
    [held] = summary["held"]
    assert (held["approval"], held["reason"]) == (str(approval), "Above 20 EUR.")
    assert summary["handoff"] == {"reason": "Wants a human.", "priority": "high"}
    assert 10_800 <= summary["waiting_seconds"] < 10_900
    for words in ("verified", "I want 80 EUR back.", "Refund 80 EUR", "Wants a human.", "Waiting for 3 h."):
        assert words in summary["text"]
    value = (await api.get(f"/api/conversations/{session.conversation_id}"))[1]
    assert value["summary"]["held"] == summary["held"]
    approvals = [entry for entry in value["timeline"] if entry["kind"] == "approval"]
    assert [entry["id"] for entry in approvals] == [str(approval)]


async def test_what_was_done_is_in_it(office: Office, api: Api) -> None:
    session = await office.begin()
    await office.handed_off(session)
    for state in ("done", "in_doubt"):
        await held_action(office, session, state=state)
    await office.database.execute("UPDATE approvals SET state = 'approved', settled_at = now()")
    summary = (await api.get(f"/api/conversations/{session.conversation_id}"))[1]["summary"]
    assert [each["state"] for each in summary["done"]] == ["done", "in_doubt"]
    assert summary["held"] == []
    assert "refund_order (done), refund_order (in_doubt)" in summary["text"]
    assert summary["who"]["level"] == "anonymous"


async def test_the_list_sums_up_only_what_waits_for_a_human(office: Office, api: Api) -> None:
    session = await office.begin()
    await office.write(session, "Hello")
    [item] = (await api.get("/api/conversations"))[1]["items"]
    assert item["summary"] is None
    shown = (await api.get(f"/api/conversations/{session.conversation_id}"))[1]
    assert shown["summary"]["asked"]["text"] == "Hello"
