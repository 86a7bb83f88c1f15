"""What is looked after again and again while the gateway runs."""

from __future__ import annotations

import contextlib

from orchestrator.conversation.file_store import FileStore
from orchestrator.conversation.presence import forget_presence
from orchestrator.conversation.recordings import Recordings
from orchestrator.conversation.turn_runner import TurnQueue
from orchestrator.people.one_time_codes import forget_codes
from orchestrator.people.sessions import Sessions
from orchestrator.store.database import Database
from orchestrator.worker import Supervised
from switchboard.operations.metrics import Metrics

TIDY_EVERY = 3600.0
COUNT_EVERY = 5.0
"""Seconds between looks at the queue for the metrics."""


class Housekeeping:
    """Counts what waits, and forgets what nobody needs any more; `parts` are the rounds."""

    def __init__(
        self, *, database: Database, metrics: Metrics, recordings: Recordings, files: FileStore
    ) -> None:
        self._database = database
        self._metrics = metrics
        self._recordings = recordings
        self._files = files
        self.parts = (
            Supervised("counting", self._count_waiting_turns, every=COUNT_EVERY, essential=False),
            Supervised("forgetting", self._forget_what_is_unused, every=TIDY_EVERY, essential=False),
        )

    async def _count_waiting_turns(self) -> None:
        self._metrics.queued.set(await TurnQueue(self._database).waiting())

    async def _forget_what_is_unused(self) -> None:
        """Forget unused sessions, used identity tokens, old codes and recordings."""
        with contextlib.suppress(OSError):
            await Sessions(self._database).forget_unused()
            await forget_presence(self._database)
            await forget_codes(self._database)
            await self._recordings.tidy(self._database)
            await self._files.forget_unused()
