"""The documents name only what is there, and nothing outside the repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from switchboard.settings import ROOT

DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
HOUSE = ("switchboard/", "channels/", "orchestrator/", "guardrails/", "tools/", "tests/", "scripts/", "docs/")
META = {"switchboard/idempotencyKey", "switchboard/customer"}
"""Keys of a call's `_meta`, which look like paths."""
OUTSIDE = re.compile(r"\bCONTRACTS\b|\bDESIGN\.md\b|\bANCHORS\b|\.\./shared")


@pytest.mark.parametrize("document", DOCS, ids=lambda path: path.name)
def test_paths_and_links_lead_somewhere(document: Path) -> None:
    text = document.read_text()
    named = [
        each for each in re.findall(r"`([\w./-]+)`", text) if each.startswith(HOUSE) and each not in META
    ]
    linked = [each for each in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text) if "://" not in each]
    wrong = [each for each in named if not (ROOT / each).exists()]
    wrong += [each for each in linked if not (document.parent / each).exists()]
    assert wrong == []


def test_every_decision_is_listed() -> None:
    listed = (ROOT / "docs" / "adr" / "README.md").read_text()
    assert [
        path.name for path in (ROOT / "docs" / "adr").glob("0*.md") if f"({path.name})" not in listed
    ] == []


def test_nothing_cites_what_readers_do_not_have() -> None:
    files = [
        path
        for folder in (*HOUSE, "examples/")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".js", ".md", ".toml", ".sql", ".sh"} and path != Path(__file__)
    ]
    assert [path for path in files if OUTSIDE.search(path.read_text("utf-8", "replace"))] == []
