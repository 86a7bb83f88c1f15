"""The inbound rules, in order: what comes in passes all of them before the model sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from guardrails.incoming import Incoming, Reading, Source
from guardrails.injection.scan import scan
from guardrails.policy.screening_settings import Screening
from guardrails.rules.inbound import (
    abuse,
    encoded_instructions,
    flooding,
    hidden_text,
    human_phrases,
    prompt_injection,
    topics,
)
from guardrails.verdict import Judgement, Verdict

__all__ = ["INBOUND_RULES", "Incoming", "Source", "screen"]

Rule = Callable[[Reading, Screening], Verdict]

INBOUND_RULES: Mapping[str, Rule] = {
    flooding.NAME: flooding.check,
    human_phrases.NAME: human_phrases.check,
    topics.NAME: topics.check,
    abuse.NAME: abuse.check,
    hidden_text.NAME: hidden_text.check,
    encoded_instructions.NAME: encoded_instructions.check,
    prompt_injection.NAME: prompt_injection.check,
}


def screen(
    incoming: Incoming, screening: Screening, rules: Mapping[str, Rule] = INBOUND_RULES
) -> tuple[Verdict, ...]:
    """Return every verdict but ALLOW, in the order of the rules; linear in the text, never raises."""
    reading = Reading(incoming=incoming, scan=scan(incoming.text))
    verdicts = (rule(reading, screening) for rule in rules.values())
    return tuple(verdict for verdict in verdicts if verdict.judgement is not Judgement.ALLOW)
