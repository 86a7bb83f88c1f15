"""What a table of measurements has to say about the machine it was made on."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def describe() -> str:
    """Return processor, cores, memory, kernel and load in one line."""
    return (
        f"{_processor()}, {os.cpu_count()} cores, {_memory() / 2**30:.0f} GiB, "
        f"{platform.system()} {platform.release()}, load {os.getloadavg()[0]:.2f} at the start"
    )


def is_busy() -> bool:
    """Say whether something else runs here, so that numbers are worse than they could be."""
    return os.getloadavg()[0] > 0.5


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
