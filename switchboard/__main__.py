"""The command line: `python -m switchboard COMMAND`, or `switchboard COMMAND`."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

from switchboard.cli.arguments import parse
from switchboard.errors import SwitchboardError

COMMANDS = {
    name: f"switchboard.cli.{name}"
    for name in (
        "serve",
        "doctor",
        "chat",
        "call",
        "version",
        "conversations",
        "files",
        "approvals",
        "customers",
        "audit",
        "mail",
        "policy",
        "mcp",
    )
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 well, 1 failed, 2 wrong settings or arguments."""
    options = parse(arguments)
    try:
        # Imported only now: `version` must not wait for what `serve` needs.
        code: int = importlib.import_module(COMMANDS[options.command]).run(options)
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


if __name__ == "__main__":
    sys.exit(main())
