"""The tool `schedule_callback`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType
from pydantic import Field, StringConstraints
from uuid_utils.compat import uuid7

from tools.calendar_event import calendar_event
from tools.database import Database
from tools.hours import Hours
from tools.text import one_line
from tools.tool import Caller, Sensitivity, Tool, ToolError, ToolFile, WithFiles, tool

FARTHEST = timedelta(days=60)
MINUTES = 15
"""What a calendar keeps free for a callback."""
NAMES = {"en": "Callback", "de": "Rückruf"}
# Numbers that cost whoever calls them back: a known fraud.
COSTLY = (PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST)

_FIND = "SELECT id, number, phone, due_at, topic, created_at FROM callbacks WHERE idempotency_key = $1"
# The update changes nothing, but makes the row of an earlier call come back, also to a call at the same time.
_INSERT = """
INSERT INTO callbacks
    (id, conversation_id, customer_id, phone, due_at, topic, created_at, idempotency_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (idempotency_key) DO UPDATE SET idempotency_key = excluded.idempotency_key
RETURNING id, number, phone, due_at, topic, created_at
"""

Phone = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=40),
    Field(description="The number to call, best with its country code, such as +49 30 123456."),
]
When = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=40),
    Field(description="Date and time in ISO 8601, such as 2026-01-31T15:30; without an offset: local time."),
]
Topic = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    Field(description="What the call is about."),
]


def schedule_callback_tool(database: Database, hours: Hours, region: str) -> Tool:
    """Return the tool; times without an offset are in the desk's zone, numbers without +: in `region`."""

    @tool(sensitivity=Sensitivity.WRITE, trust=0, idempotent=True)
    async def schedule_callback(
        caller: Caller, phone: Phone, when: When, topic: Topic
    ) -> dict[str, Any] | WithFiles:
        """Have a colleague call the customer back at a time they named, within 60 days.
        The result says if the time lies outside business hours: then tell them the next opening.
        """
        # Looked up first: run again after a crash, its time may have passed, yet the answer stays the same.
        row = await database.fetchrow(_FIND, caller.idempotency_key)
        if row is None:
            row = await database.fetchrow(
                _INSERT,
                uuid7(),
                caller.conversation_id,
                caller.customer_id,
                dialable(phone, region),
                due(when, hours, caller.now),
                one_line(topic),
                caller.now,
                caller.idempotency_key,
            )
        scheduled = _scheduled(row, hours)
        if not scheduled["within_business_hours"]:
            return scheduled  # nobody will call at that time: it is no date to keep
        return WithFiles(value=scheduled, files=(_date(row, caller.language),))

    return schedule_callback


def dialable(phone: str, region: str) -> str:
    """Return the number as +E.164, with `;ext=` (RFC 3966) if any; ToolError `invalid_phone`.

    Numbers without a country code are read as those of `region` (ISO 3166, two letters).
    """
    try:
        number = phonenumbers.parse(phone, region)
    except NumberParseException:
        raise _invalid_phone() from None
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) in COSTLY:
        raise _invalid_phone()
    return _written(number)


def _written(number: PhoneNumber) -> str:
    plain = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return f"{plain};ext={number.extension}" if number.extension else plain


def _invalid_phone() -> ToolError:
    message = "This is not a number we can call back. Ask the customer for it with its country code."
    return ToolError("invalid_phone", message)


def due(when: str, hours: Hours, now: datetime) -> datetime:
    """Read an ISO 8601 date and time as UTC; ToolError `invalid_time`, `time_in_past`, `time_too_far`."""
    moment = _moment(when, hours)
    if moment <= now:
        raise ToolError("time_in_past", f"That time has passed; it is now {_local(now, hours)}.")
    if moment > now + FARTHEST:
        raise ToolError("time_too_far", f"A callback can be at most {FARTHEST.days} days away.")
    return moment


def _moment(when: str, hours: Hours) -> datetime:
    text = when.strip().upper()
    try:
        moment = datetime.fromisoformat(text)
        local = moment if moment.tzinfo else moment.replace(tzinfo=hours.zone)
        utc = local.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise ToolError("invalid_time", "Give date and time in ISO 8601, such as 2026-01-31T15:30.") from None
    if _only_a_date(text):
        raise ToolError("invalid_time", "Give the time of day as well; ask the customer for it.")
    return utc


def _only_a_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _local(moment: datetime, hours: Hours) -> str:
    return moment.astimezone(hours.zone).isoformat(timespec="minutes")


def _date(row: Any, language: str) -> ToolFile:
    summary = NAMES.get(language[:2].lower(), NAMES["en"])
    data = calendar_event(
        uid=f"{row['id']}@callback",
        stamp=row["created_at"],
        start=row["due_at"],
        minutes=MINUTES,
        summary=f"{summary}: {row['topic']}",
        description=row["phone"],
    )
    return ToolFile(name=f"callback-{row['number']}.ics", media_type="text/calendar", data=data)


def _scheduled(row: Any, hours: Hours) -> dict[str, Any]:
    moment: datetime = row["due_at"]
    within = hours.is_open(moment)
    opening = None if within else hours.next_opening(moment)
    return {
        "callback": row["number"],
        "phone": row["phone"],
        "when": _local(moment, hours),
        "topic": row["topic"],
        "within_business_hours": within,
        "business_hours": str(hours),
        "next_opening": None if opening is None else _local(opening, hours),
    }
