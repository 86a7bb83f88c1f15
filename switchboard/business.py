"""The business that this gateway speaks for, loaded from its folder; nobody below knows one by name."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

from guardrails.vocabulary import Vocabulary, VocabularyInvalid, parse_vocabulary
from orchestrator.inference.sandbox.intent import Intent
from orchestrator.people.one_time_codes import AddressBook
from orchestrator.store.database import Database
from switchboard.business_file import (
    SHIPPED,
    BusinessFile,
    BusinessInvalid,
    DemoVisitor,
    business_folder,
    read_business_file,
)
from switchboard.errors import StartFailed
from switchboard.settings import Settings
from tools.business import Mount
from tools.settings import ToolSettings, load_tool_settings
from tools.tool import Tool

LOCK = 0x5B0A_0002
LONGEST_HOUSE = 20_000
"""Characters of house.md, which travels with every request to the model."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BusinessPackage:
    """What a business's Python package offers; every part may be missing.

    `tools(mount)` are its tools; `prepare(connection)` makes its database schema and example data, in a
    transaction, at each start; `intents()` are what the sandbox model understands of it;
    `address_book(database)` knows which e-mail addresses are on file with it.
    """

    name: str
    tools: Callable[[Mount], Sequence[Tool]] | None = None
    prepare: Callable[[Any], Any] | None = None
    intents: Callable[[], Sequence[Intent]] | None = None
    address_book: Callable[[Database], AddressBook] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Business:
    """One business: its name, its words and its package. `languages[0]` is the house's own.

    `package` and `demo` are there only while the package's tools are mounted, or none is named.
    """

    folder: Path
    name: str
    languages: tuple[str, ...]
    zone: ZoneInfo
    house: str
    vocabulary: Vocabulary
    sandbox: Path
    tools: ToolSettings
    package: BusinessPackage | None
    demo: Mapping[str, DemoVisitor]


def load_business(settings: Settings) -> Business:
    """Load the business that the settings name.

    Raises StartFailed for its own parts, ToolSettingsError for its tools.
    """
    folder = business_folder(settings.business)
    named, folder = folder is not None, folder or SHIPPED
    try:
        file = read_business_file(folder)
        tools = load_tool_settings(settings.tools, zone=file.timezone)
        mounted = _mounted(tools, own=settings.tools == folder / file.tools)
        package = load_package(folder, file.python) if file.python and mounted else None
        return Business(
            folder=folder,
            name=file.name if named else settings.business,
            languages=file.languages,
            zone=ZoneInfo(file.timezone),
            house=house_text(folder, file),
            vocabulary=load_vocabulary(folder / file.vocabulary),
            sandbox=folder / file.sandbox,
            tools=tools,
            package=package,
            demo=file.demo if mounted or not file.python else {},
        )
    except (BusinessInvalid, VocabularyInvalid) as error:
        raise StartFailed(f"{error} `switchboard business check` lists every mistake.") from None


def _mounted(tools: ToolSettings, *, own: bool) -> bool:
    """Say whether the package's tools are wanted: in a file that is not the business's own only by name."""
    return own if tools.python is None else tools.python


def house_text(folder: Path, file: BusinessFile) -> str:
    """Return what house.md says of tone and house rules, "" without one; raises BusinessInvalid."""
    path = folder / file.house
    if not path.exists():
        return ""
    try:
        text = path.read_text("utf-8").strip()
    except (OSError, ValueError):
        raise BusinessInvalid(f"{path}: can't be read as UTF-8 text.") from None
    if len(text) > LONGEST_HOUSE:
        raise BusinessInvalid(
            f"{path}: has more than {LONGEST_HOUSE} characters; it goes with every request."
        )
    return text


def load_vocabulary(folder: Path) -> Vocabulary:
    """Return the words in `folder/<language>.toml`, those of every business where there is none.

    Raises VocabularyInvalid; each problem names the file.
    """
    tables, problems = {}, []
    for path in sorted(folder.glob("*.toml")):
        try:
            tables[path.stem] = tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            problems.append(f"{path}: can't be read as TOML: {error}.")
    if problems:
        raise VocabularyInvalid(problems)
    try:
        return parse_vocabulary(tables)
    except VocabularyInvalid as error:
        raise VocabularyInvalid(f"{folder}, {problem}" for problem in error.problems) from None


def load_package(folder: Path, name: str) -> BusinessPackage:
    """Import the package from the folder, which stays off the import path; raises BusinessInvalid."""
    try:
        module = _imported(folder / name, name)
    except BusinessInvalid:
        raise
    except Exception as error:
        raise BusinessInvalid(f"{folder / name}: {_why(error, folder / name)}") from error
    parts = {
        part: value
        for part in ("tools", "prepare", "intents", "address_book")
        if (value := getattr(module, part, None)) is not None
    }
    for part, value in parts.items():
        if not callable(value):
            raise BusinessInvalid(f"{module.__file__}: {part} must be a function.")
    if "prepare" in parts and not inspect.iscoroutinefunction(parts["prepare"]):
        raise BusinessInvalid(f"{module.__file__}: prepare must be an async function.")
    return BusinessPackage(name=name, **parts)


def _imported(path: Path, name: str) -> ModuleType:
    init = path / "__init__.py"
    if not init.is_file():
        raise BusinessInvalid(f"{path}: is no Python package; {init} is missing.")
    there = sys.modules.get(name)
    if there is not None or importlib.util.find_spec(name) is not None:
        there = there or importlib.import_module(name)
        if Path(getattr(there, "__file__", None) or "").resolve() == init.resolve():
            return there
        raise BusinessInvalid(f"{path}: another Python package is called {name} already; rename this one.")
    spec = importlib.util.spec_from_file_location(name, init, submodule_search_locations=[str(path)])
    if spec is None or spec.loader is None:
        raise BusinessInvalid(f"{path}: can't be imported.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # its own modules import each other by this name
    try:
        spec.loader.exec_module(module)
    except BaseException:
        for one in [known for known in sys.modules if known == name or known.startswith(f"{name}.")]:
            del sys.modules[one]
        raise
    return module


def _why(error: Exception, path: Path) -> str:
    """Say what went wrong, and where in the package: the last of its lines that was being run."""
    line = getattr(error, "lineno", None)
    if isinstance(error, SyntaxError):
        return f"can't be imported: {error.filename}, line {line}: {error.msg}."
    trace, where = error.__traceback__, ""
    while trace is not None:
        if (file := trace.tb_frame.f_code.co_filename).startswith(str(path)):
            where = f"{file}, line {trace.tb_lineno}: "
        trace = trace.tb_next
    return f"can't be imported: {where}{type(error).__name__}: {error}."


async def prepare_database(business: Business, database: Database) -> None:
    """Let the business make its own schema, one replica at a time; raises StartFailed."""
    if business.package is None or business.package.prepare is None:
        return
    try:
        async with database.transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
            await business.package.prepare(connection)
    except Exception as error:
        name = business.package.name
        raise StartFailed(f"{name}.prepare failed: {type(error).__name__}: {error}") from error


def package_tools(package: BusinessPackage | None, database: Any, tools: ToolSettings) -> tuple[Tool, ...]:
    """Return the tools of a business's package, none without one."""
    if package is None or package.tools is None:
        return ()
    mount = Mount(database=database, hours=tools.hours, region=tools.region)
    return tuple(package.tools(mount))
