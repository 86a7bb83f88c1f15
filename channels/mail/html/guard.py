"""HTML made harmless for the parser, in one linear pass.

The parser builds any tree it is asked for: 200,000 nested <div> cost it 75 s, 2,000 unclosed <b> with
different attributes become 2,000,000 nodes, one tag with 50,000 attributes takes 3.5 s. So nesting,
repeated formatting and attributes are counted first, and an opening tag too many is neutralised.
"""

from __future__ import annotations

import re

from channels.mail.word_lists import words

LARGEST = 1_500_000  # characters
DEEPEST = 2_000  # elements that are open at once
MOST_FORMATTING = 100  # <b>, <font>… open at once: each is rebuilt in every later block
MOST_REBUILT = 200_000
MOST_ATTRIBUTES = 300

_DATA_URI = re.compile(r"data:[\w.+/-]{1,80};base64,[A-Za-z0-9+/=\s]*+", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,40})")
_ATTRIBUTE = re.compile(r"[\s/][^\s/=<>]")
# Anything that could hide the text below it: then what follows is cut instead of shown.
_MAY_HIDE = re.compile(r"(?i)\b(?:style|hidden|class|id|bgcolor|color)\b")
# Implied ones are closed by the parser itself when the next one opens.
_FORMATTING, _IMPLIED, _VOID = (frozenset(words("html")[name]) for name in ("formatting", "implied", "void"))
# Closed by the parser itself when the next one opens.


def guarded(html: str) -> tuple[str, str | None]:
    """`html` that is safe to parse, and a note when something had to be changed."""
    html = _DATA_URI.sub("", html[: LARGEST * 8])
    note = "html_cut" if len(html) > LARGEST else None
    html = html[:LARGEST].replace("\0", "")
    return _Guard(html).run(note)


class _Guard:
    """Counts what is open while it goes over the tags."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.open: dict[str, int] = {}
        self.depth = 0
        self.formatting = 0
        self.rebuilt = 0

    def run(self, note: str | None) -> tuple[str, str | None]:
        """The pieces that stay, joined."""
        pieces: list[str] = []
        at = 0
        match = _TAG.search(self.html)
        while match is not None:
            start, end = match.start(), self._end(match.end())
            inside = self.html[match.end() : end]
            if len(inside) > MOST_ATTRIBUTES * 2 and len(_ATTRIBUTE.findall(inside)) > MOST_ATTRIBUTES:
                return "".join([*pieces, self.html[at:start]]), "html_hostile"
            if not self._allowed(match[2].lower(), closing=bool(match[1])):
                note = "html_hostile"
                if _MAY_HIDE.search(inside):
                    return "".join([*pieces, self.html[at:start]]), note
                pieces += (self.html[at:start], " ")
                at = end + 1
            match = _TAG.search(self.html, end)
        return "".join([*pieces, self.html[at:]]), note

    def _end(self, at: int) -> int:
        """The next >. One inside quotes only makes the count too high, never too low."""
        found = self.html.find(">", at)
        return len(self.html) if found < 0 else found

    def _allowed(self, name: str, *, closing: bool) -> bool:
        if name in _VOID:
            return True
        if not closing and name not in _FORMATTING:
            self.rebuilt += self.formatting
            if self.rebuilt > MOST_REBUILT:
                return False
        if name in _IMPLIED:
            return True
        count = self.open.get(name, 0)
        if closing:
            if count:
                self._step(name, count, -1)
            return True
        if self.depth >= DEEPEST or (name in _FORMATTING and self.formatting >= MOST_FORMATTING):
            return False
        self._step(name, count, 1)
        return True

    def _step(self, name: str, count: int, by: int) -> None:
        self.open[name] = count + by
        self.depth += by
        if name in _FORMATTING:
            self.formatting += by
