"""When the desk is open: several periods a day, holidays, and days on which the clocks change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60  # minutes
HORIZON = 400  # days ahead in which an opening is looked for
_CLOCK = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """A stretch of the clock in minutes after midnight; one that ends before it begins ends next day."""

    opens: int
    closes: int

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read "09:00-17:00"; 24:00 may only end a period. Raises ValueError with a sentence."""
        match = _CLOCK.fullmatch(text)
        if match is None:
            raise ValueError("write a period like 09:00-17:00")
        hour, minute, end_hour, end_minute = map(int, match.groups())
        period = cls(opens=hour * 60 + minute, closes=end_hour * 60 + end_minute)
        if period.opens >= DAY or period.closes > DAY:
            raise ValueError("the clock goes from 00:00 to 24:00")
        if period.opens == period.closes:
            raise ValueError("a period can't end when it begins; the whole day is 00:00-24:00")
        return period

    @property
    def end(self) -> int:
        """The end in minutes after the midnight before its begin, so up to 48 hours."""
        return self.closes if self.closes > self.opens else self.closes + DAY

    def holds(self, clock: time) -> bool:
        """Say whether the clock shows a time in this period."""
        minutes = clock.hour * 60 + clock.minute
        return self.opens <= minutes < self.end or minutes + DAY < self.end

    def __str__(self) -> str:
        return f"{_clock(self.opens)}-{_clock(self.closes)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class OpeningHours:
    """Opening hours by what the clocks of `zone` show.

    `week` holds the periods of Monday to Sunday; a period belongs to the day on which it begins, so a
    holiday takes away those that begin on it. `yearly` are (month, day).
    """

    zone: ZoneInfo
    week: tuple[tuple[Period, ...], ...]
    holidays: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()

    def is_open(self, at: datetime) -> bool:
        """Tell whether somebody is there at this moment (aware)."""
        local = self._shown(at)
        days = (local.date(), local.date() - timedelta(days=1))
        return any(start <= local < end for day in days for start, end in self._spans(day))

    def next_opening(self, at: datetime) -> datetime | None:
        """Return when it opens next after this moment (aware), in its zone; None if not in 400 days."""
        after = at.astimezone(UTC)
        today = at.astimezone(self.zone).date()
        for day in (today + timedelta(days=ahead) for ahead in range(HORIZON)):
            starts = (moment for start, _ in self._spans(day) for moment in self._moments(start))
            if later := [moment for moment in starts if moment > after]:
                return min(later).astimezone(self.zone)
        return None

    def _spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        if day in self.holidays or (day.month, day.day) in self.yearly:
            return
        midnight = datetime.combine(day, time())
        for period in self.week[day.weekday()]:
            yield midnight + timedelta(minutes=period.opens), midnight + timedelta(minutes=period.end)

    def _moments(self, local: datetime) -> Iterator[datetime]:
        """Yield when the clocks show this: once, twice in autumn, or right after spring's missing hour."""
        first, second = (local.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        if self._shown(first) == local:
            yield from (first, second)
            return
        gap = range(int((first - second).total_seconds()) // 60 + 1)
        minutes = (second + timedelta(minutes=minute) for minute in gap)
        moment = next(moment for moment in minutes if self._shown(moment) >= local)
        if self.is_open(moment):
            yield moment

    def _shown(self, at: datetime) -> datetime:
        return at.astimezone(self.zone).replace(tzinfo=None)

    def __str__(self) -> str:
        named = zip(DAYS, self.week, strict=True)
        groups = [
            (periods, [day for day, _ in days]) for periods, days in groupby(named, lambda each: each[1])
        ]
        told = [
            f"{', '.join(day.capitalize() for day in days)} {', '.join(map(str, periods))}"
            for periods, days in groups
            if periods
        ]
        return f"{'; '.join(told)} {self.zone.key}"


def office_hours() -> OpeningHours:
    """Return Monday to Friday, nine to five in Berlin: what holds where the policy says nothing."""
    nine_to_five = (Period(opens=9 * 60, closes=17 * 60),)
    return OpeningHours(zone=ZoneInfo("Europe/Berlin"), week=(nine_to_five,) * 5 + ((), ()))


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
