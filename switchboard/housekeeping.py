"""What is looked after again and again while the gateway runs."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

from orchestrator.conversation.file_store import FileStore
from orchestrator.conversation.presence import PresenceRows
from orchestrator.conversation.recordings import Recordings
from orchestrator.conversation.turn_queue import TurnQueue
from orchestrator.errors import StoreAway
from orchestrator.people.code_rows import OneTimeCodes
from orchestrator.people.sessions import IdentityUses, Sessions
from orchestrator.store.database import Database
from switchboard.operations.metrics import Metrics

TIDY_EVERY = 3600.0
COUNT_EVERY = 5.0
"""Seconds between looks at the queue for the metrics."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Housekeeping:
    """Counts what waits, and forgets what nobody needs any more."""

    database: Database
    metrics: Metrics
    recordings: Recordings
    files: FileStore

    async def count_waiting_turns(self) -> None:
        """Keep the gauge of waiting turns true until cancelled."""
        while True:
            with contextlib.suppress(StoreAway):
                self.metrics.queued.set(await TurnQueue(self.database).waiting())
            await asyncio.sleep(COUNT_EVERY)

    async def forget_what_is_unused(self) -> None:
        """Forget unused sessions, used identity tokens, old codes and recordings until cancelled."""
        while True:
            with contextlib.suppress(StoreAway, OSError):
                await Sessions(self.database).forget_unused()
                await PresenceRows(self.database).forget()
                await IdentityUses(self.database).forget_expired()
                await OneTimeCodes(self.database).forget()
                await self.recordings.tidy(self.database)
                await self.files.forget_unused()
            await asyncio.sleep(TIDY_EVERY)
