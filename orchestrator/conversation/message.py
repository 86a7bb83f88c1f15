"""The normal form: what every channel hands in, and what comes back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any, Final
from uuid import UUID

from orchestrator.errors import MessageInvalid
from orchestrator.people.identity_tokens import Claims

SURROGATE: Final = re.compile("[\ud800-\udfff]")


LONGEST_TEXT: Final = 100_000


def check_text(text: str) -> None:
    """Raise `MessageInvalid` for a message that is empty, too long or no text."""
    if not text.strip():
        raise MessageInvalid("The message is empty.")
    if len(text) > LONGEST_TEXT:
        raise MessageInvalid(f"The message is longer than {LONGEST_TEXT} characters.")
    if not storable_text(text):
        raise MessageInvalid("The message holds characters that are no text.")


def storable_text(text: str) -> bool:
    """Say whether PostgreSQL keeps `text` as it is: no NUL, and no lone surrogate."""
    return "\0" not in text and not SURROGATE.search(text)


class Trust(IntEnum):
    """How far a contact is believed (docs/protocol.md, "Trust levels")."""

    ANONYMOUS = 0
    CLAIMED = 1
    AUTHENTICATED = 2
    VERIFIED = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionOpening:
    """What a session without rows is begun with once something is written in it.

    `key` names it in the store; `claims` are those of its visitor's identity token, `phone` a caller id.
    """

    channel: str
    key: str
    customer_id: UUID
    claims: Claims | None = None
    phone: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitorSession:
    """One visitor's thread of talk; `token` resumes it, for a signed-in visitor together with their identity.

    `opening` is set while nothing was written in it: then there are no rows of it, and `customer_id` may
    still be another. `generation` counts how often its token was replaced. `resumed` says that the token
    presented named this very conversation. `assistant` is `goes_on` where it answers while a human is waited
    for.
    """

    id: UUID
    token: str
    conversation_id: UUID
    customer_id: UUID
    trust: int
    last_seq: int
    status: str
    assistant: str | None = None
    generation: int = 0
    resumed: bool = False
    opening: SessionOpening | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """How a message was spoken: where in the call (milliseconds) and how surely it was heard (0 to 1)."""

    started_ms: int
    ended_ms: int
    confidence: float
    audio: str | None = None
    """The SHA-256 of the kept recording, None where none is kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallRecord:
    """A call that is over; `ended_by` is a slug.

    `heard` counts utterances that became messages, `missed` those that were not understood, `interrupted` the
    replies spoken over.
    """

    conversation_id: UUID
    began: datetime
    ended: datetime
    ended_by: str
    language: str
    heard: int
    missed: int
    interrupted: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Inbound:
    """One message of a customer; `key` is unique per channel and makes a resend safe.

    With `session` it is taken in only while that session is what it was when it was opened, and begins it
    where nothing was written yet.
    """

    channel: str
    key: str
    session_id: UUID
    text: str
    attachments: tuple[UUID, ...] = ()
    spoken: Spoken | None = None
    session: VisitorSession | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """A message that is stored; `duplicate` says that it already was.

    `owner` is bot, queue (a human is waited for) or operator, who answers it then.
    """

    message_id: UUID
    conversation_id: UUID
    seq: int
    duplicate: bool
    status: str
    owner: str = "bot"


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnOutcome:
    """How the turn that answers a message ended.

    `status` is `answered`, `waiting_approval`, `handed_off` or `deferred`.
    """

    status: str
    reply: str
    citations: tuple[Mapping[str, Any], ...]
    turn_id: UUID | None
    files: tuple[Mapping[str, Any], ...] = ()
    """What goes with the reply: objects with id, name, media_type and size."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing:
    """What lies in a queue until `channel` has sent it; `id` is the same on every try, `attempt` starts at 1.

    `lane` is what it may hang together with (the recipient's domain), `doubts` counts the earlier tries after
    which nobody knew whether it had arrived.
    """

    id: UUID
    conversation_id: UUID
    channel: str
    attempt: int
    lane: str = ""
    doubts: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery(Outgoing):
    """One reply on its way out through a channel that has to send it."""

    message_id: UUID
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Traits:
    """What the turn must know of a channel.

    `early_release`: reviewed sentences are shown while the reply still streams; `queued`: a reply has to be
    sent by the channel, with retries, instead of being read from the timeline; `interruptible`: a customer
    can speak over a reply, which stops its turn.
    """

    early_release: bool
    queued: bool
    interruptible: bool = False
