"""The text half of an answer: what its marks mean, without the marks, as format=flowed lines."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from channels.mail.flowed import Typed, flow
from channels.mail.markup import Block, Fixed, Item, Line, Listing, Paragraph, Quoted, Rule, Span, Table
from channels.mail.quote import Quote

WIDEST_TABLE: Final = 76
"""Columns; the rows of a wider table are written as `head: cell` lines."""
_ACROSS: Final = "-" * 20


def plain_body(blocks: Sequence[Block], quote: Quote) -> str:
    """Write blocks and quotation as format=flowed text (RFC 3676) with `\\n` line ends."""
    lines = list(_blocks(blocks))
    if quote.lines:
        lines += [Typed(text=""), Typed(text=quote.attribution)]
        lines += [Typed(text=line, depth=1) for line in quote.lines]
    return flow(lines) or "\n"


def line_text(line: Line) -> str:
    """Give a line's words; a link's address stands behind its name."""
    return "".join(_spans(line))


def _blocks(blocks: Sequence[Block]) -> Iterator[Typed]:
    for number, block in enumerate(blocks):
        if number and block.gap:
            yield Typed(text="")
        yield from _block(block)


def _block(block: Block) -> Iterator[Typed]:
    match block:
        case Paragraph():
            yield from (Typed(text=_signature(line_text(line))) for line in block.lines)
        case Fixed():
            yield from (Typed(text=line, fixed=True) for line in block.lines)
        case Listing():
            yield from _listing(block)
        case Table():
            yield from _table(block)
        case Quoted():
            yield from (
                Typed(text=line.text, depth=line.depth + 1, fixed=line.fixed)
                for line in _blocks(block.blocks)
            )
        case Rule():
            yield Typed(text=_ACROSS, fixed=True)


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
    spans: list[Span] = []
    for span in reversed(line[: last + 1]):
        if span.href != line[last].href:
            break
        spans.append(span)
    return "".join(span.text for span in reversed(spans))


def _says(label: str, href: str) -> bool:
    bare = href.removeprefix("mailto:").removeprefix("tel:")
    return label in (href, bare, bare.partition("://")[2], bare.partition("://")[2].rstrip("/"))


def _listing(listing: Listing) -> Iterator[Typed]:
    for number, item in enumerate(listing.items):
        if number and item.blocks and item.blocks[0].gap:
            yield Typed(text="")
        yield from _item(item, listing.mark)


def _item(item: Item, mark: str) -> Iterator[Typed]:
    lead = "- " if item.number is None else f"{item.number}{mark} "
    first = True
    for line in _blocks(item.blocks) if item.blocks else [Typed(text="")]:
        before = lead if first else " " * len(lead)
        text = f"{before}{line.text}" if line.text or first else ""
        yield Typed(text=text, depth=line.depth, fixed=line.fixed)
        first = False


def _table(table: Table) -> Iterator[Typed]:
    rows = [[line_text(cell).strip() for cell in row] for row in table.rows]
    widths = [max(map(_columns, column)) for column in zip(*rows, strict=True)]
    if sum(widths) + 2 * (len(widths) - 1) > WIDEST_TABLE:
        yield from _long(rows)
        return
    for number, row in enumerate(rows):
        cells = (_padded(*each) for each in zip(row, widths, table.right, strict=True))
        yield Typed(text="  ".join(cells).rstrip(), fixed=True)
        if number == 0:
            yield Typed(text="  ".join("-" * width for width in widths), fixed=True)


def _long(rows: Sequence[Sequence[str]]) -> Iterator[Typed]:
    head, *others = rows
    for number, row in enumerate(others):
        if number:
            yield Typed(text="")
        for name, cell in zip(head, row, strict=True):
            yield Typed(text=f"{name}: {cell}" if name else cell)


def _padded(cell: str, width: int, right: bool) -> str:
    blanks = " " * (width - _columns(cell))
    return blanks + cell if right else cell + blanks


def _columns(text: str) -> int:
    """Count the columns a text takes in a fixed font (UAX 11)."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    marks = sum(unicodedata.combining(character) > 0 for character in text)
    return len(text) + wide - marks
