"""The tool `search_knowledge`; the index of the articles itself lives a floor above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from pydantic import Field, StringConstraints

from tools.tool import Caller, Sensitivity, Tool, tool

MAX_PASSAGES = 4
MAX_TEXT = 2000

Query = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=400),
    Field(description="What to look for, in the customer's words."),
]


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


def search_knowledge_tool(search: Searcher) -> Tool:
    """Return the tool, looking up in these articles."""

    @tool(sensitivity=Sensitivity.READ, trust=0, idempotent=True)
    async def search_knowledge(caller: Caller, query: Query) -> dict[str, Any]:
        """Search the company's articles: prices, conditions, payment, opening hours and the like.
        Gives back passages; cite their ids.
        """
        found = await search.search(query, limit=MAX_PASSAGES, language=caller.language or None)
        passages = [
            {"id": passage.id, "title": passage.title, "text": passage.text[:MAX_TEXT]}
            for passage in found[:MAX_PASSAGES]
        ]
        return {"passages": passages}

    return search_knowledge
