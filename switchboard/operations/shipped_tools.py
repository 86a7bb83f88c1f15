"""The tools there can be, known without a gateway: the business's own and ours, nothing of them running."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from switchboard.business import Business, package_tools
from tools.registry import build_registry
from tools.tool import Tool
from tools.verify_identity import NoCodes
from tools.withdraw_request import NothingWaits

UNUSED = cast("Any", None)
"""Stands for database and search: building the tools asks nothing of them."""


def known_tools(business: Business) -> Mapping[str, Tool]:
    """Return them by name; those of MCP servers are known to their servers only."""
    own = package_tools(business, UNUSED, business.tools)
    return build_registry(business.tools, UNUSED, UNUSED, NoCodes(), NothingWaits(), business=own).tools


def sensitivities(business: Business) -> Mapping[str, str]:
    """Return how grave each of them is."""
    return {name: str(tool.sensitivity) for name, tool in known_tools(business).items()}
