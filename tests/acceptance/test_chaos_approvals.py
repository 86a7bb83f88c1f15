"""The gateway dies at random moments while refunds are decided: each is made once or never, and told once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.chaos.approvals import approvals_loop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


async def test_kills_pay_nothing_twice_and_leave_nobody_without_word(folder: Path) -> None:
    result = await approvals_loop(folder, kills=4, seed=20_261_122, customers=4)
    assert result.problems == ()
    assert result.approved > 0
    assert result.denied > 0
