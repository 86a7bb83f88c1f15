"""A gateway's child processes, to be stopped or killed by a test (Linux)."""

from __future__ import annotations

import os
from pathlib import Path


def children(pid: int, module: str) -> list[int]:
    """Return the ids of a process's children that run `python -m MODULE`."""
    found = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in tasks.read_text().split()]
    return [child for child in found if module in _command(child)]


def kill(pid: int, module: str, signal: int) -> int:
    """Send a signal to all those children; return how many they were."""
    found = children(pid, module)
    for child in found:
        os.kill(child, signal)
    return len(found)


def libraries(pid: int) -> set[str]:
    """Return the names of all files that a process has mapped: its compiled modules among them."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    return {line.split(maxsplit=5)[5] for line in lines if len(line.split(maxsplit=5)) == 6}


def _command(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []  # it has just ended
