"""The operator API and the command line of approvals."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from tests.integration.approvals.bureau import ARGUMENTS, Bureau
from tests.integration.operators.office import TOKEN, Api, serving

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
async def api(bureau: Bureau) -> AsyncIterator[Api]:
    async with serving(bureau.office) as served:
        yield served


async def test_one_that_waits_is_shown_with_all_a_decision_needs(bureau: Bureau, api: Api) -> None:
    session, approval_id = await bureau.held()
    status, item = await api.get(f"/api/approvals/{approval_id}")
    assert status == 200
    assert item["id"] == str(approval_id)
    assert item["conversation"] == str(session.conversation_id)
    assert item["customer"] == {"id": str(session.customer_id), "name": "Ada Byron"}
    expected = {
        "state": "pending",
        "tool": "pay",
        "arguments": ARGUMENTS,
        "summary": "Refund 80.00 EUR of order 1042 to Ada Byron.",
        "evidence": {"total": "84.50", "paid_back": "0.00"},
        "policy_line": "tools.pay, line 12",
        "reason": "More than 20 EUR.",
        "trust": 3,
        "channel": "chat",
        "decided_at": None,
        "decided_by": None,
        "note": None,
        "outcome": None,
        "action": {"state": "held", "result": None},
    }
    assert {name: item[name] for name in expected} == expected
    assert item["created_at"] < item["expires_at"]


async def test_the_list_is_paged_and_filtered(bureau: Bureau, api: Api) -> None:
    ids = [str((await bureau.held(email=f"{number}@example.com"))[1]) for number in range(5)]
    await bureau.approvals.decide(UUID(ids[0]), "deny", "Ann")
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        _, page = await api.get("/api/approvals", limit=2, cursor=cursor)
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"] or ""
    assert (seen, cursor) == (ids[::-1], "")
    _, pending = await api.get("/api/approvals", state="pending")
    assert [item["id"] for item in pending["items"]] == ids[:0:-1]


async def test_a_verdict_counts_once(bureau: Bureau, api: Api) -> None:
    _, approval_id = await bureau.held()
    path = f"/api/approvals/{approval_id}"
    status, item = await api.post(path, {"verdict": "approve", "note": "ok", "operator": "Ann"})
    assert (status, item["state"], item["decided_by"], item["note"]) == (200, "approved", "Ann", "ok")
    status, refused = await api.post(path, {"verdict": "deny", "operator": "Ben"})
    assert (status, refused["error"]["code"]) == (409, "approval_decided")
    assert refused["error"]["message"] == "Ann has approved this already."


async def test_an_expired_or_unknown_one_is_told_apart(bureau: Bureau, api: Api) -> None:
    session, approval_id = await bureau.held(expires_in=-1)
    path = f"/api/approvals/{approval_id}"
    status, refused = await api.post(path, {"verdict": "approve"})
    assert (status, refused["error"]["code"]) == (409, "approval_expired")
    await bureau.database.execute("DELETE FROM customers WHERE id = $1", session.customer_id)
    for unknown in (path, f"/api/approvals/{uuid4()}", "/api/approvals/nonsense"):
        status, refused = await api.post(unknown, {"verdict": "approve"})
        assert (status, refused["error"]["code"]) == (404, "unknown_approval")
        assert (await api.get(unknown))[0] == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"verdict": "maybe"},
        {"verdict": "approve", "note": "x" * 2_001},
        {"verdict": "approve", "note": "a\0b"},
        {"verdict": "approve", "operator": " "},
        {"verdict": "approve", "operator": "a\nb"},
        b"[",
    ],
)
async def test_a_body_that_makes_no_sense_decides_nothing(bureau: Bureau, api: Api, body: object) -> None:
    _, approval_id = await bureau.held()
    status, _ = await api.post(f"/api/approvals/{approval_id}", body)
    assert (status, (await bureau.row(approval_id))["state"]) == (400, "pending")


async def test_a_query_that_makes_no_sense_is_refused(api: Api) -> None:
    for query in ({"state": "asleep"}, {"limit": "0"}, {"cursor": "nonsense"}):
        assert (await api.get("/api/approvals", **query))[0] == 400


async def test_without_the_token_nothing_is_shown_or_decided(bureau: Bureau, api: Api) -> None:
    _, approval_id = await bureau.held()
    path = f"/api/approvals/{approval_id}"
    assert (await api.get("/api/approvals", token=None))[0] == 401
    assert (await api.get(path, token="wrong"))[0] == 401
    assert (await api.post(path, {"verdict": "approve"}, token=None))[0] == 401
    assert (await bureau.row(approval_id))["state"] == "pending"


async def test_from_the_terminal(bureau: Bureau, api: Api, home: Path) -> None:
    async def command(*arguments: str) -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "switchboard", "approvals", *arguments, "--url", api.url),
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")},
                "PYTHONPATH": str(ROOT),
                "SWITCHBOARD_HOME": str(home),
                "SWITCHBOARD_OPERATOR_TOKEN": TOKEN,
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(30):
            out, err = await process.communicate()
        return process.returncode or 0, out.decode(), err.decode()

    _, approval_id = await bureau.held()
    code, out, err = await command("list", "--state", "pending")
    assert (code, err) == (0, "")
    assert "Refund 80.00 EUR of order 1042" in out
    code, out, _ = await command("approve", str(approval_id), "--operator", "Ann", "--note", "Fine.")
    assert (code, out.split()[:2]) == (0, [str(approval_id), "approved"])
    await bureau.settle()
    code, out, _ = await command("show", str(approval_id))
    for part in ("approved, done", "by Ann", "note: Fine.", "held by: tools.pay, line 12", "trust 3"):
        assert part in out
    code, out, _ = await command("show", str(approval_id), "--json")
    assert json.loads(out)["outcome"] == "done"
    code, out, err = await command("deny", str(approval_id))
    assert (code, out, err) == (1, "", "Ann has approved this already. (approval_decided)\n")
