"""Lines from standard input, a terminal or a pipe, without blocking the event loop."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable

AHEAD = 16  # lines read before they are wanted


async def read_lines(descriptor: int = 0) -> AsyncIterator[str]:
    """Yield lines without their ends until the input ends.

    A daemon thread reads the bare descriptor: it holds no lock of `sys.stdin`, so that leaving with
    Ctrl-C needs no further key.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str | None] = asyncio.Queue(AHEAD)

    def put(line: str | None) -> None:
        putting = queue.put(line)  # held here: a loop that closes drops it, and Python would warn of that
        try:
            asyncio.run_coroutine_threadsafe(putting, loop).result()
        except RuntimeError:
            putting.close()
            raise

    threading.Thread(target=_pump, args=(descriptor, put), name="keyboard", daemon=True).start()
    while (line := await queue.get()) is not None:
        yield line


def _pump(descriptor: int, put: Callable[[str | None], None]) -> None:
    rest = b""
    try:
        while chunk := os.read(descriptor, 65_536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                put(line.decode(errors="replace").rstrip("\r"))
        if rest:
            put(rest.decode(errors="replace"))
        put(None)
    except (RuntimeError, asyncio.CancelledError, OSError):
        pass  # the loop has closed: nobody reads any more
