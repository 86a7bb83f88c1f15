"""The gateway dies at random moments, and nobody outside can tell from the answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.chaos.kill import kill_loop, killed_first_start

KILLS = 5
pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


async def test_kills_lose_nothing_and_repeat_nothing(folder: Path) -> None:
    for seed in (
        20_261_121,
        20_261_123,
        20_261_124,
    ):  # on a busy machine five kills can meet idle moments only
        result = await kill_loop(folder / str(seed), kills=KILLS, seed=seed, customers=6)
        assert result.problems == ()
        assert result.messages > KILLS
        if result.resumed:
            return
    pytest.fail("no kill met a running turn: the test proves nothing")


async def test_a_power_failure_loses_nothing_and_repeats_nothing(folder: Path) -> None:
    result = await kill_loop(folder, kills=3, seed=20_261_122, customers=6, power=1.0)
    assert result.problems == ()
    assert result.messages > 0


@pytest.mark.parametrize("after", [0.6, 1.0, 1.6])
async def test_a_first_start_that_is_killed_halfway_is_finished_by_the_next(
    folder: Path, after: float
) -> None:
    await killed_first_start(folder, after=after)
