"""The inbox as a process of its own over a real database: what is durable when, and who outlives whom."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from channels.mail.smtp.inbox_settings import InboxSettings
from orchestrator.store.database import Database
from switchboard.errors import StartFailed
from switchboard.inbox.config import InboxConfig
from switchboard.inbox.process import InboxProcess
from tests.support.mail_inbox import make_certificate, trusting
from tests.support.smtp_client import MAIL, connected, endpoint, greeted

SETTINGS = InboxSettings(addresses=("support@localhost",), smtp_port=0)


def config(url: str, folder: Path, settings: InboxSettings = SETTINGS) -> InboxConfig:
    return InboxConfig(
        settings=settings, database_url=url, folder=folder, drain_seconds=2.0, log_level="error"
    )


@asynccontextmanager
async def running(wanted: InboxConfig) -> AsyncIterator[tuple[InboxProcess, str]]:
    process = InboxProcess(wanted)
    address = await process.start()
    assert address.smtp is not None
    try:
        yield process, address.smtp
    finally:
        await process.stop()


async def kept(database: Database) -> list[bytes]:
    return [row["raw"] for row in await database.fetch("SELECT raw FROM mails ORDER BY received_at")]


async def test_a_mail_is_in_the_database_when_the_client_hears_250(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    async with running(config(database_url, tmp_path)) as (_, url), greeted(url) as client:
        assert await client.mail() == "250 2.0.0 Stored"
        assert await kept(database) == [MAIL]
        row = await database.fetchrow("SELECT * FROM mails")
        assert (row["sender"], row["recipients"]) == ("ada@example.com", ["support@localhost"])
        assert (row["peer"], row["helo"], row["tls"]) == ("127.0.0.1", "client.example", False)


async def test_a_large_mail_is_whole_and_read_back_from_disk(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    body = b"Subject: large\r\n\r\n" + (b"." + b"y" * 76 + b"\r\n") * 40_000
    async with running(config(database_url, tmp_path)) as (_, url), greeted(url) as client:
        assert await client.mail(body.replace(b"\r\n.", b"\r\n..")) == "250 2.0.0 Stored"
    assert [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()] == [body]
    assert await database.fetchval("SELECT size FROM mails") == len(body)


async def test_many_connections_at_once_all_get_kept(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    async def some(url: str, number: int) -> list[str]:
        async with greeted(url) as client:
            return [await client.mail(b"X: %d %d\r\n\r\n" % (number, each)) for each in range(3)]

    async with running(config(database_url, tmp_path)) as (process, url):
        replies = await asyncio.gather(*(some(url, number) for number in range(40)))
        assert {reply for each in replies for reply in each} == {"250 2.0.0 Stored"}
        async with asyncio.timeout(10):
            while process.counts.get("accepted") != 120:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    assert len(set(await kept(database))) == 120


async def test_451_while_the_database_is_away(tmp_path: Path) -> None:
    away = f"postgresql://nobody@/none?host={tmp_path}/nothing"
    async with running(config(away, tmp_path)) as (_, url), greeted(url) as client:
        assert (await client.mail()).startswith("451 4.3.0")


async def test_451_when_the_table_stays_locked_and_nothing_is_lost_after(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    settings = InboxSettings(addresses=("support@localhost",), smtp_port=0, keep_seconds=0.3)
    async with running(config(database_url, tmp_path, settings)) as (_, url), greeted(url) as client:
        async with locked(database_url):
            assert (await client.mail()).startswith("451 4.3.0")
        assert (await client.mail()).startswith("250")
    assert set(await kept(database)) == {MAIL}


async def test_killed_between_data_and_250_a_mail_is_whole_or_not_there(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    async with running(config(database_url, tmp_path)) as (process, url):
        async with locked(database_url), greeted(url) as client:
            await client.open_mail()
            await client.send(MAIL + b".\r\n")
            await until_blocked(database)
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            assert await client.is_closed()  # no 250
        async with greeted(url) as client:  # the same address, without a refusal meanwhile
            assert await client.mail(b"again\r\n") == "250 2.0.0 Stored"
        assert process.restarts == 1
        found = await kept(database)
    assert found[-1] == b"again\r\n"
    assert found[:-1] in ([], [MAIL])


async def test_connections_made_while_it_restarts_wait_and_are_served(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    async with running(config(database_url, tmp_path)) as (process, url):
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        async with connected(url) as client:
            assert (await client.reply()).startswith("220")
            assert await client.mail() == "250 2.0.0 Stored"
    assert await kept(database) == [MAIL]


async def test_drain_and_stop(database: Database, database_url: str, tmp_path: Path) -> None:
    async with running(config(database_url, tmp_path)) as (process, url), greeted(url) as client:
        await client.open_mail()
        async with greeted(url) as idle:
            await process.drain()
            assert (await idle.reply()).startswith("421 4.3.2")
        async with connected(url) as newcomer:
            assert (await newcomer.reply()).startswith("421 4.3.2")
        stopping = asyncio.create_task(process.stop())
        await client.send(MAIL + b".\r\n")
        assert await client.reply() == "250 2.0.0 Stored"
        assert (await client.reply()).startswith("421 4.3.2")
        await stopping
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*endpoint(url))
    assert await kept(database) == [MAIL]


async def test_a_drain_outlives_a_restart(database_url: str, tmp_path: Path) -> None:
    async with running(config(database_url, tmp_path)) as (process, url):
        await process.drain()
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        async with connected(url) as client:
            assert (await client.reply()).startswith("421 4.3.2")


async def test_it_ends_with_its_gateway(database_url: str, tmp_path: Path) -> None:
    gateway = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", GATEWAY, database_url, str(tmp_path)), stdout=asyncio.subprocess.PIPE
    )
    assert gateway.stdout is not None
    async with asyncio.timeout(30):
        pid, url = (await gateway.stdout.readline()).decode().split()
    async with greeted(url) as client:
        await client.open_mail()
        gateway.kill()
        await gateway.wait()
        await client.send(MAIL + b".\r\n")
        assert await client.reply() == "250 2.0.0 Stored"  # what is under way is finished
    async with asyncio.timeout(10):
        while Path(f"/proc/{pid}").exists() and is_alive(int(pid)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*endpoint(url))


GATEWAY = """
import asyncio, sys
from pathlib import Path
from tests.integration.mail.test_inbox_process import config
from switchboard.inbox.process import InboxProcess

async def main():
    process = InboxProcess(config(sys.argv[1], Path(sys.argv[2])))
    address = await process.start()
    print(process.pid, address.smtp, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_an_address_that_is_taken_is_told_at_the_start(database_url: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = InboxSettings(addresses=(), smtp_port=taken.getsockname()[1])
        with pytest.raises(
            StartFailed,
            match="another program uses that port; set SWITCHBOARD_SMTP_HOST or SWITCHBOARD_SMTP_PORT",
        ):
            await InboxProcess(config(database_url, tmp_path, settings)).start()


async def test_settings_that_can_not_work_are_told_at_the_start(database_url: str, tmp_path: Path) -> None:
    settings = InboxSettings(addresses=(), smtp_port=0, require_tls=True)
    with pytest.raises(StartFailed, match="does not start"):
        await InboxProcess(config(database_url, tmp_path, settings)).start()


async def test_tls_and_lmtp_in_the_process(database: Database, database_url: str, tmp_path: Path) -> None:
    chain, key = make_certificate(tmp_path)
    path = tmp_path / "lmtp.sock"
    settings = InboxSettings(
        addresses=("support@localhost",), smtp_port=0, certificate=chain, key=key, lmtp_path=path
    )
    async with running(config(database_url, tmp_path, settings)) as (_, url):
        async with greeted(url) as client:
            await client.all("EHLO x", "STARTTLS")
            await client.writer.start_tls(trusting(chain), server_hostname="localhost")
            assert await client.mail() == "250 2.0.0 Stored"
        async with greeted(path) as client:
            await client.open_mail(hello="LHLO x")
            await client.send(MAIL + b".\r\n")
            assert await client.reply() == "250 2.0.0 Stored"
    rows = await database.fetch("SELECT tls, protocol FROM mails ORDER BY received_at")
    assert [tuple(row) for row in rows] == [(True, "smtp"), (False, "lmtp")]
    assert not path.exists()


@asynccontextmanager
async def locked(url: str) -> AsyncIterator[None]:
    """Let nobody write to the spool for as long as the block runs."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE mails IN SHARE MODE")
            yield
    finally:
        await connection.close()


async def until_blocked(database: Database) -> None:
    async with asyncio.timeout(10):
        while not await database.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Say whether it runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_whatever_a_start_of_the_process_raises_it_is_tried_again(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, failures = asyncio.create_subprocess_exec, [RuntimeError("uvloop#506"), ValueError("unforeseen")]

    async def failing(*arguments: Any, **options: Any) -> Any:
        if failures:
            raise failures.pop()
        return await start(*arguments, **options)

    async with running(config(database_url, tmp_path)) as (process, url):
        monkeypatch.setattr("asyncio.create_subprocess_exec", failing)
        first = process.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await asyncio.wait_for(another(process, first), 30)
        assert not failures
        async with greeted(url) as client:
            assert (await client.mail()).startswith("250")


async def test_a_frozen_process_is_told_at_once_and_replaced(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("switchboard.inbox.process.SILENT", 3.0)
    async with running(config(database_url, tmp_path)) as (process, url):
        assert await process.trouble() is None
        frozen = process.pid
        assert frozen is not None
        os.kill(frozen, signal.SIGSTOP)
        assert await process.trouble() == "The mail inbox does not answer."
        await asyncio.wait_for(another(process, frozen), 30)
        async with greeted(url) as client:
            assert (await client.mail()).startswith("250")


async def another(process: InboxProcess, than: int) -> None:
    while True:
        if process.pid not in (None, than) and await process.trouble() is None:
            return
        await asyncio.sleep(0.05)
