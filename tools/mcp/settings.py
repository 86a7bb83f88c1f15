"""The tables [mcp.NAME] of the tool configuration: which servers, which of their tools, how they are graded.

Nothing a server says about its own tools counts for more than a description: what is not graded here is
sensitive, needs trust 3 and is never asked twice.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from tools.tool import Sensitivity

TIMEOUT = 15.0
LONGEST = 120.0
LONGEST_VALUE = 16_384
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What a tool may be called: what every provider of models takes."""
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "accept-encoding", "connection"})


class _McpPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _word(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError("a name is 1 to 64 letters, digits, _ and -")
    return value


def _header(value: str) -> str:
    if not _HEADER.fullmatch(value) or value.lower() in _OURS:
        raise ValueError("this can't be set as a header")
    return value


def _given(value: Any) -> str:
    found = secret_value(value) if isinstance(value, str) else ""
    if not found.isprintable() or not 0 < len(found) <= LONGEST_VALUE:
        raise ValueError("a value must be one line of printable text")
    return found


Trust = Annotated[int, Field(ge=0, le=3, strict=True)]
Timeout = Annotated[float, Field(gt=0, le=LONGEST, allow_inf_nan=False)]
Word = Annotated[str, AfterValidator(_word)]
Given = Annotated[SecretStr, BeforeValidator(_given)]
Part = Annotated[str, Field(min_length=1, max_length=4000)]
Text = Annotated[str, Field(min_length=1, max_length=1000)]


class GradeTable(_McpPart):
    """How tools are to be treated; what is left out is treated with the greatest caution."""

    sensitivity: Literal["read", "write", "sensitive"] | None = None
    trust: Trust | None = None
    idempotent: Annotated[bool, Field(strict=True)] | None = None
    timeout: Timeout | None = None
    needs: list[Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]] | None = None


class McpToolTable(GradeTable):
    """One tool of a server, by the server's name for it."""

    rename: Word | None = None
    description: Text | None = None


class McpTable(_McpPart):
    """One server: where it is, what of it is let in, and how."""

    url: Annotated[str, Field(pattern=r"^https?://[^\s@]+$", max_length=2000)] | None = None
    command: Annotated[list[Part], Field(min_length=1, max_length=64)] | None = None
    python: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    """A script, by its path from the folder of the file: run as a command with the gateway's own Python."""
    headers: dict[Annotated[str, AfterValidator(_header)], Given] = {}
    env: dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")], Given] = {}
    cwd: Path | None = None
    stderr: Annotated[bool, Field(strict=True)] = False
    handshake: Literal["auto", "legacy"] = "auto"
    allow: list[Annotated[str, Field(min_length=1, max_length=128)]] = []
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,32}$")] = ""
    identity: Annotated[bool, Field(strict=True)] = False
    default: GradeTable = GradeTable()
    tools: dict[str, McpToolTable] = {}

    @model_validator(mode="after")
    def _one_way_in(self) -> McpTable:
        if [self.url, self.command, self.python].count(None) != 2:
            raise ValueError("give either url or command, or python with a script")
        if self.url is None and self.headers:
            raise ValueError("headers go with url; a command takes env")
        if self.url is not None and (self.env or self.cwd):
            raise ValueError("env and cwd go with command; a url takes headers")
        return self


@dataclass(frozen=True, kw_only=True, slots=True)
class Grade:
    """How one tool is treated; the defaults are closed. `timeout` is in seconds."""

    sensitivity: Sensitivity = Sensitivity.SENSITIVE
    trust: int = 3
    idempotent: bool = False
    timeout: float = TIMEOUT
    needs: frozenset[str] = frozenset()
    rename: str | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class McpServerSettings:
    """One server as it is used: `grades` holds the tools graded by name, `default` is for the others.

    `identity` says that the server is told for whom a call is made; `stderr` that what a command writes there
    is shown among our own logs.
    """

    name: str
    url: str | None = None
    command: tuple[str, ...] = ()
    headers: Mapping[str, SecretStr]
    env: Mapping[str, SecretStr]
    cwd: Path | None = None
    stderr: bool = False
    handshake: Literal["auto", "legacy"] = "auto"
    allow: tuple[str, ...] = ()
    prefix: str = ""
    identity: bool = False
    default: Grade
    grades: Mapping[str, Grade]


def server_settings(name: str, table: McpTable, folder: Path) -> McpServerSettings:
    """Return the settings of a server, its tools' grades laid over its default; it runs in `folder`."""
    script = (sys.executable, "-P", str(folder / table.python)) if table.python else ()
    return McpServerSettings(
        name=name,
        url=table.url,
        command=tuple(table.command or script),
        headers=table.headers,
        env=table.env,
        cwd=None if table.url else folder / (table.cwd or ""),
        stderr=table.stderr,
        handshake=table.handshake,
        allow=tuple(table.allow),
        prefix=table.prefix,
        identity=table.identity,
        default=_grade(table.default),
        grades={tool: _grade(table.default, own) for tool, own in table.tools.items()},
    )


def _grade(default: GradeTable, own: McpToolTable | None = None) -> Grade:
    given = default.model_dump(exclude_none=True) | (own.model_dump(exclude_none=True) if own else {})
    if "sensitivity" in given:
        given["sensitivity"] = Sensitivity(given["sensitivity"])
    if "needs" in given:
        given["needs"] = frozenset(given["needs"])
    return Grade(**given)


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
            text = opened.read(LONGEST_VALUE + 1).decode().strip()
    except (OSError, ValueError):
        raise ValueError(f"the file that {name}_FILE names can't be read") from None
    if not text or len(text) > LONGEST_VALUE:
        raise ValueError(f"the file that {name}_FILE names is empty or too long")
    return text
