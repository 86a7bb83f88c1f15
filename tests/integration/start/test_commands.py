"""The command line from outside: version, help, mistakes, wrong settings."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from switchboard import __version__
from switchboard.settings import ROOT
from tests.integration.start.command import environment, switchboard

HEAVY = ("aiohttp", "asyncpg", "jsonschema", "openai", "pydantic", "numpy")


async def test_version(tmp_path: Path) -> None:
    done = await switchboard("version", folder=tmp_path)
    assert done.code == 0
    assert re.fullmatch(rf"switchboard {re.escape(__version__)} \(Python 3\.\d+\.\d+\)\n", done.out)
    assert done.err == ""


def test_version_loads_nothing_heavy() -> None:
    program = (
        "import sys; from switchboard.__main__ import main; main(['version']);"
        f"sys.exit(any(name in sys.modules for name in {HEAVY!r}))"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


@pytest.mark.timed
def test_version_is_quick(tmp_path: Path) -> None:
    def once() -> float:
        began = time.perf_counter()
        command = [sys.executable, "-m", "switchboard", "version"]
        subprocess.run(command, cwd=tmp_path, env=environment(), check=True, capture_output=True)
        return time.perf_counter() - began

    assert min(once() for _ in range(5)) < 0.15


@pytest.mark.parametrize("arguments", [("srve",), (), ("serve", "--nope"), ("chat", "--wait", "soon")])
async def test_what_makes_no_sense_is_told_with_the_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = await switchboard(*arguments, folder=tmp_path)
    assert done.code == 2
    assert done.err.startswith("usage: switchboard")
    assert "Traceback" not in done.err


@pytest.mark.parametrize("command", ["serve", "doctor", "chat"])
async def test_wrong_settings_stop_every_command(tmp_path: Path, command: str) -> None:
    done = await switchboard(command, folder=tmp_path, variables={"SWITCHBOARD_HTTP_PORT": "http"})
    assert done.code == 2
    assert done.out == ""
    assert re.fullmatch(r"SWITCHBOARD_HTTP_PORT is wrong: [^\n]*\.\n", done.err)
    assert list(tmp_path.iterdir()) == []


async def test_a_home_that_can_not_be_used_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    done = await switchboard("serve", "--json", folder=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "SWITCHBOARD_HOME is wrong" in done.err.splitlines()[-1]


def test_a_reader_that_leaves_is_no_failure_worth_a_traceback(tmp_path: Path) -> None:
    command = f"'{sys.executable}' -m switchboard doctor --json | true"
    variables = environment(SWITCHBOARD_DATABASE_URL="postgresql://127.0.0.1:1/none")
    done = subprocess.run(
        command, shell=True, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
