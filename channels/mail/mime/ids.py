"""Message-IDs: found among junk, unfolded, in angle brackets."""

from __future__ import annotations

import re

MOST_IDS = 500
_LONGEST = 998  # one line of a mail

_BRACKETED = re.compile(r"<([^<>]{1,1100})>")
_BARE = re.compile(r"[^\s<>,;()\"]{1,500}@[^\s<>,;()\"]{1,400}")


def read_ids(value: str) -> list[str]:
    """Every id in a References, In-Reply-To or Message-ID header, in order, each once.

    White space inside brackets is what broken folding left; it is removed. Of more than 500 ids the
    first and the last 499 stay: the beginning of the thread and what is being answered.
    """
    found = ["".join(match.split()) for match in _BRACKETED.findall(value)]
    if not found:
        found = _BARE.findall(value)
    ids = list(dict.fromkeys(f"<{text}>" for text in found if text and len(text) <= _LONGEST))
    return ids if len(ids) <= MOST_IDS else [ids[0], *ids[-(MOST_IDS - 1) :]]


def read_message_id(values: list[str]) -> str | None:
    """The first usable id of these headers; one without @ is taken when nothing better is there."""
    for value in values:
        found = read_ids(value)
        if found:
            return found[0]
    bare = next((value.strip() for value in values if value.strip()), "")
    compact = "".join(bare.split()).strip("<>")
    return f"<{compact}>" if compact and len(compact) <= _LONGEST and len(bare.split()) == 1 else None
