"""Background work survives every exception, and says what failed."""

from __future__ import annotations

import asyncio

import pytest

from orchestrator.worker import Supervised


@pytest.mark.parametrize(
    "error",
    [RuntimeError("uvloop"), OSError(24, "Too many open files"), ExceptionGroup("g", [ValueError()]),
     asyncio.CancelledError(), AssertionError()],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
async def test_whatever_it_raises_it_is_started_again(error: BaseException) -> None:
    began, goes_on = [], asyncio.Event()

    async def work() -> None:
        began.append(1)
        if len(began) < 3:
            raise error
        goes_on.set()
        await asyncio.Event().wait()

    part = Supervised("part", work, first_pause=0.001)
    part.start()
    await asyncio.wait_for(goes_on.wait(), 5)
    assert part.failures == 2
    assert part.trouble == f"part failed ({type(error).__name__})."  # until it has worked for a while
    await part.stop()
    assert len(began) == 3


def test_pauses_grow_up_to_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, _high: 1.0)

    async def work() -> None:
        return

    part = Supervised("part", work, first_pause=0.1, longest_pause=1.0)
    assert [part._next_pause(0.0) for _ in range(6)] == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    assert part._next_pause(31.0) == 0.1


async def test_work_that_ends_by_itself_has_ended() -> None:
    async def work() -> None:
        return

    assert Supervised("part", work).trouble == "part was not started."
    part = Supervised("part", work)
    part.start()
    await part.ended(5)
    assert part.trouble is None
    assert part.failures == 0
