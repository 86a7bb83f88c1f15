"""The engine knows no business: what only one has lies in its folder, found by the settings alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from switchboard.settings import ROOT

ENGINE = ("switchboard", "channels", "orchestrator", "guardrails", "tools")
KINDS = {".py", ".js", ".css", ".html", ".sql", ".toml", ".json", ".md"}
# "in the order of", ORDER BY and a byte order are everybody's; an order that somebody placed is a shop's.
WAYS = (
    r"\blindenhof\b|\bvélo garonne\b|\bshop_\w+|\bshops?\b(?!\.|/|\|| store)",
    r"\blamps?\b|\blampe\w*|\bparcels?\b|\bpakete?\b|\bshipping (?:fee|cost)|\bshipped_on\b",
    r"\bbestell(?:ung|nummer)\w*|\brefund\w*|erstattung\w*",
    r"\border[_ ](?:ids?|numbers?|status|\d\d)|_order\b\W+\{|\b(?:cancel|confirm|refund)_order\b",
    r"\b(?:my|your|an|whose) orders?\b(?! of\b)",
)
WORDS = re.compile("|".join(WAYS), re.IGNORECASE)
ALLOWED = {
    "guardrails/decision.schema.json": "an example in the published schema",
    "guardrails/injection/": "what attackers ask of any business, in ten languages",
    "guardrails/privacy/private_data.py": "numbers of parcels look like those of cards",
    "orchestrator/people/customer_search.py": "says that it knows none",
    "switchboard/business_file.py": "where the example lies",
    "tools/settings.py": "`shop`, an older name for `python`, is still read",
}
"""Files and folders that hold such words for a reason that is no business's."""


def sources() -> Iterator[Path]:
    for part in ENGINE:
        yield from sorted(path for path in (ROOT / part).rglob("*") if path.suffix in KINDS)


def found(path: Path) -> list[str]:
    lines = path.read_text("utf-8").splitlines()
    return [f"{number}: {line.strip()[:120]}" for number, line in enumerate(lines, 1) if WORDS.search(line)]


def test_the_engine_has_no_word_that_only_one_business_has() -> None:
    told = {path.relative_to(ROOT).as_posix(): found(path) for path in sources()}
    assert len(told) > 300
    spoken = {name: lines for name, lines in told.items() if lines and not name.startswith(tuple(ALLOWED))}
    assert spoken == {}


def test_nothing_is_allowed_that_need_not_be() -> None:
    spoken = [path.relative_to(ROOT).as_posix() for path in sources() if found(path)]
    assert [each for each in ALLOWED if not any(name.startswith(each) for name in spoken)] == []


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Where is my order?", True),
        ("order_id", True),
        ("die Bestellnummer", True),
        ("Rückerstattung", True),
        ("SELECT a FROM b ORDER BY c", False),
        ("in the order the model is shown them", False),
        ("in order to", False),
        ("https://shop.example", False),
        ("a list that is ordered", False),
    ],
)
def test_what_counts_as_such_a_word(text: str, spoken: bool) -> None:
    assert bool(WORDS.search(text)) is spoken
