"""The bookings of Vélo Garonne as an MCP server on standard input and output.

An example of what a business's own system offers: a real one keeps its bookings in its own database. Whose a
booking is comes from the gateway (`switchboard/customer`), never from the arguments, which are the model's.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from pydantic import Field

server = MCPServer("velo", version="1", log_level="CRITICAL")
FLEET = {"city": 12, "touring": 8, "electric": 5}
"""How many bikes there are of each kind."""

BookingId = Annotated[str, Field(description="The booking's number, such as VG-4821.", max_length=20)]
Day = Annotated[date, Field(description="A day, ISO 8601.")]
Reason = Annotated[str, Field(description="Why, in the customer's words.", min_length=1, max_length=300)]


@dataclass(frozen=True, kw_only=True)
class Booking:
    """A rental; days are local, the price is for all of it, in euros."""

    booking_id: str
    email: str
    bike: str
    pick_up_on: date
    days: int
    total: str
    currency: str = "EUR"
    cancelled_on: date | None = None


def _today() -> date:
    return datetime.now(UTC).date()


BOOKINGS = {
    booking.booking_id: booking
    for booking in (
        Booking(
            booking_id="VG-4821",
            email="lea@example.com",
            bike="touring",
            pick_up_on=_today() + timedelta(days=4),
            days=2,
            total="68.00",
        ),
        Booking(
            booking_id="VG-4822",
            email="lea@example.com",
            bike="electric",
            pick_up_on=_today() + timedelta(days=20),
            days=1,
            total="45.00",
        ),
        Booking(
            booking_id="VG-5107",
            email="marta@example.com",
            bike="city",
            pick_up_on=_today() + timedelta(days=1),
            days=3,
            total="54.00",
        ),
    )
}
DONE: dict[str, Booking] = {}
"""What was changed, by the key of the action: asked again, it is not done again."""


@server.tool()
async def find_booking(booking_id: BookingId, context: Context[Any]) -> dict[str, Any]:
    """Look up one booking of this customer: the bike, the day of pick-up, for how long, and the price."""
    return _told(_own(booking_id, context))


@server.tool()
async def check_availability(day: Day) -> dict[str, Any]:
    """Tell how many bikes of each kind are free on a day."""
    if not _today() <= day <= _today() + timedelta(days=365):
        return {"found": False, "day": day.isoformat()}
    out = [booking.bike for booking in BOOKINGS.values() if _is_out(booking, day)]
    return {
        "day": day.isoformat(),
        **{f"{kind}_free": count - out.count(kind) for kind, count in FLEET.items()},
    }


@server.tool()
async def change_booking(booking_id: BookingId, day: Day, context: Context[Any]) -> dict[str, Any]:
    """Move a booking of this customer to another day of pick-up."""
    booking = _own(booking_id, context)
    if booking is None or booking.cancelled_on or not _today() < day <= _today() + timedelta(days=365):
        return _told(None, booking_id)
    return _told(_once(context, replace(booking, pick_up_on=day)))


@server.tool()
async def cancel_booking(booking_id: BookingId, reason: Reason, context: Context[Any]) -> dict[str, Any]:
    """Cancel a booking of this customer."""
    booking = _own(booking_id, context)
    if booking is None or booking.cancelled_on:
        return _told(None, booking_id)
    return {**_told(_once(context, replace(booking, cancelled_on=_today()))), "reason": reason}


def _own(booking_id: str, context: Context[Any]) -> Booking | None:
    """Return the booking if it is the customer's; a stranger's and none look the same."""
    digits = "".join(sign for sign in booking_id if sign.isdigit())
    customer = _meta(context).get("switchboard/customer") or {}
    booking = BOOKINGS.get(f"VG-{digits}")
    return booking if booking and booking.email in customer.get("verifiedAddresses", ()) else None


def _once(context: Context[Any], changed: Booking) -> Booking:
    key = str(_meta(context).get("switchboard/idempotencyKey"))
    if key not in DONE:
        BOOKINGS[changed.booking_id] = DONE[key] = changed
    return DONE[key]


def _meta(context: Context[Any]) -> dict[str, Any]:
    return dict(context.request_context.meta or {})


def _told(booking: Booking | None, booking_id: str = "") -> dict[str, Any]:
    if booking is None:
        return {"found": False, "booking_id": booking_id}
    told = {name: value for name, value in asdict(booking).items() if value is not None and name != "email"}
    return {"found": True, **told, "pick_up_on": booking.pick_up_on.isoformat()}


def _is_out(booking: Booking, day: date) -> bool:
    back = booking.pick_up_on + timedelta(days=booking.days)
    return booking.cancelled_on is None and booking.pick_up_on <= day < back


if __name__ == "__main__":
    server.run("stdio")
