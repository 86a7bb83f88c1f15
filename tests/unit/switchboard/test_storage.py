"""A full disk is told as one: which, and how many bytes are left."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import asyncpg
import pytest

from orchestrator.errors import StoreAway
from orchestrator.store.postgres_program import EmbeddedFailed
from switchboard.storage import full_disk, room


def test_a_disk_with_room_is_no_reason(tmp_path: Path) -> None:
    assert room(tmp_path, least=1) is None
    assert "bytes are free" in str(room(tmp_path, least=2**62))
    assert full_disk(tmp_path / "not" / "made", ValueError("something else")) is None


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        EmbeddedFailed("initdb ended with 1: could not write: No space left on device"),
    ],
)
def test_its_path_and_its_bytes_are_told(tmp_path: Path, error: Exception) -> None:
    told = full_disk(tmp_path / "var", error)
    assert told is not None
    assert str(tmp_path / "var") in told
    assert f"{shutil.disk_usage(tmp_path).free:,}"[:2] in told


def test_postgres_own_word_for_it_is_found_below_ours(tmp_path: Path) -> None:
    error = StoreAway("The store is away for the moment.")
    error.__cause__ = asyncpg.DiskFullError("could not extend")
    assert "The disk is full" in str(full_disk(tmp_path, error))
