"""What every channel is to the rest of the house: start, send, stop, and what it can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from orchestrator.conversation.message import Delivery


@dataclass(frozen=True, kw_only=True, slots=True)
class Capabilities:
    """What a channel can do with a reply; fixed for the life of the channel."""

    early_release: bool
    """Reviewed sentences may be shown or spoken before the whole reply is ready."""
    stored: bool
    """Storing the reply is delivering it (the client reads the conversation): no outgoing queue."""
    attachments: bool
    """Customers can send files along."""


class Channel(Protocol):
    """One adapter between a wire and the normal form.

    Mail, chat and voice implement this by having these members; there is nothing to inherit.
    """

    @property
    def name(self) -> str:
        """Name of the channel as it stands in `Inbound.channel` and `Delivery.channel`."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What this channel can do."""
        ...

    async def start(self) -> None:
        """Open listeners and whatever else has to run; returns when customers can be served."""
        ...

    async def send(self, delivery: Delivery) -> None:
        """Bring one reply to the customer; returning means that the wire has taken it.

        Raises whatever went wrong: the delivery worker retries with backoff and, in the end,
        tells an operator. Sending the same `delivery.id` twice must not reach the customer twice
        where the wire can tell.
        """
        ...

    async def stop(self) -> None:
        """Refuse new work, let go of clients politely, and return within a bounded time."""
        ...
