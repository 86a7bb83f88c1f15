"""What the policy commands know of the tools is what the tools say of themselves."""

from __future__ import annotations

from typing import Any, cast

from switchboard.business import load_business
from switchboard.settings import Settings
from switchboard.tools_at_rest import sensitivities, tools_at_rest
from tests.support.shop import shop_registry


def test_the_names_levels_and_sensitivities_are_those_of_the_registry() -> None:
    unused = cast("Any", None)  # building the tools asks nothing of their systems
    registry = shop_registry(unused, unused)
    business = load_business(Settings())
    known = tools_at_rest(business.tools, business.package)
    assert list(known) == list(registry.names())
    assert {tool.name: (tool.sensitivity, tool.trust, tool.degrades) for tool in registry} == {
        name: (tool.sensitivity, tool.trust, tool.degrades) for name, tool in known.items()
    }
    assert sensitivities(known) == {tool.name: str(tool.sensitivity) for tool in registry}
