"""What comes in, and how it reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from guardrails.injection.weighing import Scan

Source = Literal["chat", "mail", "voice", "quote", "file_name", "tool_result", "knowledge"]


@dataclass(frozen=True, kw_only=True, slots=True)
class InboundText:
    """A text before the model sees it; a quote stands in a mail and may be somebody else's words.

    `trust` is 0 to 3; `recent` are the customer's messages in the last 10 minutes, this one included;
    `repeats` is how often the same text came in the last hour.
    """

    text: str
    source: Source
    trust: int = 0
    recent: int = 1
    repeats: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class ScannedText:
    """An incoming text and its scan, made once for all rules."""

    incoming: InboundText
    scan: Scan
