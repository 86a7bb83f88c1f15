"""The tool `search_knowledge`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from tools.knowledge import Searcher
from tools.tool import Caller, Sensitivity, Tool, tool

MAX_PASSAGES = 4
MAX_TEXT = 2000

Query = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=400),
    Field(description="What to look for, in the customer's words."),
]


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
