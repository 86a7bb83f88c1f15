"""Word lists of mail: a TOML file each, beside the code, read once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent / "words"


@cache
def words(name: str) -> Mapping[str, Any]:
    """Return the lists of one file by their names."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


def any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that one of these matches, upper or lower case."""
    return re.compile("|".join(patterns), re.IGNORECASE)
