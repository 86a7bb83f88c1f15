"""The operator API: who gets in, what it lists, what it shows, what it answers to bad requests."""

from __future__ import annotations

import io
from typing import Any
from uuid import uuid4

import pytest

from guardrails.verdict import Judgement, Verdict
from orchestrator.inference.budget import DayBudget
from orchestrator.inference.types import RequestOutcome
from orchestrator.observe import Unobserved
from orchestrator.store.database import Database
from orchestrator.store.lease import LeaseGuard
from orchestrator.turn.journal import ActionIntent, ActionJournal, RequestJournal
from tests.integration.operators.office import TOKEN, Api, Office, serving

PATHS = (
    ("GET", "/api/conversations"),
    ("GET", "/api/conversations/{id}"),
    ("POST", "/api/conversations/{id}/take"),
    ("POST", "/api/conversations/{id}/release"),
    ("POST", "/api/conversations/{id}/reply"),
    ("POST", "/api/conversations/{id}/close"),
    ("GET", "/api/customers/{id}"),
    ("DELETE", "/api/customers/{id}"),
    ("GET", "/api/customers/{id}/export"),
    ("POST", "/api/customers/{id}/merge"),
    ("POST", "/api/customers/{id}/unmerge"),
    ("PUT", "/api/customers/{id}/tags"),
    ("GET", "/api/audit"),
    ("GET", "/api/usage"),
)


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_nobody_gets_in_without_the_token(api: Api, method: str, path: str) -> None:
    url = api.url + path.format(id=uuid4())
    for authorization in (None, "Bearer wrong", "Basic " + TOKEN, TOKEN, "Bearer", "Bearer ö"):
        headers = {} if authorization is None else {"Authorization": authorization}
        async with api.http.request(method, url, headers=headers) as response:
            assert response.status == 401
            assert response.headers["WWW-Authenticate"].startswith("Bearer")
            assert (await response.json())["error"]["code"] == "unauthorized"


async def test_whoever_guesses_tokens_has_to_wait(office: Office) -> None:
    clock = Clock()
    async with serving(office, clock=clock) as api:
        for _ in range(10):
            assert (await api.get("/api/conversations", token="wrong"))[0] == 401
        status, value = await api.get("/api/conversations")
        assert (status, value["error"]["code"], value["error"]["retry_after"]) == (429, "too_many", 60.0)
        clock.now += 61
        assert (await api.get("/api/conversations"))[0] == 200


async def test_right_tokens_are_never_counted(office: Office) -> None:
    async with serving(office, clock=Clock()) as api:
        for _ in range(30):
            assert (await api.get("/api/conversations"))[0] == 200


async def test_answers_are_not_to_be_stored(api: Api) -> None:
    headers = {"Authorization": f"bearer {TOKEN}"}
    async with api.http.get(f"{api.url}/api/conversations", headers=headers) as response:
        assert response.status == 200
        assert response.headers["Cache-Control"] == "no-store"


async def test_the_list_shows_what_an_operator_needs(office: Office, api: Api) -> None:
    session = await office.begin(email="ada@example.com")
    await office.handed_off(session)
    status, value = await api.get("/api/conversations", status="human")
    assert status == 200
    [item] = value["items"]
    assert value["next"] is None
    assert item["id"] == str(session.conversation_id)
    assert item["customer"] == {
        "id": str(session.customer_id),
        "name": "Ada Byron",
        "address": "ada@example.com",
        "verified": True,
    }
    assert (item["channel"], item["status"], item["owner"]) == ("chat", "human", "queue")
    assert item["operator"] is None
    assert item["last_message"]["author"] == "assistant"
    assert item["last_message"]["excerpt"] == "Someone will be with you."
    assert item["handoff"]["priority"] == "high"
    assert item["handoff"]["since"].endswith("Z")
    assert (await api.get("/api/conversations", status="closed"))[1]["items"] == []


async def test_who_waits_for_a_human_is_listed_by_urgency_then_by_the_wait(office: Office, api: Api) -> None:
    sessions = {}
    for name, priority in (("a", "normal"), ("b", "low"), ("c", "normal"), ("d", "urgent"), ("e", "high")):
        sessions[name] = await office.begin()
        await office.write(sessions[name], "A human!")
        await office.end(await office.claim(), "Soon.", outcome="handed_off", handoff=("Why.", priority))
    await office.operators.take(sessions["d"].conversation_id, "Ann")
    await office.write(sessions["a"], "hello?")
    await office.write(sessions["b"], "hello?")
    names = {str(session.conversation_id): name for name, session in sessions.items()}
    for limit in (1, 2, 5):
        seen, cursor = "", ""
        while not seen or cursor:
            query: dict[str, Any] = {"status": "human", "limit": limit, "cursor": cursor}
            status, value = await api.get("/api/conversations", **query)
            assert status == 200
            seen += "".join(names[item["id"]] for item in value["items"])
            cursor = value["next"]
        assert seen == "eacbd"
    assert (await api.get("/api/conversations", status="human", cursor="W10"))[0] == 400


@pytest.mark.parametrize("path", ["conversations", "approvals", "audit", "usage", "customers"])
async def test_a_parameter_nobody_knows_is_refused(api: Api, path: str) -> None:
    status, value = await api.get(f"/api/{path}", q="x", state_="open")
    assert (status, value["error"]["code"]) == (400, "bad_request")
    assert "There is no parameter" in value["error"]["message"]


async def test_pages_follow_each_other_newest_activity_first(office: Office, api: Api) -> None:
    sessions = [await office.begin() for _ in range(7)]
    for session in sessions:
        await office.write(session, "I wait.")
    await office.write(sessions[2], "I am the newest.")
    # Several with the very same time: the id decides.
    await office.database.execute(
        "UPDATE conversations SET updated_at = '2026-01-01Z' WHERE id = ANY($1)",
        [session.conversation_id for session in sessions[3:6]],
    )
    seen: list[str] = []
    cursor: str | None = None
    pages = 0
    while pages == 0 or cursor:
        query: dict[str, Any] = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        status, value = await api.get("/api/conversations", **query)
        assert status == 200
        seen += [item["id"] for item in value["items"]]
        cursor, pages = value["next"], pages + 1
    assert pages == 3
    assert seen[0] == str(sessions[2].conversation_id)
    assert len(seen) == len(set(seen)) == 7
    assert set(seen[-3:]) == {str(session.conversation_id) for session in sessions[3:6]}


async def test_a_page_that_ends_exactly_has_no_next(office: Office, api: Api) -> None:
    for _ in range(2):
        await office.begin()
    assert (await api.get("/api/conversations", limit=2))[1]["next"] is None


@pytest.mark.parametrize(
    "query",
    [
        {"status": "lost"},
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "-1"},
        {"limit": "ten"},
        {"limit": "٣"},
        {"cursor": "nonsense"},
        {"cursor": "WzEsIDJd"},
        {"cursor": "WyIyMDI2LTAxLTAxIiwgIngiXQ"},
        {"cursor": "WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwgIjAxOTNmNGU2LTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMCJd"},
        {"cursor": "ö"},
    ],
)
async def test_bad_queries_are_told(api: Api, query: dict[str, str]) -> None:
    status, value = await api.get("/api/conversations", **query)
    assert (status, value["error"]["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b'{"text": 5}',
        b"{}",
        b'{"text": "hi", "operator": ""}',
        b'{"text": "hi", "operator": null}',
        b'{"text": "hi", "id": "not-a-uuid"}',
        b'{"text": "\\ud800"}',
        b'{"text": "a\\u0000b"}',
        b'{"text": "  "}',
        b'{"text": "hi", "operator": "a\\nb"}',
    ],
)
async def test_bad_bodies_are_told_and_change_nothing(office: Office, api: Api, body: bytes) -> None:
    session = await office.begin()
    status, value = await api.post(f"/api/conversations/{session.conversation_id}/reply", body)
    assert status == 400
    assert value["error"]["code"] in {"bad_request", "message_invalid"}
    assert (await office.row(session.conversation_id))["owner"] == "bot"


async def test_a_body_that_is_too_large_is_refused(office: Office, api: Api) -> None:
    session = await office.begin()
    url = f"{api.url}/api/conversations/{session.conversation_id}/reply"
    body = io.BytesIO(b'{"text": "' + b"x" * 2_000_000 + b'"}')
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with api.http.post(url, data=body, headers=headers) as response:
        assert response.status == 413
        assert (await response.json())["error"]["code"] == "too_large"


@pytest.mark.parametrize("conversation_id", ["nonsense", "00000000-0000-0000-0000-000000000000"])
async def test_what_does_not_exist_is_not_found(api: Api, conversation_id: str) -> None:
    path = f"/api/conversations/{conversation_id}"
    answers = [await api.get(path)]
    answers += [await api.post(f"{path}/{step}") for step in ("take", "release", "close")]
    answers.append(await api.post(f"{path}/reply", {"text": "Hello?"}))
    assert [(status, value["error"]["code"]) for status, value in answers] == [
        (404, "unknown_conversation")
    ] * 5
    status, value = await api.get(f"/api/customers/{conversation_id}")
    assert (status, value["error"]["code"]) == (404, "unknown_customer")


async def test_an_operator_works_through_the_api(office: Office, api: Api) -> None:
    session = await office.begin()
    path = f"/api/conversations/{session.conversation_id}"
    await office.handed_off(session)
    status, value = await api.post(f"{path}/take")
    assert (status, value["owner"], value["operator"]) == (200, "operator", "operator")
    status, value = await api.post(f"{path}/take", {"operator": "Ben"})
    assert (status, value["error"]["code"]) == (409, "conflict")
    reply = {"operator": "Ann", "text": "Good morning.", "id": str(uuid4())}
    status, value = await api.post(f"{path}/reply", reply)
    assert (status, value["error"]["code"]) == (409, "conflict")
    assert value["error"]["message"].startswith("operator has this conversation")
    assert (await api.post(f"{path}/take", {"operator": "Ann", "force": True}))[1]["operator"] == "Ann"
    status, value = await api.post(f"{path}/reply", reply)
    assert (status, value["message"]["duplicate"]) == (200, False)
    status, again = await api.post(f"{path}/reply", reply)
    assert (status, again["message"]["duplicate"]) == (200, True)
    assert again["message"]["id"] == value["message"]["id"]
    assert (await api.post(f"{path}/release", {}))[0] == 409
    stale = {"operator": "Ann", "if_seq": 1}
    assert (await api.post(f"{path}/release", stale))[0] == 409
    assert (await api.post(f"{path}/release", {"operator": "Ann"}))[1]["status"] == "open"
    assert (await api.post(f"{path}/release"))[0] == 409
    assert (await api.post(f"{path}/close"))[1]["status"] == "closed"
    assert (await api.post(f"{path}/close"))[0] == 409


async def test_the_timeline_has_all_that_happened_in_order(office: Office, api: Api) -> None:
    session = await office.begin(email="ada@example.com")
    await office.write(session, "Refund 1042, please.")
    claim = await office.claim()
    fence = LeaseGuard(office.database, claim.lease)
    budget = DayBudget(office.database, provider="oxlo", limit=0)
    journal = RequestJournal(fence, budget=budget, observer=Unobserved())
    actions = ActionJournal(fence, observer=Unobserved())
    await _ask(journal, step=1, content='{"intent":"refund","reply":""}')
    intent = ActionIntent(
        conversation_id=session.conversation_id,
        step=1,
        position=0,
        tool="refund_order",
        arguments={"order_id": "1042"},
        key="key",
        ruled="refuse",
        line="refund.refuse",
        reason="Above 200 EUR.",
    )
    action = await actions.begin(intent)
    verdict = Verdict(judgement=Judgement.HOLD, rule="flagged", reason="It looks like an instruction.")
    await actions.note(session.conversation_id, "inbound", [verdict], "chat")
    result = {"ok": False, "error": "needs_human"}
    await actions.finish(action.id, tool="refund_order", state="refused", result=result)
    await _ask(journal, step=2, content="no JSON at all", outcome="invalid")
    await _ask(journal, step=3, content='{"reply":1e999}', outcome="invalid")
    await office.end(claim, "A colleague will look.", outcome="handed_off", handoff=("Refund.", "normal"))
    await office.operators.reply(session.conversation_id, "Ann", "Done.")

    status, value = await api.get(f"/api/conversations/{session.conversation_id}")
    assert status == 200
    assert (value["status"], value["operator"], value["truncated"]) == ("human", "Ann", False)
    kinds = [(entry["kind"], entry.get("author") or entry.get("status")) for entry in value["timeline"]]
    assert kinds == [
        ("message", "customer"),
        ("turn", None),
        ("verdict", None),
        ("message", "assistant"),
        ("status", "human"),
        ("handoff", None),
        ("status", "human"),
        ("message", "operator"),
    ]
    assert all(entry["id"] and entry["at"] for entry in value["timeline"])
    turn = value["timeline"][1]
    assert turn["outcome"] == "handed_off"
    [first, second, third] = turn["requests"]
    assert (first["model"], first["purpose"], first["outcome"]) == ("large", "decide", "ok")
    assert (first["latency_ms"], first["input_tokens"], first["output_tokens"]) == (12.5, 1000, 50)
    assert first["decision"] == {"intent": "refund", "reply": ""}
    assert (second["outcome"], second["decision"], second["content"]) == ("invalid", None, "no JSON at all")
    assert third["decision"] is None
    [shown] = turn["actions"]
    assert (shown["tool"], shown["arguments"]) == ("refund_order", {"order_id": "1042"})
    assert (shown["verdict"], shown["state"], shown["result"]) == ("refuse", "refused", result)
    assert (shown["policy_line"], shown["reason"]) == ("refund.refuse", "Above 200 EUR.")
    told = value["timeline"][2]
    assert (told["stage"], told["rule"], told["judgement"]) == ("inbound", "flagged", "hold")


async def test_of_a_very_long_conversation_the_newest_is_shown(office: Office) -> None:
    session = await office.begin()
    for number in range(6):
        await office.operators.reply(session.conversation_id, "Ann", f"Line {number}")
    async with serving(office, shown=4) as api:
        _, value = await api.get(f"/api/conversations/{session.conversation_id}")
    texts = [entry["text"] for entry in value["timeline"] if entry["kind"] == "message"]
    assert texts == ["Line 2", "Line 3", "Line 4", "Line 5"]
    assert value["truncated"]


async def test_a_delivery_that_failed_is_seen(office: Office, api: Api) -> None:
    session = await office.begin(channel="post")
    await office.operators.reply(session.conversation_id, "Ann", "Hello.")
    await office.database.execute("UPDATE deliveries SET state = 'failed', attempts = 3, error = 'bounced'")
    _, value = await api.get(f"/api/conversations/{session.conversation_id}")
    [message] = [entry for entry in value["timeline"] if entry["kind"] == "message"]
    assert message["delivery"] == {"state": "failed", "attempts": 3, "error": "bounced"}


async def test_a_customer_is_shown_as_a_whole(office: Office, api: Api) -> None:
    first = await office.begin(email="ada@example.com")
    second = await office.begin(email="ada@example.com")
    await office.write(first, "Hi")
    await office.end(await office.claim(), facts={"shoe_size": "41"}, trust=3)
    status, value = await api.get(f"/api/customers/{first.customer_id}")
    assert (status, value["name"]) == (200, "Ada Byron")
    assert {(each["kind"], each["address"]) for each in value["contacts"]} == {
        ("subject", "ada@example.com"),
        ("email", "ada@example.com"),
    }
    [fact] = value["facts"]
    assert (fact["key"], fact["value"], fact["trust"]) == ("shoe_size", "41", 3)
    assert [each["id"] for each in value["conversations"]] == [
        str(first.conversation_id),
        str(second.conversation_id),
    ]


async def test_an_absent_store_is_told(office: Office, database: Database) -> None:
    async with serving(office) as api:
        await database.close()
        status, value = await api.get("/api/conversations")
        assert (status, value["error"]["code"]) == (503, "store_unavailable")
        assert value["error"]["retry_after"] > 0


async def _ask(journal: RequestJournal, *, step: int, content: str, outcome: str = "ok") -> None:
    request = await journal.begin(step=step, attempt=1, model="large", purpose="decide")
    await journal.finish(request, _outcome(content, outcome))


def _outcome(content: str, outcome: str) -> RequestOutcome:
    numbers: dict[str, Any] = {"latency_ms": 12.5, "first_token_ms": 4.5}
    return RequestOutcome(
        outcome=outcome,
        error=None,
        input_tokens=1000,
        output_tokens=50,
        finish_reason="stop",
        content=content,
        tool_calls=None,
        **numbers,
    )
