"""Callbacks go by the policy's hours where it has any: several periods a day, and holidays."""

from __future__ import annotations

import pytest

from guardrails.policy.policy_file import parse_policy
from orchestrator.policies import PolicyHours
from orchestrator.store.database import Database
from tests.unit.tools.callers import caller
from tools.run import run_tool
from tools.schedule_callback import schedule_callback_tool
from tools.settings import ToolSettings

POLICY = """[hours]
zone = "Europe/Berlin"
wed = ["09:00-12:00", "13:00-17:00"]
holidays = ["2026-12-02"]
"""


@pytest.mark.parametrize(
    ("when", "within", "opening"),
    [
        ("2026-11-25T11:59", True, None),
        ("2026-11-25T12:30", False, "2026-11-25T13:00+01:00"),
        ("2026-12-02T10:00", False, "2026-12-09T09:00+01:00"),
    ],
)
async def test_a_callback_knows_lunch_and_holidays(
    database: Database, when: str, within: bool, opening: str | None
) -> None:
    policy = parse_policy(POLICY, source="policy.toml")
    hours = PolicyHours(lambda: policy, ToolSettings().hours)
    tool = schedule_callback_tool(database, hours, "DE")
    result = await run_tool(tool, caller(), {"phone": "030 901820", "when": when, "topic": "A lamp"})
    assert (result.data["within_business_hours"], result.data["next_opening"]) == (within, opening)
    assert result.data["business_hours"] == "Wed 09:00-12:00, 13:00-17:00 Europe/Berlin"


@pytest.mark.parametrize(("when", "files"), [("2026-11-25T11:00", 1), ("2026-11-25T12:30", 0)])
async def test_a_callback_within_hours_is_a_date_for_the_calendar(
    database: Database, when: str, files: int
) -> None:
    policy = parse_policy(POLICY, source="policy.toml")
    tool = schedule_callback_tool(database, PolicyHours(lambda: policy, ToolSettings().hours), "DE")
    asking = caller(language="de-AT", idempotency_key=when)
    arguments = {"phone": "030 901820", "when": when, "topic": "Eine Lampe"}
    result = await run_tool(tool, asking, arguments)
    assert len(result.files) == files
    for file in result.files:
        assert file.media_type == "text/calendar"
        assert b"\r\nDTSTART:20261125T100000Z\r\n" in file.data
        assert "SUMMARY:Rückruf: Eine Lampe" in file.data.decode()
    assert (await run_tool(tool, asking, arguments)).files == result.files
