"""Voices are kept only where the policy says so, and only for as long."""

from __future__ import annotations

import os
import time
import wave
from pathlib import Path

from orchestrator.conversation.recordings import Recordings
from orchestrator.store.database import Database
from tests.support.house import policies_of

SECOND = b"\x01\x00" * 16_000
DAY = 86_400


async def test_nothing_is_kept_unless_the_policy_says_so(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path, policies_of(""))
    assert await recordings.keep(SECOND, 16_000) is None
    assert list(tmp_path.iterdir()) == []


async def test_a_recording_is_kept_once_and_for_its_days(tmp_path: Path, database: Database) -> None:
    recordings = Recordings(tmp_path, policies_of("[voice]\nkeep_audio = true\naudio_days = 3\n"))
    digest = await recordings.keep(SECOND, 16_000)
    assert digest is not None
    assert await recordings.keep(SECOND, 16_000) == digest
    [path] = tmp_path.glob("*/*.wav")
    assert path == recordings.path(digest)
    assert path.stat().st_mode & 0o077 == 0
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnframes()) == (16_000, 16_000)
    await recordings.tidy(database)
    assert path.exists()
    old = time.time() - 4 * DAY
    os.utime(path, (old, old))
    await recordings.tidy(database)
    assert not path.exists()
