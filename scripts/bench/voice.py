"""Measures calls over Twilio's wire: what is added to the silence waited for, and what a call costs."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import machine
import voice_peers
import voice_real
from voice_job import SILENCE_MS
from voice_processes import Server, callers, gateway, instant, model_server, peer

SETTLE = 1.0
"""Seconds between the first call's end and the reading of what the shared part costs."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One system: its module, where it is a peer, and what it does for a call."""

    title: str
    does: str
    module: str | None = None


CANDIDATES = {
    "switchboard": Candidate(
        title="Switchboard", does="the whole turn: PostgreSQL, model over HTTP, review, marks"
    ),
    "pipecat": Candidate(title="Pipecat", does="FastAPI websocket, in memory", module="pipecat_pipeline"),
    "livekit": Candidate(
        title="LiveKit Agents", does="AgentSession on an aiohttp socket, in memory", module="livekit_session"
    ),
    "floor": Candidate(title="bare socket", does="loudness only: no VAD, no turn", module="bare_socket"),
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is run.

    `idle_seconds`: over which the CPU without calls is read. `warm`: turns per call that do not count.
    `together`: all systems are started at once, and then measured one after the other.
    """

    seconds: float
    idle_seconds: float
    warm: int
    together: bool


FULL = Plan(seconds=20.0, idle_seconds=3.0, warm=1, together=False)
QUICK = Plan(seconds=10.0, idle_seconds=1.0, warm=0, together=True)


@dataclass(frozen=True, kw_only=True)
class Result:
    """One run of one system: milliseconds, cores and bytes per call."""

    latencies: list[float]
    misses: int
    dropped: int
    early: int
    core: float
    store_core: float
    idle_core: float
    memory: float
    resident: int
    client_core: float
    late_ms: float


Results = dict[tuple[str, int], Result]


def main() -> int:
    """Measure what is asked for and print the tables; 1 when Switchboard missed an answer or lost a call."""
    options = _options()
    about = machine.describe()
    if options.real:
        print(voice_real.table())
        print(f"\n- {about}")
        return 0
    names = options.only or list(CANDIDATES)
    plan = QUICK if options.quick else FULL
    sizes = options.calls or ([10] if options.quick else [1, 10, 20])
    if any(CANDIDATES[name].module for name in names):
        voice_peers.prepare()
    results = _measure_all(names, sizes, plan)
    print(_table(names, sizes, results))
    print("\n".join(_notes(results, plan, about)))
    ours = [result for (name, _), result in results.items() if name == "switchboard"]
    return 1 if any(each.misses or each.dropped for each in ours) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench/voice", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10 calls only, below 90 seconds, less exact")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=list(CANDIDATES),
        metavar="NAME",
        help=f"of {', '.join(CANDIDATES)}",
    )
    parser.add_argument("--calls", type=_numbers, metavar="N,N", help="calls side by side (default 1,10,20)")
    parser.add_argument(
        "--real", action="store_true", help="Switchboard with real components: where the time goes"
    )
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]


def _measure_all(names: Sequence[str], sizes: Sequence[int], plan: Plan) -> Results:
    """Run every system at every size in a fresh process; each size begins with another system."""
    found: Results = {}
    with model_server() as model:
        for turn, calls in enumerate(sizes):
            first = turn % len(names)
            rotated = [*names[first:], *names[:first]]
            for group in [rotated] if plan.together else [[name] for name in rotated]:
                found.update(_measure(group, calls, plan, model))
    return found


def _measure(names: Sequence[str], calls: int, plan: Plan, model: str) -> Results:
    """Start some systems, then measure them one after the other; what does not run is left out."""
    found: Results = {}
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        servers = list(pool.map(lambda name: _warmed(name, model, stack), names))
        for name, server in zip(names, servers, strict=True):
            _say(f"{name}: {calls} calls")
            try:
                if server is not None:
                    found[name, calls] = _measured(server, calls, plan)
            except ChildProcessError as error:
                _say(f"{name} did not run: {error}")
    return found


def _warmed(name: str, model: str, stack: ExitStack) -> Server | None:
    """Start a system and have one call on it, so that nothing is loaded during the measurement."""
    try:
        server = stack.enter_context(_serving(name, model))
        with callers(server, calls=1, seconds=0, warm=1) as one:
            if one.opened():
                return server
        _say(f"{name} did not run: its first call failed")
    except ChildProcessError as error:
        _say(f"{name} did not run: {error}")
    return None


@contextmanager
def _serving(name: str, model: str) -> Iterator[Server]:
    if (module := CANDIDATES[name].module) is not None:
        with peer(module) as server:
            yield server
        return
    with (
        tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder,
        gateway(Path(folder), instant(Path(folder), model)) as server,
    ):
        yield server


def _measured(server: Server, calls: int, plan: Plan) -> Result:
    """Read what is shared, then measure."""
    time.sleep(SETTLE)
    memory, cpu = server.memory(), server.cpu()
    time.sleep(plan.idle_seconds)
    idle = (server.cpu() - cpu) / plan.idle_seconds
    with callers(server, calls=calls, seconds=plan.seconds, warm=plan.warm) as some:
        if not some.opened():
            raise ChildProcessError("its calls could not be opened")
        begun, cpu, store, ours = time.perf_counter(), server.cpu(), server.store_cpu(), some.cpu()
        some.go()
        report = some.report()
        took = time.perf_counter() - begun
        if report is None:
            raise ChildProcessError("the callers failed")
        late = sorted(report["late_frames"])
        return Result(
            latencies=sorted(report["latencies"]),
            misses=report["misses"],
            dropped=report["dropped"],
            early=report["early"],
            core=((server.cpu() - cpu) / took - idle) / calls,
            store_core=(server.store_cpu() - store) / took / calls,
            idle_core=idle,
            memory=(server.memory() - memory) / calls,
            resident=server.memory(),
            client_core=(some.cpu() - ours) / took,
            late_ms=_quantile(late, 0.95),
        )


def _table(names: Sequence[str], sizes: Sequence[int], results: Results) -> str:
    lines = [
        "| calls | system | turns | added p50 ms | p95 ms | misses | core per call | MB per call | does |",
        "|---:|---|---:|---:|---:|---:|---:|---:|---|",
    ]
    for calls in sizes:
        for name in names:
            candidate = CANDIDATES[name]
            if result := results.get((name, calls)):
                lines.append(f"| {calls} | {candidate.title} | {_cells(result)} | {candidate.does} |")
            else:
                lines.append(
                    f"| {calls} | {candidate.title} {'| – ' * 6}| not installed, or failed: see above |"
                )
    return "\n".join(lines)


def _cells(result: Result) -> str:
    cells = (
        str(len(result.latencies) + result.misses),
        f"{_quantile(result.latencies, 0.5):.0f}",
        f"{_quantile(result.latencies, 0.95):.0f}",
        str(result.misses) + (f" and {result.dropped} lost calls" if result.dropped else ""),
        f"{result.core:.3f}",
        f"{result.memory / 1e6:.1f}",
    )
    return " | ".join(cells)


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def _notes(results: Results, plan: Plan, about: str) -> Iterator[str]:
    yield ""
    yield (
        f"- {plan.seconds:.0f} s each, a turn of each call about every 5 s; added: from the last sound to "
        f"the first of the answer, less the {SILENCE_MS} ms of silence that all wait for; all VADs are "
        "Silero with the same thresholds."
    )
    yield f"- {about}; the callers share it."
    if machine.is_busy():
        yield "- The machine was not idle before or during the run: read the numbers as upper bounds of cost."
    for (name, calls), each in results.items():
        store = f", PostgreSQL's part of a call {each.store_core:.3f}" if name == "switchboard" else ""
        early = f", {each.early} frames of answers into the speech" if each.early else ""
        yield (
            f"- {CANDIDATES[name].title}, {calls}: {each.resident / 1e6:.0f} MB resident, "
            f"{each.idle_core:.3f} core without calls{store}{early}; callers {each.client_core:.2f} core, "
            f"frames sent {each.late_ms:.1f} ms late (p95)"
        )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
