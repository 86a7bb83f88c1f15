"""CPU and memory of other processes, as Linux has them under /proc."""

from __future__ import annotations

import os
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU a process has used, its ended children included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICK


def cpu_of_tree(pid: int) -> float:
    """Return the seconds of CPU a process and its children have used."""
    return cpu_of(pid) + sum(cpu_of(child) for child in children_of(pid))


def children_of(pid: int) -> list[int]:
    """Return the direct children of a process."""
    entries = (entry for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [int(entry.name) for entry in entries if _parent(entry) == pid]


def resident(pid: int) -> int:
    """Return the bytes of memory only this process holds plus what it shares, as it is resident now."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def postmaster(home: Path) -> int:
    """Return the process id of the embedded PostgreSQL of a data folder."""
    return int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return -1
