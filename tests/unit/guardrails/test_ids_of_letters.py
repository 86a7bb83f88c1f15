"""A thing whose id has letters is known by it, however a reply writes it: the second business has such."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.rule_book import review_reply
from guardrails.verdict import Judgement
from switchboard.business import load_vocabulary
from switchboard.business_file import SHIPPED

RESULT = {"found": True, "booking_id": "VG-4821", "pick_up_on": "2026-12-04", "days": 2, "total": "68.00"}
NOTED = {"tool": "find_booking", "arguments": {"booking_id": "4821"}, "ok": True, "data": RESULT}
EVIDENCE = Evidence(
    results=(json.dumps({**NOTED, "data": {**RESULT, "currency": "EUR"}}),),
    own_words=("Ma réservation VG-4821, c'est quand ?",),
    now=datetime(2026, 11, 30, 9, tzinfo=UTC),
    vocabulary=load_vocabulary(SHIPPED.parent / "velo" / "vocabulary"),
)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("Votre réservation VG-4821 commence le vendredi 4 décembre 2026.", True),
        ("La réservation vg 4821 commence le 4 décembre 2026.", True),
        ("La réservation VG-4821 coûte 68,00 EUR.", True),
        ("Votre réservation VG-4822 commence le vendredi 4 décembre 2026.", False),
        ("Votre réservation VG-4821 commence le samedi 5 décembre 2026.", False),
        ("Votre réservation VG-4821 est annulée.", False),
    ],
)
def test_what_is_said_of_a_thing_must_be_shown_of_this_very_one(text: str, allowed: bool) -> None:
    verdict = review_reply(Draft(text=text, language="fr"), EVIDENCE)
    assert (verdict.judgement is Judgement.ALLOW) is allowed, verdict
