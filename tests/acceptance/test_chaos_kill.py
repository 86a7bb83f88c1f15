"""The gateway dies at random moments, and nobody outside can tell from the answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.chaos.kill import kill_loop

KILLS = 5


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_kills_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    result = await kill_loop(tmp_path, kills=KILLS, seed=20_261_121, customers=6)
    assert result.problems == ()
    assert result.messages > KILLS
    assert result.resumed > 0, "no kill met a running turn: the test proves nothing"
