"""Words that lie as data beside the code: TOML, read once by who needs them."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any


def read_table(package: str, name: str) -> dict[str, Any]:
    """Return the table in a file of a package."""
    return tomllib.loads(files(package).joinpath(name).read_text("utf-8"))


def listed(text: str) -> tuple[str, ...]:
    """Return what a text lists, separated by commas, without line breaks."""
    return tuple(" ".join(each.split()) for each in text.split(","))
