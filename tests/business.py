"""The example business, as tests need it."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from guardrails.evidence import Evidence
from guardrails.vocabulary import Vocabulary, parse_vocabulary

SHOP = Path(__file__).parents[1] / "examples" / "shop"


@cache
def shop_vocabulary() -> Vocabulary:
    """Return the shop's words."""
    listed = sorted((SHOP / "vocabulary").glob("*.toml"))
    return parse_vocabulary({path.stem: tomllib.loads(path.read_text("utf-8")) for path in listed})


def shop_evidence(**facts: Any) -> Evidence:
    """Return evidence that knows the shop's words."""
    return Evidence(vocabulary=shop_vocabulary(), **facts)
