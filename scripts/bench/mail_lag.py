"""The main loop of scripts/bench/mail: ticks every millisecond and notes how late each tick is.

`own` runs the inbox as the gateway does, in a process beside this loop; `same` runs a bare aiosmtpd in this
very loop. Prints its port, then, after a line on standard input, {"p50", "p99", "most", "ticks"} in ms.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from mail_bare import bare_server

from channels.mail.smtp.inbox_settings import InboxSettings
from switchboard.inbox.config import InboxConfig
from switchboard.inbox.process import InboxProcess

TICK = 0.001


class Ticker:
    """A task that only wants to run on time."""

    def __init__(self) -> None:
        self.late: list[float] = []

    async def run(self) -> None:
        """Tick until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK
            await asyncio.sleep(TICK)
            self.late.append((loop.time() - due) * 1000)

    def report(self) -> dict[str, float]:
        """Return how late the ticks were, in ms."""
        late = sorted(self.late)
        count = len(late)
        return {
            "p50": late[count // 2],
            "p99": late[count * 99 // 100],
            "most": late[-1],
            "ticks": count,
        }


async def own(url: str, folder: Path) -> None:
    """Measure beside the inbox's process."""
    settings = InboxSettings(addresses=("support@localhost",), smtp_port=0, size_bytes=50_000_000)
    inbox = InboxProcess(InboxConfig(settings=settings, database_url=url, folder=folder, log_level="error"))
    address = await inbox.start()
    await _measure(int((address.smtp or "").rpartition(":")[2]))
    await inbox.stop()


async def same() -> None:
    """Measure in the loop that reads the mails too."""
    server = await bare_server()
    await _measure(server.sockets[0].getsockname()[1])
    server.close()


async def _measure(port: int) -> None:
    print(port, flush=True)
    await _line()  # the senders are connected
    ticker = Ticker()
    task = asyncio.create_task(ticker.run())
    print("ticking", flush=True)
    await _line()  # the mails are through
    task.cancel()
    print(json.dumps(ticker.report()), flush=True)


async def _line() -> None:
    await asyncio.to_thread(sys.stdin.readline)


if __name__ == "__main__":
    if sys.argv[1] == "own":
        asyncio.run(own(sys.argv[2], Path(sys.argv[3])))
    else:
        asyncio.run(same())
