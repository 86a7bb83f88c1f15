"""When somebody is at the desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Hours(Protocol):
    """Opening hours as the tools ask for them; `str` of them is what a customer may be told."""

    @property
    def zone(self) -> ZoneInfo:
        """The desk's time zone."""
        ...

    def is_open(self, at: datetime) -> bool:
        """Tell whether somebody is there at this moment (aware)."""
        ...

    def next_opening(self, at: datetime) -> datetime | None:
        """Return when it opens next after this moment (aware), in the desk's zone; None if not for long."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class BusinessHours:
    """The same hours on each of `days` (ISO: 1 Monday to 7 Sunday), local to `zone`, without holidays."""

    zone: ZoneInfo
    opens: time
    closes: time
    days: tuple[int, ...]

    def is_open(self, at: datetime) -> bool:
        """Tell whether somebody is there at this moment (aware)."""
        local = at.astimezone(self.zone)
        return local.isoweekday() in self.days and self.opens <= local.time() < self.closes

    def next_opening(self, at: datetime) -> datetime:
        """Return when it opens next after this moment (aware), in the desk's zone."""
        local = at.astimezone(self.zone)
        days = (local.date() + timedelta(days=ahead) for ahead in range(9))
        openings = (
            datetime.combine(day, self.opens, self.zone) for day in days if day.isoweekday() in self.days
        )
        return next(opening for opening in openings if opening > local)

    def __str__(self) -> str:
        days = ", ".join(DAY_NAMES[day - 1] for day in self.days)
        return f"{days} {self.opens:%H:%M}-{self.closes:%H:%M} {self.zone.key}"
