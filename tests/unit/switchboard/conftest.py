"""A clean environment: no setting of whoever runs the tests gets in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Remove our variables and work in an empty folder, which is returned."""
    for name in list(os.environ):
        if name.upper().startswith(("SWITCHBOARD_", "OXLO_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path
