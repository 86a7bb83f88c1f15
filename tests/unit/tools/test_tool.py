from __future__ import annotations

from typing import Any, cast

import pytest

from tests.unit.tools.callers import caller
from tools.tool import ArgumentsInvalid, Caller, Sensitivity, tool


async def add(caller: Caller, left: int, right: int = 1) -> int:
    """Add two numbers,
    carefully.

    Not shown to the model.
    """
    return left + right


def test_a_tool_is_described_by_its_function() -> None:
    made = tool(sensitivity=Sensitivity.READ, trust=1, idempotent=True, timeout=2.5, degrades=True)(add)
    assert (made.name, made.description) == ("add", "Add two numbers, carefully.")
    assert made.parameters["required"] == ["left"]
    assert (made.sensitivity, made.trust, made.idempotent, made.timeout, made.degrades) == (
        "read",
        1,
        True,
        2.5,
        True,
    )


async def test_a_tool_checks_its_arguments_before_it_runs() -> None:
    made = tool(sensitivity=Sensitivity.READ, trust=0, idempotent=True)(add)
    assert await made.function(caller(), {"left": 2}) == 3
    with pytest.raises(ArgumentsInvalid) as caught:
        await made.function(caller(), {"left": "two"})
    assert caught.value.code == "invalid_arguments"


@pytest.mark.parametrize(("trust", "timeout"), [(4, 1.0), (-1, 1.0), (0, 0.0)])
def test_impossible_tools_are_refused(trust: int, timeout: float) -> None:
    with pytest.raises(TypeError, match="add"):
        tool(sensitivity=Sensitivity.READ, trust=trust, idempotent=True, timeout=timeout)(add)


def test_a_tool_is_async_and_has_a_docstring() -> None:
    async def silent(caller: Caller) -> None: ...

    def plain(caller: Caller) -> None:
        """Not async."""

    make = tool(sensitivity=Sensitivity.READ, trust=0, idempotent=True)
    with pytest.raises(TypeError, match="docstring"):
        make(silent)
    with pytest.raises(TypeError, match="async"):
        make(cast("Any", plain))
