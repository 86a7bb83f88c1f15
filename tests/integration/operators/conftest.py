"""An office on a fresh database, and its API."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from orchestrator.store.database import Database
from tests.integration.operators.office import Api, Office, serving


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


@pytest.fixture
async def api(office: Office) -> AsyncIterator[Api]:
    async with serving(office) as served:
        yield served
