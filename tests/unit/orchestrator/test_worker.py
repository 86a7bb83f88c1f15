"""Background work survives every exception and says what failed; a worker ends in order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from orchestrator.errors import StoreAway
from orchestrator.worker import Backoff, Supervised, Worker


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

    part = Supervised("part", work, restart=Backoff(first=0.001, longest=1.0))
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

    part = Supervised("part", work, restart=Backoff(first=0.1, longest=1.0))
    assert [part._pause(0.0) for _ in range(6)] == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    assert part._pause(31.0) == 0.1


async def test_work_that_ends_by_itself_has_ended() -> None:
    async def work() -> None:
        return

    assert Supervised("part", work).trouble == "part was not started."
    part = Supervised("part", work)
    part.start()
    await part.ended(5)
    assert part.trouble is None
    assert part.failures == 0


async def test_rounds_follow_word_at_once_and_an_absent_store_is_no_failure() -> None:
    rounds: list[int] = []
    again = asyncio.Event()

    async def work() -> None:
        rounds.append(1)
        again.set()
        if len(rounds) == 1:
            raise StoreAway("away")

    part = Supervised("part", work, every=3600.0)
    part.start()
    await asyncio.wait_for(again.wait(), 5)
    again.clear()
    part.wake()
    await asyncio.wait_for(again.wait(), 5)
    await part.ended(5)
    assert (len(rounds), part.failures, part.trouble) == (2, 0, None)


class Shelf(Worker[int]):
    """Numbers wait on it; each is held until `let_go`, and what is cut says so."""

    def __init__(self, *numbers: int, width: int = 2) -> None:
        super().__init__("shelf", width=width, tick=3600.0, grace=0.01, last_words=5.0)
        self.waiting = list(numbers)
        self.most = 0
        self.done: list[int] = []
        self.cut: list[int] = []
        self.let_go = asyncio.Event()
        self.began = asyncio.Event()

    async def claim(self, free: int) -> Sequence[int]:
        taken, self.waiting = self.waiting[:free], self.waiting[free:]
        return taken

    async def run(self, item: int) -> None:
        self.most = max(self.most, len(self.running))
        self.began.set()
        try:
            await self.let_go.wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            self.cut.append(item)
            raise
        if item == 2:
            raise RuntimeError("broken")
        self.done.append(item)


async def test_a_free_place_is_filled_at_once_and_what_fails_stops_nothing() -> None:
    shelf = Shelf(1, 2, 3, 4, 5)
    shelf.start()
    await asyncio.wait_for(shelf.began.wait(), 5)
    shelf.let_go.set()
    async with asyncio.timeout(5):
        while len(shelf.done) < 4:  # noqa: ASYNC110 - what a worker has done has no event
            await asyncio.sleep(0)
    assert (sorted(shelf.done), shelf.most, await shelf.stop()) == ([1, 3, 4, 5], 2, [])


async def test_what_a_stop_cuts_has_its_last_words_and_the_rest_stays_for_others() -> None:
    shelf = Shelf(1, 2, 3)
    shelf.start()
    await asyncio.wait_for(shelf.began.wait(), 5)
    assert sorted(await shelf.stop()) == [1, 2]
    assert (sorted(shelf.cut), shelf.waiting, shelf.done) == ([1, 2], [3], [])
