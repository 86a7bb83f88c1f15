"""The text half of an answer as format=flowed (RFC 3676), and flowed text that comes in, joined again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from channels.mail.markup import (
    Block,
    CellTable,
    Fixed,
    Line,
    Listing,
    ListPoint,
    Paragraph,
    Quoted,
    TextSpan,
    ThematicBreak,
)
from channels.mail.quotation import ShortQuote

WIDTH: Final = 74
"""Characters of a line on the wire, with its quote marks; RFC 3676 4.2 asks for 78 at most."""
_QUOTES: Final = re.compile(r"^>+")
_DELIMITER: Final = "-- "
_STUFFED: Final = (" ", ">")  # `From ` is hidden by the transfer encoding


@dataclass(frozen=True, kw_only=True, slots=True)
class FlowedLine:
    """One line as its writer sees it; `depth` counts quote marks, a `fixed` one is never broken."""

    text: str
    depth: int = 0
    fixed: bool = False


def flow(lines: Iterable[FlowedLine]) -> str:
    """Write lines as format=flowed with DelSp=no: each is broken at blanks, and ends where no blank ends it.

    A line `-- ` stays the signature's mark; other blanks at the end of a line are dropped.
    """
    return "".join(f"{wire}\n" for line in lines for wire in _wire(line))


def _wire(line: FlowedLine) -> Iterator[str]:
    text = line.text if line.text == _DELIMITER else line.text.rstrip(" ")
    pieces = [text] if line.fixed else list(_flowed_pieces(text, WIDTH - line.depth))
    for piece in pieces:
        if line.depth:
            yield ">" * line.depth + (f" {piece}" if piece else "")
        else:
            yield f" {piece}" if piece.startswith(_STUFFED) else piece


def _flowed_pieces(text: str, width: int) -> Iterator[str]:
    """Cut after blanks, so that putting the pieces together gives the text again."""
    start = 0
    while len(text) - start > width:
        cut = text.rfind(" ", start, start + width) + 1
        while cut and text[start:cut] in (_DELIMITER, " " * (cut - start)):
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
        flows = content.endswith(" ") and content != _DELIMITER
        if depth == open_depth and content != _DELIMITER:
            out.append(content)
        else:
            out.append(("\n" if out else "") + ("> " * depth) + content)
        if flows and delete_space:
            out[-1] = out[-1][:-1]
        open_depth = depth if flows else -1
    return "".join(out)


WIDEST_TABLE: Final = 76
"""Columns; the rows of a wider table are written as `head: cell` lines."""
_ACROSS: Final = "-" * 20


def plain_body(blocks: Sequence[Block], quote: ShortQuote) -> str:
    """Write blocks and quotation as format=flowed text (RFC 3676) with `\\n` line ends."""
    lines = list(_blocks(blocks))
    if quote.lines:
        lines += [FlowedLine(text=""), FlowedLine(text=quote.attribution)]
        lines += [FlowedLine(text=line, depth=1) for line in quote.lines]
    return flow(lines) or "\n"


def line_text(line: Line) -> str:
    """Give a line's words; a link's address stands behind its name."""
    return "".join(_spans(line))


def _blocks(blocks: Sequence[Block]) -> Iterator[FlowedLine]:
    for number, block in enumerate(blocks):
        if number and block.gap:
            yield FlowedLine(text="")
        yield from _block(block)


def _block(block: Block) -> Iterator[FlowedLine]:
    match block:
        case Paragraph():
            yield from (FlowedLine(text=_signature(line_text(line))) for line in block.lines)
        case Fixed():
            yield from (FlowedLine(text=line, fixed=True) for line in block.lines)
        case Listing():
            yield from _listing(block)
        case CellTable():
            yield from _table(block)
        case Quoted():
            yield from (
                FlowedLine(text=line.text, depth=line.depth + 1, fixed=line.fixed)
                for line in _blocks(block.blocks)
            )
        case ThematicBreak():
            yield FlowedLine(text=_ACROSS, fixed=True)


def _signature(text: str) -> str:
    return "-- " if text.rstrip() == "--" else text


def _spans(line: Line) -> Iterator[str]:
    for number, span in enumerate(line):
        yield span.text
        after = line[number + 1].href if number + 1 < len(line) else None
        if span.href and span.href != after and not _says(_label(line, number), span.href):
            yield f" <{span.href}>"


def _label(line: Line, last: int) -> str:
    """Give the whole name of the link that ends with the span `last`."""
    spans: list[TextSpan] = []
    for span in reversed(line[: last + 1]):
        if span.href != line[last].href:
            break
        spans.append(span)
    return "".join(span.text for span in reversed(spans))


def _says(label: str, href: str) -> bool:
    bare = href.removeprefix("mailto:").removeprefix("tel:")
    return label in (href, bare, bare.partition("://")[2], bare.partition("://")[2].rstrip("/"))


def _listing(listing: Listing) -> Iterator[FlowedLine]:
    for number, item in enumerate(listing.items):
        if number and item.blocks and item.blocks[0].gap:
            yield FlowedLine(text="")
        yield from _item(item, listing.mark)


def _item(item: ListPoint, mark: str) -> Iterator[FlowedLine]:
    lead = "- " if item.number is None else f"{item.number}{mark} "
    first = True
    for line in _blocks(item.blocks) if item.blocks else [FlowedLine(text="")]:
        before = lead if first else " " * len(lead)
        text = f"{before}{line.text}" if line.text or first else ""
        yield FlowedLine(text=text, depth=line.depth, fixed=line.fixed)
        first = False


def _table(table: CellTable) -> Iterator[FlowedLine]:
    rows = [[line_text(cell).strip() for cell in row] for row in table.rows]
    widths = [max(map(_columns, column)) for column in zip(*rows, strict=True)]
    if sum(widths) + 2 * (len(widths) - 1) > WIDEST_TABLE:
        yield from _long(rows)
        return
    for number, row in enumerate(rows):
        cells = (_padded(*each) for each in zip(row, widths, table.right, strict=True))
        yield FlowedLine(text="  ".join(cells).rstrip(), fixed=True)
        if number == 0:
            yield FlowedLine(text="  ".join("-" * width for width in widths), fixed=True)


def _long(rows: Sequence[Sequence[str]]) -> Iterator[FlowedLine]:
    head, *others = rows
    for number, row in enumerate(others):
        if number:
            yield FlowedLine(text="")
        for name, cell in zip(head, row, strict=True):
            yield FlowedLine(text=f"{name}: {cell}" if name else cell)


def _padded(cell: str, width: int, right: bool) -> str:
    blanks = " " * (width - _columns(cell))
    return blanks + cell if right else cell + blanks


def _columns(text: str) -> int:
    """Count the columns a text takes in a fixed font (UAX 11)."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    marks = sum(unicodedata.combining(character) > 0 for character in text)
    return len(text) + wide - marks
