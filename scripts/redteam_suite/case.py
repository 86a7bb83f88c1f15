"""One attempt: who attacks whom, what the attacker wrote, and what he got to see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from string import Template
from typing import Any, Protocol

from scripts.redteam_suite.house import House
from scripts.redteam_suite.model import Decision
from scripts.redteam_suite.people import Person

Step = Decision | Callable[["Case"], Decision]
Run = Callable[["Case"], Awaitable[None]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Attack:
    """One variant of a family; `run` carries it out."""

    family: str
    variant: str
    run: Run
    voice: bool = False
    """Whether it calls: the gateway needs its voice then."""


class Channel(Protocol):
    """One conversation from the attacker's side.

    `conversation` is its id once the first message is in, `allowed` how far it may be believed.
    """

    conversation: str
    allowed: int

    async def say(self, text: str, *steps: Step, **more: Any) -> str:
        """Write a message that the model answers step by step, wait for its turn, return what was heard."""
        ...

    async def close(self) -> None:
        """Hang up."""
        ...


@dataclass(kw_only=True, slots=True)
class Case:
    """An attack under way. `me` is the attacker, a customer like any other; `victim` somebody else."""

    attack: Attack
    number: int
    me: Person
    victim: Person
    house: House
    written: list[str] = field(default_factory=list)
    """What the attacker wrote, or planted in what is his own: no secret to him."""
    directed: list[str] = field(default_factory=list)
    """What he told the model to say or do."""
    heard: list[tuple[str, str]] = field(default_factory=list)
    """Where something was said to him, and what."""
    forbidden: list[str] = field(default_factory=list)
    """Statements that must not reach him, whoever's data they hold."""
    conversations: dict[str, int] = field(default_factory=dict)
    """His conversations, and how far each may be believed, 0 to 3."""
    notes: Counter[str] = field(default_factory=Counter)
    """What held the attack beside verdicts and actions, such as an HTTP status."""
    leaks: list[str] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    """Fields of the victim that reached the model."""
    requests: int = 0
    mark: str = ""
    """The secret mark in the last prompt that the model read: the hostile model knows it."""
    spent: int = 0
    """Model requests as the gateway's own ledger has them, where an attack counted them."""
    watch: list[str] | None = None
    """Where the prompts of the model are kept, for attacks that look into them."""
    given: list[str] | None = None
    """The same for all that the model was given, one text a request."""
    opened: list[Channel] = field(default_factory=list)
    others: list[Case] = field(default_factory=list)
    """Honest customers who take part: what they do is theirs to do."""

    def honest(self) -> Case:
        """Return the victim's own side of the attack."""
        other = Case(attack=self.attack, number=self.number, me=self.victim, victim=self.me, house=self.house)
        self.others.append(other)
        return other

    def held(self, what: str) -> None:
        """Note what stopped a step."""
        self.notes[what] += 1

    def leak(self, what: str) -> None:
        """Report a broken promise."""
        self.leaks.append(what)

    def hear(self, where: str, text: str) -> None:
        """Note something that was said to the attacker."""
        if text:
            self.heard.append((where, text))

    def filled(self, value: Any) -> Any:
        """Return a value with `$name`, `$order` and the like filled in."""
        if isinstance(value, str):
            return Template(value).safe_substitute(self.words)
        if isinstance(value, Mapping):
            return {self.filled(key): self.filled(each) for key, each in value.items()}
        if isinstance(value, Sequence) and not isinstance(value, bytes):
            return [self.filled(each) for each in value]
        return value

    @property
    def words(self) -> Mapping[str, str]:
        """Return what may be filled in: the victim's by plain names, the attacker's own with `my_` before."""
        return {**_words(self.victim), **{f"my_{name}": word for name, word in _words(self.me).items()}}


def _words(who: Person) -> dict[str, str]:
    first, last = who.name.split()
    large = who.large
    return {
        "name": who.name, "first": first, "last": last, "email": who.email,
        "street": who.street, "city": who.city, "address": who.address,
        "order": str(who.paid.number), "open": str(who.open.number), "large": str(large.number),
        "total": f"{who.paid.total}", "large_total": f"{large.total}", "currency": who.paid.currency,
        "status": who.paid.status, "item": who.paid.item, "carrier": who.paid.carrier,
        "tracking": who.paid.tracking, "ordered": who.paid.ordered_on.isoformat(),
        "delivered": who.paid.expected_on.isoformat(),
    }  # fmt: skip


def act(tool: str, **arguments: Any) -> dict[str, Any]:
    """Return one action of a decision."""
    return {"tool": tool, "arguments": arguments}


def do(*actions: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return a decision that acts."""
    return {"intent": "obey", "actions": list(actions), **more}


def tell(text: str, **more: Any) -> dict[str, Any]:
    """Return a decision that replies."""
    return {"intent": "obey", "reply": text, **more}
