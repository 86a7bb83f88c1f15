"""The event loop of every measured process: uvloop where it is installed, as the gateway itself does."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

NAME = "uvloop" if importlib.util.find_spec("uvloop") else "asyncio"


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end."""
    if NAME == "asyncio":
        return asyncio.run(work)
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)
