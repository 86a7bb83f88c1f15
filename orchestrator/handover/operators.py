"""What a human may do with a conversation: take it, reply, give it back, close it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

import structlog

from orchestrator.conversation.event_bus import EventBus, Lagged
from orchestrator.errors import MessageInvalid
from orchestrator.handover.ownership import LOOSE, Custody, Grip, HeldConversation

log = structlog.get_logger()
LONGEST_TEXT = 100_000
LONGEST_NAME = 100


class Operators:
    """The operators' side of the conversations; `operator` is the name a human works under.

    Every method raises `ConversationUnknown`, `Conflict` (another operator has it, or it has gone on behind
    what `grip` names), `MessageInvalid` or `StoreAway`; then nothing was changed. Each change is told to
    listeners here and on other replicas, and leaves one line in the log.
    """

    def __init__(
        self,
        *,
        custody: Custody,
        bus: EventBus,
        turns_wait: Callable[[], None],
        deliveries_wait: Callable[[], None],
    ) -> None:
        self._custody = custody
        self._bus = bus
        self._turns_wait = turns_wait
        self._deliveries_wait = deliveries_wait

    async def take(self, conversation_id: UUID, operator: str, grip: Grip = LOOSE) -> HeldConversation:
        """Take the conversation from the bot or the queue; harmless when it is the operator's already."""
        operator = checked_name(operator)
        held = await self._custody.take(conversation_id, operator, grip)
        if held.changed:
            log.info("operator took a conversation", operator=operator, conversation=str(conversation_id))
            self._tell(conversation_id)
        return held

    async def reply(
        self,
        conversation_id: UUID,
        operator: str,
        text: str,
        key: str | None = None,
        files: Sequence[UUID] = (),
        *,
        grip: Grip = LOOSE,
    ) -> HeldConversation:
        """Post `text` to the customer and take the conversation with it; the same `key` posts once.

        `files` are uploads that go with it; raises `FileUnknown` for one that is not there or was sent.
        """
        operator = checked_name(operator)
        _check_text(text)
        held = await self._custody.reply(conversation_id, operator, text, key=key, files=files, grip=grip)
        if held.changed:
            log.info(
                "operator replied",
                operator=operator,
                conversation=str(conversation_id),
                message=str(held.message_id),
            )
            self._tell(conversation_id)
            self._deliveries_wait()
        return held

    async def release(self, conversation_id: UUID, operator: str, grip: Grip = LOOSE) -> HeldConversation:
        """Give the conversation back to the bot; it answers what no operator has replied to."""
        operator = checked_name(operator)
        held = await self._custody.release(conversation_id, operator, grip)
        log.info("operator released a conversation", operator=operator, conversation=str(conversation_id))
        self._tell(conversation_id)
        self._turns_wait()
        return held

    async def close(self, conversation_id: UUID, operator: str, grip: Grip = LOOSE) -> HeldConversation:
        """Close the conversation; the customer's next message opens it again."""
        operator = checked_name(operator)
        held = await self._custody.close(conversation_id, operator, grip)
        log.info("operator closed a conversation", operator=operator, conversation=str(conversation_id))
        self._tell(conversation_id)
        self._turns_wait()  # the customer's other conversation may have waited for a turn that ended now
        return held

    def _tell(self, conversation_id: UUID) -> None:
        # Not the message itself: two changes told in the wrong order would make a reader skip one.
        self._bus.bring(conversation_id, Lagged())


def checked_name(operator: str) -> str:
    """Return an operator's name without the space around it; raise `MessageInvalid`."""
    name = operator.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise MessageInvalid(f"An operator's name has 1 to {LONGEST_NAME} printable characters.")
    return name


def _check_text(text: str) -> None:
    if not text.strip():
        raise MessageInvalid("The message is empty.")
    if len(text) > LONGEST_TEXT:
        raise MessageInvalid(f"The message is longer than {LONGEST_TEXT} characters.")
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise MessageInvalid("The message holds characters that are no text.")
