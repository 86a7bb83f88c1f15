"""The example business, as tests need it."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from guardrails.vocabulary import Vocabulary, parse_vocabulary

SHOP = Path(__file__).parents[1] / "examples" / "shop"


@cache
def shop_vocabulary() -> Vocabulary:
    """Return the shop's words."""
    listed = sorted((SHOP / "vocabulary").glob("*.toml"))
    return parse_vocabulary({path.stem: tomllib.loads(path.read_text("utf-8")) for path in listed})
