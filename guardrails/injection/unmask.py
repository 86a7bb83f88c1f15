"""Brings a text into the form its reader sees, and finds what its reader does not see."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from itertools import islice

from guardrails.injection.look_alikes import flat

MAX_TEXT = 100_000  # characters
MAX_PIECES = 50
MAX_HIDDEN = 2_000  # characters of one hidden piece
TAGS = re.compile("[\U000e0020-\U000e007e]+")
INVISIBLE = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u00ad\U000e0000-\U000e007f]"
)
ESCAPES = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2}){1,200}")
QUOTED = re.compile(r"=([2-7][0-9A-F])")
SIMPLE_TAG = re.compile(r"</?(?:b|i|u|em|strong|span|font|a|mark|small|wbr|sub|sup)>", re.IGNORECASE)
TAG = re.compile(r"<[a-z][^<>]{3,600}>", re.IGNORECASE)
MAX_TAGS = 2_000
HIDING = re.compile(
    r"(?:display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden|font-size\s{0,3}:\s{0,3}[01](?:px|pt|em)?\b"
    r"|opacity\s{0,3}:\s{0,3}0\b|color\s{0,3}:\s{0,3}(?:#fff(?:fff)?\b|white|transparent)|\bhidden\b)",
    re.IGNORECASE,
)
SPACED = re.compile(r"(?<![^\W_])(?:[^\W_][ \t.\-*|/]{1,2}){2,}[^\W_](?![^\W_])")
LEFT_OUT = str.maketrans("", "", "*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Unmasked:
    """A text without its masks: `clear` keeps upper case, `hidden` are the pieces a reader does not see."""

    clear: str
    hidden: tuple[str, ...] = ()


def unmask(text: str) -> Unmasked:
    """Return the text unmasked; of one longer than MAX_TEXT the beginning and the end."""
    raw = text if len(text) <= MAX_TEXT else text[: MAX_TEXT * 3 // 4] + "\n" + text[-MAX_TEXT // 4 :]
    tagged = _tagged(raw)
    opened = _unescape(flat(_unescape(raw))[:MAX_TEXT])
    seen, comments = _without_comments(opened)
    hidden = (*tagged, *comments, *_styled_away(seen))
    clear = SIMPLE_TAG.sub("", seen) if "<" in seen else seen
    return Unmasked(clear=_together(clear.translate(LEFT_OUT)), hidden=hidden)


def _tagged(raw: str) -> tuple[str, ...]:
    """Return text written in tag characters; the six of a flag are no text."""
    if raw.isascii():
        return ()
    runs = ["".join(chr(ord(each) - 0xE0000) for each in run) for run in TAGS.findall(raw)]
    text = " ".join(run for run in runs if len(run) > 6)
    return (text,) if text else ()


def _unescape(text: str) -> str:
    if "&" in text:
        text = html.unescape(text)
    if "\\" in text:
        text = ESCAPES.sub(lambda found: chr(int(found[1] or found[2], 16)), text)
    if "%" in text:
        text = PERCENT.sub(_percent, text)
    if "=\n" in text or "=20" in text:
        text = QUOTED.sub(lambda found: chr(int(found[1], 16)), text.replace("=\r\n", "").replace("=\n", ""))
    return text


def _percent(found: re.Match[str]) -> str:
    return bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "replace")


def _without_comments(text: str) -> tuple[str, list[str]]:
    """Take out closed comments; an open one is left where it is."""
    if "<!--" not in text:
        return text, []
    shown, hidden, position = [], [], 0
    while (start := text.find("<!--", position)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        shown.append(text[position:start])
        hidden.append(text[start + 4 : end])
        position = end + 3
    return "".join([*shown, text[position:]]), hidden


def _styled_away(text: str) -> list[str]:
    if "<" not in text:
        return []
    found = [tag.end() for tag in islice(TAG.finditer(text), MAX_TAGS) if HIDING.search(tag[0])][:MAX_PIECES]
    return [text[end : end + MAX_HIDDEN].partition("<")[0] for end in found]


def _together(text: str) -> str:
    """Join letters that stand apart: s p a c e d."""
    return SPACED.sub(lambda found: "".join(each for each in found[0] if each.isalnum()), text)
