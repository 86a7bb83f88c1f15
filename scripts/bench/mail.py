"""Measures the inbox: mails accepted durably per second beside its peers, and the lag of the main loop."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import IO

import machine
import mail_postfix

from orchestrator.store.database import Database
from orchestrator.store.embedded import EmbeddedPostgres
from orchestrator.store.migrate import migrate

HERE = Path(__file__).resolve().parent
SIZES = {"10 KB": 10_240, "1 MB": 1_048_576}
BIG, BIG_MAILS = 10 * 1_048_576, 4
WARM_UP = 0.5
SHARE = 0.8
"""What durable acceptance has to reach of the peer that drops, at 10 KB in the same run."""
LAG = 20.0
"""Milliseconds that the main loop's 99th percentile has to stay under."""
OURS, BARE, POSTFIX = "Switchboard's inbox", "aiosmtpd, drops", "Postfix"

Serve = Callable[[], AbstractContextManager[int]]
Rates = dict[tuple[str, str], list[float]]


def main() -> int:
    """Measure and print the tables; 1 when a target was missed."""
    options = _options()
    logging.getLogger("pogo_core").setLevel(logging.ERROR)  # it names each migration that it applies
    about = machine.describe()
    busy = machine.is_busy()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=options.folder)))
        url = stack.enter_context(_postgres(folder))
        servers = _servers(url, folder)
        rates = _accept(servers, options)
        lags = {name: _lags(arguments, options.rounds) for name, arguments in _loops(url, folder).items()}
    _print_rates(list(servers), rates)
    _print_lags(lags)
    print(f"\n- {about}\n- {options.rounds} rounds of {options.seconds:g} s, rotated; medians.")
    if busy:
        print("- The machine was not idle before or during the run: compare rows, do not quote numbers.")
    return _verdict(rates, lags)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench/mail", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement (default 4)")
    parser.add_argument("--rounds", type=int, default=3, help="of all (default 3)")
    parser.add_argument("--folder", help="where data is written (default: the system's temporary folder)")
    return parser.parse_args()


# --- the servers ---------------------------------------------------------------------------------


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    """Run the embedded PostgreSQL as the gateway does, fsync on, and yield its URL."""
    server = EmbeddedPostgres(folder)
    with asyncio.Runner() as runner:
        url = runner.run(server.start())
        try:
            runner.run(_migrate(url))
            yield url
        finally:
            runner.run(server.stop())


async def _migrate(url: str) -> None:
    database = await Database.open(url)
    await migrate(database)
    await database.close()


def _servers(url: str, folder: Path) -> dict[str, Serve]:
    servers: dict[str, Serve] = {
        OURS: lambda: _python("mail_lag.py", "own", url, str(folder / "files")),
        BARE: lambda: _python("mail_bare.py"),
    }
    reason = mail_postfix.why_not()
    if reason is None:
        servers[POSTFIX] = mail_postfix.postfix
    else:
        print(f"Postfix is left out: {reason}.", file=sys.stderr)
    return servers


def _loops(url: str, folder: Path) -> dict[str, tuple[str, ...]]:
    return {
        "the inbox's own process": ("own", url, str(folder / "files")),
        "aiosmtpd in the same loop": ("same",),
    }


@contextmanager
def _python(script: str, *arguments: str) -> Iterator[int]:
    """Run a server of ours that prints its port; yield that."""
    with _child(script, *arguments) as (read, _):
        yield int(read.readline())


@contextmanager
def _child(script: str, *arguments: str) -> Iterator[tuple[IO[str], IO[str]]]:
    command = [sys.executable, str(HERE / script), *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout, process.stdin
    finally:
        process.kill()
        process.wait()


# --- acceptance ----------------------------------------------------------------------------------


def _accept(servers: dict[str, Serve], options: argparse.Namespace) -> Rates:
    rates: Rates = {}
    names = list(servers)
    for turn in range(options.rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            with servers[name]() as port:
                _send(port, SIZES["10 KB"], WARM_UP)
                for label, size in SIZES.items():
                    result = _send(port, size, options.seconds)
                    rates.setdefault((name, label), []).append(result["mails"] / result["seconds"])
    return rates


def _send(port: int, size: int, seconds: float) -> dict[str, float]:
    arguments = ("127.0.0.1", str(port), f"--size={size}", f"--seconds={seconds}")
    with _child("mail_client.py", *arguments) as (read, write):
        return _go(read, write)


def _go(read: IO[str], write: IO[str]) -> dict[str, float]:
    if not read.readline():
        raise SystemExit("the senders could not connect")
    write.write("\n")
    write.flush()
    report = read.readline()
    if not report:
        raise SystemExit("the senders failed; their message stands above")
    result: dict[str, float] = json.loads(report)
    return result


# --- lag -----------------------------------------------------------------------------------------


def _lags(arguments: tuple[str, ...], rounds: int) -> list[dict[str, float]]:
    return [_lag(arguments) for _ in range(rounds)]


def _lag(arguments: tuple[str, ...]) -> dict[str, float]:
    with _child("mail_lag.py", *arguments) as (read, write):
        port = read.readline().strip()
        sizes = (f"--size={BIG}", f"--connections={BIG_MAILS}", "--most=1", "--seconds=60")
        with _child("mail_client.py", "127.0.0.1", port, *sizes) as (client_read, client_write):
            _next(write, read)
            took = _go(client_read, client_write)
            return json.loads(_next(write, read)) | {"seconds": took["seconds"]}


def _next(write: IO[str], read: IO[str]) -> str:
    write.write("\n")
    write.flush()
    return read.readline()


# --- what it came to -----------------------------------------------------------------------------


def _print_rates(names: list[str], rates: Rates) -> None:
    print("| mails/s accepted, 10 connections | " + " | ".join(SIZES) + " | keeps them |")
    print("|---|" + "---:|" * len(SIZES) + "---|")
    keeps = {OURS: "PostgreSQL, fsync", BARE: "no", POSTFIX: "queue files, fsync"}
    for name in names:
        cells = [_cell(rates[name, label]) for label in SIZES]
        print(f"| {name} | " + " | ".join(cells) + f" | {keeps[name]} |")
    if POSTFIX not in names:
        print(f"| {POSTFIX} | " + " | ".join("–" for _ in SIZES) + f" | {mail_postfix.why_not()} |")


def _cell(values: list[float]) -> str:
    return f"{statistics.median(values):.0f} ({min(values):.0f}–{max(values):.0f})"


def _print_lags(lags: dict[str, list[dict[str, float]]]) -> None:
    print("\n| main loop while four mails of 10 MB arrive | p50 ms | p99 ms | worst ms | took s |")
    print("|---|---:|---:|---:|---:|")
    for name, rounds in lags.items():
        cells = [statistics.median(each[key] for each in rounds) for key in ("p50", "p99")]
        worst, took = (
            max(each["most"] for each in rounds),
            statistics.median(each["seconds"] for each in rounds),
        )
        print(f"| {name} | {cells[0]:.2f} | {cells[1]:.1f} | {worst:.1f} | {took:.2f} |")


def _verdict(rates: Rates, lags: dict[str, list[dict[str, float]]]) -> int:
    label = next(iter(SIZES))
    share = statistics.median(rates[OURS, label]) / statistics.median(rates[BARE, label])
    p99 = statistics.median(each["p99"] for each in next(iter(lags.values())))
    print(f"- Durable acceptance is {share:.2f} of bare dropping at {label} (wanted: {SHARE} or more).")
    print(f"- The main loop's p99 lag is {p99:.1f} ms (wanted: under {LAG:.0f}).")
    return 0 if share >= SHARE and p99 < LAG else 1


if __name__ == "__main__":
    sys.exit(main())
