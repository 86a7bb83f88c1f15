"""A business's own file, business.toml: what it is called, what it speaks, and where its other files lie."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from switchboard.errors import StartFailed

FILE = "business.toml"
MAX_SIZE = 1_000_000
SHIPPED = Path(__file__).resolve().parent.parent / "examples" / "shop"
_ROAD = re.compile(r"[~./\\]|[^\s]*[/\\][^\s]*$")
"""What a path begins with or is; a company's name may hold a slash beside its blanks, as in `Nordlys A/S`."""


class BusinessInvalid(ValueError):
    """The folder or its file can't be used; the message is one sentence that names file and place."""


class PackageInvalid(BusinessInvalid, StartFailed):
    """The Python package can't be used; `line` of `path` says why, 0 where no line does."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}{f', line {line}' if line else ''}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("no such time zone; write it like Europe/Berlin") from None
    return name


def _language(code: str) -> str:
    if code not in Locale("en").languages:
        raise ValueError("no such language; write it as ISO 639 does, like en or fr")
    return code


def _module(name: str) -> str:
    if not name.isidentifier():
        raise ValueError("it must be the name of a Python package in this folder")
    return name


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


Name = Annotated[str, BeforeValidator(_stripped), Field(min_length=1, max_length=200)]
Language = Annotated[str, AfterValidator(_language)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DemoVisitor(_Table):
    """Whom the demo page may sign in; the address is in lower case."""

    email: Annotated[str, Field(pattern=r"^[^\s@,<>A-Z]+@[^\s@,<>A-Z]+$")]
    name: Name


class BusinessFile(_Table):
    """The file as it is written; paths are relative to its folder."""

    name: Name
    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=40)] = ("en",)
    """ISO 639; the first is what is spoken until a customer's own is known."""
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    python: Annotated[str, AfterValidator(_module)] | None = None
    """The package in this folder that brings tools, a database schema and the like."""
    house: Path = Path("house.md")
    policy: Path = Path("policy.toml")
    catalog: Path = Path("catalog.toml")
    tools: Path = Path("tools.toml")
    knowledge: Path = Path("knowledge")
    vocabulary: Path = Path("vocabulary")
    sandbox: Path = Path("sandbox.toml")
    demo: dict[Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,32}$")], DemoVisitor] = {}


def read_business_file(folder: Path) -> BusinessFile:
    """Read and check `folder/business.toml`; raises BusinessInvalid."""
    path = folder / FILE
    try:
        with path.open("rb") as file:
            text = file.read(MAX_SIZE + 1).decode("utf-8-sig")
        if len(text) > MAX_SIZE:
            raise BusinessInvalid(f"{path}: is larger than {MAX_SIZE} bytes.")
        table = tomllib.loads(text)
        return BusinessFile.model_validate(table)
    except OSError as error:
        raise BusinessInvalid(f"{path}: can't be read: {error.strerror or 'no such file'}.") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BusinessInvalid(f"{path}: {place}: {first['msg'].removeprefix('Value error, ')}.") from None
    except BusinessInvalid:
        raise
    except (ValueError, RecursionError) as error:
        said = " ".join(str(error).split())[:300] or type(error).__name__
        raise BusinessInvalid(f"{path}: is not valid TOML: {said}.") from None


def business_folder(given: str) -> Path | None:
    """Return the folder that SWITCHBOARD_BUSINESS names, None where it is a company's plain name.

    Raises BusinessInvalid for what can only be a path, and leads to no folder with a business.toml.
    """
    try:
        folder = Path(given).expanduser()
        is_folder = folder.is_dir()
    except (OSError, ValueError, RuntimeError):
        return None
    if is_folder and (folder / FILE).is_file():
        return folder.absolute()
    if not _ROAD.match(given):
        return None
    raise BusinessInvalid(f"{folder} " + (f"holds no {FILE}" if is_folder else "is no folder"))


def business_file(given: str) -> BusinessFile:
    """Return the file of the business that SWITCHBOARD_BUSINESS names; raises BusinessInvalid."""
    return read_business_file(business_folder(given) or SHIPPED)


def path_in_business(given: str, part: str) -> Path:
    """Return where that business has `part`, such as its policy; raises BusinessInvalid."""
    path: Path = (business_folder(given) or SHIPPED) / getattr(business_file(given), part)
    return path
