"""The tool `create_ticket`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints
from uuid_utils.compat import uuid7

from tools.database import Database
from tools.text import one_line
from tools.tool import Caller, Priority, Sensitivity, Tool, tool

# The update changes nothing, but makes the row of an earlier call come back, also to a call at the same time.
_INSERT = """
INSERT INTO tickets
    (id, conversation_id, customer_id, subject, description, priority, created_at, idempotency_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (idempotency_key) DO UPDATE SET idempotency_key = excluded.idempotency_key
RETURNING number, subject, priority, created_at
"""

Subject = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    Field(description="What it is about, in one line."),
]
Description = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=4000),
    Field(description="What happened and what the customer wants, with all numbers they gave."),
]


def create_ticket_tool(database: Database) -> Tool:
    """Return the tool, writing to the `tickets` of this database."""

    @tool(sensitivity=Sensitivity.WRITE, trust=0, idempotent=True)
    async def create_ticket(
        caller: Caller,
        subject: Subject,
        description: Description,
        priority: Annotated[Priority, Field(description="How urgent it is.")] = "normal",
    ) -> dict[str, Any]:
        """Open a ticket for the support team, for what can't be settled in this conversation.
        Gives back the ticket number to tell the customer.
        """
        row = await database.fetchrow(
            _INSERT,
            uuid7(),
            caller.conversation_id,
            caller.customer_id,
            one_line(subject),
            description,
            priority,
            caller.now,
            caller.idempotency_key,
        )
        return {
            "ticket": row["number"],
            "subject": row["subject"],
            "priority": row["priority"],
            "created_at": row["created_at"],
        }

    return create_ticket
