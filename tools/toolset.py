"""What the turn needs of a set of tools, whether it is fixed or changes as servers come and go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from tools.tool import Tool


class Toolset(Protocol):
    """The tools there are now."""

    def get(self, name: str) -> Tool | None:
        """Return the tool of this name, or None."""
        ...

    def __iter__(self) -> Iterator[Tool]:
        """Go over all tools in the order the model is shown them."""
        ...
