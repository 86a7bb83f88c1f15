"""What a business's own Python package is given to make its tools of (docs/business.md)."""

from __future__ import annotations

from dataclasses import dataclass

from tools.database import Database
from tools.hours import Hours


@dataclass(frozen=True, kw_only=True, slots=True)
class Mount:
    """The gateway's database, when the desk is open, and where phone numbers are from (ISO 3166)."""

    database: Database
    hours: Hours
    region: str
