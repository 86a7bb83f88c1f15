"""The inbound rules, in order: what comes in passes all of them before the model sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from guardrails.inbound_text import InboundText, ScannedText
from guardrails.injection.weighing import scan
from guardrails.policy.screening_settings import Screening
from guardrails.rules.inbound import for_humans, instructions, nuisance
from guardrails.verdict import Judgement, Verdict

InboundRule = Callable[[ScannedText, Screening], Verdict]

INBOUND_RULES: Mapping[str, InboundRule] = {
    nuisance.FLOODING: nuisance.check_flood,
    for_humans.PHRASES: for_humans.check_phrases,
    for_humans.TOPICS: for_humans.check_topics,
    nuisance.ABUSE: nuisance.check_abuse,
    instructions.HIDDEN: instructions.check_hidden,
    instructions.ENCODED: instructions.check_encoded,
    instructions.OPEN: instructions.check_open,
}


def screen(
    incoming: InboundText, screening: Screening, rules: Mapping[str, InboundRule] = INBOUND_RULES
) -> tuple[Verdict, ...]:
    """Return every verdict but ALLOW, in the order of the rules; linear in the text, never raises."""
    scanned = ScannedText(incoming=incoming, scan=scan(incoming.text))
    verdicts = (rule(scanned, screening) for rule in rules.values())
    return tuple(verdict for verdict in verdicts if verdict.judgement is not Judgement.ALLOW)
