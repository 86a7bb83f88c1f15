"""How far the person in a running turn is believed, and whose data they may see."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """Who the turn acts for; a one-time code proved within the turn puts a higher one in its place."""

    trust: int
    customer_id: UUID
    name: str | None
    verified_addresses: tuple[str, ...]
    claimed_addresses: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
