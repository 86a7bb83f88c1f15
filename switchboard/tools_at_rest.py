"""The tools there can be, known without a gateway: the business's own and ours, nothing of them running."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from switchboard.business import BusinessPackage, package_tools
from tools.registry import build_registry
from tools.settings import ToolSettings
from tools.tool import Tool
from tools.verify_identity import NoCodes
from tools.withdraw_request import NothingWaits

UNUSED = cast("Any", None)
"""Stands for database and search: building the tools asks nothing of them."""


def tools_at_rest(settings: ToolSettings, package: BusinessPackage | None) -> Mapping[str, Tool]:
    """Return them by name; those of MCP servers are known to their servers only.

    Raises ToolSettingsError for a name that is taken twice.
    """
    own = package_tools(package, UNUSED, settings)
    return build_registry(settings, UNUSED, UNUSED, NoCodes(), NothingWaits(), business=own).tools


def sensitivities(tools: Mapping[str, Tool]) -> dict[str, str]:
    """Return how grave each of them is."""
    return {name: str(tool.sensitivity) for name, tool in tools.items()}
