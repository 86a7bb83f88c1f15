"""Measures one turn of Switchboard and of four other ways to write an agent, side by side (`--help`)."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import machine
import peers
from proc import cpu_of

HERE = Path(__file__).resolve().parent
LIMIT = 3600
"""Seconds one process may take."""
WINDOW = 5
"""Turns before and after, over which a turn's CPU is the median."""

Result = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One system: its module, its title and what it keeps."""

    module: str
    title: str
    keeps: str
    is_peer: bool = True


CANDIDATES = {
    "switchboard": Candidate(
        module="switchboard_desk",
        title="Switchboard",
        keeps="PostgreSQL: every message, request, action, result",
        is_peer=False,
    ),
    "bare": Candidate(module="bare", title="openai SDK loop", keeps="nothing (a list in memory)"),
    "openai-agents": Candidate(
        module="agents_sqlite", title="openai-agents", keeps="SQLiteSession: the messages"
    ),
    "pydantic-ai": Candidate(
        module="pydantic_history", title="pydantic-ai", keeps="SQLite row per turn: the messages"
    ),
    "langgraph": Candidate(
        module="langgraph_saver", title="langgraph", keeps="AsyncSqliteSaver: a checkpoint per step"
    ),
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is run; `points` are the turns of the long conversation that are shown."""

    rounds: int
    conversations: int
    turns: int
    points: tuple[int, ...]

    @property
    def long(self) -> int:
        """Return how many turns the long conversation has."""
        return self.points[-1] + WINDOW


FULL = Plan(rounds=3, conversations=50, turns=20, points=(10, 200, 500))
QUICK = Plan(rounds=1, conversations=50, turns=4, points=(10, 30, 60))


def main() -> int:
    """Measure what is asked for and print the table; 1 when an answer was wrong."""
    options = _options()
    plan = QUICK if options.quick else FULL
    if options.rounds:
        plan = Plan(rounds=options.rounds, conversations=50, turns=plan.turns, points=plan.points)
    names = options.only or list(CANDIDATES)
    about = machine.describe()
    if any(CANDIDATES[name].is_peer for name in names):
        peers.prepare()
    with model_server() as (url, pid):
        before = cpu_of(pid)
        side = _side_by_side(names, plan, url)
        long = {name: result for name in names if (result := _run(name, "long", 1, plan.long, url))}
        model_cpu = cpu_of(pid) - before
    print(_table(names, side, long, plan))
    print("\n".join(_notes(side, long, plan, about, model_cpu)))
    return 1 if any(each["wrong"] for each in _all(side, long)) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench/turn", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=list(CANDIDATES), metavar="SYSTEM", help="not all systems"
    )
    parser.add_argument("--quick", action="store_true", help="a few minutes less, and less exact")
    parser.add_argument("--rounds", type=int, help="how often 50 conversations are run (median is shown)")
    return parser.parse_args()


@contextmanager
def model_server() -> Iterator[tuple[str, int]]:
    """Run the instant model in a process of its own; yield its base URL and process id."""
    command = [sys.executable, str(HERE / "model.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield f"http://127.0.0.1:{int(server.stdout.readline())}/v1", server.pid
        finally:
            server.terminate()


def _side_by_side(names: Sequence[str], plan: Plan, url: str) -> dict[str, list[Result]]:
    """Run every system once per round, each round beginning with another one."""
    found: dict[str, list[Result]] = {}
    for number in range(plan.rounds):
        first = number % len(names)
        for name in [*names[first:], *names[:first]]:
            if result := _run(name, "side", plan.conversations, plan.turns, url):
                found.setdefault(name, []).append(result)
    return found


def _run(name: str, phase: str, conversations: int, turns: int, url: str) -> Result | None:
    """Run one phase of one system in a fresh process; None when it can't be run here."""
    candidate = CANDIDATES[name]
    python = str(peers.PYTHON) if candidate.is_peer else sys.executable
    _say(f"{name}: {conversations} × {turns} turns")
    sizes = ("--model", url, "--conversations", str(conversations), "--turns", str(turns))
    done = subprocess.run(
        [python, str(HERE / "worker.py"), candidate.module, phase, *sizes],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    if done.returncode:
        _say(f"{name} did not run: {done.stderr.strip().splitlines()[-1:]}")
        return None
    result: Result = json.loads(done.stdout.splitlines()[-1])
    return result


def _table(names: Sequence[str], side: dict[str, list[Result]], long: dict[str, Result], plan: Plan) -> str:
    points = " | ".join(f"CPU ms, turn {point}" for point in plan.points)
    head = f"| system | turns/s | CPU ms/turn | p50 ms | p99 ms | {points} | keeps |"
    lines = [head, "|---" + "|---:" * (4 + len(plan.points)) + "|---|"]
    for name in names:
        candidate = CANDIDATES[name]
        if name not in side or name not in long:
            blank = "| – " * (4 + len(plan.points))
            lines.append(f"| {candidate.title} {blank}| not installed, or failed: see above |")
            continue
        cells = [*_side_cells(side[name]), *(f"{_cpu_at(long[name], point):.1f}" for point in plan.points)]
        lines.append(f"| {candidate.title} | {' | '.join(cells)} | {candidate.keeps} |")
    return "\n".join(lines)


def _side_cells(results: list[Result]) -> list[str]:
    return [
        f"{median(each['turns'] / each['seconds'] for each in results):.0f}",
        f"{median(each['cpu'] / each['turns'] for each in results) * 1000:.1f}",
        f"{median(_quantile(each, 0.5) for each in results):.0f}",
        f"{median(_quantile(each, 0.99) for each in results):.0f}",
    ]


def _quantile(result: Result, share: float) -> float:
    ordered = sorted(result["latencies"])
    return float(ordered[min(len(ordered) - 1, int(len(ordered) * share))])


def _cpu_at(result: Result, turn: int) -> float:
    """Return the median CPU of the turns around one, in milliseconds."""
    return float(median(result["cpu_each"][max(0, turn - 1 - WINDOW) : turn + WINDOW]))


def _notes(
    side: dict[str, list[Result]], long: dict[str, Result], plan: Plan, about: str, model_cpu: float
) -> Iterator[str]:
    everything = _all(side, long)
    turns = sum(each["turns"] + 3 for each in everything)
    yield ""
    yield (
        f"- {plan.conversations} conversations × {plan.turns} turns at once, median of {plan.rounds}; "
        f"then one of {plan.long} turns. A turn: question, model request, tool, model request, answer."
    )
    yield f"- {about}"
    if machine.is_busy():
        yield "- The machine was not idle before or during the run: read the numbers as upper bounds of cost."
    if "switchboard" in side:
        yield from _own_notes(side["switchboard"], long["switchboard"], plan)
    yield f"- model server: {model_cpu / max(1, 2 * turns) * 1000:.2f} ms CPU per request, its own process"
    versions = {key: value for each in everything for key, value in each["versions"].items()}
    facts = everything[0]["facts"]
    listed = ", ".join(f"{name} {number}" for name, number in sorted(versions.items()))
    yield f"- Python {facts['python']}, event loop {facts['loop']} for all; {listed}"
    yield f"- answers that were not the expected one: {sum(each['wrong'] for each in everything)}"


def _own_notes(side: list[Result], long: Result, plan: Plan) -> Iterator[str]:
    facts, rates = side[0]["facts"], [each["turns"] / each["seconds"] for each in side]
    store = median(each["store_cpu"] / each["turns"] for each in side) * 1000
    yield (
        f"- Switchboard's PostgreSQL {facts['server_version']} beside it: {store:.1f} ms CPU per turn, "
        f"{long['store_cpu'] / long['turns'] * 1000:.1f} ms in the long conversation; "
        f"fsync {facts['fsync']}, synchronous_commit {facts['synchronous_commit']}"
    )
    yield (
        f"- Switchboard: {min(rates):.0f} to {max(rates):.0f} turns/s over the rounds, "
        f"p50 alone {_quantile(long, 0.5):.0f} ms, "
        f"peak memory {max(each['peak_rss'] for each in side) / 1e6:.0f} MB"
    )


def _all(side: dict[str, list[Result]], long: dict[str, Result]) -> list[Result]:
    return [*(each for results in side.values() for each in results), *long.values()]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
