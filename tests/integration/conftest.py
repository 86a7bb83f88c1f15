"""Fixtures of several rooms: the example shop, seeded, and its tools."""

from __future__ import annotations

import pytest

from orchestrator.store.database import Database
from tests.support.shop import Articles, Shop, seed_shop
from tests.unit.tools.callers import NOW


@pytest.fixture
async def shop(database: Database) -> Shop:
    """The tools of the example shop on a fresh database."""
    await seed_shop(database, today=NOW.date())
    return Shop(database, Articles())
