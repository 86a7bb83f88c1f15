"""Where a page of a list ended, as the opaque text a client hands back."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from uuid import UUID

from switchboard.api.answers import BadRequest


def make_cursor(at: datetime, item_id: UUID) -> str:
    """Return the cursor that goes on behind the item of this time and id."""
    place = json.dumps([at.isoformat(), str(item_id)]).encode()
    return base64.urlsafe_b64encode(place).decode().rstrip("=")


def read_cursor(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Return the time and id a cursor stands for; raise `BadRequest` for one we did not make."""
    if not cursor:
        return None
    try:
        time, item_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        at, found = datetime.fromisoformat(time), UUID(item_id)
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise BadRequest("cursor is none of ours.") from None
    if at.tzinfo is None or not 1970 <= at.year < 9000:
        raise BadRequest("cursor is none of ours.")
    return at, found
