"""One module per command, `NAME_command`: `add_arguments(parser)` and `run(options) -> exit code`."""

from __future__ import annotations
