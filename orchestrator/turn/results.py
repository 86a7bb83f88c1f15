"""What a tool's result is to the journal and to the model: one JSON object, without instructions in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guardrails.spotlight import without_instructions
from guardrails.verdict import Judgement, Verdict
from tools.tool import ToolResult

Packed = dict[str, Any]


def pack(result: ToolResult) -> tuple[Packed, tuple[Verdict, ...]]:
    """Return a result as the journal has it, and what was found in it that wants an operator's eye.

    What a tool brings back is data, whoever wrote it. Its wish for a human stands under `handoff`.
    """
    packed: Packed = {"ok": result.ok}
    found: list[Verdict] = []
    for name, value in (("data", result.data), ("error", result.error), ("message", result.message)):
        if value is not None:
            packed[name], verdicts = without_instructions(value)
            found += [verdict for verdict in verdicts if verdict.judgement is not Judgement.ALLOW]
    if result.files:
        packed["goes_out_with_the_reply"] = [file.name for file in result.files]
    if result.handoff is not None:
        packed["handoff"] = {"reason": result.handoff.reason, "priority": result.handoff.priority}
    return packed, tuple(found)


def as_read(packed: Mapping[str, Any]) -> Packed:
    """Return a packed result as the model reads it: the wish for a human is ours to carry out."""
    return {name: value for name, value in packed.items() if name != "handoff"}
