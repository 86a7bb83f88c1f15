"""Finds the passages that answer a question, with PostgreSQL's text search and one query."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from orchestrator.knowledge.articles import load_articles
from orchestrator.knowledge.passages import SyncReport, sync_passages
from orchestrator.languages import LANGUAGES
from orchestrator.languages.letters import fold
from orchestrator.store.database import Database
from tools.knowledge import Passage

MOST_TERMS = 24
LONGEST_TERM = 40
LONGEST_QUERY = 2_000  # characters that are looked at
MOST_RESULTS = 20

_WORD = re.compile(r"[^\W_]+")
# Words that say nothing in any article, but tell the language of a question. PostgreSQL knows them
# too, but not as the beginnings of longer words.
_EMPTY: Mapping[str, frozenset[str]] = {
    language: frozenset(word for each in known["asks"]["empty"].split() for word in (each, fold(each)))
    for language, known in LANGUAGES.items()
    if "asks" in known
}
_ALL_EMPTY = frozenset().union(*_EMPTY.values())
_LETTERS = {"ae": "ä", "oe": "ö", "ue": "ü"}
_FEWEST_FOR_PREFIX = 4
_FEWEST_FOR_VERB = 6

# Rare words count for more: each term's rank is weighed by how few passages hold it. The share of
# the terms a passage matches counts as well, so that one frequent word does not win alone.
_SEARCH = """
WITH known AS MATERIALIZED (
    SELECT config, count(*) AS passages FROM knowledge_passages GROUP BY config
), terms AS MATERIALIZED (
    SELECT term.position, known.config, to_tsquery(known.config::regconfig, term.text) AS query
    FROM unnest($1::text[]) WITH ORDINALITY AS term (text, position), known
), hits AS (
    SELECT passage.id, terms.position,
           ts_rank_cd('{0.1, 0.4, 0.8, 1.0}', passage.vector, terms.query, 32) AS rank,
           count(*) OVER (PARTITION BY terms.config, terms.position) AS frequency,
           (SELECT sum(passages) FROM known) AS passages
    FROM terms JOIN knowledge_passages AS passage
      ON passage.config = terms.config AND passage.vector @@ terms.query
    WHERE numnode(terms.query) > 0
), ranked AS (
    SELECT id, sum((0.5 + rank) * ln(1 + passages::float8 / frequency)) * count(DISTINCT position) AS score
    FROM hits GROUP BY id
)
SELECT passage.id, passage.title, passage.text,
       ranked.score / cardinality($1::text[]) * CASE WHEN passage.language = $3 THEN 2 ELSE 1 END AS score
FROM ranked JOIN knowledge_passages AS passage USING (id)
ORDER BY score DESC, passage.id
LIMIT $2
"""


class Knowledge:
    """The knowledge articles in the database; satisfies `tools.knowledge.Searcher`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, folder: Path) -> SyncReport:
        """Make the database hold what `folder` holds; for the start.

        Raises KnowledgeError when the folder can't be used, StoreAway when the database can't.
        """
        return await sync_passages(self._database, load_articles(folder))

    async def search(self, query: str, *, limit: int = 4, language: str | None = None) -> Sequence[Passage]:
        """Return at most `limit` (1 to 20) passages, best first; none when no word of the query is known.

        `language` is a code such as `de` to prefer; without it the question's small words tell it.
        Raises StoreAway when the database can't be reached.
        """
        words = _words(query)
        preferred = (language or _guess(words)).partition("-")[0].lower()
        terms = search_terms(words, language=preferred)
        if not terms:
            return []
        rows = await self._database.fetch(_SEARCH, terms, max(1, min(limit, MOST_RESULTS)), preferred)
        return [
            Passage(id=row["id"], title=row["title"], text=row["text"], score=float(row["score"]))
            for row in rows
        ]


def search_terms(words: Sequence[str], *, language: str = "") -> list[str]:
    """Turn the words of a question into at most 24 terms of PostgreSQL's tsquery language.

    Words of four letters and more also find longer words that begin with them ("Rücksende" finds
    "Rücksendekosten"); `ue` is tried as `ü` as well, and "liefert" as "liefern".
    """
    empty = _EMPTY.get(language, _ALL_EMPTY)
    useful = [word for word in words if word not in empty and (len(word) > 1 or word.isdigit())]
    return [_term(word) for word in list(dict.fromkeys(useful))[:MOST_TERMS]]


def _words(query: str) -> list[str]:
    text = unicodedata.normalize("NFC", query[:LONGEST_QUERY]).lower()
    return [word[:LONGEST_TERM] for word in _WORD.findall(text)]


def _guess(words: Sequence[str]) -> str:
    """The language most of the small words belong to; empty when that is undecided."""
    counts = {language: sum(word in empty for word in words) for language, empty in _EMPTY.items()}
    best = max(counts, key=lambda language: counts[language])
    return best if list(counts.values()).count(counts[best]) == 1 else ""


def _term(word: str) -> str:
    if len(word) < _FEWEST_FOR_PREFIX or word.isdigit():
        return word
    forms = {word, re.sub("ae|oe|ue", lambda found: _LETTERS[found[0]], word)}
    if len(word) >= _FEWEST_FOR_VERB and word.endswith("t"):
        # PostgreSQL's German stems leave "liefert" and "liefern" apart.
        forms.add(word.removesuffix("t").removesuffix("e") + ("en" if word.endswith("et") else "n"))
    return "(" + " | ".join(map("{}:*".format, sorted(forms))) + ")"
