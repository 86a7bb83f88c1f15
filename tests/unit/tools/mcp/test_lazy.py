"""The SDK is loaded only where a server is configured."""

from __future__ import annotations

import subprocess
import sys

from tests.integration.start.command import environment

PROGRAM = """
import sys
import switchboard.app, switchboard.operations.checks, switchboard.__main__
loaded = sorted(name for name in sys.modules if name.split(".")[0] in ("mcp", "mcp_types", "starlette"))
sys.exit(", ".join(loaded)[:200] or 0)
"""


def test_a_gateway_without_servers_never_loads_the_sdk() -> None:
    command = [sys.executable, "-P", "-c", PROGRAM]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
