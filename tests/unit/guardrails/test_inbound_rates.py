"""How many injections are seen, and how many ordinary mails are left alone."""

from __future__ import annotations

from guardrails.injection.weighing import scan
from guardrails.verdict import Judgement
from tests.unit.guardrails.inbound_corpora import judged, rows, share


def test_the_corpora_are_large_enough() -> None:
    assert len(rows("attacks")) >= 300
    assert len(rows("ordinary")) >= 500


def test_injections_are_flagged_or_held() -> None:
    found = [judged(row["text"], row["source"]) for row in rows("attacks")]
    assert share(found, Judgement.FLAG, Judgement.HOLD) >= 0.95


def test_injections_are_seen_for_what_they_are() -> None:
    assert sum(scan(row["text"]).suspect for row in rows("attacks")) >= 0.95 * len(rows("attacks"))


def test_ordinary_messages_are_not_held_and_hardly_flagged() -> None:
    found = [judged(row["text"], row["source"]) for row in rows("ordinary")]
    assert share(found, Judgement.HOLD, Judgement.BLOCK) <= 0.02
    assert share(found, Judgement.FLAG) <= 0.04
