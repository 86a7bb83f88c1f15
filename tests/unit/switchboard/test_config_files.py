"""What is not in force as its file stands gives a notice, until the file is right again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from orchestrator.inference.catalog import CatalogFile
from orchestrator.knowledge.articles import KnowledgeError
from orchestrator.knowledge.search import Knowledge
from orchestrator.policies import PolicyFile
from switchboard.business import load_business
from switchboard.business_file import SHIPPED
from switchboard.config_files import ConfigFiles
from switchboard.operations.metrics import Metrics
from switchboard.operations.readiness import Parts
from switchboard.settings import Settings
from tools.tool import Tool


class NoTools:
    """A set of tools in which there is none."""

    def get(self, _: str) -> Tool | None:
        return None

    def __iter__(self) -> Iterator[Tool]:
        return iter(())


class Articles:
    """Articles that can't be read while `wrong`."""

    wrong = False

    async def load(self, _: Path) -> None:
        if self.wrong:
            raise KnowledgeError("broken")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for name in ("policy", "catalog", "tools"):
        (tmp_path / f"{name}.toml").write_bytes((SHIPPED / f"{name}.toml").read_bytes())
    return Settings(
        policy=tmp_path / "policy.toml", catalog=tmp_path / "catalog.toml", tools=tmp_path / "tools.toml"
    )


async def test_each_file_that_turns_wrong_is_named_and_forgotten_once_right(settings: Settings) -> None:
    articles, parts = Articles(), Parts(Metrics.create())
    files = ConfigFiles(
        settings,
        load_business(settings),
        policies=PolicyFile(settings.policy),
        catalog=CatalogFile(settings.catalog),
        knowledge=cast(Knowledge, articles),
        registry=NoTools(),
    )
    files.give_notice(parts)
    assert set(parts.notices()) == {"policy_tools"}
    assert "refund_order" in parts.notices()["policy_tools"]

    good = {path: path.read_text() for path in (settings.policy, settings.catalog, settings.tools)}
    for path in good:
        path.write_text("" if path == settings.policy else "broken")
    articles.wrong = True
    await read_again(files)
    told = parts.notices()
    assert set(told) == {"policy", "catalog", "tools", "knowledge", "policy_tools"}
    assert told["policy"] == "SWITCHBOARD_POLICY is wrong now; what it last said rightly is in force."

    for path, text in good.items():
        path.write_text(text)
    articles.wrong = False
    await read_again(files)
    assert set(parts.notices()) == {"policy_tools"}

    settings.tools.write_text("python = false")
    await read_again(files)
    assert parts.notices()["tools"] == "SWITCHBOARD_TOOLS has changed; a restart puts that in force."


async def read_again(files: ConfigFiles) -> None:
    files.read_again()
    assert files._reading is not None
    await asyncio.wait_for(files._reading, 5)
