"""The embedded PostgreSQL is this installation's alone, wherever its folder lies."""

from __future__ import annotations

import asyncio
import errno
import os
import pwd
import shutil
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from orchestrator.store.embedded import EmbeddedPostgres
from orchestrator.store.postgres_privacy import password, socket_folder
from orchestrator.store.postgres_program import EmbeddedFailed, Program, ServerUser
from orchestrator.store.postmaster import SOCKET, Postmaster

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose server was made and stopped: copied, it spares each test the making."""
    home = tmp_path_factory.mktemp("embedded") / "var"
    asyncio.run(_made(EmbeddedPostgres(home)))
    return home


async def _made(server: EmbeddedPostgres) -> None:
    await server.start()
    await server.stop()


@pytest.fixture
def closed(prepared: Path) -> Iterator[Path]:
    """A folder that is closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="switchboard-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def home(prepared: Path, closed: Path) -> Path:
    """A home below it."""
    return shutil.copytree(prepared, closed / "var")


@pytest.fixture(params=["v", "a folder's name " + "x" * 90, 'it\'s "odd", $HOME: `x`\n'])
async def server(
    request: pytest.FixtureRequest, prepared: Path, closed: Path
) -> AsyncIterator[EmbeddedPostgres]:
    """A running server below it, by a plain path, by one too long for a socket, and by an odd one."""
    server = EmbeddedPostgres(shutil.copytree(prepared, closed / request.param))
    await server.start()
    yield server
    await server.stop()


def home_of(server: EmbeddedPostgres) -> Path:
    return server._home


def socket_of(server: EmbeddedPostgres) -> Path:
    folder = Postmaster(home_of(server) / "postgres").folder
    assert folder is not None
    return folder / SOCKET


async def test_nobody_else_comes_in_and_no_foreign_mode_changes(server: EmbeddedPostgres) -> None:
    home = home_of(server)
    assert await answer(server.url) == 1

    for wrong in ("postgresql://postgres@", "postgresql://postgres:wrong@"):
        with pytest.raises((asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)):
            await answer(server.url.replace(f"postgresql://postgres:{password(home / 'secrets')}@", wrong))

    assert home.parent.stat().st_mode & 0o777 == 0o700
    for private in (home / "locks", home / "secrets", home / "postgres", socket_of(server).parent):
        assert private.stat().st_mode & 0o777 == 0o700
    for file in (*(home / "locks").iterdir(), *(home / "secrets").iterdir()):
        assert file.stat().st_mode & 0o777 == 0o600
    assert "trust" not in (home / "postgres" / "pg_hba.conf").read_text()


@ROOT_ONLY
async def test_another_local_user_is_refused_at_the_socket(server: EmbeddedPostgres) -> None:
    path = socket_of(server)
    assert connect(path) == 0
    assert as_nobody(lambda: connect(path)) == errno.EACCES


@ROOT_ONLY
async def test_the_server_has_none_of_roots_groups(server: EmbeddedPostgres) -> None:
    pid = (home_of(server) / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]
    about = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line
    )
    user = pwd.getpwnam("pgserver")
    assert about["Uid"].split() == [str(user.pw_uid)] * 4
    assert about["Gid"].split() == [str(user.pw_gid)] * 4
    assert about["Groups"].split() == []


async def test_a_folder_that_trusted_everybody_is_closed_at_the_next_start(home: Path) -> None:
    server = EmbeddedPostgres(home)
    await server.start()
    connection = await asyncpg.connect(server.url)
    await connection.execute("CREATE TABLE kept AS SELECT 7 AS seven")
    await connection.close()
    await server.stop()
    (home / "postgres" / "pg_hba.conf").write_text("local all all trust\n")
    (home / "secrets" / "postgres_password").unlink()
    (home / "postgres.lock").write_text("")
    Program(home.resolve() / "postgres").run(
        "pg_ctl", "start", "-w", "-l", "{data}/log", "-o", "-h '' -k ."
    )  # as a killed process of an earlier version leaves it

    url = await server.start()
    try:
        assert await answer(url, "SELECT seven FROM kept") == 7
        with pytest.raises((asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)):
            await answer(url.replace(password(home / "secrets"), ""))
        assert not (home / "postgres.lock").exists()
    finally:
        await server.stop()


async def test_a_server_whose_socket_was_tidied_away_is_started_anew(home: Path) -> None:
    server = EmbeddedPostgres(home)
    await server.start()
    guard = asyncio.create_task(server.guard(pause=0.02))
    try:
        socket_of(server).unlink()
        async with asyncio.timeout(60):
            while True:
                try:
                    assert await answer(server.url) == 1
                    break
                except (OSError, asyncpg.PostgresError):
                    await asyncio.sleep(0.05)
    finally:
        guard.cancel()
        await asyncio.gather(guard, return_exceptions=True)
        await server.stop()


async def says(server: EmbeddedPostgres, trouble: str | None) -> None:
    """Wait until it is seen: a signal takes effect when the process is next run."""
    async with asyncio.timeout(10):
        while server.trouble() != trouble:  # noqa: ASYNC110 - the state of a process has no event
            await asyncio.sleep(0.01)


async def test_a_frozen_server_is_named(home: Path) -> None:
    server = EmbeddedPostgres(home)
    await server.start()
    pid = int((home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
    try:
        assert server.trouble() is None
        os.kill(pid, signal.SIGSTOP)
        await says(server, "PostgreSQL is frozen (SIGSTOP).")
        os.kill(pid, signal.SIGCONT)
        await says(server, None)
    finally:
        os.kill(pid, signal.SIGCONT)
        await server.stop()


def test_a_trap_in_the_place_of_the_sockets_folder_is_not_taken(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = ServerUser(uid=os.geteuid(), gid=os.getegid(), other=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(closed))
    data = Path("/" + "x" * 120)
    own = socket_folder(data, user)
    assert own.parent == closed
    assert own.stat().st_mode & 0o777 == 0o700
    assert socket_folder(data, user) == own

    own.chmod(0o777)
    elsewhere = socket_folder(data, user)
    assert elsewhere != own
    assert elsewhere.stat().st_mode & 0o777 == 0o700
    elsewhere.rmdir()


async def test_a_server_that_does_not_start_says_postgres_own_reason(home: Path) -> None:
    server = EmbeddedPostgres(home)
    await server.start()
    await server.stop()
    (home / "postgres" / "global" / "pg_control").unlink()
    with pytest.raises(EmbeddedFailed, match="pg_control"):
        await server.start()


def connect(path: Path) -> int:
    with socket.socket(socket.AF_UNIX) as line:
        return line.connect_ex(str(path))


def as_nobody(work: Callable[[], int]) -> int:
    """Return what `work`, a number below 256, gives to another local user."""
    nobody = pwd.getpwnam("nobody")
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            os._exit(work())
        finally:
            os._exit(255)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


async def answer(url: str, sql: str = "SELECT 1") -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()
