"""The passages table follows the folder, and only what changed is written."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.knowledge.articles import KnowledgeError
from orchestrator.knowledge.search import Knowledge
from orchestrator.store.database import Database
from tests.integration.knowledge.conftest import EXAMPLES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tea.md").write_text("---\nlanguage: en\n---\n## Green\nLeaves.\n## Black\nFermented.\n")
    (tmp_path / "coffee.md").write_text("---\nlanguage: en\n---\n## Beans\nRoasted.\n")
    return tmp_path


async def _rows(database: Database) -> dict[str, object]:
    rows = await database.fetch("SELECT id, xmin::text AS version FROM knowledge_passages")
    return {row["id"]: row["version"] for row in rows}


async def test_the_second_start_writes_nothing(database: Database, folder: Path) -> None:
    knowledge = Knowledge(database)
    first = await knowledge.load(folder)
    before = await _rows(database)
    second = await knowledge.load(folder)
    assert (first.inserted, first.unchanged) == (3, 0)
    assert (second.inserted, second.updated, second.deleted, second.unchanged) == (0, 0, 0, 3)
    assert await _rows(database) == before


async def test_only_what_changed_is_written(database: Database, folder: Path) -> None:
    knowledge = Knowledge(database)
    await knowledge.load(folder)
    before = await _rows(database)
    (folder / "tea.md").write_text("---\nlanguage: en\n---\n## Green\nFresh leaves.\n## White\nBuds.\n")
    report = await knowledge.load(folder)
    after = await _rows(database)
    assert (report.inserted, report.updated, report.deleted, report.unchanged) == (1, 1, 1, 1)
    assert set(after) == {"tea#green", "tea#white", "coffee#beans"}
    assert after["coffee#beans"] == before["coffee#beans"]
    assert [p.id for p in await knowledge.search("fresh")] == ["tea#green"]
    assert await knowledge.search("fermented") == []


async def test_a_changed_language_is_indexed_anew(database: Database, folder: Path) -> None:
    knowledge = Knowledge(database)
    await knowledge.load(folder)
    (folder / "coffee.md").write_text("---\nlanguage: sv\n---\n## Beans\nRoasted.\n")
    report = await knowledge.load(folder)
    assert report.updated == 1
    assert [p.id for p in await knowledge.search("roasted")] == ["coffee#beans"]


async def test_a_file_that_breaks_keeps_its_last_good_passages(database: Database, folder: Path) -> None:
    knowledge = Knowledge(database)
    await knowledge.load(folder)
    (folder / "tea.md").write_bytes(b"\xff\xfe broken")
    report = await knowledge.load(folder)
    assert [problem.file for problem in report.problems] == ["tea.md"]
    assert report.deleted == 0
    assert len(await _rows(database)) == 3


async def test_a_deleted_file_is_forgotten(database: Database, folder: Path) -> None:
    knowledge = Knowledge(database)
    await knowledge.load(folder)
    (folder / "tea.md").unlink()
    assert (await knowledge.load(folder)).deleted == 2


async def test_a_missing_folder_leaves_the_table_alone(database: Database, folder: Path) -> None:
    knowledge = Knowledge(database)
    await knowledge.load(folder)
    with pytest.raises(KnowledgeError):
        await knowledge.load(folder / "missing")
    assert len(await _rows(database)) == 3


async def test_replicas_that_start_together_agree(database: Database) -> None:
    reports = await asyncio.gather(*(Knowledge(database).load(EXAMPLES) for _ in range(4)))
    rows = len(await _rows(database))
    assert sorted(report.inserted for report in reports) == [0, 0, 0, rows]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=80))
async def test_any_query_is_answered(knowledge: Knowledge, query: str) -> None:
    assert len(await knowledge.search(query)) <= 4
