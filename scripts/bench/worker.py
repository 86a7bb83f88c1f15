"""One process that measures one system: `worker.py SYSTEM PHASE --model URL …`; prints one JSON object."""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import loops
from job import Measured, one_after_another, side_by_side

PACKAGES = ("openai", "openai-agents", "pydantic-ai-slim", "langgraph", "langgraph-checkpoint-sqlite")
WARM_UP = 3
"""Turns on the last conversation before the clocks start, so that first imports and pools do not count."""


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Open the system on fresh data, warm it up, run the phase."""
    module = importlib.import_module(f"systems.{options.system}")
    spare = 1
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        system = await module.open_system(options.model, folder, options.conversations + spare)
        try:
            for turn in range(WARM_UP):
                await system.turn(options.conversations, f"Where is order #{system.orders[-1]}? ({turn})")
            store_cpu = getattr(system, "store_cpu", lambda: 0.0)
            before = store_cpu()
            measured = await _phase(system, options)
            store = store_cpu() - before
            facts = await system.facts() if hasattr(system, "facts") else {}
        finally:
            await system.close()
    return {
        **measured.as_json(),
        "store_cpu": store,
        "peak_rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "versions": _versions(),
        "facts": {"python": sys.version.split()[0], "loop": loops.NAME, **facts},
    }


async def _phase(system: Any, options: argparse.Namespace) -> Measured:
    if options.phase == "long":
        return await one_after_another(system, turns=options.turns)
    return await side_by_side(system, conversations=options.conversations, turns=options.turns)


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("system")
    parser.add_argument("phase", choices=("side", "long"))
    parser.add_argument("--model", required=True)
    parser.add_argument("--conversations", type=int, required=True)
    parser.add_argument("--turns", type=int, required=True)
    print(json.dumps(loops.run(measure(parser.parse_args()))))


if __name__ == "__main__":
    main()
