"""Measures the chat sockets of one real gateway process: memory of idle ones, then load on some."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import machine
from proc import cpu_of, cpu_of_tree, postmaster, resident
from systems.switchboard_desk import CATALOG
from turn import model_server

HERE = Path(__file__).resolve().parent
WARM_UP = 50
SETTLE = 3.0
"""Seconds before memory is read, so that what was only needed to open the sockets is gone."""


def main() -> int:
    """Measure and print the table; 1 when a message was lost or came twice, or a target was missed."""
    options = _options()
    about = machine.describe()
    with (
        tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder,
        model_server() as (model, _),
        gateway(Path(folder), model) as (url, pid),
    ):
        _clients(url, WARM_UP, WARM_UP, 2)
        time.sleep(SETTLE)
        result = _measure(options, url, pid, postmaster(Path(folder) / "home"))
    print(_table(options, result))
    print(f"\n- {about}")
    if machine.is_busy():
        print(
            "- The machine was not idle before or during the run: read the numbers as upper bounds of cost."
        )
    good = not (result["lost"] or result["duplicated"] or result["disordered"] or result["errors"])
    return 0 if good and result["alive"] == options.idle - options.active else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench/sockets", description=__doc__)
    parser.add_argument("--idle", type=int, default=2000, help="open sockets (default 2000)")
    parser.add_argument("--active", type=int, default=200, help="of them, those that write (default 200)")
    parser.add_argument("--messages", type=int, default=5, help="messages each of them writes (default 5)")
    return parser.parse_args()


@contextmanager
def gateway(folder: Path, model: str) -> Iterator[tuple[str, int]]:
    """Run `switchboard serve` on fresh data; yield its address and process id."""
    catalog = folder / "catalog.toml"
    catalog.write_text(CATALOG)
    environment = os.environ | {
        "OXLO_API_KEY": "bench",
        "OXLO_BASE_URL": model,
        "SWITCHBOARD_HOME": str(folder / "home"),
        "SWITCHBOARD_HTTP_PORT": "0",
        "SWITCHBOARD_SMTP_PORT": "0",
        "SWITCHBOARD_REQUESTS_PER_DAY": "0",
        "SWITCHBOARD_CATALOG": str(catalog),
        "SWITCHBOARD_LOG__LEVEL": "warning",
        "SWITCHBOARD_OPERATOR_TOKEN": "bench",
    }
    command = [sys.executable, "-P", "-m", "switchboard", "serve", "--json"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            yield ready["http"], ready["pid"]
        finally:
            process.terminate()


def _measure(options: argparse.Namespace, url: str, pid: int, store: int) -> dict[str, Any]:
    before = resident(pid)
    with _opened(url, options.idle, options.active, options.messages) as clients:
        time.sleep(SETTLE)
        idle = resident(pid)
        cpu, store_cpu = cpu_of(pid), cpu_of_tree(store)
        time.sleep(SETTLE)
        idle_cpu = (cpu_of(pid) - cpu) / SETTLE
        result = _report(clients)
        return {
            **result,
            "memory": (idle - before) / options.idle,
            "resident": idle,
            "idle_cpu": idle_cpu,
            "cpu": cpu_of(pid) - cpu,
            "store_cpu": cpu_of_tree(store) - store_cpu,
        }


def _clients(url: str, sockets: int, active: int, messages: int) -> dict[str, Any]:
    with _opened(url, sockets, active, messages) as clients:
        return _report(clients)


@contextmanager
def _opened(url: str, sockets: int, active: int, messages: int) -> Iterator[subprocess.Popen[str]]:
    """Run the clients until they are done; yield when all their sockets are open."""
    sizes = ("--sockets", str(sockets), "--active", str(active), "--messages", str(messages))
    command = [sys.executable, str(HERE / "sockets_client.py"), "--url", url, *sizes]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as clients:
        assert clients.stdout is not None
        if not clients.stdout.readline():
            raise SystemExit("the clients could not open their sockets, see above")
        yield clients


def _report(clients: subprocess.Popen[str]) -> dict[str, Any]:
    assert clients.stdin is not None
    assert clients.stdout is not None
    clients.stdin.write("go\n")
    clients.stdin.flush()
    line = clients.stdout.readline()
    if not line:
        raise SystemExit("the clients failed, see above")
    report: dict[str, Any] = json.loads(line)
    return report


def _table(options: argparse.Namespace, result: dict[str, Any]) -> str:
    ordered, sent = sorted(result["latencies"]), result["sent"]
    rows = {
        f"memory per idle socket ({options.idle:,} open)": f"{result['memory'] / 1000:.1f} KB",
        "the gateway's resident memory with them": f"{result['resident'] / 1e6:.0f} MB",
        "CPU of the gateway while all are idle": f"{result['idle_cpu'] * 100:.1f} %",
        f"messages sent on {options.active} of them": f"{sent:,} in {result['seconds']:.1f} s",
        "lost / duplicated / out of order / errors": (
            f"{result['lost']} / {result['duplicated']} / {result['disordered']} / {result['errors']}"
        ),
        "idle sockets still open": f"{result['alive']:,} of {options.idle - options.active:,}",
        "reply after, p50 / p99": (
            f"{ordered[len(ordered) // 2]:.0f} / {ordered[int(len(ordered) * 0.99)]:.0f} ms"
        ),
        "CPU per message, gateway / PostgreSQL": (
            f"{result['cpu'] / sent * 1000:.1f} / {result['store_cpu'] / sent * 1000:.1f} ms"
        ),
    }
    return "\n".join(
        ["| sockets | |", "|---|---:|", *(f"| {name} | {value} |" for name, value in rows.items())]
    )


if __name__ == "__main__":
    sys.exit(main())
