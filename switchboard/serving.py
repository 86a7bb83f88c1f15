"""One gateway process from its start to its drain."""

from __future__ import annotations

import asyncio
import signal

import structlog

from switchboard.app import App
from switchboard.listening import Listeners, Ready
from switchboard.operations.runtime import FilesRunOut
from switchboard.settings import Settings

log = structlog.get_logger()


async def serve(settings: Settings, listeners: Listeners, *, json_ready: bool) -> int:
    """Run one gateway until SIGTERM or SIGINT; print where it listens. SIGHUP reads files again."""
    asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked_to_stop.set)
    loop.set_exception_handler(FilesRunOut())
    loop.add_signal_handler(signal.SIGHUP, _not_yet)
    app = App(settings, listeners)
    ready = await app.start()
    loop.add_signal_handler(signal.SIGHUP, app.reload)
    _announce(ready, json_ready=json_ready, problem=app.provider.start_notice)
    await asked_to_stop.wait()
    log.info("draining")
    await app.drain()
    return 0


def _not_yet() -> None:
    log.info("the configuration files are being read already")


def _announce(ready: Ready, *, json_ready: bool, problem: str | None) -> None:
    if json_ready:
        print(ready.line(), flush=True)
        return
    model = "the sandbox model (no language model; set OXLO_API_KEY for a real one)"
    print(f"Switchboard listens on {ready.http}", flush=True)
    if ready.smtp is not None:
        print(f"Mail is taken in at {ready.smtp}", flush=True)
    print(f"Answers come from {model if ready.model == 'sandbox' else 'Oxlo'}", flush=True)
    if problem:
        print(f"Attention: {problem} Customers are told to wait, and answered when it works.", flush=True)
