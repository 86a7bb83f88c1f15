"""Reads a TOML file as a model, and says in which line a wrong value stands: tomllib keeps no lines."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError


class StrictTable(BaseModel):
    """A table in which an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Part = int | str
Model = TypeVar("Model", bound=BaseModel)
_TABLE = re.compile(r"\s*\[{1,2}\s*([^\[\]]+?)\s*\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w*?-]+|"[^"]*"|'[^']*'""")


class TomlInvalid(ValueError):
    """A file that can't be used; `problems` are sentences with file and line."""

    code = "toml_invalid"

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problems))


def line_of(text: str, place: Sequence[Part]) -> int:
    """Return the line, counted from 1, of the key or table that leads furthest towards `place`."""
    best, line = 0, 1
    table: tuple[Part, ...] = ()
    entries: dict[tuple[Part, ...], int] = {}
    for number, written in enumerate(text.splitlines(), 1):
        found = _TABLE.match(written) or _KEY.match(written)
        if found is None:
            continue
        names = [part.strip("\"'") for part in _PART.findall(found[1])]
        if found.re is _TABLE:
            path = table = _opened(names, entries, more=written.lstrip().startswith("[["))
        else:
            path = (*table, *names)
        shared = min(len(path), len(place))
        if shared > best and path[:shared] == tuple(place[:shared]):
            best, line = shared, number
    return line


def _opened(names: Sequence[str], entries: dict[tuple[Part, ...], int], *, more: bool) -> tuple[Part, ...]:
    """Return where a table header leads, each array of tables at its last entry; `more` opens a new one."""
    path: tuple[Part, ...] = ()
    for at, name in enumerate(names, 1):
        path = (*path, name)
        if more and at == len(names):
            entries[path] = entries.get(path, -1) + 1
        if path in entries:
            path = (*path, entries[path])
    return path


def read_toml(path: Path, model: type[Model]) -> Model:
    """Read a file as a model; raises TomlInvalid, which names file and line of each problem."""
    try:
        text = path.read_text("utf-8-sig")
        tables = tomllib.loads(text)
    except OSError as error:
        raise TomlInvalid([f"{path}: can't be read: {error.strerror}."]) from None
    except (ValueError, RecursionError) as error:  # its text names the line
        raise TomlInvalid([f"{path}: not valid TOML: {' '.join(str(error).split())[:300]}."]) from None
    try:
        return model.model_validate(tables)
    except ValidationError as error:
        raise TomlInvalid(_problems(path, text, error)) from None


def _problems(path: Path, text: str, error: ValidationError) -> list[str]:
    told = []
    for problem in error.errors():
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem["loc"])
        said = f"{place.lstrip('.')}: " if place else ""
        message = problem["msg"].removeprefix("Value error, ").rstrip(".")
        told.append(f"{path}, line {line_of(text, problem['loc'])}: {said}{message}.")
    return told
