"""Finds every mistake in a business's folder, each with its file and line; nothing of it is put in force."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from guardrails.policy.explained import doubts
from guardrails.policy.policy_file import PolicyInvalid, parse_policy
from guardrails.policy.policy_tables import PolicyTable
from guardrails.vocabulary import LanguageTable, VocabularyInvalid, parse_vocabulary
from orchestrator.inference.catalog import Catalog
from orchestrator.inference.sandbox.declared import Declared
from orchestrator.knowledge.articles import Problem, load_articles
from orchestrator.toml_file import line_of
from switchboard.business import BusinessPackage, house_text, load_package
from switchboard.business_file import FILE, BusinessFile, BusinessInvalid
from switchboard.tools_at_rest import sensitivities, tools_at_rest
from tools.mcp.servers import McpServers
from tools.settings import ToolSettings, ToolsFile, load_tool_settings
from tools.tool import Tool

FRONT_MATTER = frozenset({"title", "language", "url", "keywords", "valid_from", "valid_until", "audience"})
M = TypeVar("M", bound=BaseModel)
MCP_WAIT = 30.0
"""Seconds for all MCP servers together."""
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)|[Ll]ine (\d+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mistake:
    """What is wrong, and where; line 0 is the file or folder as a whole."""

    path: Path
    line: int = 0
    text: str

    def __str__(self) -> str:
        return f"{self.path}{f':{self.line}' if self.line else ''}: {self.text}"


@dataclass(frozen=True, kw_only=True, slots=True)
class TomlText:
    """A file that is right TOML."""

    path: Path
    text: str
    values: Mapping[str, Any]

    def mistake(self, place: Sequence[int | str], text: str) -> Mistake:
        """Return a mistake at a place in it."""
        return Mistake(path=self.path, line=line_of(self.text, place), text=text)


async def check_business(folder: Path) -> list[Mistake]:
    """Return all mistakes; its MCP servers are started for it and ended again."""
    found: list[Mistake] = []
    file = _read(folder / FILE, found)
    business = _fits(file, BusinessFile, found) if file else None
    if file is None or business is None:
        return found
    found += _own_file(file, folder, business)
    package = _package(file, folder, business, found)
    known = None
    if tools := _read(folder / business.tools, found):
        known = await _known(tools, _tool_settings(tools, business, found), package, found)
    if policy := _read(folder / business.policy, found):
        found += _policy(policy, known)
    if catalog := _read(folder / business.catalog, found):
        _fits(catalog, Catalog, found)
    found += [*_knowledge(folder / business.knowledge), *_vocabulary(folder / business.vocabulary)]
    if (path := folder / business.sandbox).exists() and (sandbox := _read(path, found)):
        found += _sandbox(sandbox, known)
    return found


def _read(path: Path, found: list[Mistake]) -> TomlText | None:
    """Return a file's TOML; where there is none, `found` gets the reason."""
    text = ""
    try:
        text = path.read_text("utf-8")
        return TomlText(path=path, text=text, values=tomllib.loads(text))
    except OSError as error:
        found.append(Mistake(path=path, text=f"can't be read: {error.strerror or 'no such file'}."))
    except UnicodeDecodeError:
        found.append(Mistake(path=path, text="is not UTF-8 text."))
    except (ValueError, RecursionError) as error:
        said = " ".join(str(error).split())[:300] or type(error).__name__
        found.append(
            Mistake(path=path, line=_line_in(said) or text.count("\n") + 1, text=f"not valid TOML: {said}.")
        )
    return None


def _line_in(message: str) -> int:
    """Return the line that a message names, 0 where it names none."""
    named = _AT_LINE.search(message)
    return int(named[1] or named[2]) if named else 0


def _fits(file: TomlText, model: type[M], found: list[Mistake]) -> M | None:
    """Return the file as its model reads it; where it can't, `found` gets every reason."""
    try:
        return model.model_validate(file.values)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        places = [problem["loc"] for problem in problems]
        for problem in problems:
            loc = problem["loc"]
            if problem["type"] == "too_short" and any(
                one != loc and one[: len(loc)] == loc for one in places
            ):
                continue  # it is short of what is wrong in it
            place = ".".join(str(part) for part in problem["loc"])
            said = problem["msg"].removeprefix("Value error, ").rstrip(".")
            said = "nothing of this name is known here" if problem["type"] == "extra_forbidden" else said
            found.append(file.mistake(problem["loc"], f"{place}: {said}." if place else f"{said}."))
    return None


def _own_file(file: TomlText, folder: Path, business: BusinessFile) -> Iterator[Mistake]:
    """Yield what business.toml names and the folder lacks, and what it says twice."""
    for part in ("house", "vocabulary", "sandbox"):
        if part in file.values and not (folder / getattr(business, part)).exists():
            yield file.mistake([part], f"{part}: there is no {getattr(business, part)}.")
    for language in sorted({each for each in business.languages if business.languages.count(each) > 1}):
        yield file.mistake(["languages"], f"languages: {language} is named twice.")
    emails = [visitor.email for visitor in business.demo.values()]
    for who, visitor in business.demo.items():
        if emails.count(visitor.email) > 1:
            yield file.mistake(["demo", who, "email"], f"demo.{who}.email: somebody else has it too.")
    try:
        house_text(folder, business)
    except BusinessInvalid as error:
        yield Mistake(path=folder / business.house, text=str(error).partition(": ")[2])


def _package(
    file: TomlText, folder: Path, business: BusinessFile, found: list[Mistake]
) -> BusinessPackage | None:
    if business.python is None:
        return None
    try:
        return load_package(folder, business.python)
    except BusinessInvalid as error:
        where = re.search(r"(\S+\.py), line (\d+)", str(error))
        path, line = (Path(where[1]), int(where[2])) if where else (file.path, line_of(file.text, ["python"]))
        found.append(Mistake(path=path, line=line, text=str(error)))
    return None


def _tool_settings(file: TomlText, business: BusinessFile, found: list[Mistake]) -> ToolSettings | None:
    """Return the tools' settings, None where their servers had better not be started."""
    if _fits(file, ToolsFile, found) is None:
        return None
    before = len(found)
    settings = load_tool_settings(file.path, zone=business.timezone)
    for name, server in settings.mcp.items():
        script = Path(server.command[-1]) if file.values["mcp"][name].get("python") else None
        if script is not None and not script.is_file():
            found.append(file.mistake(["mcp", name, "python"], f"mcp.{name}.python: there is no {script}."))
        if not server.allow:
            found.append(file.mistake(["mcp", name], f"mcp.{name}: allow is empty: it has no tools."))
    return settings if len(found) == before else None


async def _known(
    file: TomlText, settings: ToolSettings | None, package: BusinessPackage | None, found: list[Mistake]
) -> Mapping[str, Tool] | None:
    """Return the tools there are; None where not all can be known."""
    if settings is None:
        return None
    try:
        known = tools_at_rest(settings, None if settings.python is False else package)
    except Exception as error:  # whatever the package's own code does
        found.append(file.mistake(["python"], f"the package's tools: {type(error).__name__}: {error}"))
        return None
    servers = McpServers(settings.mcp, clean=str, reserved=known)
    try:
        await servers.start(wait=MCP_WAIT)
        for status in servers.status():
            said = [*status.notices]
            said += [] if status.state == "up" else [f"is away: {status.reason or 'it does not answer.'}"]
            found += [file.mistake(["mcp", status.name], f"mcp.{status.name}: {each}") for each in said]
        whole = all(status.state == "up" for status in servers.status())
        return {**known, **servers.tools} if whole else None
    finally:
        await servers.stop()


def _policy(file: TomlText, known: Mapping[str, Tool] | None) -> Iterator[Mistake]:
    found: list[Mistake] = []
    if _fits(file, PolicyTable, found) is None:
        yield from found
        return
    try:
        policy = parse_policy(file.text, source="")
    except PolicyInvalid as error:
        yield Mistake(path=file.path, text=str(error).removeprefix(": "))
        return
    for doubt in doubts(policy, {} if known is None else sensitivities(known)):
        named = re.match(r"\[([^\]]+)\]", doubt)
        yield file.mistake(named[1].split(".", 1) if named else [], doubt)


def _knowledge(folder: Path) -> Iterator[Mistake]:
    if not folder.is_dir():
        yield Mistake(path=folder, text="there is no such folder; it holds the articles, as Markdown.")
        return
    articles = load_articles(folder)
    for problem in articles.problems:
        yield _article(folder, problem)
    if not articles.sections and not articles.problems:
        yield Mistake(path=folder, text="holds no article (*.md).")
    for path in sorted(folder.rglob("*.md")):
        yield from _front_matter(path)


def _article(folder: Path, problem: Problem) -> Mistake:
    return Mistake(path=folder / problem.file, line=_line_in(problem.reason), text=problem.reason)


def _front_matter(path: Path) -> Iterator[Mistake]:
    """Yield what stands in an article's head and means nothing."""
    lines = path.read_text("utf-8", errors="replace").splitlines()
    if not lines or lines[0].strip() != "---":
        return
    for number, line in enumerate(lines[1:], 2):
        if line.strip() == "---":
            return
        name = line.partition(":")[0].strip().lower()
        if ":" in line and not name.startswith("#") and name not in FRONT_MATTER:
            yield Mistake(path=path, line=number, text=f"{name}: nothing of this name is known here.")


def _vocabulary(folder: Path) -> Iterator[Mistake]:
    found: list[Mistake] = []
    for path in sorted(folder.glob("*.toml")):
        file = _read(path, found)
        if file is None or _fits(file, LanguageTable, found) is None:
            continue
        try:
            parse_vocabulary({path.stem: file.values})
        except VocabularyInvalid as error:
            found += [_word(file, problem) for problem in error.problems]
    yield from found


def _word(file: TomlText, problem: str) -> Mistake:
    """Return a problem `language: place: message` at the line where the pattern it names stands."""
    place, _, message = problem.partition(": ")[2].partition(": ")
    return file.mistake(place.split("."), f"{place}: {message}")


def _sandbox(file: TomlText, known: Mapping[str, Tool] | None) -> Iterator[Mistake]:
    found: list[Mistake] = []
    declared = _fits(file, Declared, found)
    yield from found
    if declared is None or known is None:
        return
    for name, intent in declared.intents.items():
        if intent.tool and intent.tool not in known:
            said = f"intents.{name}.tool: no tool is called {intent.tool}."
            yield file.mistake(["intents", name, "tool"], said)
