"""Do our packages come from this tree? `tools` and `channels` are names that others use too."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from switchboard.settings import ROOT

PACKAGES = ("switchboard", "channels", "orchestrator", "guardrails", "tools")


def foreign_packages() -> list[str]:
    """Return one sentence for each of our packages that Python would take from elsewhere."""
    problems = []
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        found = Path(spec.origin).resolve() if spec and spec.origin else None
        if found != (ROOT / name / "__init__.py").resolve():
            problems.append(
                f"The package `{name}` comes from {found}, not from {ROOT}: remove the other one."
            )
    return problems
