"""No rule takes more than linear time, whatever the reply or the facts hold."""

from __future__ import annotations

import time

import pytest

from guardrails.draft import Draft
from guardrails.rule_book import REPLY_RULES
from tests.business import shop_evidence
from tests.unit.guardrails.reply.facts import NOW, STATUS

SIZE = 8_000
HOSTILE = (
    "a", "1", "1 ", "1.", "1,", "-", ".", " ", "\n", "@", "a@", "a.", "a-", "a_", "/", "(", "[",
    "![", "<", "=",
    "A", "A ", "Aa ", "Aa-", "' ", "'s order", "you will get ", "i have issued ", "has been ", "refund ",
    "wurde ", "habe ", "sie bekommen ", "your money ", "eight ", "zweihundert", "acht und ", "24.11.", "may ",
    "24 november ", "order 1 ", "order 1042, ", "it contains ", "if ", "not ", "you can return ", "free ",
    "http://", "a.com ", "1:", "+49 ", "0", "EUR ", "€1", "1 EUR ", "30 days ", "\u200b", "\u0430", "é",
    "ﬃ",
    "eyJa.", "Bearer ", "SELECT ", "A_B", "5 Ab Ab ", "10115 Ab ", "Am Ab 1 ", "Dear Ab ", "z.B. ", "?", "“",
    "is the ", "1/2/", "aA1", "1a-", "(at) ", " dot ", "xn--", "%", "1 % ",
)  # fmt: skip


def spent(rule: str, seed: str, size: int) -> float:
    """The least CPU time of three runs on fresh objects, in seconds."""
    text = (seed * (size // len(seed) + 1))[:size]
    times = []
    for _ in range(3):
        facts = shop_evidence(
            results=(STATUS,),
            passages=(text[:2_000],),
            own_words=(text,),
            thread=text,
            now=NOW,
            secrets=(text,),
        )
        draft = Draft(text=text, channel="mail")
        started = time.process_time()
        REPLY_RULES[rule](draft, facts)
        times.append(time.process_time() - started)
    return min(times)


@pytest.mark.timed
@pytest.mark.parametrize("rule", REPLY_RULES)
def test_twice_the_text_takes_about_twice_the_time(rule: str) -> None:
    for seed in HOSTILE:
        small, large = spent(rule, seed, SIZE), spent(rule, seed, 4 * SIZE)
        # four times the size may take four times as long and some noise; quadratic would be sixteen times
        assert large < 9 * small + 0.05, (seed, small, large)
