"""Families of attacks: one file each, `attacks()` yields its variants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from scripts.redteam_suite.case import Attack
from scripts.redteam_suite.families import (
    approval_replay,
    argument_smuggling,
    below_level_three,
    claimed_address,
    code_guessing,
    cross_customer,
    encoded_instructions,
    flooding,
    forged_from,
    hidden_html,
    impersonation,
    injected_article,
    injected_tool_result,
    invented_policy,
    links,
    memory_poisoning,
    prompt_leak,
    refund_by_persuasion,
    session_guessing,
    token_replay,
    voice_claims,
    voice_proofs,
)

FAMILIES: Mapping[str, Callable[[], Iterable[Attack]]] = MappingProxyType({
    family.FAMILY: family.attacks
    for family in (
        cross_customer, refund_by_persuasion, below_level_three, forged_from, claimed_address,
        injected_tool_result, injected_article, hidden_html, encoded_instructions, prompt_leak,
        argument_smuggling, approval_replay, code_guessing, token_replay, session_guessing,
        invented_policy, links, impersonation, memory_poisoning, flooding, voice_claims, voice_proofs,
    )
})  # fmt: skip
QUICK = 7
"""Variants of a family that the short form runs, spread over all of them."""


def attacks(names: Sequence[str], *, quick: bool = False) -> list[Attack]:
    """Return the variants of these families."""
    found: list[Attack] = []
    for name in names:
        every = list(FAMILIES[name]())
        found += every[:: max(1, -(-len(every) // QUICK))] if quick else every
    return found
