"""The rules on actions, one by one and with the policy."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.policy.tool_policy import Policy
from guardrails.rule_book import ACTION_RULES, STRICTNESS, review_action
from guardrails.rules import action as rules
from guardrails.verdict import Judgement, PastAction, ProposedAction
from tests.unit.guardrails.actions import NOON, past, policy, refund, shipped, write

SHIPPED = shipped()
ALLOW, HOLD, BLOCK = Judgement.ALLOW, Judgement.HOLD, Judgement.BLOCK


def test_every_rule_is_asked() -> None:
    assert list(ACTION_RULES) == ["trust_level", "amounts", "flagged_turn", "duplicate", "rate"]


@pytest.mark.parametrize(
    ("trust", "degrades", "judgement"),
    [(3, False, ALLOW), (2, False, BLOCK), (0, False, BLOCK), (0, True, ALLOW)],
)
def test_a_tool_needs_its_trust_level(trust: int, degrades: bool, judgement: Judgement) -> None:
    verdict = rules.check_trust(refund(trust=trust, degrades=degrades), SHIPPED)
    assert verdict.judgement is judgement
    assert verdict.reason == ("" if judgement is ALLOW else "identity_required")


@pytest.mark.parametrize(
    ("amount", "currency", "judgement"),
    [
        ("10", "EUR", ALLOW),
        ("10.50", "EUR", ALLOW),
        ("10.500", "EUR", ALLOW),
        ("1E+2", "EUR", ALLOW),
        ("999999999.99", "EUR", ALLOW),
        ("0.01", None, ALLOW),
        ("1.234", "KWD", ALLOW),
        ("100", "JPY", ALLOW),
        ("0", "EUR", BLOCK),
        ("-1", "EUR", BLOCK),
        ("NaN", "EUR", BLOCK),
        ("sNaN", "EUR", BLOCK),
        ("Infinity", "EUR", BLOCK),
        ("-Infinity", "EUR", BLOCK),
        ("1e9", "EUR", BLOCK),
        ("1e999999", "EUR", BLOCK),
        ("10.001", "EUR", BLOCK),
        ("1.00000000000000000000000000000000000001", "EUR", BLOCK),
        ("10.5", "JPY", BLOCK),
        ("10", "eur", BLOCK),
        ("10", "EURO", BLOCK),
        ("10", "ＥＵＲ", BLOCK),
    ],
)
def test_an_amount_is_one_that_money_can_have(
    amount: str, currency: str | None, judgement: Judgement
) -> None:
    action = refund("10", amount=Decimal(amount), currency=currency)
    assert rules.check_amount(action, SHIPPED).judgement is judgement


@pytest.mark.parametrize(
    ("argument", "judgement"),
    [
        (10, ALLOW),
        ("10.50", ALLOW),
        (10.5, ALLOW),
        (-1, BLOCK),
        (True, BLOCK),
        (1e9, BLOCK),
        ("1e9", BLOCK),
        (float("nan"), BLOCK),
        (float("inf"), BLOCK),
        ("lots", BLOCK),
        ([10], BLOCK),
        (10.001, BLOCK),
        (None, ALLOW),
    ],
)
def test_a_tool_without_preview_is_judged_by_its_argument(argument: Any, judgement: Judgement) -> None:
    action = refund(None, arguments={"amount": argument, "currency": "EUR"})
    assert rules.check_amount(action, SHIPPED).judgement is judgement


@pytest.mark.parametrize(
    ("earlier", "judgement"),
    [
        (past("1042"), HOLD),  # another reason, the same order and amount
        (past(" #1042 "), HOLD),
        (past("1042", amount=Decimal("10.00")), HOLD),
        (past("1042", state="held"), HOLD),
        (past("1042", state="started"), HOLD),
        (past("1042", state="in_doubt"), HOLD),
        (past("1042", state="failed"), ALLOW),
        (past("1042", state="refused"), ALLOW),
        (past("1042", amount=Decimal(11), arguments={"order_id": "1042", "amount": 11}), ALLOW),
        (past("1042", ago=timedelta(hours=25)), ALLOW),
        (past("1043"), ALLOW),
        (past("1042", tool="cancel_order"), ALLOW),
        (
            past(amount=None, arguments={"reason": "x", "currency": "eur", "order_id": 1042, "amount": 10.0}),
            HOLD,
        ),
    ],
)
def test_the_same_again_waits_for_a_human(earlier: PastAction, judgement: Judgement) -> None:
    verdict = rules.check_duplicate(refund(past=(past("5"), earlier)), SHIPPED)
    assert verdict.judgement is judgement
    if judgement is HOLD:
        assert (
            verdict.reason == f"It is the same as the one of 2026-11-24 09:00 UTC, which is {earlier.state}."
        )


def test_a_second_code_or_ticket_is_no_duplicate() -> None:
    again = past(tool="verify_identity", arguments={"email": "ada@example.com"}, amount=None)
    action = write("verify_identity", arguments={"email": "ada@example.com"}, past=(again,))
    assert review_action(action, SHIPPED).ruled == "run"


@pytest.mark.parametrize(
    ("action", "ruled"),
    [
        (refund(flagged=True), "ask"),
        (refund("500", flagged=True), "refuse"),
        (write("crm_note", flagged=True), "ask"),
        (write("crm_note", flagged=True, trust=1), "run"),
        (write("crm_read", flagged=True, sensitivity="read"), "run"),
        (write("create_ticket", flagged=True), "run"),
        (write("verify_identity", flagged=True), "run"),
        (write("escalate_to_human", flagged=True), "run"),
        (write("schedule_callback", flagged=True), "ask"),
    ],
)
def test_a_flagged_turn_is_judged_more_strictly(action: ProposedAction, ruled: str) -> None:
    assert review_action(action, SHIPPED).ruled == ruled


def test_a_tool_can_be_shut_in_flagged_turns() -> None:
    shut = policy('[tools.create_ticket]\ndefault = "run"\nflagged = "refuse"\n')
    ruling = review_action(write(flagged=True), shut)
    assert (ruling.ruled, ruling.line) == ("refuse", "rule flagged_turn")


def test_many_sensitive_actions_in_an_hour_wait_for_a_human() -> None:
    open_handed = Policy(sensitive_per_hour=3)
    recent = tuple(past(f"o{number}", ago=timedelta(minutes=number)) for number in range(1, 4))
    other = past(ago=timedelta(minutes=9), tool="get_order_status", amount=None)
    assert rules.check_rate(refund(past=(*recent[:2], other)), open_handed).judgement is ALLOW
    assert rules.check_rate(refund(past=recent), open_handed).judgement is HOLD
    assert rules.check_rate(refund(past=(past(ago=timedelta(hours=2)),) * 9), open_handed).judgement is ALLOW
    assert rules.check_rate(write(past=recent), open_handed).judgement is ALLOW


def test_the_strictest_counts_and_says_why() -> None:
    ruling = review_action(refund(past=(past("1042"),)), SHIPPED)
    assert (ruling.ruled, ruling.line) == ("ask", "rule duplicate")
    ruling = review_action(refund("80", past=(past("1042", amount=Decimal(80)),)), SHIPPED)
    assert ruling.line == "rule duplicate; refund_order, rule 2: up to 200.00 EUR ask"
    ruling = review_action(refund("500", trust=0), SHIPPED)
    assert (ruling.ruled, ruling.reason) == ("refuse", "identity_required")
    assert ruling.line == "rule trust_level; refund_order, rule 3: above 200.00 EUR refuse"


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
OBJECTS = st.dictionaries(
    st.sampled_from(["order_id", "amount", "currency", "reason", "x"]), JSON, max_size=4
)


@given(
    call=st.tuples(OBJECTS, OBJECTS, st.dictionaries(st.just("status"), JSON)),
    amount=st.none() | st.decimals(),
    tool=st.sampled_from(["refund_order", "cancel_order", "create_ticket", "unheard_of"]),
    sensitivity=st.sampled_from(["read", "write", "sensitive"]),
)
def test_any_call_gets_a_ruling_never_milder_than_the_policys(
    call: tuple[Any, Any, Any], amount: Decimal | None, tool: str, sensitivity: str
) -> None:
    arguments, before, facts = call
    earlier = past(tool=tool, arguments=before, at=NOON)
    action = refund(
        "1",
        arguments=arguments,
        facts=facts,
        amount=amount,
        tool=tool,
        sensitivity=sensitivity,
        past=(earlier,),
    )
    ruled, alone = review_action(action, SHIPPED).ruled, SHIPPED.rule(action).ruled
    assert STRICTNESS[ruled] >= STRICTNESS[alone]
