"""Runs `python -m switchboard` as a person would: its own process, its own folder, no settings of ours."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from switchboard.settings import ROOT


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


def environment(**variables: str) -> dict[str, str]:
    """Return this process's environment with no setting in it but those given."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(("SWITCHBOARD_", "OXLO_"))
    }
    return kept | {"PYTHONPATH": str(ROOT)} | variables


async def switchboard(
    *arguments: str,
    folder: Path,
    given: str = "",
    timeout: float = 90.0,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> Done:
    """Run one command to its end, `given` on its standard input."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "switchboard",
        *arguments,
        cwd=folder,
        env=environment(**variables),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(timeout):
            out, err = await process.communicate(given.encode())
    except TimeoutError:
        process.kill()
        await process.communicate()
        raise
    return Done(code=process.returncode or 0, out=out.decode(), err=err.decode())
