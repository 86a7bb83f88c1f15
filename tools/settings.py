"""Read the tool configuration (TOML): which parts are mounted, and when the desk is open."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from tools.hours import BusinessHours, Hours
from tools.mcp.settings import McpServerSettings, McpTable, server_settings

MAX_SIZE = 1_000_000


class ToolSettingsError(ValueError):
    """The tool configuration can't be used; the message is one sentence that names file and place."""

    code = "tool_settings_invalid"


class _ToolsTable(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Hours(_ToolsTable):
    zone: str = "UTC"
    opens: time = time(9)
    closes: time = time(17)
    days: Annotated[list[Annotated[int, Field(ge=1, le=7)]], Field(min_length=1)] = [1, 2, 3, 4, 5]

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("no such time zone; write it like Europe/Berlin") from None
        return zone

    @model_validator(mode="after")
    def _opens_first(self) -> _Hours:
        if self.opens.tzinfo or self.closes.tzinfo or self.opens >= self.closes:
            raise ValueError("opens must be before closes, both as local times like 09:00")
        return self

    def hours(self) -> BusinessHours:
        """Return them as the tools use them."""
        days = tuple(sorted(set(self.days)))
        return BusinessHours(zone=ZoneInfo(self.zone), opens=self.opens, closes=self.closes, days=days)


class ToolsFile(_ToolsTable):
    """The file as it is written."""

    python: Annotated[bool, Field(strict=True)] | None = None
    shop: Annotated[bool, Field(strict=True)] | None = None
    """An older name for `python`."""
    region: str = "DE"
    hours: _Hours = _Hours()
    mcp: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")], McpTable] = {}

    @field_validator("region")
    @classmethod
    def _region(cls, region: str) -> str:
        if region not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError("no such country; write it like DE")
        return region


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolSettings:
    """What the tools need to know. `region` (ISO 3166) is where phone numbers without a country code are.

    `python` says whether the tools of the business's own package are there; None where the file doesn't say.
    """

    python: bool | None = None
    region: str = "DE"
    hours: Hours = field(default_factory=lambda: _Hours().hours())
    mcp: Mapping[str, McpServerSettings] = field(default_factory=dict)


def load_tool_settings(path: Path, *, zone: str = "UTC") -> ToolSettings:
    """Read the TOML file `SWITCHBOARD_TOOLS` names; `zone` is the desk's where the file names none.

    Raises ToolSettingsError, which says in one sentence what is wrong.
    """
    table = _table(path)
    hours = table.get("hours", {})
    file = _checked(path, {**table, "hours": {"zone": zone, **hours}} if isinstance(hours, dict) else table)
    python = file.shop if file.python is None else file.python
    mcp = {name: server_settings(name, table, path.absolute().parent) for name, table in file.mcp.items()}
    return ToolSettings(python=python, region=file.region, hours=file.hours.hours(), mcp=mcp)


def _table(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_SIZE + 1).decode("utf-8-sig")
        if len(text) > MAX_SIZE:
            raise ToolSettingsError(f"{path}: is larger than {MAX_SIZE} bytes.")
        return tomllib.loads(text)
    except OSError as error:
        raise ToolSettingsError(f"{path}: can't be read: {error.strerror or 'no such file'}.") from error
    except ToolSettingsError:
        raise
    except (ValueError, RecursionError) as error:
        # Wrong UTF-8, endless digits or nesting, and wrong TOML, whose text names line and column.
        said = " ".join(str(error).split())[:300] or type(error).__name__
        raise ToolSettingsError(f"{path}: is not valid TOML: {said}.") from error


def _checked(path: Path, table: Mapping[str, Any]) -> ToolsFile:
    try:
        return ToolsFile.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ToolSettingsError(f"{path}: {place}: {first['msg'].removeprefix('Value error, ')}.") from None
