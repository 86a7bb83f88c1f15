"""Markdown, HTML and list layout turned into plain sentences."""

from __future__ import annotations

import re
from typing import Final

from channels.voice.speaking.spoken.spoken_sentences import GERMAN_NOUNS

_IMAGE_OR_LINK: Final = re.compile(
    r"!?\[([^\[\]\n]{0,300})\]\(\s{0,3}<?([^()\[\]\s<>]{1,500})>?[^()\[\]\n]{0,200}\)"
)
_REFERENCE: Final = re.compile(r"\[([^\[\]\n]{1,300})\]\[[^\[\]\n]{0,100}\]")
_FOOTNOTE: Final = re.compile(r"\[\^[\w-]{1,30}\]|(?<=[\w.!?)])\[[0-9]{1,3}\]")
_ANGLE: Final = re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,500}|[\w.+-]{1,64}@[\w.-]{1,200})>")
_TAG: Final = re.compile(
    r"</?(?:a|abbr|b|blockquote|br|code|div|em|h[1-6]|hr|i|img|li|ol|p|pre|s|small|span|speak|strong|sub|sup"
    r"|table|tbody|td|th|thead|tr|u|ul)(?:\s[^<>\n]{0,300})?/?>",
    re.IGNORECASE,
)
_FENCE: Final = re.compile(r"^\s{0,3}(?:`{3,}|~{3,})\s{0,3}[\w+-]{0,20}\s*$")
_RULE: Final = re.compile(r"^\s{0,3}(?:[-*_=][ ]?){3,}$|^\s*\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?\s*)?$")
_HEADING: Final = re.compile(r"^\s{0,3}#{1,6}\s+(.*?)(?:\s+#+)?\s*$")
_BULLET: Final = re.compile(r"^\s*(?:[-*+•◦▪‣·–]\s+(?:\[[ xX]\]\s+)?)(?=\S)")
_NUMBERED: Final = re.compile(rf"^\s*([0-9]{{1,3}})[.)]\s+(?=\S)(?!{GERMAN_NOUNS})")
_QUOTE: Final = re.compile(r"^\s{0,3}(?:>\s?){1,10}")
_MARKS: Final = re.compile(r"\*{2,}|~{2,}|_{2,}(?=\W|$)|(?<!\w)_{1,3}(?=\w)|(?<!\S)\*(?=\w)|`+")
_CLOSING: Final = re.compile(r"(?<=[^\s\W])[*_](?=[\s.,;:!?)]|$)|(?<=[.,!?)])[*_](?=\s|$)")
_BREAKS: Final = ("br", "li", "p>", "p ", "/p>", "/li", "/t", "/h", "/d")
_ENDS: Final = ".!?:;,…"


def plain(text: str) -> str:
    """Return `text` as one paragraph of sentences; links are named by their words, or their address."""
    return _joined(_inline(text).split("\n"))


def _inline(text: str) -> str:
    text = _IMAGE_OR_LINK.sub(lambda m: m[1] if m[1].strip() else m[2], text)
    text = _REFERENCE.sub(r"\1", text)
    text = _FOOTNOTE.sub("", text)
    text = _ANGLE.sub(lambda m: m[1].removeprefix("mailto:"), text)
    return _TAG.sub(lambda m: "\n" if m[0][1:].lower().startswith(_BREAKS) else " ", text)


def _joined(lines: list[str]) -> str:
    """Join lines; one that stands for itself (a heading, a bullet, a row) ends a sentence."""
    parts: list[str] = []
    for line in lines:
        words, alone = _line(line)
        if parts and (alone or not words):
            parts[-1] = _ended(parts[-1])
        if words:
            parts.append(_ended(words) if alone else words)
    return " ".join(parts)


def _line(line: str) -> tuple[str, bool]:
    """Return a line's words, and whether it stands for itself."""
    if _FENCE.match(line) or _RULE.match(line):
        return "", True
    line = _QUOTE.sub("", line)
    if heading := _HEADING.match(line):
        return _bare(heading[1]), True
    if bullet := _BULLET.match(line):
        return _bare(line[bullet.end() :]), True
    if number := _NUMBERED.match(line):
        return f"{number[1]}: {_bare(line[number.end() :])}", True
    if line.strip().startswith("|") and line.count("|") > 1:
        cells = (_bare(cell) for cell in line.strip().strip("|").split("|"))
        return ", ".join(cell for cell in cells if cell), True
    return _bare(line), False


def _bare(line: str) -> str:
    return _CLOSING.sub("", _MARKS.sub("", line)).strip()


def _ended(sentence: str) -> str:
    return sentence if sentence.rstrip("\"'”’)»").endswith(tuple(_ENDS)) else f"{sentence}."
