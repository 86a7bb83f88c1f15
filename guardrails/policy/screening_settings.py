"""What the policy says of what comes in: topics, phrases that mean a human, limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from guardrails.word_tables import listed, read_table

Priority = Literal["low", "normal", "high", "urgent"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Topic:
    """A matter the bot never handles; a message with one of the phrases goes to a human, with the reason."""

    name: str
    phrases: tuple[str, ...]
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HumanPhrase:
    """Phrases that always mean a human, at that priority (a legal threat, the press)."""

    name: str
    phrases: tuple[str, ...]
    priority: Priority = "high"


HUMAN_PHRASES = tuple(
    HumanPhrase(name=name, phrases=listed(each["phrases"]), priority=each["priority"])
    for name, each in read_table("guardrails.policy", "human_phrases.toml").items()
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Screening:
    """The part of the policy that screening reads.

    `flood_messages` are a customer's messages in 10 minutes, `flood_repeats` the same text in an hour;
    more than that is held for a human.
    """

    topics: tuple[Topic, ...] = ()
    human_phrases: tuple[HumanPhrase, ...] = HUMAN_PHRASES
    flood_messages: int = 30
    flood_repeats: int = 5
