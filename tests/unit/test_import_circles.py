"""No module imports one that imports it, be it lazily or for its types: scripts and examples too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACES = ("channels", "guardrails", "orchestrator", "switchboard", "tools", "scripts", "examples/shop")


def modules() -> dict[str, Path]:
    found = {}
    for place in PLACES:
        for path in (ROOT / place).rglob("*.py"):
            base = ROOT / place if place.startswith("examples/") else ROOT
            parts = path.relative_to(base).with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


def imported(path: Path, known: dict[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name if name in known else node.module for name in names)


def test_nothing_imports_itself_round_a_corner() -> None:
    known = modules()
    graph = {name: set(imported(path, known)) & known.keys() - {name} for name, path in known.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" -> ".join(error.args[1])) from None
