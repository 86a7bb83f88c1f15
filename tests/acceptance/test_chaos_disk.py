"""The disk runs full in the middle of traffic and has room again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.chaos.disk import NoSmallDisk, full_disk, small_disk


@pytest.fixture
def disk(folder: Path) -> Iterator[Path]:
    try:
        with small_disk(folder / "disk") as mounted:
            yield mounted
    except NoSmallDisk as reason:
        pytest.skip(f"no small disk can be mounted here ({reason})")


@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_a_full_disk_is_waited_out(disk: Path) -> None:
    result = await full_disk(disk, seconds=4.0, seed=5)
    assert result.problems == ()
