"""What callers said, as sound: kept only where the policy says so, and only for as long."""

from __future__ import annotations

import asyncio
import hashlib
import io
import time
import wave
from pathlib import Path

from orchestrator.conversation.file_store import write_durably
from orchestrator.policies import Policies
from orchestrator.store.database import Database

DAY = 86_400.0
FORGET = """
UPDATE messages SET spoken = spoken - 'audio'
WHERE spoken ? 'audio' AND created_at < now() - make_interval(days => $1)
"""


class Recordings:
    """WAV files below `folder`, by the SHA-256 of their content."""

    def __init__(self, folder: Path, policies: Policies) -> None:
        self._folder = folder
        self._policies = policies

    async def keep(self, audio: bytes, rate: int) -> str | None:
        """Keep PCM16 mono and return its digest; None where the policy keeps none. Raises `OSError`."""
        if not self._policies().voice.keep_audio:
            return None
        data = _wav(audio, rate)
        digest = hashlib.sha256(data).hexdigest()
        await asyncio.to_thread(write_durably, self.path(digest), data)
        return digest

    def path(self, digest: str) -> Path:
        """Return where the recording with this digest lies."""
        return self._folder / digest[:2] / f"{digest}.wav"

    async def tidy(self, database: Database) -> None:
        """Delete what is older than the policy keeps; raises `StoreAway` or `OSError`."""
        days = self._policies().voice.audio_days
        await database.execute(FORGET, days)
        await asyncio.to_thread(self._delete, time.time() - days * DAY)

    def _delete(self, before: float) -> None:
        for path in self._folder.glob("*/*.wav"):
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)


def _wav(audio: bytes, rate: int) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(audio)
    return out.getvalue()
