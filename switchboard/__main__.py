"""The command line: `python -m switchboard COMMAND`, or `switchboard COMMAND`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from switchboard.errors import SwitchboardError

COMMANDS = {
    "serve": "run the gateway",
    "doctor": "show the settings and check each part",
    "chat": "write to a running gateway from here",
    "call": "talk to a running gateway from here",
    "version": "print the version",
    "conversations": "see and answer conversations",
    "files": "save a file that a customer sent",
    "approvals": "decide actions that wait for a human",
    "customers": "show, export, merge, delete customers",
    "audit": "see who or what changed something",
    "mail": "write to the support address, read answers",
    "business": "make a business's folder, or find what is wrong with one",
    "policy": "check or try the policy file",
    "mcp": "serve the operator API over MCP on stdio",
}
"""Each is a module `switchboard.cli.NAME_command` with `add_arguments(parser)` and `run(options)`."""
EPILOG = "Settings are environment variables (SWITCHBOARD_…, OXLO_API_KEY); `switchboard doctor` lists them."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 well, 1 failed, 2 wrong settings or arguments."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        code = _run(given)
        sys.stdout.flush()
    except SwitchboardError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output left (`switchboard doctor | head`); keep the exit from failing over it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def _run(given: list[str]) -> int:
    """Import the command that is asked for, and run it; exits with 2 where its arguments make no sense."""
    parser = argparse.ArgumentParser(
        prog="switchboard",
        description="Customers on every channel, answered.",
        epilog=EPILOG,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    parsers = {
        name: commands.add_parser(name, help=what, allow_abbrev=False) for name, what in COMMANDS.items()
    }
    if not given or given[0] not in COMMANDS:
        parser.parse_args(given)  # help, or usage and exit code 2
        return 2
    module = importlib.import_module(f"switchboard.cli.{given[0]}_command")
    module.add_arguments(parsers[given[0]])
    code: int = module.run(parser.parse_args(given))
    return code


if __name__ == "__main__":
    sys.exit(main())
