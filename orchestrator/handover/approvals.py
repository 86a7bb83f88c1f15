"""What an operator may do with actions that wait for a human: see them, and decide each once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog

from orchestrator.errors import MessageInvalid
from orchestrator.handover.approval_book import ApprovalBook, ApprovalPlace, Verdict
from orchestrator.handover.operators import checked_name

log = structlog.get_logger()
LONGEST_NOTE = 2_000


class Approvals:
    """The operators' side of approvals; `actions_wait` is told when something was decided."""

    def __init__(self, *, book: ApprovalBook, actions_wait: Callable[[], None]) -> None:
        self._book = book
        self._actions_wait = actions_wait

    async def list(
        self, *, state: str | None, after: ApprovalPlace | None, limit: int
    ) -> list[dict[str, Any]]:
        """Return up to `limit` approvals behind a place, newest first; raise `StoreAway`."""
        return await self._book.items(state=state, after=after, limit=limit)

    async def get(self, approval_id: UUID) -> dict[str, Any]:
        """Return one approval; raise `ApprovalUnknown` or `StoreAway`."""
        return await self._book.item(approval_id)

    async def decide(
        self, approval_id: UUID, verdict: Verdict, operator: str, note: str = "", *, seen_seq: int = 0
    ) -> dict[str, Any]:
        """Decide once and return the approval; the effect and the word to the customer follow by themselves.

        `note` is for operators only, `seen_seq` the customer's last message they have read. Raises
        `ApprovalUnknown`, `ApprovalDecided`, `ApprovalExpired`, `CustomerWrote` (a yes to what the customer
        has written about since), `MessageInvalid` or `StoreAway`; then nothing was changed.
        """
        operator, note = checked_name(operator), _checked_note(note)
        item = await self._book.decide(approval_id, verdict, operator=operator, note=note, seen_seq=seen_seq)
        log.info("approval decided", operator=operator, approval=str(approval_id), verdict=verdict)
        self._actions_wait()
        return item


def _checked_note(note: str) -> str:
    if len(note) > LONGEST_NOTE:
        raise MessageInvalid(f"A note has at most {LONGEST_NOTE} characters.")
    if "\0" in note or any("\ud800" <= character <= "\udfff" for character in note):
        raise MessageInvalid("The note holds characters that are no text.")
    return note.strip()
