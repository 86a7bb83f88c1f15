"""What was repaired or left out while a mail was read, and how much work that may take."""

from __future__ import annotations

LARGEST_TEXT = 1_000_000  # characters of readable text
MOST_NOTES = 50


class Notes:
    """Collects slugs, each once, in the order they came up."""

    def __init__(self) -> None:
        self._slugs: dict[str, None] = {}

    def add(self, slug: str | None) -> None:
        """Remember `slug`; None and repetitions are ignored."""
        if slug is not None and len(self._slugs) < MOST_NOTES:
            self._slugs[slug] = None

    def all(self) -> tuple[str, ...]:
        """Every slug so far."""
        return tuple(self._slugs)
