"""`switchboard policy` as a person would run it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.start.command import switchboard

WRONG = '[tools.refund_order]\ndefault = "ask"\n[[tools.refund_order.rules]]\nverdict = "perhaps"\n'
ODD = '[tools.refund_ordre]\ndefault = "ask"\n[tools.crm_find]\ndefault = "run"\n'


async def test_the_shipped_policy_is_right_and_told(tmp_path: Path) -> None:
    done = await switchboard("policy", "check", folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[:3] == [
        "refund_order",
        (
            "  1  up to 20.00 EUR, from level 3, the status is shipped or delivered or returned, at most 2"
            " within 31 days: run"
        ),
        "  2  up to 200.00 EUR: ask",
    ]
    assert lines[-1].endswith("policy.toml is right.")
    assert list(tmp_path.iterdir()) == []


async def test_a_wrong_policy_is_one_sentence_and_exit_code_one(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(WRONG)
    done = await switchboard("policy", "check", "mine.toml", folder=tmp_path)
    assert (done.code, done.out) == (1, "")
    said = "tools.refund_order.rules, number 1, verdict: Input should be 'run', 'ask' or 'refuse'."
    assert done.err == f"mine.toml: {said}\n"


async def test_unknown_tool_names_are_doubted_unless_they_are_given(tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_text(ODD)
    variables = {"SWITCHBOARD_POLICY": str(tmp_path / "odd.toml")}
    done = await switchboard("policy", "check", "--tools", "crm_find,x", folder=tmp_path, variables=variables)
    assert done.code == 0
    assert "warning: [tools.refund_ordre] names no tool that is known.\n" in done.out
    assert "warning: [tools.crm_find]" not in done.out


@pytest.mark.parametrize(
    ("arguments", "ruled", "line"),
    [
        (
            "--amount 80 --currency EUR --trust 3 --channel chat --tags vip --at 2026-11-22T22:00",
            "ask",
            "refund_order, rule 2: up to 200.00 EUR ask",
        ),
        (
            "--amount 10 --currency eur --trust 3 --fact status=delivered --earlier 1",
            "run",
            (
                "refund_order, rule 1: up to 20.00 EUR, from level 3, the status is shipped or delivered or"
                " returned, at most 2 within 31 days run"
            ),
        ),
        (
            "--amount 19 --currency EUR --trust 3 --fact status=processing",
            "ask",
            "refund_order, rule 2: up to 200.00 EUR ask",
        ),
        (
            "--amount 10 --currency EUR --trust 3 --earlier 2",
            "ask",
            "refund_order, rule 2: up to 200.00 EUR ask",
        ),
        ("--amount 10 --currency EUR --trust 3 --fact status=shipped --flagged", "ask", "rule flagged_turn"),
        ("--amount 10 --currency EUR --trust 2", "refuse", "rule trust_level"),
        ("--amount nan --currency EUR --trust 3", "refuse", "rule amounts"),
        ("--amount 900 --currency EUR --trust 3", "refuse", "refund_order, rule 3: above 200.00 EUR refuse"),
    ],
)
async def test_one_case_is_explained(tmp_path: Path, arguments: str, ruled: str, line: str) -> None:
    done = await switchboard("policy", "explain", "refund_order", *arguments.split(), folder=tmp_path)
    assert done.code == 0
    assert done.out.splitlines()[:2] == [ruled, line]


async def test_arguments_facts_and_the_desks_own_time_are_given(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        '[hours]\nzone = "Asia/Tokyo"\nmon = ["09:00-17:00"]\n[tools.a]\ndefault = "refuse"\n'
        '[[tools.a.rules]]\nverdict = "run"\nhours = "open"\n'
        'arguments.n = { max = 3 }\nfacts.status = "new"\n'
    )
    common = ("policy", "explain", "a", "--policy", "mine.toml", "--argument", "n=2", "--fact", "status=new")
    for moment, ruled in (("2026-11-23T09:00", "run"), ("2026-11-23T09:00Z", "refuse")):
        done = await switchboard(*common, "--at", moment, folder=tmp_path)
        assert done.out.splitlines()[0] == ruled


@pytest.mark.parametrize("wrong", ["--amount=x", "--at=soon", "--trust=4", "--argument=n", "--earlier=-1"])
async def test_a_wrong_argument_is_exit_code_two(tmp_path: Path, wrong: str) -> None:
    done = await switchboard("policy", "explain", "refund_order", wrong, folder=tmp_path)
    assert (done.code, done.out) == (2, "")
