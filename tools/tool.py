"""A tool: one async function with typed parameters, and what the gateway must know before it runs it."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, Protocol, TypeVar
from uuid import UUID

from tools.schema import Parameters

Priority = Literal["low", "normal", "high", "urgent"]
T = TypeVar("T")


class Sensitivity(StrEnum):
    """What a call can do to the customer: look, change something small, or move money and goods."""

    READ = "read"
    WRITE = "write"
    SENSITIVE = "sensitive"


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """For whom a tool runs. It comes from the turn, never from the model.

    `trust` is the level 0 to 3 of the contact; addresses are e-mail addresses in lower case.
    `idempotency_key` is the same whenever the same action is run again.
    """

    customer_id: UUID
    conversation_id: UUID
    turn_id: UUID
    trust: int
    channel: str
    language: str
    name: str | None
    verified_addresses: tuple[str, ...]
    claimed_addresses: tuple[str, ...]
    idempotency_key: str
    now: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Handoff:
    """A wish that a human takes over. A tool returns it; the turn carries it out with the reply."""

    reason: str
    priority: Priority = "normal"


MOST_FILES = 5
LARGEST_FILE = 5 * 1024 * 1024
"""Bytes of one file a tool sends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolFile:
    """A file for the customer, which goes out with the reply: as an attachment, or a link in the chat."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class WithFiles:
    """What a tool returns that has files for the customer: at most 5, each of at most 5 MiB."""

    value: Any
    files: tuple[ToolFile, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolResult:
    """What a call came to: `data` is a JSON value, `error` a stable code, `message` is for the model."""

    ok: bool
    data: Any = None
    error: str | None = None
    message: str | None = None
    handoff: Handoff | None = None
    files: tuple[ToolFile, ...] = ()


class ToolError(Exception):
    """A failure the model is told about.

    ToolError            a tool function says why it can't (not_found, invalid_phone, …)
    └ ArgumentsInvalid   the arguments do not fit the tool's parameters (invalid_arguments)
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class ArgumentsInvalid(ToolError):
    """The arguments do not fit the tool's parameters."""

    def __init__(self, problems: str) -> None:
        super().__init__("invalid_arguments", problems)


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """What a call would do, found out without doing it: for the policy, the operator and the customer.

    `summary` is one English sentence for an operator; `told` names the matter to the customer by language,
    e.g. {"en": "the cancellation of booking VG-4821"}; `facts` are the evidence, a JSON object.
    """

    summary: str
    told: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    amount: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool:
    """A function the model may ask for.

    `function(caller, arguments)` takes the raw argument object, checks it and raises ToolError.
    `trust` is the level 0 to 3 a caller needs; with `degrades` the tool may run below it and limits itself.
    `idempotent` says that it may be run again with the same key; `timeout` is in seconds. `preview` checks a
    call (ownership, amounts) without any effect and raises ToolError; `needs` are the kinds of private data
    its arguments may hold in plain (code, iban, …); `trusted` says that its results are our own words, which
    those of a foreign server never are.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    sensitivity: Sensitivity
    trust: int
    idempotent: bool
    timeout: float
    function: Callable[[Caller, Mapping[str, Any]], Awaitable[Any]]
    degrades: bool = False
    preview: Callable[[Caller, Mapping[str, Any]], Awaitable[Preview]] | None = None
    needs: frozenset[str] = frozenset()
    trusted: bool = True


def tool(
    *,
    sensitivity: Sensitivity,
    trust: int,
    idempotent: bool,
    timeout: float = 10.0,
    degrades: bool = False,
    preview: Callable[..., Awaitable[Preview]] | None = None,
    needs: frozenset[str] = frozenset(),
) -> Callable[[Callable[..., Awaitable[Any]]], Tool]:
    """Turn `async def name(caller: Caller, …typed parameters…)` into a Tool.

    The name is the function's, the description the first paragraph of its docstring, the JSON Schema
    comes from the parameters' types. `preview` takes the same parameters and gets them checked the same way.
    Types must be visible at module level. TypeError when it can't be done.
    """

    def build(function: Callable[..., Awaitable[Any]]) -> Tool:
        _check(function, trust, timeout)
        parameters = Parameters.of(function)
        if preview is not None and Parameters.of(preview).schema != parameters.schema:
            raise TypeError(f"{function.__name__}: its preview must take the same parameters")
        return Tool(
            name=function.__name__,
            description=_first_paragraph(function),
            parameters=parameters.schema,
            sensitivity=sensitivity,
            trust=trust,
            idempotent=idempotent,
            timeout=timeout,
            degrades=degrades,
            function=_checked(parameters, function),
            preview=None if preview is None else _checked(parameters, preview),
            needs=needs,
        )

    return build


def _checked(
    parameters: Parameters, function: Callable[..., Awaitable[T]]
) -> Callable[[Caller, Mapping[str, Any]], Awaitable[T]]:
    """The function, taking the raw argument object."""

    async def call(caller: Caller, arguments: Mapping[str, Any]) -> T:
        try:
            values = parameters.values(arguments)
        except ValueError as error:
            raise ArgumentsInvalid(str(error)) from error
        return await function(caller, **values)

    return call


def _check(function: Callable[..., Awaitable[Any]], trust: int, timeout: float) -> None:
    if not inspect.iscoroutinefunction(function):
        raise TypeError(f"{function!r} must be an async function")
    if not _first_paragraph(function):
        raise TypeError(f"{function.__name__} needs a docstring: the model reads it")
    if trust not in range(4) or timeout <= 0:
        raise TypeError(f"{function.__name__}: trust is 0 to 3 and timeout more than 0 seconds")


def _first_paragraph(function: Callable[..., Awaitable[Any]]) -> str:
    return " ".join((inspect.getdoc(function) or "").split("\n\n")[0].split())


class Toolset(Protocol):
    """The tools there are now, fixed or changing as servers come and go."""

    def get(self, name: str) -> Tool | None:
        """Return the tool of this name, or None."""
        ...

    def __iter__(self) -> Iterator[Tool]:
        """Go over all tools in the order the model is shown them."""
        ...
