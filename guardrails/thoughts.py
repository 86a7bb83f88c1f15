"""Takes a model's reasoning blocks out of text, also where a tag arrives in pieces."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAMES = ("think", "thought", "thoughts", "thinking", "reasoning")
_NAME = "(?:thinking|thoughts|thought|think|reasoning)"
OPENING = re.compile(rf"<{_NAME}(?:\s[^<>]{{0,80}})?>", re.IGNORECASE)
CLOSING = re.compile(rf"</{_NAME}\s{{0,8}}>", re.IGNORECASE)
_LONGEST_TAG = 100  # characters; longer runs after "<" are text


@dataclass(slots=True)
class ThoughtFilter:
    """Passes on what stands outside `<think>…</think>` and its relatives, tag by tag.

    What may still become a tag is held back until it is decided; `close()` returns the rest.
    """

    inside: bool = False
    _held: str = ""

    def feed(self, text: str) -> str:
        """Return the part of everything fed so far that is certainly visible and not yet returned."""
        self._held += text
        visible = []
        while (passed := self._advance()) is not None:
            visible.append(passed)
        if not self.inside:
            keep = _possible_tag(self._held)
            visible.append(self._held[:keep])
            self._held = self._held[keep:]
        return "".join(visible)

    def close(self) -> str:
        """Return what was held back; text after an opening tag that was never closed is dropped."""
        rest, self._held = ("" if self.inside else self._held), ""
        return rest

    def _advance(self) -> str | None:
        """Step over one tag; None when the held text has no whole tag any more."""
        tag = (CLOSING if self.inside else OPENING).search(self._held)
        if tag is None:
            if self.inside:
                self._held = self._held[-_LONGEST_TAG:]
            return None
        passed = "" if self.inside else self._held[: tag.start()]
        self._held = self._held[tag.end() :]
        self.inside = not self.inside
        return passed


def visible_text(text: str) -> str:
    """Return `text` without whole reasoning blocks; a block that never ends is dropped to the end."""
    if "<" not in text:
        return text
    thoughts = ThoughtFilter()
    return thoughts.feed(text) + thoughts.close()


def has_tag(text: str) -> bool:
    """Say whether a reasoning tag stands in the text."""
    return "<" in text and bool(OPENING.search(text) or CLOSING.search(text))


def _possible_tag(text: str) -> int:
    """Return where a trailing piece begins that may still become an opening tag."""
    start = text.rfind("<")
    if start < 0 or len(text) - start > _LONGEST_TAG:
        return len(text)
    tail = text[start + 1 :].lower()
    if any(name.startswith(tail) or _is_open(tail, name) for name in _NAMES):
        return start
    return len(text)


def _is_open(tail: str, name: str) -> bool:
    return tail.startswith(name) and tail[len(name) : len(name) + 1].isspace() and ">" not in tail
