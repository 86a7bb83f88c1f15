"""How many files and connections this process may have open."""

from __future__ import annotations

import asyncio
import errno
import importlib.util
import resource
from pathlib import Path
from typing import Any

import structlog

from switchboard.settings import ROOT

log = structlog.get_logger()

WANTED = 65_536
SAY_AGAIN = 30.0
"""Seconds before the same lack is said again."""


def raise_file_limit() -> None:
    """Raise the soft limit as far as this process may; many systems begin with 1024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(hard, WANTED)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError) as error:
            log.warning("the limit of open files stays as it is", limit=soft, error=str(error))


class FilesRunOut:
    """A loop's exception handler that says what a lack of file descriptors is, once in a while."""

    def __init__(self) -> None:
        self._said: float | None = None

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Handle what the loop caught."""
        error = context.get("exception")
        if not isinstance(error, OSError) or error.errno not in (errno.EMFILE, errno.ENFILE):
            loop.default_exception_handler(context)
            return
        if self._said is None or loop.time() - self._said >= SAY_AGAIN:
            self._said = loop.time()
            limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
            log.error("no file descriptors are left: connections have to wait (ulimit -n)", limit=limit)


PACKAGES = ("switchboard", "channels", "orchestrator", "guardrails", "tools")


def foreign_packages() -> list[str]:
    """Return one sentence for each of our packages that Python would take from elsewhere."""
    problems = []
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        found = Path(spec.origin).resolve() if spec and spec.origin else None
        if found != (ROOT / name / "__init__.py").resolve():
            problems.append(
                f"The package `{name}` comes from {found}, not from {ROOT}: remove the other one."
            )
    return problems
