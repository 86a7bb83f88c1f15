"""What can go wrong on this floor, each with a stable code.

OrchestratorError
 ├─ StoreAway            the database can't be reached or can't write
 ├─ SessionUnknown       the session token is unknown or expired
 │   └─ SessionEnded     its visitor signed out
 ├─ IdentityRejected     the identity token is not valid
 ├─ MessageInvalid       the text can't be taken in
 ├─ FileUnknown          an attachment id does not belong to whoever sends it
 ├─ NoSuchFile           a file is not there, or none of whoever asks
 ├─ MessageUnknown       there is no such message in the conversation
 ├─ NotAMail             the message did not come by mail
 ├─ OutcomePending       the turn is still running
 └─ LeaseLost            another replica runs this turn now
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


class OrchestratorError(Exception):
    """Base of this floor's errors; `retry_after` is in seconds, `details` what a client may need beside."""

    code = "internal"
    details: Mapping[str, Any] = MappingProxyType({})

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after


class StoreAway(OrchestratorError):
    """The database can't be reached or can't write; nothing was stored."""

    code = "store_unavailable"


class SessionUnknown(OrchestratorError):
    """The session token is unknown or expired."""

    code = "unknown_session"


class SessionEnded(SessionUnknown):
    """The session's visitor signed out, here or elsewhere."""


class IdentityRejected(OrchestratorError):
    """The identity token is not valid for this gateway."""

    code = "identity_rejected"


class MessageInvalid(OrchestratorError):
    """The message can't be taken in as it is."""

    code = "message_invalid"


class FileUnknown(OrchestratorError):
    """An attachment id does not belong to whoever sends it."""

    code = "file_unknown"


class NoSuchFile(OrchestratorError):
    """The file is not there, or does not belong to whoever asks."""

    code = "unknown_file"


class MessageUnknown(OrchestratorError):
    """There is no such message in this conversation."""

    code = "unknown_message"


class NotAMail(OrchestratorError):
    """The message did not come by mail, or its mail is gone."""

    code = "not_a_mail"


class OutcomePending(OrchestratorError):
    """The turn that answers the message is still running."""

    code = "outcome_pending"


class LeaseLost(OrchestratorError):
    """Another replica runs this turn now; whatever this one has is to be dropped."""

    code = "lease_lost"
