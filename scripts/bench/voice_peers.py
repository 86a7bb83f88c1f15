"""The voice peers' own virtual environment, `.venv-bench-voice`: apart, for its pins are its own."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE.parent.parent / ".venv-bench-voice"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = HERE / "voice_requirements.txt"


def prepare() -> None:
    """Make the environment and install what is pinned; what can't be installed is left out."""
    stamp, wanted = VENV / ".ready", hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"Making {VENV.name} for the peers; this happens once.", file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(VENV)], check=True)
    (VENV / ".gitignore").write_text("*\n")
    if _install("-r", str(REQUIREMENTS)):
        stamp.write_text(wanted)
        return
    for line in _lines():
        _install(line)


def _install(*what: str) -> bool:
    pip = (sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "-q")
    return subprocess.run([*pip, *what], check=False, stdout=sys.stderr).returncode == 0


def _lines() -> list[str]:
    lines = (line.partition("#")[0].strip() for line in REQUIREMENTS.read_text().splitlines())
    return [line for line in lines if line]
