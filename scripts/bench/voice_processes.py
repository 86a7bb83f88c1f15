"""The processes of scripts/bench/voice: the systems, the instant model and the callers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import voice_peers
from proc import children_of, cpu_of, cpu_of_tree, postmaster, resident
from systems.switchboard_desk import CATALOG
from voice_job import SAID, SILENCE_MS

HERE = Path(__file__).resolve().parent
SECRET = "bench"


@dataclass(frozen=True, kw_only=True)
class Server:
    """A system that takes calls; `store` is the process of its database, where it has one."""

    url: str
    pid: int
    secret: str = ""
    store: int | None = None

    def cpu(self) -> float:
        """Return the seconds of CPU it has used, children and database included."""
        return (
            cpu_of(self.pid) + sum(cpu_of_tree(child) for child in children_of(self.pid)) + self.store_cpu()
        )

    def store_cpu(self) -> float:
        """Return the database's part of it."""
        return cpu_of_tree(self.store) if self.store else 0.0

    def memory(self) -> int:
        """Return the bytes resident in it and its children, without the database."""
        return sum(resident(each) for each in (self.pid, *children_of(self.pid)))


@contextmanager
def model_server() -> Iterator[str]:
    """Run the instant model; yield its base URL."""
    with _running([sys.executable, str(HERE / "voice_model.py")], {}) as process:
        yield f"http://127.0.0.1:{int(_line(process))}/v1"


@contextmanager
def peer(module: str) -> Iterator[Server]:
    """Run a peer."""
    with _running([str(voice_peers.PYTHON), str(HERE / "voice_serve.py"), module], {}) as process:
        yield Server(url=json.loads(_line(process))["http"], pid=process.pid)


@contextmanager
def gateway(folder: Path, settings: Mapping[str, str]) -> Iterator[Server]:
    """Run `switchboard serve` on fresh data."""
    told = {
        "SWITCHBOARD_HOME": str(folder / "home"),
        "SWITCHBOARD_HTTP_PORT": "0",
        "SWITCHBOARD_SMTP_PORT": "0",
        "SWITCHBOARD_REQUESTS_PER_DAY": "0",
        "SWITCHBOARD_LOG__LEVEL": "warning",
        "SWITCHBOARD_OPERATOR_TOKEN": SECRET,
        "SWITCHBOARD_VOICE__TWILIO_AUTH_TOKEN": SECRET,
        "SWITCHBOARD_VOICE__CALLS": "100",
        "SWITCHBOARD_VOICE__END_SILENCE_MS": str(SILENCE_MS),
        **settings,
    }
    with _running([sys.executable, "-P", "-m", "switchboard", "serve", "--json"], told) as process:
        ready = json.loads(_line(process))
        yield Server(url=ready["http"], pid=ready["pid"], secret=SECRET, store=postmaster(folder / "home"))


def instant(folder: Path, model: str) -> dict[str, str]:
    """Return the settings with which only the gateway itself takes time."""
    catalog = folder / "catalog.toml"
    catalog.write_text(CATALOG)
    return {
        "OXLO_API_KEY": SECRET,
        "OXLO_BASE_URL": model,
        "SWITCHBOARD_CATALOG": str(catalog),
        "SWITCHBOARD_TRANSCRIBER": f"fixed:{SAID}",
        "SWITCHBOARD_SPEAKER": "tone",
    }


class Callers:
    """The process of the callers; it talks in lines."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def opened(self) -> bool:
        """Wait until all calls are there and were answered once; False when that failed."""
        assert self._process.stdout is not None
        return bool(self._process.stdout.readline())

    def go(self) -> None:
        """Have them speak, or after the report hang up."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def report(self) -> dict[str, list[float] | int] | None:
        """Wait for what they measured."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        return json.loads(line) if line else None

    def cpu(self) -> float:
        """Return the seconds of CPU they have used."""
        return cpu_of(self._process.pid)


@contextmanager
def callers(
    server: Server, *, calls: int, seconds: float, warm: int, say: str | None = None
) -> Iterator[Callers]:
    """Run `calls` callers side by side; each has `warm` turns first that do not count."""
    sizes = ["--calls", str(calls), "--seconds", str(seconds), "--warm", str(warm)]
    told = ["--url", server.url, "--secret", server.secret, *(["--say", say] if say else [])]
    command = [sys.executable, str(HERE / "voice_client.py"), *told, *sizes]
    with _running(command, {}, stdin=subprocess.PIPE) as process:
        yield Callers(process)


@contextmanager
def _running(
    command: list[str], settings: Mapping[str, str], stdin: int | None = None
) -> Iterator[subprocess.Popen[str]]:
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("SWITCHBOARD_", "OXLO_"))
    }
    with subprocess.Popen(
        command, env={**environment, **settings}, stdin=stdin, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise ChildProcessError("a process ended before it was ready, see above")
    return line
