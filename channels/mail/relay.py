"""What every way out for mail is to the rest of the house, and how a try to send ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from orchestrator.conversation.deliverer import DeliveryFailed

_LONGEST_REPLY: Final = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """One recipient the server did not take; `permanent` says that trying again is of no use."""

    address: str
    code: int
    reply: str

    @property
    def permanent(self) -> bool:
        """Whether the server said no for good (5xx, RFC 5321 4.2.1)."""
        return self.code >= 500

    def __str__(self) -> str:
        return f"{self.code} {self.reply}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """The message was taken for at least one recipient; the others stand in `refused`."""

    accepted: tuple[str, ...]
    refused: tuple[Refused, ...]
    reply: str
    """What the server said last, often with its queue id."""


class AllRefused(DeliveryFailed):
    """No recipient was taken; permanent only when every one was refused for good."""

    def __init__(self, refused: Sequence[Refused]) -> None:
        super().__init__(reasons(refused), permanent=all(one.permanent for one in refused))
        self.refused = tuple(refused)


class Relay(Protocol):
    """Brings a finished message to the next server, or to where it is kept."""

    async def send(self, message: bytes, *, sender: str, recipients: Sequence[str]) -> Sent:
        """Send `message` (CRLF) to all recipients; `sender` is the envelope's, `""` for none.

        Returns when at least one recipient is taken for good; raises `DeliveryFailed` when none is.
        """
        ...

    async def close(self) -> None:
        """Let go of connections; sending again opens new ones."""
        ...


def reasons(refused: Iterable[Refused]) -> str:
    """Say in one line what the server answered; without addresses, which are personal data."""
    return "; ".join(dict.fromkeys(str(one) for one in refused))[:_LONGEST_REPLY]


def short_reply(text: str) -> str:
    """Make one bounded, printable line of what a server said."""
    line = " ".join(text.split())
    return "".join(c if c.isprintable() else "?" for c in line[:_LONGEST_REPLY])
