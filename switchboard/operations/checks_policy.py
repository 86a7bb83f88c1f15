"""Is the policy right, and does it say what it seems to say?"""

from __future__ import annotations

from guardrails.policy.explained import doubts
from guardrails.policy.policy_file import PolicyInvalid
from guardrails.policy.tool_policy import Policy
from orchestrator.policies import load_policy
from switchboard.operations.finding import Finding, broken, ok, warning
from switchboard.operations.shipped_tools import SENSITIVITIES
from switchboard.settings import Settings
from tools.settings import ToolSettingsError, load_tool_settings

PART = "policy"


async def check_policy(settings: Settings) -> Finding:
    """Read it as the gateway does."""
    try:
        policy = load_policy(settings.policy)
    except PolicyInvalid as error:
        return broken(PART, f"SWITCHBOARD_POLICY: {error}")
    found = doubts(policy, {} if _other_tools(settings) else SENSITIVITIES)
    if found:
        more = f" ({len(found) - 1} more: see `switchboard policy check`)" if found[1:] else ""
        return warning(PART, f"SWITCHBOARD_POLICY: {found[0]}{more}")
    return ok(PART, _summary(policy))


def _other_tools(settings: Settings) -> bool:
    """Say whether tools of MCP servers may be there too, whose names only their servers know."""
    try:
        return bool(load_tool_settings(settings.tools).mcp)
    except ToolSettingsError:
        return True  # another check tells what is wrong with that file


def _summary(policy: Policy) -> str:
    tables = policy.named_tables()
    rules = sum(len(table.rules) for _, table in tables)
    return f"The policy has {rules} rules for {len(tables)} tools; every other sensitive tool asks."
