"""Run one tool, or look at what it would do, so that whatever happens becomes a result to read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from pydantic_core import to_jsonable_python

from tools.text import clean_json, clean_text, one_line
from tools.tool import (
    LARGEST_FILE,
    MOST_FILES,
    ArgumentsInvalid,
    Caller,
    Handoff,
    Preview,
    Sensitivity,
    Tool,
    ToolError,
    ToolFile,
    ToolResult,
    WithFiles,
)

MESSAGE_LIMIT = 500
SUMMARY_LIMIT = 500
FACTS_LIMIT = 4_000
NAME_LIMIT = 200

UNKNOWN = frozenset({"unavailable", "timeout", "failed", "unreadable_result"})
"""Errors of `run_tool` that leave open whether the tool took effect."""

Function = Callable[[Caller, Mapping[str, Any]], Awaitable[Any]]

log = structlog.get_logger()


async def run_tool(
    tool: Tool, caller: Caller, arguments: Mapping[str, Any], *, limit: int = 16_000
) -> ToolResult:
    """Call the tool for this caller; never raises, except CancelledError when the turn itself is cancelled.

    `limit` is the greatest length of the result's data as compact JSON, in characters (at least 200).
    Codes of its own: identity_required, invalid_arguments, timeout, unavailable, failed, unreadable_result.
    """
    if caller.trust < tool.trust and not tool.degrades:
        return _IDENTITY_REQUIRED
    doubt = "" if tool.sensitivity is Sensitivity.READ else " It is not known whether it took effect."
    value, failure = await _tried(tool, tool.function, caller, arguments, doubt)
    return failure or _result(tool, value, limit)


async def preview_tool(tool: Tool, caller: Caller, arguments: Mapping[str, Any]) -> Preview | ToolResult:
    """Find out what a call would do, without any effect; a ToolResult says why it can't be done.

    Never raises, except CancelledError when the turn itself is cancelled. The codes are those of `run_tool`.
    A tool without a preview is described by its name and arguments. The summary has at most 500 characters,
    the facts at most 4,000 as compact JSON.
    """
    if caller.trust < tool.trust and not tool.degrades:
        return _IDENTITY_REQUIRED
    found, failure = await _tried(tool, tool.preview or partial(_by_name, tool), caller, arguments, "")
    return failure or _previewed(tool, found)


async def _by_name(tool: Tool, caller: Caller, arguments: Mapping[str, Any]) -> Preview:
    return Preview(summary=f"{tool.name} {_compact(to_jsonable_python(arguments, inf_nan_mode='null'))}")


async def _tried(
    tool: Tool, function: Function, caller: Caller, arguments: Mapping[str, Any], doubt: str
) -> tuple[Any, ToolResult | None]:
    """What the function returned, or its failure as a result; `doubt` is added where it may have acted."""
    try:
        return await _call(tool, function, caller, arguments), None
    except asyncio.CancelledError:
        if _being_cancelled():
            raise
        log.warning("tool_interrupted", tool=tool.name)
        return None, _failure("failed", "The tool was interrupted." + doubt)
    except Exception as error:
        return None, _explained(tool, error, doubt)


async def _call(tool: Tool, function: Function, caller: Caller, arguments: Mapping[str, Any]) -> Any:
    try:
        cleaned = clean_json(dict(arguments))
    except ValueError as error:
        raise ArgumentsInvalid(f"arguments: {error}.") from error
    async with asyncio.timeout(tool.timeout):
        return await function(caller, cleaned)


def _being_cancelled() -> bool:
    """Whether this task was asked to stop, and not just something inside the tool."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def _explained(tool: Tool, error: Exception, doubt: str) -> ToolResult:
    if isinstance(error, ToolError):
        return _failure(error.code, error.message)
    # Only the kind of error is logged: its text may hold personal data.
    log.warning("tool_failed", tool=tool.name, error=type(error).__name__)
    if isinstance(error, TimeoutError):
        return _failure("timeout", "The tool took too long." + doubt)
    # A store that is away says when to come back, whatever floor its error is from.
    if isinstance(error, OSError) or getattr(error, "retry_after", None) is not None:
        return _failure("unavailable", "The system behind the tool can't be reached." + doubt)
    return _failure("failed", "The tool failed." + doubt)


def _previewed(tool: Tool, found: Any) -> Preview | ToolResult:
    """The preview with everything in it bounded and fit for a database."""
    try:
        facts = clean_json(to_jsonable_python(clean_json(dict(found.facts)), inf_nan_mode="null"))
        text = _compact(facts)
        return Preview(
            summary=clean_text(found.summary)[:SUMMARY_LIMIT],
            told={language: clean_text(told)[:SUMMARY_LIMIT] for language, told in found.told.items()},
            facts=facts if len(text) <= FACTS_LIMIT else _beginning(text, FACTS_LIMIT),
            amount=found.amount,
            currency=found.currency,
        )
    except Exception as error:
        log.error("tool_preview_unreadable", tool=tool.name, error=type(error).__name__)
        return _failure("unreadable_result", "What the tool would do can't be read.")


def _result(tool: Tool, value: Any, limit: int) -> ToolResult:
    if isinstance(value, WithFiles):
        return _with_files(tool, _result(tool, value.value, limit), value.files)
    handoff = value if isinstance(value, Handoff) else None
    if handoff is not None:
        value = {"handed_off": True, "reason": handoff.reason, "priority": handoff.priority}
    try:
        # Cleaned before, as keys with lone surrogates can't be converted, and after, for what objects held.
        data = clean_json(to_jsonable_python(clean_json(value), inf_nan_mode="null"))
        text = _compact(data)
    except Exception as error:
        # A tool may return anything: what can't be written as JSON must not stop the turn.
        log.error("tool_result_unreadable", tool=tool.name, error=type(error).__name__)
        return _failure("unreadable_result", "The tool ran, but its result can't be read.")
    if len(text) <= limit:
        return ToolResult(ok=True, data=data, handoff=handoff)
    message = "The result was too long; this is its beginning."
    return ToolResult(ok=True, data=_beginning(text, limit), message=message, handoff=handoff)


def _with_files(tool: Tool, result: ToolResult, files: tuple[ToolFile, ...]) -> ToolResult:
    """Add the files that may be sent; the tool has run, so that one too many takes nothing else along."""
    if not result.ok:
        return result
    sent = tuple(_named(each) for each in files[:MOST_FILES] if 0 < len(each.data) <= LARGEST_FILE)
    if len(sent) == len(files):
        return replace(result, files=sent)
    log.warning("tool_files_refused", tool=tool.name, files=len(files) - len(sent))
    told = f"{result.message or ''} Some of its files are too many or too large, and are not sent.".strip()
    return replace(result, files=sent, message=told)


def _named(file: ToolFile) -> ToolFile:
    """The file under a name that is one line and no path."""
    name = clean_text(one_line(file.name)).replace("/", "_").replace("\\", "_").strip(". ")[:NAME_LIMIT]
    return replace(file, name=name or "file")


def _beginning(text: str, limit: int) -> dict[str, Any]:
    """The first part of a JSON text, as a value that itself fits the limit."""
    shown = text[:limit]
    cut: dict[str, Any] = {"truncated": True, "characters": len(text), "beginning": shown}
    while (excess := len(_compact(cut)) - limit) > 0 and shown:
        # Quotes and backslashes are escaped once more, so one character may stand for two.
        shown = shown[: len(shown) - max(1, excess // 2)]
        cut["beginning"] = shown
    return cut


def _compact(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _failure(code: str, message: str) -> ToolResult:
    return ToolResult(ok=False, error=code, message=clean_text(message)[:MESSAGE_LIMIT])


_IDENTITY_REQUIRED = _failure("identity_required", "The customer's identity must be verified first.")
