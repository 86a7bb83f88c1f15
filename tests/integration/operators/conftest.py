"""An office on a fresh database, and its API."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.store.database import Database
from tests.integration.operators.office import TOKEN, Api, Office, serving

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def office(database: Database, home: Path) -> Office:
    return Office(database, home)


@pytest.fixture
async def api(office: Office) -> AsyncIterator[Api]:
    async with serving(office) as served:
        yield served


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    """What a command needs to find the operator API's token."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "SWITCHBOARD_HOME": str(home),
        "SWITCHBOARD_OPERATOR_TOKEN": TOKEN,
    }
