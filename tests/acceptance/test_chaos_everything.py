"""Two replicas with chat, mail and refunds; main, inbox and PostgreSQL die, and every promise is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.chaos.everything import kill_everything

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


async def test_kills_of_every_kind_lose_nothing_and_repeat_nothing(folder: Path) -> None:
    result = await kill_everything(folder, kills=6, seed=20_261_129, customers=4, claimants=3)
    assert result.problems == ()
    assert len(result.kills) == 3, "not every kind of process was killed: the test proves less than it says"
    assert all(count.acknowledged > 0 for count in result.counts.values())
