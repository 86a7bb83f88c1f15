"""What a customer is told when a human is wanted: when somebody is there, where the answer reaches them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from guardrails.policy.opening_hours import OpeningHours
from orchestrator.languages.wording import say
from orchestrator.people.identity_tokens import plain_address

MAIL_ADDRESS = re.compile(r"[^\s@<>\"(),;:\[\]]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What holds for a handoff now: `hours` are the desk's, None where the policy names none.

    `goes_on`: the assistant answers meanwhile. `unreachable`: a chat is all that this customer has.
    """

    now: datetime
    hours: OpeningHours | None
    goes_on: bool
    unreachable: bool

    @property
    def back_at(self) -> datetime | None:
        """Return when the desk opens next, None while somebody is there or where nobody knows."""
        if self.hours is None or self.hours.is_open(self.now):
            return None
        return self.hours.next_opening(self.now)

    def told(self, language: str, *, calm: bool = True) -> str:
        """Return what is said behind the word that a human comes, '' where there is nothing to add.

        Without `calm` somebody may be in danger: only the time is said.
        """
        parts = []
        back = self.back_at
        if back is not None:
            parts.append(say("desk_back", language).format(when=moment(back, language)))
        if calm and self.unreachable:
            parts.append(say("leave_address", language))
        if calm and back is not None and self.goes_on:
            parts.append(say("goes_on", language))
        return " ".join(parts)


def moment(at: datetime, language: str) -> str:
    """Return a time at the desk, with its place, as `language` writes it; English where we don't speak it."""
    place = str(at.tzinfo).rpartition("/")[2].replace("_", " ")
    weekday = say("weekdays", language).split()[at.weekday()]
    return say("moment", language).format(weekday=weekday, at=at, place=place)


def address_in(texts: Iterable[str]) -> str | None:
    """Return the last e-mail address that a customer wrote in these texts, None where there is none."""
    written = [found[0].rstrip(".-") for text in texts for found in MAIL_ADDRESS.finditer(text)]
    plain = [address for each in written if (address := plain_address(each)) is not None]
    return plain[-1] if plain else None
