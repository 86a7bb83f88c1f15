"""Fixtures of tests that start whole gateways."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder outside pytest's own.

    Run by root, PostgreSQL has a user of its own, and each new pytest process takes away every other
    user's way into pytest's folder, also from the tests of a process that runs beside it.
    """
    with tempfile.TemporaryDirectory(prefix="switchboard-") as path:
        yield Path(path)
