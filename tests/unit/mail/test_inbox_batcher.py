"""Group commit: who shares a batch, and who suffers from whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from orchestrator.errors import StoreAway
from orchestrator.mail.mail_types import Envelope
from switchboard.inbox.batcher import Batcher
from switchboard.inbox.config import Batching


def envelope(raw: bytes) -> Envelope:
    return Envelope(
        sender="", recipients=(), peer="", helo="", tls=False, protocol="smtp", smtputf8=False,
        received_at=datetime.now(UTC), raw=raw, authenticated_as=None,
    )  # fmt: skip


class Store:
    """Keeps batches; refuses `poison`, and everything while it is away or shut."""

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []
        self.away = False
        self.asked = 0
        self.open = asyncio.Event()
        self.open.set()

    async def keep(self, envelopes: Sequence[Envelope]) -> None:
        self.asked += 1
        await self.open.wait()
        if self.away:
            raise StoreAway("away")
        raws = [each.raw for each in envelopes]
        if b"poison" in raws:
            raise ValueError("poison")
        self.batches.append(raws)


@asynccontextmanager
async def running(store: Store, batching: Batching) -> AsyncIterator[Batcher]:
    batcher = Batcher(store.keep, batching)
    task = asyncio.create_task(batcher.run())
    yield batcher
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def kept(batcher: Batcher, *raws: bytes) -> list[BaseException | None]:
    async with asyncio.timeout(5):
        return await asyncio.gather(*(batcher.keep(envelope(raw)) for raw in raws), return_exceptions=True)


async def until_asked(store: Store, times: int) -> None:
    async with asyncio.timeout(5):
        while store.asked < times:  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def test_mails_of_one_moment_share_a_commit() -> None:
    store = Store()
    async with running(store, Batching(linger=0.05)) as batcher:
        assert await kept(batcher, b"1", b"2", b"3") == [None] * 3
    assert store.batches == [[b"1", b"2", b"3"]]


async def test_those_that_come_during_a_commit_share_the_next_one() -> None:
    store = Store()
    store.open.clear()
    async with running(store, Batching(linger=60)) as batcher:
        first = asyncio.create_task(kept(batcher, b"1"))
        await until_asked(store, 1)
        others = asyncio.create_task(kept(batcher, b"2", b"3"))
        await asyncio.sleep(0.02)
        assert store.asked == 1
        store.open.set()
        assert await first + await others == [None] * 3
    assert store.batches == [[b"1"], [b"2", b"3"]]


@pytest.mark.parametrize("batching", [Batching(linger=60, most=2), Batching(linger=0.01)])
async def test_a_full_batch_does_not_wait_for_a_slow_one_and_others_not_long(batching: Batching) -> None:
    store = Store()
    store.open.clear()
    async with running(store, batching) as batcher:
        first = asyncio.create_task(kept(batcher, b"1"))
        await until_asked(store, 1)
        others = asyncio.create_task(kept(batcher, b"2", b"3"))
        await until_asked(store, 2)
        store.open.set()
        assert await first + await others == [None] * 3
    assert sorted(store.batches) == [[b"1"], [b"2", b"3"]]


async def test_batches_are_bounded_by_bytes_and_a_larger_mail_goes_alone() -> None:
    store = Store()
    async with running(store, Batching(linger=0.01, most_bytes=10, flights=1)) as batcher:
        assert await kept(batcher, b"x" * 50, b"y" * 6, b"z" * 4, b"last") == [None] * 4
    assert store.batches == [[b"x" * 50], [b"y" * 6, b"z" * 4], [b"last"]]


async def test_a_poisoned_mail_fails_alone() -> None:
    store = Store()
    async with running(store, Batching(linger=0.01, flights=1)) as batcher:
        outcomes = await kept(batcher, b"1", b"poison", b"2")
    assert [type(each) for each in outcomes] == [type(None), ValueError, type(None)]
    assert store.batches == [[b"1"], [b"2"]]


async def test_a_store_that_is_away_is_told_to_all_and_tried_again_next_time() -> None:
    store = Store()
    store.away = True
    async with running(store, Batching(linger=0.01)) as batcher:
        assert [type(each) for each in await kept(batcher, b"1", b"2")] == [StoreAway] * 2
        store.away = False
        assert await kept(batcher, b"3") == [None]
    assert store.batches == [[b"3"]]


async def test_a_mail_whose_client_has_gone_is_not_kept() -> None:
    store = Store()
    store.open.clear()
    async with running(store, Batching(linger=0, flights=1)) as batcher:
        first = asyncio.create_task(batcher.keep(envelope(b"1")))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        gone = asyncio.create_task(batcher.keep(envelope(b"gone")))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        store.open.set()
        await first
        assert await kept(batcher, b"2") == [None]
    assert store.batches == [[b"1"], [b"2"]]


async def test_the_end_is_told_to_all_who_wait() -> None:
    store = Store()
    store.open.clear()
    async with running(store, Batching(linger=0, flights=1, most=1)) as batcher:
        waiting = [asyncio.create_task(batcher.keep(envelope(raw))) for raw in (b"1", b"2")]
        for _ in range(5):
            await asyncio.sleep(0)
    for task in waiting:
        with pytest.raises(StoreAway):
            await task
    assert store.batches == []
