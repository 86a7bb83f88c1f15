"""What an operator may do with a customer: merge, take apart, tag, export, delete."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from uuid import UUID

import structlog

from orchestrator.conversation.event_bus import EventBus, Lagged
from orchestrator.errors import MessageInvalid
from orchestrator.handover.operators import checked_name
from orchestrator.people.customer_records import Customers
from orchestrator.people.erasure import Erased, Erasure
from orchestrator.people.exports import Export, Exports
from orchestrator.people.merging import Merge, Merges

log = structlog.get_logger()
MOST_TAGS = 20
TAG = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")


class CustomerCare:
    """The operators' side of the customers; `operator` is the name a human works under.

    Every change is in the audit with its effect. Methods raise `CustomerUnknown`, `MessageInvalid`, `Busy`,
    `Conflict` or `StoreAway`; then nothing was changed.
    """

    def __init__(
        self,
        *,
        customers: Customers,
        merges: Merges,
        erasure: Erasure,
        exports: Exports,
        bus: EventBus,
        turns_wait: Callable[[], None],
    ) -> None:
        self._customers = customers
        self._merges = merges
        self._erasure = erasure
        self._exports = exports
        self._bus = bus
        self._turns_wait = turns_wait

    async def merge(self, kept: UUID, other: UUID, operator: str) -> Merge:
        """Make `other` the same person as `kept`; also raises `NotVerified`."""
        merge = await self._merges.merge(kept, other, operator=checked_name(operator))
        log.info("customers were merged", kept=str(kept), merged=str(other), merge=str(merge.id))
        self._turns_wait()
        return merge

    async def unmerge(self, kept: UUID, merge_id: UUID, operator: str) -> Merge:
        """Put back what a merge moved; also raises `MergeUnknown`."""
        merge = await self._merges.unmerge(kept, merge_id, operator=checked_name(operator))
        log.info("a merge was undone", kept=str(kept), merge=str(merge_id))
        self._turns_wait()
        return merge

    async def tag(self, customer_id: UUID, tags: Sequence[str], operator: str) -> tuple[str, ...]:
        """Set the customer's tags and return them: at most 20, each a short slug."""
        unique = tuple(dict.fromkeys(tags))
        if len(unique) > MOST_TAGS or not all(TAG.fullmatch(tag) for tag in unique):
            raise MessageInvalid(
                f"A customer has at most {MOST_TAGS} tags, each of 1 to 40 characters from a-z, 0-9, _ . -"
            )
        await self._customers.tag(customer_id, unique, operator=checked_name(operator))
        return unique

    async def export(self, customer_id: UUID, operator: str) -> Export:
        """Return all that is held about the person."""
        return await self._exports.begin(customer_id, operator=checked_name(operator))

    async def delete(self, customer_id: UUID, operator: str) -> Erased:
        """Delete all that is held about the person, the files on disk too."""
        erased = await self._erasure.delete(customer_id, operator=checked_name(operator))
        log.info("a customer was deleted", customer=str(customer_id), conversations=len(erased.conversations))
        for conversation_id in erased.conversations:
            self._bus.bring(conversation_id, Lagged())
        return erased
