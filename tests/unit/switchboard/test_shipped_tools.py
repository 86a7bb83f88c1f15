"""What the policy commands know of the shipped tools is what the tools say of themselves."""

from __future__ import annotations

from typing import Any, cast

from switchboard.operations.shipped_tools import LIMITING_THEMSELVES, SHIPPED
from tools.registry import shop_registry


def test_the_names_levels_and_sensitivities_are_those_of_the_registry() -> None:
    unused = cast("Any", None)  # building the tools asks nothing of their systems
    registry = shop_registry(unused, unused)
    assert {tool.name: (str(tool.sensitivity), tool.trust) for tool in registry} == SHIPPED
    assert {tool.name for tool in registry if tool.degrades} == LIMITING_THEMSELVES
