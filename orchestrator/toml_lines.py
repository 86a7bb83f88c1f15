"""Where in a TOML file a wrong value stands: tomllib keeps no lines, and a person wants one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

_TABLE = re.compile(r"\s*\[{1,2}\s*([^\[\]]+?)\s*\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")


def line_of(text: str, place: Sequence[int | str]) -> int:
    """Return the line, counted from 1, of the key or table that leads furthest towards `place`."""
    wanted = [part for part in place if isinstance(part, str)]
    table: list[str] = []
    best, line = 0, 1
    for number, written in enumerate(text.splitlines(), 1):
        found = _TABLE.match(written) or _KEY.match(written)
        if found is None:
            continue
        names = [part.strip("\"'") for part in _PART.findall(found[1])]
        table = names if found.re is _TABLE else table
        path = table if found.re is _TABLE else [*table, *names]
        if len(path) > best and path == wanted[: len(path)]:
            best, line = len(path), number
    return line


def problems_of(path: Path, text: str, error: ValidationError) -> list[str]:
    """Say each problem of a file in one sentence, with the file and the line."""
    told = []
    for problem in error.errors():
        place = ".".join(map(str, problem["loc"]))
        message = problem["msg"].removeprefix("Value error, ").rstrip(".")
        told.append(f"{path}, line {line_of(text, problem['loc'])}: {place}: {message}.")
    return told
