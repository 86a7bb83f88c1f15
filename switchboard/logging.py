"""Logs: constant messages with fields, to standard error; standard output stays free for the ready line.

Exceptions are logged by type and place. Their text can quote what a customer wrote, so it is left out
unless the level is debug.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from guardrails.privacy.stand_ins import mask_for_logs
from switchboard.settings import LogSettings

OURS = ("switchboard", "channels", "orchestrator", "guardrails", "tools")
DEEPEST = 30  # frames of one exception


def configure_logging(settings: LogSettings) -> None:
    """Send structlog and the standard library's loggers to standard error, in one format."""
    level = getattr(logging, settings.level.upper())
    human = settings.format == "text" or (settings.format == "auto" and sys.stderr.isatty())
    shared = _processors(with_text=settings.level == "debug")
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(human=human)],
            foreign_pre_chain=shared,
        )
    )
    # Libraries are heard from warnings on: their lines below that carry request bodies and whole commands.
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
    logging.getLogger("pogo_core").setLevel(logging.ERROR)  # it warns of each migration that it applies
    logging.captureWarnings(capture=True)
    for name in OURS:
        logging.getLogger(name).setLevel(level)


def _processors(*, with_text: bool) -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _Exceptions(with_text=with_text),
        mask_private_data,
    ]


def _renderer(*, human: bool) -> Processor:
    if human:
        return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    return structlog.processors.JSONRenderer(ensure_ascii=False)


PLAIN = frozenset({"event", "at", "level", "logger", "timestamp"})
"""Fields that hold nothing a customer wrote."""


def mask_private_data(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Mask addresses, long numbers and the like in all other fields: a slip must not reach the log."""
    for field, value in event.items():
        if field not in PLAIN and not field.startswith("_"):
            event[field] = mask_for_logs(value)
    return event


class _Exceptions:
    """Turn `exc_info` into the fields `error` (type) and `at` (file:line function, innermost last)."""

    def __init__(self, *, with_text: bool) -> None:
        self._with_text = with_text

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        error = _error(event.pop("exc_info", None))
        if error is not None:
            event.update(describe(error, with_text=self._with_text))
        return event


def _error(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, tuple):
        return exc_info[1] if isinstance(exc_info[1], BaseException) else None
    if isinstance(exc_info, BaseException):
        return exc_info
    return sys.exc_info()[1] if exc_info else None


def describe(error: BaseException, *, with_text: bool = False) -> Mapping[str, Any]:
    """Describe an exception for the log: its type and where it came from, its text only if asked for."""
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
    fields: dict[str, Any] = {
        "error": f"{type(error).__module__}.{type(error).__qualname__}",
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if error.__cause__ is not None:
        fields["cause"] = type(error.__cause__).__qualname__
    return fields | ({"text": str(error)} if with_text else {})
