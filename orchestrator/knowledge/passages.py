"""Keeps the passages table equal to the knowledge folder, touching only what changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import structlog

from guardrails.spotlight import without_instructions
from orchestrator.knowledge.articles import Articles, Problem, Section
from orchestrator.store.database import Database

log = structlog.get_logger()

# PostgreSQL's text search configuration for each language; any other is searched word by word.
CONFIGURATIONS: Mapping[str, str] = {
    "da": "danish",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}
# Part of every hash: raise it when the vector below is built in another way.
_FORMAT = "3"

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('knowledge_passages'))"
_KNOWN = "SELECT id, slug, hash FROM knowledge_passages"
_DELETE = "DELETE FROM knowledge_passages WHERE id = ANY($1::text[])"
_UPSERT = """
INSERT INTO knowledge_passages (id, slug, title, text, language, config, url, hash, vector)
SELECT id, slug, title, text, language, config, url, hash,
       setweight(to_tsvector(config::regconfig, title), 'A')
       || setweight(to_tsvector(config::regconfig, keywords), 'B')
       || setweight(to_tsvector(config::regconfig, text), 'C')
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
            $6::text[], $7::text[], $8::bytea[], $9::text[])
     AS new (id, slug, title, text, language, config, url, hash, keywords)
ON CONFLICT (id) DO UPDATE
SET slug = excluded.slug, title = excluded.title, text = excluded.text, language = excluded.language,
    config = excluded.config, url = excluded.url, hash = excluded.hash, vector = excluded.vector,
    updated_at = now()
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class SyncReport:
    """How many passages a synchronisation changed, and the files it left out."""

    inserted: int
    updated: int
    deleted: int
    unchanged: int
    problems: tuple[Problem, ...] = ()


async def sync_passages(database: Database, articles: Articles) -> SyncReport:
    """Insert, update and delete passages until the table holds `articles`; one transaction.

    Passages of a file that can't be read now stay as they were. Replicas that start together take
    turns. Raises StoreAway when the database can't be reached.
    """
    wanted = {section.id: (section, _hash(section)) for section in articles.sections}
    broken = {problem.slug for problem in articles.problems} - {s.slug for s in articles.sections}
    async with database.transaction() as connection:
        await connection.execute(_LOCK)
        known = {row["id"]: row for row in await connection.fetch(_KNOWN)}
        changed = [pair for key, pair in wanted.items() if key not in known or known[key]["hash"] != pair[1]]
        gone = [key for key, row in known.items() if key not in wanted and row["slug"] not in broken]
        if gone:
            await connection.execute(_DELETE, gone)
        if changed:
            await connection.execute(_UPSERT, *_columns((_cleaned(s), digest) for s, digest in changed))
    inserted = sum(section.id not in known for section, _ in changed)
    report = SyncReport(
        inserted=inserted,
        updated=len(changed) - inserted,
        deleted=len(gone),
        unchanged=len(wanted) - len(changed),
        problems=articles.problems,
    )
    _tell(report)
    return report


def configuration(language: str) -> str:
    """Name the text search configuration for a two-letter language code."""
    return CONFIGURATIONS.get(language, "simple")


def _cleaned(section: Section) -> Section:
    """Take instructions for the model out of a passage: whoever wrote it, it is data."""
    title, in_title = without_instructions(section.title)
    text, in_text = without_instructions(section.text)
    if in_title or in_text:
        log.warning("knowledge_held_instructions", passage=section.id)
    return replace(section, title=title, text=text)


def _columns(changed: Iterable[tuple[Section, bytes]]) -> list[list[object]]:
    rows = [
        (s.id, s.slug, s.title, s.text, s.language, configuration(s.language), s.url, digest, s.keywords)
        for s, digest in changed
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def _hash(section: Section) -> bytes:
    parts = (_FORMAT, section.slug, section.title, section.text, section.language, section.keywords)
    return hashlib.sha256("\x00".join((*parts, section.url or "")).encode()).digest()


def _tell(report: SyncReport) -> None:
    for problem in report.problems:
        log.warning("knowledge_file_left_out", file=problem.file, reason=problem.reason)
    log.info(
        "knowledge_synced",
        inserted=report.inserted,
        updated=report.updated,
        deleted=report.deleted,
        unchanged=report.unchanged,
    )
