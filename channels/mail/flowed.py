"""format=flowed (RFC 3676): lines that were only broken for the wire are joined again, and the other way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 74
"""Characters of a line on the wire, with its quote marks; RFC 3676 4.2 asks for 78 at most."""
_QUOTES: Final = re.compile(r"^>+")
_SIGNATURE: Final = "-- "
_STUFFED: Final = (" ", ">")  # `From ` is hidden by the transfer encoding


@dataclass(frozen=True, kw_only=True, slots=True)
class Typed:
    """One line as its writer sees it; `depth` counts quote marks, a `fixed` one is never broken."""

    text: str
    depth: int = 0
    fixed: bool = False


def flow(lines: Iterable[Typed]) -> str:
    """Write lines as format=flowed with DelSp=no: each is broken at blanks, and ends where no blank ends it.

    A line `-- ` stays the signature's mark; other blanks at the end of a line are dropped.
    """
    return "".join(f"{wire}\n" for line in lines for wire in _wire(line))


def _wire(line: Typed) -> Iterator[str]:
    text = line.text if line.text == _SIGNATURE else line.text.rstrip(" ")
    pieces = [text] if line.fixed else list(_pieces(text, WIDTH - line.depth))
    for piece in pieces:
        if line.depth:
            yield ">" * line.depth + (f" {piece}" if piece else "")
        else:
            yield f" {piece}" if piece.startswith(_STUFFED) else piece


def _pieces(text: str, width: int) -> Iterator[str]:
    """Cut after blanks, so that putting the pieces together gives the text again."""
    start = 0
    while len(text) - start > width:
        cut = text.rfind(" ", start, start + width) + 1
        while cut and text[start:cut] in (_SIGNATURE, " " * (cut - start)):
            cut = 0  # a piece that would mean something else
        if not cut:
            cut = text.find(" ", start + width) + 1
        if not cut or cut >= len(text):
            break
        yield text[start:cut]
        start = cut
    yield text[start:]


def unflow(text: str, *, delete_space: bool = False) -> str:
    """Paragraphs as they were typed; quote marks and the signature's `-- ` stay."""
    out: list[str] = []
    open_depth = -1  # quote depth of a line that goes on; -1: none does
    for line in text.split("\n"):
        marks = _QUOTES.match(line)
        depth = len(marks[0]) if marks else 0
        content = line[depth:]
        content = content.removeprefix(" ")  # space-stuffing
        flows = content.endswith(" ") and content != _SIGNATURE
        if depth == open_depth and content != _SIGNATURE:
            out.append(content)
        else:
            out.append(("\n" if out else "") + ("> " * depth) + content)
        if flows and delete_space:
            out[-1] = out[-1][:-1]
        open_depth = depth if flows else -1
    return "".join(out)
