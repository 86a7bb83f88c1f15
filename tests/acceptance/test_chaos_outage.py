"""The database goes away in the middle of traffic and comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.chaos.outage import embedded_crash, outage
from tests.support.chaos.postgres import WAYS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


@pytest.mark.parametrize("way", WAYS)
async def test_a_database_that_goes_away_is_waited_for(folder: Path, way: str) -> None:
    result = await outage(folder, seconds=5.0, way=way, seed=5)
    assert result.problems == ()


async def test_an_embedded_database_that_dies_is_started_again(folder: Path) -> None:
    result = await embedded_crash(folder, seed=5)
    assert result.problems == ()
