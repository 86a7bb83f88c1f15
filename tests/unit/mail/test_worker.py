"""The parser's process: one that dies or hangs takes no other mail along."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.mail.parse_worker import ParseWorker, Unreadable

MAIL = b"From: a@example.com\r\nSubject: x\r\n\r\nHello\r\n"


@pytest.fixture
async def worker() -> AsyncIterator[ParseWorker]:
    made = ParseWorker(limit=30.0)
    yield made
    made.stop()


async def test_mails_are_read_side_by_side(worker: ParseWorker) -> None:
    read = await asyncio.gather(*(worker.read(MAIL, Path("unused")) for _ in range(4)))
    assert {reply.reply.strip() for _, reply in read} == {"Hello"}


async def test_a_missing_file_fails_alone(worker: ParseWorker, tmp_path: Path) -> None:
    bad, good = await asyncio.gather(
        worker.read(None, tmp_path / "gone"), worker.read(MAIL, Path("unused")), return_exceptions=True
    )
    assert isinstance(bad, Unreadable)
    assert not isinstance(good, BaseException)


async def test_a_worker_that_dies_is_replaced(worker: ParseWorker) -> None:
    await worker.read(MAIL, Path("unused"))
    assert worker._pool is not None
    for process in list((worker._pool._processes or {}).values()):
        process.kill()
    with pytest.raises(Unreadable):
        await worker.read(MAIL, Path("unused"))
    mail, _ = await worker.read(MAIL, Path("unused"))
    assert mail.subject == "x"
