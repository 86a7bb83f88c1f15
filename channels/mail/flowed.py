"""format=flowed (RFC 3676): lines that were only broken for the wire are joined again."""

from __future__ import annotations

import re

_QUOTES = re.compile(r"^>+")
_SIGNATURE = "-- "


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
