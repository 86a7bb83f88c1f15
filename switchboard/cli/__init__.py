"""One module per command, each with `run(options) -> exit code`."""

from __future__ import annotations
