"""From a server's list to tools of ours: named, graded and described as the configuration says."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tools.mcp.bounds import MOUNTED
from tools.mcp.foreign_schema import Clean, SchemaRefused, shown_text, taken_schema
from tools.mcp.settings import NAME, Grade, McpServerSettings
from tools.text import clean_text
from tools.tool import Caller, Tool

if TYPE_CHECKING:
    from tools.mcp.mcp_session import Listed

DESCRIPTION = 500
RESERVED = frozenset({"respond"})
"""Names that mean something else to a model with native function calling."""

Call = Callable[[str, Grade, Caller, Mapping[str, Any]], Awaitable[Any]]
"""Calls a tool by the server's name for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mounted:
    """A tool of ours, and what its server said of it when it was taken over."""

    tool: Tool
    said: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """What of a server is mounted, by our names, and a sentence for each thing that is not."""

    mounted: Mapping[str, Mounted]
    notices: tuple[str, ...]


def offer(
    settings: McpServerSettings,
    listed: Sequence[Listed],
    *,
    call: Call,
    clean: Clean,
    taken: Collection[str],
    before: Mapping[str, Mounted],
) -> Offer:
    """Return the allowed tools of a list; a tool that is as it was `before` stays the same object.

    `taken` are names of other tools, which no server may take.
    """
    mounted: dict[str, Mounted] = {}
    notices: list[str] = list(_absent(settings, listed))
    for each in listed:
        if not any(fnmatchcase(each.name, allowed) for allowed in settings.allow):
            continue
        grade = settings.grades.get(each.name, settings.default)
        name = grade.rename or settings.prefix + each.name
        if refusal := _refusal(name, mounted, taken):
            notices.append(f"{_shown(each.name)}: {refusal}.")
            continue
        try:
            mounted[name] = _same(before, name, each) or _mounted(name, each, grade, call, clean)
        except SchemaRefused as error:
            notices.append(f"{_shown(each.name)}: {error}.")
    return Offer(mounted=mounted, notices=tuple(notices))


def _refusal(name: str, mounted: Mapping[str, Mounted], taken: Collection[str]) -> str | None:
    if not NAME.fullmatch(name) or name in RESERVED:
        return "no model can call it by that name; give it another with rename"
    if name in taken or name in mounted:
        return f"there is another tool {name}; give it a prefix or rename it"
    return f"only {MOUNTED} tools of a server are mounted" if len(mounted) == MOUNTED else None


def _absent(settings: McpServerSettings, listed: Sequence[Listed]) -> Iterator[str]:
    """Name what the configuration mentions and the server does not have."""
    names = {each.name for each in listed}
    exact = {name for name in settings.allow if not set("*?[") & set(name)}
    yield from (
        f"{name}: the server has no such tool." for name in sorted((exact | settings.grades.keys()) - names)
    )


def _same(before: Mapping[str, Mounted], name: str, listed: Listed) -> Mounted | None:
    known = before.get(name)
    return known if known is not None and known.said == _said(listed) else None


def _said(listed: Listed) -> str:
    return json.dumps([listed.name, listed.description, listed.schema], sort_keys=True)


def _mounted(name: str, listed: Listed, grade: Grade, call: Call, clean: Clean) -> Mounted:
    async def function(caller: Caller, arguments: Mapping[str, Any]) -> Any:
        return await call(listed.name, grade, caller, arguments)

    tool = Tool(
        name=name,
        description=grade.description or shown_text(listed.description, clean, DESCRIPTION) or name,
        parameters=taken_schema(listed.schema, clean),
        sensitivity=grade.sensitivity,
        trust=grade.trust,
        idempotent=grade.idempotent,
        timeout=grade.timeout,
        function=function,
        needs=grade.needs,
        trusted=False,
    )
    return Mounted(tool=tool, said=_said(listed))


def _shown(name: str) -> str:
    return clean_text(name)[:64] if name.isprintable() else "a tool"


if TYPE_CHECKING:
    from mcp_types import CallToolResult, ContentBlock

MAX_TEXT = 20_000
"""Characters of text that are kept; the gateway's own limit on a result is lower."""
MAX_BLOCKS = 50


def result_value(result: CallToolResult) -> Any:
    """Return the structured content, or else the text, read as JSON where it is JSON.

    Pictures, sounds and files are named and not shown: nothing of them reaches the model.
    """
    notes = [_note(block) for block in result.content[:MAX_BLOCKS] if block.type != "text"]
    value = result.structured_content
    if value is None:
        value = _read(result_text(result))
    return {"value": value, "not_shown": notes} if notes else value


def result_text(result: CallToolResult) -> str:
    """Return the text of a result, shortened."""
    return clean_text("\n".join(_texts(result.content[:MAX_BLOCKS])))[:MAX_TEXT]


def _texts(content: Iterable[ContentBlock]) -> Iterable[str]:
    return (block.text[:MAX_TEXT] for block in content if block.type == "text")


def _read(text: str) -> Any:
    if text.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass  # then it is text that only looks like JSON
    return {"text": text}


def _note(block: ContentBlock) -> str:
    kinds = {
        "image": "a picture",
        "audio": "a sound",
        "resource": "a file",
        "resource_link": "a link to a file",
    }
    return f"{kinds.get(block.type, 'something')} that can't be shown here"
