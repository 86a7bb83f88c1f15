"""Make `.venv` beside the sources and install the pinned packages into it; standard library only.

Called by environment.sh as `prepare.py KIND FINGERPRINT`. Two callers at once take turns, and the
second finds the work done. Where `ensurepip` is missing (Debian without python3-venv) pip is brought
into the environment by the system's pip, or the environment is made by virtualenv.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
EXTRAS = {"run": "[speed,voice]", "dev": "[speed,voice,dev]"}


class Failed(Exception):
    """Ends the preparation with one sentence for whoever ran the script."""


def main(kind: str, fingerprint: str) -> int:
    """Prepare the environment for `kind` and stamp it; return the exit code."""
    try:
        with alone():
            stamp = VENV / f".switchboard-{kind}"
            if not (stamp.exists() and stamp.read_text().strip() == fingerprint and works()):
                if not works():
                    make_environment()
                install(EXTRAS[kind])
                stamp.write_text(fingerprint + "\n")
    except Failed as error:
        print(error)
        return 1
    except PermissionError as error:
        print(f"{error.filename} can't be written by this user: run as its owner, or remove {VENV}.")
        return 1
    return 0


@contextmanager
def alone() -> Iterator[None]:
    """Hold the lock beside the sources; whoever comes second waits for the first."""
    with (ROOT / ".venv.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another process is setting up .venv; waiting for it.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def works() -> bool:
    """Tell whether the environment has a Python that runs, new enough, and pip."""
    check = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([PYTHON, "-c", check], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def make_environment() -> None:
    """Make `.venv` by the first way that this machine offers."""
    print(f"Making {VENV} with Python {sys.version.split()[0]}.", flush=True)
    for way in (by_venv, by_venv_and_system_pip, by_virtualenv):
        shutil.rmtree(VENV, ignore_errors=True)
        if way() and works():
            return
    shutil.rmtree(VENV, ignore_errors=True)
    raise Failed("This Python can make no virtual environment: apt-get install python3-venv")


def by_venv() -> bool:
    """The plain way; Debian has `ensurepip` only with python3-venv."""
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        return False
    return succeeds(sys.executable, "-m", "venv", str(VENV))


def by_venv_and_system_pip() -> bool:
    """An environment without pip, into which the system's pip (22.3 or newer) installs one."""
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("pip")):
        return False
    return succeeds(sys.executable, "-m", "venv", "--without-pip", str(VENV)) and succeeds(
        sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "-qq", "pip"
    )


def by_virtualenv() -> bool:
    """virtualenv, brought into a folder of its own by the system's pip, so that the system stays as it is."""
    if not importlib.util.find_spec("pip"):
        return False
    with tempfile.TemporaryDirectory() as folder:
        fetched = succeeds(sys.executable, "-m", "pip", "install", "-qq", "--target", folder, "virtualenv")
        return fetched and succeeds(
            sys.executable, "-m", "virtualenv", "--quiet", str(VENV), PYTHONPATH=folder
        )


def install(extras: str) -> None:
    """Install the packages that constraints.txt pins, and a link to these sources."""
    print("Installing the pinned packages; this happens once.", flush=True)
    pip = (str(PYTHON), "-m", "pip", "install", "-qq", "--constraint", "constraints.txt")
    if not succeeds(*pip, "--editable", f".{extras}"):
        raise Failed("The packages could not be installed; pip says why above.")


def succeeds(*command: str, **environment: str) -> bool:
    """Run a command in the sources' folder, its output on ours."""
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False, env=os.environ | environment
    )
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
