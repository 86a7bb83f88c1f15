"""The corpora of injections and of ordinary mails, and how they are screened."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from guardrails.policy.screening_settings import Screening
from guardrails.screening import InboundText, Source, screen
from guardrails.verdict import Judgement, strictest

FIXTURES = Path(__file__).parents[2] / "fixtures" / "injection"
SETTINGS = Screening()


def rows(name: str) -> list[dict[str, Any]]:
    text = (FIXTURES / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def judged(text: str, source: Source = "mail", settings: Screening = SETTINGS) -> Judgement:
    return strictest(*screen(InboundText(text=text, source=source), settings)).judgement


def share(judgements: Iterable[Judgement], *wanted: Judgement) -> float:
    each = list(judgements)
    return sum(judgement in wanted for judgement in each) / len(each)
