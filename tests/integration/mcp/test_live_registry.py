"""Our tools and those of the servers that are up, as one."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import generate_latest

from switchboard.operations.metrics import Metrics, show_mcp
from tests.integration.mcp.mounting import OPEN, mounted, stdio, until
from tests.unit.tools.callers import caller
from tools.registry import LiveRegistry, Registry
from tools.run import run_tool
from tools.tool import Caller, Sensitivity, tool


@tool(sensitivity=Sensitivity.READ, trust=0, idempotent=True)
async def look(caller: Caller) -> str:
    """Look."""
    return "ours"


async def test_ours_come_first_and_keep_their_names() -> None:
    fixed = Registry(tools={"look": look})
    async with mounted(reserved=fixed.names(), crm=stdio("crm", allow=["look", "slow"])) as servers:
        registry = LiveRegistry(fixed, servers)
        assert registry.names() == ("look", "slow")
        assert (registry.get("look"), len(registry)) == (look, 2)
        assert registry.get("nothing") is None
        metrics = Metrics.create()
        show_mcp(metrics, servers)
        assert b'switchboard_mcp_tools{server="crm"} 1.0' in generate_latest(metrics.registry)
        slow = registry.get("slow")
        assert slow is not None
    assert registry.names() == ("look",)
    late = await run_tool(slow, caller(), {"seconds": 0})  # a turn that still holds the tool
    assert late.error == "unavailable"


async def test_of_two_servers_the_one_that_is_named_first_has_the_name(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    late = stdio("crm", allow=["slow"], default={**OPEN, "trust": 1})
    waiting = f'until [ -e {gate} ]; do sleep 0.05; done; exec "$0" "$@"'
    late["command"] = ["/bin/sh", "-c", waiting, *late["command"]]
    async with mounted(wait=0.1, one=late, two=stdio("crm", allow=["slow"])) as servers:
        await until(lambda: servers.tools)
        assert servers.tools["slow"].trust == 0  # the second one's, while the first was never there
        gate.touch()
        await until(lambda: servers.tools["slow"].trust == 1)
