"""From a server's list to tools of ours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.mcp_servers.hostile import INJECTION, PLAIN
from tools.mcp.bounds import MOUNTED
from tools.mcp.mcp_session import Listed
from tools.mcp.offered import DESCRIPTION, Mounted, Offer, offer
from tools.mcp.settings import Grade, McpTable, server_settings
from tools.tool import Caller, Sensitivity


def clean(text: str) -> str:
    return text.replace(INJECTION, "[removed]")


async def call(name: str, grade: Grade, caller: Caller, arguments: Mapping[str, Any]) -> Any:
    return name


def listed(name: str, description: str = "Does it.", schema: Mapping[str, Any] = PLAIN) -> Listed:
    return Listed(name=name, description=description, schema=schema)


def offered(
    *tools: Listed, taken: tuple[str, ...] = (), before: Mapping[str, Mounted] | None = None, **table: Any
) -> Offer:
    settings = server_settings("crm", McpTable.model_validate({"command": ["x"], **table}), Path())
    return offer(settings, tools, call=call, clean=clean, taken=taken, before=before or {})


def test_nothing_is_mounted_unless_it_is_allowed_by_name_or_glob() -> None:
    tools = listed("find_user"), listed("find_order"), listed("delete_user")
    assert not offered(*tools).mounted
    assert list(offered(*tools, allow=["find_*"]).mounted) == ["find_user", "find_order"]
    assert list(offered(*tools, allow=["delete_user"]).mounted) == ["delete_user"]


def test_grades_names_and_descriptions_are_the_configuration_s() -> None:
    grade = {"sensitivity": "read", "trust": 0, "idempotent": True, "rename": "who", "description": "Ours."}
    mounted = offered(
        listed("find"), listed("delete"), allow=["*"], prefix="crm_", tools={"find": grade}
    ).mounted
    who, delete = mounted["who"].tool, mounted["crm_delete"].tool
    assert (who.sensitivity, who.trust, who.idempotent, who.description) == (
        Sensitivity.READ, 0, True, "Ours.",
    )  # fmt: skip
    assert (delete.sensitivity, delete.trust, delete.idempotent) == (Sensitivity.SENSITIVE, 3, False)
    assert not who.trusted
    assert not delete.trusted


def test_a_description_is_one_short_line_without_instructions() -> None:
    long = listed("find", f"Finds.\n{INJECTION} " + "x" * 9_000)
    description = offered(long, allow=["*"]).mounted["find"].tool.description
    assert description.startswith("Finds. [removed] x")
    assert len(description) == DESCRIPTION


def test_a_name_that_is_taken_or_that_no_model_can_call_is_refused_with_a_notice() -> None:
    tools = listed("create_ticket"), listed("a/b"), listed("respond"), listed("find"), listed("find")
    made = offered(*tools, allow=["*"], taken=("create_ticket",))
    assert list(made.mounted) == ["find"]
    assert [notice.split(":")[0] for notice in made.notices] == ["create_ticket", "a/b", "respond", "find"]


def test_a_configured_tool_that_the_server_does_not_have_is_told() -> None:
    made = offered(listed("find"), allow=["find", "lose"], tools={"grade_me": {"trust": 1}})
    assert made.notices == ("grade_me: the server has no such tool.", "lose: the server has no such tool.")


def test_no_server_floods_the_model_with_tools() -> None:
    made = offered(*(listed(f"t{n}") for n in range(200)), allow=["*"])
    assert len(made.mounted) == MOUNTED
    assert "only 50 tools" in made.notices[0]


def test_a_tool_that_did_not_change_stays_the_same_and_one_that_did_is_taken_over_anew() -> None:
    first = offered(listed("a"), listed("b"), allow=["*"]).mounted
    again = offered(listed("a"), listed("b", "Now different."), allow=["*"], before=first).mounted
    assert again["a"] is first["a"]
    assert again["b"].tool.description == "Now different."


def test_a_tool_that_changed_to_what_we_can_t_check_with_is_gone() -> None:
    first = offered(listed("a"), allow=["*"]).mounted
    made = offered(listed("a", schema={"type": "object", "if": {}}), allow=["*"], before=first)
    assert not made.mounted
    assert made.notices == ("a: its schema uses if, which is not taken over.",)
