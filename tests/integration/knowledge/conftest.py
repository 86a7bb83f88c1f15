"""The example articles in a fresh database."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.knowledge.search import Knowledge
from orchestrator.store.database import Database

EXAMPLES = Path(__file__).parents[3] / "examples" / "shop" / "knowledge"


@pytest.fixture
async def knowledge(database: Database) -> Knowledge:
    loaded = Knowledge(database)
    await loaded.load(EXAMPLES)
    return loaded
