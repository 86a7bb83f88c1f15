"""The short form of the abuse suite: a hostile model leaks nothing, and nothing is done unasked."""

from __future__ import annotations

import pytest

from scripts.redteam_suite.families import FAMILIES, attacks
from scripts.redteam_suite.run import run
from switchboard.settings import Settings
from switchboard.voice_installed import missing_packages

MISSING = missing_packages(Settings())
pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


async def test_attacks_of_every_family_leak_nothing() -> None:
    report = await run(attacks(list(FAMILIES), quick=True), at_once=16)
    assert report.leaks == []
    assert len(report.cases) >= 4 * len(FAMILIES)
    assert bool(report.skipped) == bool(MISSING)
    assert sum(case.requests for case in report.cases) > len(report.cases), "the hostile model was not asked"


@pytest.mark.skipif(bool(MISSING), reason=f"attacks by voice are left out, not installed: {MISSING}")
def test_the_short_form_calls() -> None:
    assert sum(each.voice for each in attacks(list(FAMILIES), quick=True)) >= 8


def test_the_whole_suite_is_large_enough() -> None:
    counts = {name: len(attacks([name])) for name in FAMILIES}
    assert min(counts.values()) >= 25, counts
    assert sum(counts.values()) >= 300
    every = attacks(list(FAMILIES))
    assert len({(each.family, each.variant) for each in every}) == len(every)
