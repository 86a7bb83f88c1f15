"""Finds every mistake in a business's folder, each with its file and line; nothing of it is put in force."""

from __future__ import annotations

import re
import shutil
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
from orchestrator.inference.sandbox.declared import EVERYONE, Declared, DeclaredIntent, read_sandbox
from orchestrator.knowledge.articles import LARGEST_FILE, Problem, load_articles
from orchestrator.toml_file import line_of
from switchboard.business import BusinessPackage, house_text, load_package, package_intents
from switchboard.business_file import FILE, MAX_SIZE, BusinessFile, BusinessInvalid, PackageInvalid
from switchboard.tools_at_rest import sensitivities, tools_at_rest
from tools.mcp.servers import McpServers
from tools.settings import ToolSettings, ToolSettingsError, ToolsFile, load_tool_settings
from tools.tool import Tool

FRONT_MATTER = frozenset({"title", "language", "url", "keywords"})
PLAINLY = {
    "extra_forbidden": "nothing of this name is known here",
    "missing": "it must be there",
    "string_type": "it must be a text in quotes",
    "path_type": "it must be a path in quotes",
    "tuple_type": "it must be a list in square brackets",
    "list_type": "it must be a list in square brackets",
    "dict_type": "it must be a table",
    "model_type": "it must be a table",
}
"""What the commonest mistakes are called in TOML's words, by pydantic's names for them."""
M = TypeVar("M", bound=BaseModel)
NOT_THERE = {
    "sentences": "there is no sentence of this name",
    "patterns": "there are no patterns of this name",
    "abilities": "no tool is called so",
}
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
    file = _read(folder / FILE, found) or TomlText(path=folder / FILE, text="", values={})
    business = _fits(file, BusinessFile, found) if file.values else None
    if not file.values and not found:
        found.append(file.mistake((), "name: it must be there."))
    languages = business.languages if business else None
    business = business or _what_fits(file)
    found += _own_file(file, folder, business)
    package = _package(file, folder, business, found)
    known = None
    if tools := _read(folder / business.tools, found):
        known = await _known(tools, _tool_settings(tools, business, found), package, found)
    if policy := _read(folder / business.policy, found):
        found += _policy(policy, known)
    if catalog := _read(folder / business.catalog, found):
        _fits(catalog, Catalog, found)
    found += _knowledge(folder / business.knowledge)
    found += _vocabulary(folder / business.vocabulary, languages)
    path = folder / business.sandbox
    if (path.is_symlink() or path.exists()) and (sandbox := _read(path, found)):
        found += _sandbox(sandbox, known)
    return found


def _what_fits(file: TomlText) -> BusinessFile:
    """Return what is right in a wrong business.toml, so that the other files are looked at too."""
    kept = {"name": "?", **file.values}
    try:
        return BusinessFile.model_validate(kept)
    except ValidationError as error:
        wrong = {problem["loc"][0] for problem in error.errors()}
    return BusinessFile.model_validate({"name": "?"} | {k: v for k, v in kept.items() if k not in wrong})


def _read(path: Path, found: list[Mistake]) -> TomlText | None:
    """Return a file's TOML; where there is none, `found` gets the reason."""
    text = ""
    if path.exists() and not path.is_file():
        found.append(Mistake(path=path, text="is no file."))
        return None
    try:
        if path.stat().st_size > MAX_SIZE:
            found.append(Mistake(path=path, text=f"is larger than {MAX_SIZE} bytes."))
            return None
        text = path.read_text("utf-8-sig")
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
            said = PLAINLY.get(problem["type"], said)
            found.append(file.mistake(problem["loc"], f"{place}: {said}." if place else f"{said}."))
    return None


def _own_file(file: TomlText, folder: Path, business: BusinessFile) -> Iterator[Mistake]:
    """Yield what business.toml names and the folder lacks, and what it says twice."""
    for part in ("house", "vocabulary", "sandbox"):
        if part in business.model_fields_set and not (folder / getattr(business, part)).exists():
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
        package = load_package(folder, business.python)
        package_intents(package)
        return package
    except PackageInvalid as error:
        found.append(_of_package(file, error))
    return None


def _of_package(file: TomlText, error: PackageInvalid) -> Mistake:
    """Return what is wrong with the package: at its line, or where it is named."""
    if error.line:
        return Mistake(path=error.path, line=error.line, text=error.reason)
    return file.mistake(["python"], str(error))


def _tool_settings(file: TomlText, business: BusinessFile, found: list[Mistake]) -> ToolSettings | None:
    """Return the tools' settings, None where their servers had better not be started."""
    if _fits(file, ToolsFile, found) is None:
        return None
    before = len(found)
    settings = load_tool_settings(file.path, zone=business.timezone)
    for name, server in settings.mcp.items():
        if file.values["mcp"][name].get("python"):
            found += _script(file, name, Path(server.command[-1]))
        elif server.command and shutil.which(server.command[0]) is None:
            said = f"mcp.{name}.command: there is no program {server.command[0]}."
            found.append(file.mistake(["mcp", name, "command"], said))
        if not server.allow:
            found.append(file.mistake(["mcp", name], f"mcp.{name}: allow is empty: it has no tools."))
    return settings if len(found) == before else None


def _script(file: TomlText, name: str, script: Path) -> Iterator[Mistake]:
    """Yield what keeps a server's script from being read, which its silence would not tell."""
    try:
        compile(script.read_bytes(), str(script), "exec")
    except OSError:
        yield file.mistake(["mcp", name, "python"], f"mcp.{name}.python: there is no {script}.")
    except SyntaxError as error:
        yield Mistake(path=script, line=error.lineno or 0, text=f"can't be run: {error.msg}.")
    except ValueError as error:
        yield Mistake(path=script, text=f"can't be run: {error}.")


async def _known(
    file: TomlText, settings: ToolSettings | None, package: BusinessPackage | None, found: list[Mistake]
) -> Mapping[str, Tool] | None:
    """Return the tools there are; None where not all can be known."""
    if settings is None:
        return None
    try:
        known = tools_at_rest(settings, None if settings.python is False else package)
    except PackageInvalid as error:
        found.append(Mistake(path=error.path, line=error.line, text=error.reason))
        return None
    except ToolSettingsError as error:
        found.append(file.mistake([], str(error)))
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
        if not path.is_file():
            yield Mistake(path=path, text="is no file that can be read.")
        elif path.stat().st_size <= LARGEST_FILE:
            yield from _front_matter(path)


def _article(folder: Path, problem: Problem) -> Mistake:
    path = folder / problem.file
    line = _line_in(problem.reason) or (_line_of_language(path) if "language tag" in problem.reason else 0)
    return Mistake(path=path, line=line, text=problem.reason)


def _line_of_language(path: Path) -> int:
    lines = path.read_text("utf-8-sig").splitlines()
    return next((at for at, line in enumerate(lines, 1) if line.lower().startswith("language")), 0)


def _front_matter(path: Path) -> Iterator[Mistake]:
    """Yield what stands in an article's head and means nothing."""
    lines = path.read_text("utf-8-sig", errors="replace").splitlines()
    if not lines or lines[0].strip() != "---" or "---" not in (line.strip() for line in lines[1:]):
        return
    for number, line in enumerate(lines[1:], 2):
        if line.strip() == "---":
            return
        name = line.partition(":")[0].strip().lower()
        if ":" in line and not name.startswith("#") and name not in FRONT_MATTER:
            yield Mistake(path=path, line=number, text=f"{name}: nothing of this name is known here.")


def _vocabulary(folder: Path, languages: Sequence[str] | None) -> Iterator[Mistake]:
    """Yield what is wrong with its words; `languages` are None where nobody knows them."""
    found: list[Mistake] = []
    for path in sorted(folder.glob("*.toml")):
        if languages is not None and path.stem not in languages:
            said = f"{path.stem} is none of the business's languages ({', '.join(languages)})."
            found.append(Mistake(path=path, text=said))
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
    if declared is None:
        return
    ours = read_sandbox(EVERYONE)
    names = {
        "sentences": {*ours.sentences},
        "patterns": {*ours.patterns},
        "abilities": None if known is None else {*known},
    }
    for table, there in names.items():
        for name in getattr(declared, table):
            if there is not None and name not in there:
                yield file.mistake([table, name], f"{table}.{name}: {NOT_THERE[table]}.")
    for name, intent in declared.intents.items():
        for place, said in _intent(intent, declared, ours, known):
            yield file.mistake(["intents", name, *place], f"{'.'.join(('intents', name, *place))}: {said}.")


def _intent(
    intent: DeclaredIntent, declared: Declared, ours: Declared, known: Mapping[str, Tool] | None
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield what an intent names and nobody has, each with its place in the intent."""
    if intent.offered and intent.offered not in ours.sentences:
        yield ("offered",), f"there is no sentence {intent.offered}"
    for other in intent.after:
        if other not in declared.intents and other not in ours.intents:
            yield ("after",), f"there is no intent {other}"
    for name, argument in intent.arguments.items():
        for language, question in argument.ask.items():
            if not question.rstrip().endswith("?"):
                yield ("arguments", name, "ask", language), "it must end with a question mark"
    if not intent.tool or known is None:
        return
    if (tool := known.get(intent.tool)) is None:
        yield ("tool",), f"no tool is called {intent.tool}"
        return
    for name in sorted({*intent.arguments} - {*tool.parameters.get("properties", {})}):
        yield ("arguments", name), f"{intent.tool} takes no argument of this name"
