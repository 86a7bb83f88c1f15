"""Figures that the code alone gives: lines, names that occur twice, splinters, words of one business."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ENGINE = ("switchboard", "channels", "orchestrator", "guardrails", "tools")
SOURCES = {".py", ".js", ".css", ".sql", ".html"}
NAMELESS = {"__init__.py", "__main__.py"}
SHORT = 60
BUSINESS = re.compile(
    r"\borders?_?(id|number|status)\b|\b(refund|cancel)_order\b|\b(lamps?|refund\w*|lindenhof)\b|bestell(ung|nummer)"
    r"|erstatt",
    re.IGNORECASE,
)
"""What only a shop knows; SQL's ORDER BY and a list's order are everybody's."""


def code_figures() -> dict[str, int]:
    """Return each figure by its name."""
    files = _engine_files()
    python = [path for path in files if path.suffix == ".py"]
    text = {path: path.read_text(encoding="utf-8") for path in files}
    trees = {path: ast.parse(text[path]) for path in python}
    classes = Counter(
        node.name for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    )
    names = Counter(path.name for path in python if path.name not in NAMELESS)
    return {
        "files of the engine": len(python),
        "source lines of the engine": sum(each.count("\n") for each in text.values()),
        "longest file": max(each.count("\n") for path, each in text.items() if path in trees),
        f"files under {SHORT} lines": sum(
            text[path].count("\n") < SHORT for path in python if path.name not in NAMELESS
        ),
        "files used by exactly one other": _used_once(trees),
        "class names that occur twice or more": _repeated(classes),
        "file names that occur twice or more": _repeated(names),
        "files another business must edit": sum(bool(BUSINESS.search(each)) for each in text.values()),
    }


def _engine_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *ENGINE],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\n")  # fmt: skip
    paths = (ROOT / line for line in listed if line)
    return [path for path in paths if path.suffix in SOURCES and path.is_file()]


def _used_once(trees: dict[Path, ast.Module]) -> int:
    """Return how many modules are imported by exactly one other."""
    modules = {_module(path): path for path in trees}
    users: Counter[str] = Counter()
    for path, tree in trees.items():
        users.update({name for name in _imported(tree) if name in modules and modules[name] != path})
    return sum(count == 1 for count in users.values())


def _imported(tree: ast.Module) -> Iterable[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _repeated(names: Counter[str]) -> int:
    return sum(count > 1 for count in names.values())
