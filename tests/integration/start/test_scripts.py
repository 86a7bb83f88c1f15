"""scripts/run in a copy of the sources that never ran: what a fresh clone meets."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from switchboard.settings import ROOT
from tests.integration.start.command import environment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

LEFT_OUT = shutil.ignore_patterns(
    ".*_cache", ".git", ".hypothesis", ".venv*", "__pycache__", "*.egg-info", "var"
)
WITHOUT_ENSUREPIP = """
import importlib.util, sys

find = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in {names!r} else find(name, package)
"""


def _copy(folder: Path) -> Path:
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    return folder


def _run(tree: Path, folder: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [tree / "scripts" / "run", *arguments],
        cwd=folder,
        env=environment(**variables) | {"PYTHONPATH": variables.get("PYTHONPATH", "")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _done(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh copy in a folder with a space in its name, set up by two starts at once."""
    folder = tmp_path_factory.mktemp("elsewhere")
    tree = _copy(folder / "a clone")
    ended = [_done(process) for process in [_run(tree, folder, "--help") for _ in range(2)]]
    assert [code for code, _, _ in ended] == [0, 0], ended
    assert all(out.startswith("usage: switchboard serve") for _, out, _ in ended)
    assert sum("Making" in err for _, _, err in ended) == 1, ended
    return tree


def test_the_second_start_installs_nothing(tree: Path, tmp_path: Path) -> None:
    code, out, err = _done(_run(tree, tmp_path, "--help"))
    assert (code, err) == (0, "")
    assert out.startswith("usage: switchboard serve")


def test_folders_where_we_are_do_not_stand_in_for_ours(tree: Path, tmp_path: Path) -> None:
    for name in ("switchboard", "tools", "channels"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('the wrong package')")
    code, out, err = _done(_run(tree, tmp_path, "--help"))
    assert (code, err) == (0, "")
    assert out.startswith("usage: switchboard serve")


def test_what_was_pinned_is_what_is_installed(tree: Path) -> None:
    pip = [str(tree / ".venv" / "bin" / "python"), "-m", "pip"]
    frozen = subprocess.run(
        [*pip, "freeze", "--exclude-editable"], capture_output=True, text=True, check=True
    ).stdout
    pinned = (ROOT / "constraints.txt").read_text().splitlines()
    assert [line for line in frozen.splitlines() if line not in pinned] == []
    assert subprocess.run([*pip, "check"], check=False, capture_output=True).returncode == 0


def test_no_tool_for_developers_comes_with_a_plain_start(tree: Path) -> None:
    packages = {path.name for path in (tree / ".venv" / "lib").glob("python3.*/site-packages/*")}
    assert {"aiohttp", "asyncpg", "uvloop"} <= packages
    assert not packages & {"pytest", "mypy", "hypothesis", "playwright"}


def _environment_only(folder: Path, *missing: str) -> subprocess.CompletedProcess[str]:
    """Make an environment, without installing our packages, on a Python that lacks some modules."""
    tree = folder / "tree"
    (tree / "scripts").mkdir(parents=True)
    shutil.copytree(ROOT / "scripts" / "lib", tree / "scripts" / "lib", ignore=LEFT_OUT)
    (folder / "sitecustomize.py").write_text(WITHOUT_ENSUREPIP.format(names=missing))
    program = "import prepare; prepare.make_environment(); print(prepare.works())"
    python = os.environ.get("PYTHON", "python3")
    return subprocess.run(
        [python, "-c", program],
        cwd=tree / "scripts" / "lib",
        env=environment(PYTHONPATH=f"{folder}{os.pathsep}{tree / 'scripts' / 'lib'}"),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize(
    ("missing", "way"), [(("ensurepip",), "--without-pip"), (("ensurepip", "venv"), "virtualenv")]
)
def test_without_python3_venv_another_way_is_found(
    tmp_path: Path, missing: tuple[str, ...], way: str
) -> None:
    done = _environment_only(tmp_path, *missing)
    assert done.stdout.splitlines()[-1] == "True", done
    assert way in (tmp_path / "tree" / ".venv" / "pyvenv.cfg").read_text()


def test_without_any_way_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    done = _environment_only(tmp_path, "ensurepip", "venv", "pip")
    assert "apt-get install python3-venv" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "tree" / ".venv").exists()


def test_no_python_new_enough_is_one_sentence(tmp_path: Path) -> None:
    tree = _copy(tmp_path / "tree")
    bare = tmp_path / "bin"
    bare.mkdir()
    for name in ("sh", "cat", "cksum", "dirname", "readlink", "env"):
        (bare / name).symlink_to(shutil.which(name) or name)
    code, out, err = _done(_run(tree, tmp_path, PATH=str(bare)))
    assert (code, out) == (1, "")
    assert (
        err
        == "Switchboard needs Python 3.11 or newer, and found none: apt-get install python3 python3-venv\n"
    )
