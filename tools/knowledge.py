"""How tools look something up in the knowledge articles; the index itself lives a floor above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """A piece of an article that may answer a question; the higher the score, the better it fits."""

    id: str
    title: str
    text: str
    score: float


class Searcher(Protocol):
    """Finds passages for a question, best first."""

    async def search(self, query: str, *, limit: int = 4, language: str | None = None) -> Sequence[Passage]:
        """Return at most `limit` passages; `language` is a two-letter code to prefer, None for any."""
        ...
