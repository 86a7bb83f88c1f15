"""The HTML half of an answer: its blocks as elements, readable on light and on dark, nothing loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
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

_LINK: Final = re.compile(r"https?://[^\s<>\"'`{}|\\^]{1,2000}", re.IGNORECASE)
_AFTER: Final = ".,;:!?…*_~"
_RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur", "yi", "ps"})
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")

# Both colours of each scheme stand together, so that no mail program shows one without the other. What the
# style sheet says for the dark is said for nobody who drops style sheets: there the light pair holds.
_PAPER: Final = "#ffffff"
_INK: Final = "#1f2328"
_PALE: Final = "#57606a"
_BLUE: Final = "#0550ae"
_STYLE: Final = f"""\
a {{ color: {_BLUE}; }}
@media (prefers-color-scheme: dark) {{
body, .letter {{ background: #16191d !important; color: #e6edf3 !important; }}
.quiet {{ color: #a5aeb8 !important; }}
a {{ color: #79b8ff !important; }}
}}"""
_BODY: Final = f"margin:0;background:{_PAPER};color:{_INK}"
_LETTER: Final = (
    f"padding:16px;background:{_PAPER};color:{_INK};"
    "font:15px/1.5 -apple-system,'Segoe UI',Roboto,Arial,sans-serif"
)
_MONO: Final = "font:13px/1.5 ui-monospace,Consolas,Menlo,monospace;white-space:pre-wrap"
_SMALL: Final = f"margin:20px 0 6px;color:{_PALE};font-size:13px"
_QUOTE: Final = "margin:0;padding:0 0 0 12px;border-left:3px solid #8c959f"
_CELL: Final = "padding:4px 10px;border:1px solid #8c959f"
_GAP: Final = "12px"


def language_tag(language: str) -> str:
    """Give a language tag that is safe in a header and in `lang`; `en` for anything else."""
    return language if _LANGUAGE.fullmatch(language) else "en"


def html_body(blocks: Sequence[Block], quote: ShortQuote, language: str) -> str:
    """Make the HTML document from an answer's blocks and its quotation."""
    tag = language_tag(language)
    direction = ' dir="rtl"' if tag.split("-")[0].lower() in _RIGHT_TO_LEFT else ""
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{tag}"{direction}>',
            '<head><meta charset="utf-8"><meta name="color-scheme" content="light dark">',
            f"<style>\n{_STYLE}\n</style></head>",
            f'<body style="{_BODY}">',
            f'<div class="letter" style="{_LETTER}">',
            *_blocks(blocks),
            *_quotation(quote),
            "</div>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _blocks(blocks: Sequence[Block]) -> Iterator[str]:
    for number, block in enumerate(blocks):
        yield from _block(block, f"margin:{_GAP if number and block.gap else 0} 0 0")


def _block(block: Block, margin: str) -> Iterator[str]:
    match block:
        case Paragraph(heading=0):
            yield f'<p style="{margin}">{_lines(block.lines)}</p>'
        case Paragraph():
            tag, size = f"h{block.heading}", 17 - block.heading // 3
            yield f'<{tag} style="{margin};font-size:{size}px">{_lines(block.lines)}</{tag}>'
        case Fixed():
            fixed = "\n".join(map(escape, block.lines))
            yield f'<pre style="{margin};{_MONO}">{fixed}</pre>'
        case Listing():
            yield from _listing(block, margin)
        case CellTable():
            yield from _table(block, margin)
        case Quoted():
            yield f'<blockquote style="{_QUOTE};{margin}">'
            yield from _blocks(block.blocks)
            yield "</blockquote>"
        case ThematicBreak():
            yield f'<hr style="{margin}">'


def _listing(listing: Listing, margin: str) -> Iterator[str]:
    tag = "ol" if listing.numbered else "ul"
    yield f'<{tag} style="{margin};padding-left:28px">'
    for item in listing.items:
        number = "" if item.number is None else f' value="{item.number}"'
        yield f"<li{number}>{_item(item)}</li>"
    yield f"</{tag}>"


def _item(item: ListPoint) -> str:
    first, *more = item.blocks or (Paragraph(lines=()),)
    if isinstance(first, Paragraph) and not first.heading:
        return "\n".join([_lines(first.lines), *_rest(more)])
    return "\n".join(_blocks(item.blocks))


def _rest(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        yield from _block(block, f"margin:{_GAP if block.gap else 0} 0 0")


def _table(table: CellTable, margin: str) -> Iterator[str]:
    yield f'<table style="{margin};border-collapse:collapse">'
    for number, row in enumerate(table.rows):
        tag = "td" if number else "th"
        cells = (
            f'<{tag} style="{_CELL};text-align:{"right" if right else "left"}">{_line(cell)}</{tag}>'
            for cell, right in zip(row, table.right, strict=True)
        )
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</table>"


def _quotation(quote: ShortQuote) -> list[str]:
    if not quote.lines:
        return []
    # no links here: what a stranger wrote must not come back as our invitation to click
    quoted = "<br>\n".join(_blanks(line) for line in quote.lines)
    pale = f"{_QUOTE};color:{_PALE};font-size:13px"
    return [
        f'<p class="quiet" style="{_SMALL}">{escape(quote.attribution)}</p>',
        f'<blockquote type="cite" class="quiet" style="{pale}">{quoted}</blockquote>',
    ]


def _lines(lines: Sequence[Line]) -> str:
    return "<br>\n".join(map(_line, lines))


def _line(line: Line) -> str:
    return "".join(_span(span, first=number == 0) for number, span in enumerate(line)).rstrip(" ")


def _span(span: TextSpan, *, first: bool) -> str:
    if span.href is not None:
        return f"{_anchor(span.href)}{_styled(escape(span.text), span.style)}</a>"
    words = escape(span.text) if span.style == "code" else _linked(span.text, first=first)
    return _styled(words, span.style)


def _anchor(address: str) -> str:
    return f'<a href="{escape(address)}">'


def _styled(words: str, style: str) -> str:
    return f"<{style}>{words}</{style}>" if style else words


def _linked(text: str, *, first: bool) -> str:
    made, end = [], 0
    for found in _LINK.finditer(text):
        address = _without_tail(found[0])
        made += [_blanks(text[end : found.start()], first=first and not end)]
        made += [f"{_anchor(address)}{escape(address)}</a>"]
        end = found.start() + len(address)
    return "".join([*made, _blanks(text[end:], first=first and not end)])


def _without_tail(address: str) -> str:
    address = address.rstrip(_AFTER)
    for opening, closing in ("()", "[]"):
        while address.endswith(closing) and address.count(closing) > address.count(opening):
            address = address[:-1].rstrip(_AFTER)
    return address


def _blanks(text: str, *, first: bool = True) -> str:
    indent = len(text) - len(text.lstrip(" ")) if first else 0
    return "&nbsp;" * min(indent, 40) + escape(text[indent:])
