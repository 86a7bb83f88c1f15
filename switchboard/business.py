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
from typing import Any, TypeVar
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
    PackageInvalid,
    business_folder,
    read_business_file,
)
from switchboard.errors import StartFailed
from switchboard.settings import Settings
from tools.business import Mount
from tools.settings import ToolSettings, load_tool_settings
from tools.tool import Tool

LOCK = 0x5B0A_0002
PARTS = {"tools": ("mount",), "prepare": ("connection",), "intents": (), "address_book": ("database",)}
"""What a package may offer, and what it is called with."""
T = TypeVar("T")
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
    path: Path
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
        text = path.read_text("utf-8-sig").strip()
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
            tables[path.stem] = tomllib.loads(path.read_text("utf-8-sig"))
        except (OSError, ValueError) as error:
            problems.append(f"{path}: can't be read as TOML: {error}.")
    if problems:
        raise VocabularyInvalid(problems)
    try:
        return parse_vocabulary(tables)
    except VocabularyInvalid as error:
        raise VocabularyInvalid(f"{folder}, {problem}" for problem in error.problems) from None


def load_package(folder: Path, name: str) -> BusinessPackage:
    """Import the package from the folder, which stays off the import path; raises PackageInvalid."""
    path = (folder / name).absolute()
    try:
        module = _imported(path, name)
    except PackageInvalid:
        raise
    except (Exception, SystemExit) as error:
        raise _broken(error, path, "can't be imported") from error
    parts = {part: value for part in PARTS if (value := getattr(module, part, None)) is not None}
    for part, value in parts.items():
        if problem := _unfit(part, value):
            code = getattr(value, "__code__", None)
            where = (path / "__init__.py", 0) if code is None else (code.co_filename, code.co_firstlineno)
            raise PackageInvalid(Path(where[0]), where[1], problem)
    return BusinessPackage(name=name, path=path, **parts)


def _unfit(part: str, value: Any) -> str:
    """Say why the gateway can't call what the package has under this name, "" where it can."""
    given = PARTS[part]
    if not callable(value):
        return f"{part} must be a function."
    if (part == "prepare") != inspect.iscoroutinefunction(value):
        return f"{part} must be {'an async' if part == 'prepare' else 'a plain'} function."
    try:
        inspect.signature(value).bind(*given)
    except (TypeError, ValueError):
        return f"{part} must be called as {part}({', '.join(given)})."
    return ""


def _imported(path: Path, name: str) -> ModuleType:
    init = path / "__init__.py"
    if not init.is_file():
        raise PackageInvalid(path, 0, "is no Python package; __init__.py is missing.")
    there = sys.modules.get(name)
    if there is not None or importlib.util.find_spec(name) is not None:
        there = there or importlib.import_module(name)
        if Path(getattr(there, "__file__", None) or "").resolve() == init.resolve():
            return there
        raise PackageInvalid(path, 0, f"another Python package is called {name} already; rename this one.")
    spec = importlib.util.spec_from_file_location(name, init, submodule_search_locations=[str(path)])
    if spec is None or spec.loader is None:
        raise PackageInvalid(path, 0, "can't be imported.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # its own modules import each other by this name
    try:
        spec.loader.exec_module(module)
    except BaseException:
        for one in [known for known in sys.modules if known == name or known.startswith(f"{name}.")]:
            del sys.modules[one]
        raise
    return module


def _broken(error: BaseException, path: Path, what: str) -> PackageInvalid:
    """Say what went wrong, and where in the package: the last of its lines that was being run."""
    if isinstance(error, SyntaxError):
        return PackageInvalid(Path(error.filename or path), error.lineno or 0, f"{what}: {error.msg}.")
    trace, where, line = error.__traceback__, path, 0
    while trace is not None:
        if (file := Path(trace.tb_frame.f_code.co_filename)).is_relative_to(path):
            where, line = file, trace.tb_lineno
        trace = trace.tb_next
    said = " ".join(str(error).split()).rstrip(".")
    return PackageInvalid(where, line, f"{what}: {type(error).__name__}{f': {said}' if said else ''}.")


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
    """Return the tools of a business's package, none without one; raises PackageInvalid."""
    if package is None or package.tools is None:
        return ()
    mount = Mount(database=database, hours=tools.hours, region=tools.region)
    return _offered(package, package.tools, lambda each: isinstance(each, Tool), mount)


def package_intents(package: BusinessPackage | None) -> tuple[Intent, ...]:
    """Return what the sandbox understands of a business's package; raises PackageInvalid."""
    if package is None or package.intents is None:
        return ()
    return _offered(package, package.intents, lambda each: isinstance(each, Intent))


def _offered(
    package: BusinessPackage, part: Callable[..., Sequence[T]], fits: Callable[[object], bool], *given: Any
) -> tuple[T, ...]:
    """Call a part of the package; what it returns is looked at, as nothing else has read it."""
    named = f"{package.name}.{getattr(part, '__name__', 'function')}"
    try:
        offered = tuple(part(*given))
    except Exception as error:
        raise _broken(error, package.path, f"{named} failed") from error
    for each in offered:
        if not fits(each):
            said = f"{named} returned what is none of its kind: {each!r}."
            raise PackageInvalid(package.path, 0, said)
    return offered
