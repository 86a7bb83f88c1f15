"""The HTML half of an answer, made from its text: paragraphs, links, a calm look, nothing loaded."""

from __future__ import annotations

import re
from html import escape
from typing import Final

from channels.mail.quote import Quote

_LINK: Final = re.compile(r"https?://[^\s<>\"'`{}|\\^]{1,2000}", re.IGNORECASE)
_AFTER: Final = ".,;:!?…*_~"
_PARAGRAPHS: Final = re.compile(r"\n[ \t]*\n\s*")
_RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur", "yi", "ps"})
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")
_BODY: Final = (
    "margin:0;padding:16px;font:15px/1.5 -apple-system,'Segoe UI',Roboto,Arial,sans-serif;color:#1f2328"
)
_PARAGRAPH: Final = "margin:0 0 12px"
_SMALL: Final = "margin:20px 0 6px;color:#59636e;font-size:13px"
_QUOTE: Final = "margin:0;padding:0 0 0 12px;border-left:3px solid #d1d9e0;color:#59636e;font-size:13px"


def language_tag(language: str) -> str:
    """Give a language tag that is safe in a header and in `lang`; `en` for anything else."""
    return language if _LANGUAGE.fullmatch(language) else "en"


def html_body(text: str, quote: Quote, language: str) -> str:
    """Make the HTML document from an answer's text (with `\\n` line ends) and its quotation."""
    tag = language_tag(language)
    direction = ' dir="rtl"' if tag.split("-")[0].lower() in _RIGHT_TO_LEFT else ""
    parts = [
        f'<p style="{_PARAGRAPH}">{_lines(part)}</p>' for part in _PARAGRAPHS.split(text.strip()) if part
    ]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{tag}"{direction}>',
            '<head><meta charset="utf-8"><meta name="color-scheme" content="light dark"></head>',
            f'<body style="{_BODY}">',
            *parts,
            *_quotation(quote),
            "</body>",
            "</html>",
            "",
        ]
    )


def _quotation(quote: Quote) -> list[str]:
    if not quote.lines:
        return []
    # no links here: what a stranger wrote must not come back as our invitation to click
    quoted = "<br>\n".join(escape(line) for line in quote.lines)
    return [
        f'<p style="{_SMALL}">{escape(quote.attribution)}</p>',
        f'<blockquote type="cite" style="{_QUOTE}">{quoted}</blockquote>',
    ]


def _lines(paragraph: str) -> str:
    return "<br>\n".join(_linked(line.rstrip()) for line in paragraph.split("\n"))


def _linked(line: str) -> str:
    made, end = [], 0
    for found in _LINK.finditer(line):
        address = _without_tail(found[0])
        made += [_blanks(line[end : found.start()]), f'<a href="{escape(address)}">{escape(address)}</a>']
        end = found.start() + len(address)
    return "".join([*made, _blanks(line[end:])])


def _without_tail(address: str) -> str:
    address = address.rstrip(_AFTER)
    for opening, closing in ("()", "[]"):
        while address.endswith(closing) and address.count(closing) > address.count(opening):
            address = address[:-1].rstrip(_AFTER)
    return address


def _blanks(text: str) -> str:
    indent = len(text) - len(text.lstrip(" "))
    return "&nbsp;" * min(indent, 40) * (indent > 1) + escape(text[indent if indent > 1 else 0 :])
