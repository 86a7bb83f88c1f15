"""Secrets in the tool configuration: named there, kept in the environment or in files."""

from __future__ import annotations

import os
import re
from pathlib import Path

LONGEST = 16_384  # bytes of a secret file
_NAMED = re.compile(r"((?:[A-Za-z]{1,20} )?)env:([A-Za-z_][A-Za-z0-9_]{0,99})")


def secret_value(text: str) -> str:
    """Return what a configured value stands for.

    `env:NAME` is the variable NAME or, where NAME_FILE is set, what that file holds; one word may stand
    before it ("Bearer env:CRM_TOKEN"). Any other text is itself. ValueError names a variable that is not
    there, never a value.
    """
    named = _NAMED.fullmatch(text)
    return text if named is None else named[1] + _from_environment(named[2])


def _from_environment(name: str) -> str:
    value, file = os.environ.get(name), os.environ.get(f"{name}_FILE")
    if value and file:
        raise ValueError(f"set {name} or {name}_FILE, not both")
    if file:
        return _read(name, Path(file))
    if not value:
        raise ValueError(f"the environment variable {name} (or {name}_FILE) is not set")
    return value.strip()


def _read(name: str, path: Path) -> str:
    try:
        with path.open("rb") as opened:
            text = opened.read(LONGEST + 1).decode().strip()
    except (OSError, ValueError):
        raise ValueError(f"the file that {name}_FILE names can't be read") from None
    if not text or len(text) > LONGEST:
        raise ValueError(f"the file that {name}_FILE names is empty or too long")
    return text
