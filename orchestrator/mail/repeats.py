"""Words that come again from the same sender in the same thread: how loops with other programs end.

A ticket system that says of itself nothing answers every mail with the same sentences, at most with another
number in them. People repeat themselves too, in few words ("yes, please"): these may come more often.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from orchestrator.mail.mail_types import ReadMail

SAME_WORDS: Final = "same_words"
LOOP: Final = "The same words came again and again in this thread; a person decides whether to answer."
_FEW: Final = 25
"""Letters and digits up to which a text says too little to be a program's."""
_MOST: Final = 3
"""Mails alike but for their numbers that are answered in one thread; of few words twice as many."""
_NUMBERED: Final = re.compile(r"\w*\d\w*")

ALIKE = """
SELECT count(*) FILTER (WHERE words_digest = $3) AS same, count(*) FILTER (WHERE shape_digest = $4) AS alike
FROM mails WHERE conversation_id = $1 AND from_address = $2 AND state = 'accepted'
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Repeats:
    """Whether the words came before; `looping` that they came so often that a person has to look."""

    same: bool = False
    looping: bool = False


def digests(mail: ReadMail) -> tuple[str | None, str | None]:
    """Return digests of the words, and of the words without their numbers; None for no words.

    What is new below the fold counts: "see my answers below" says something else each time.
    """
    below = mail.text[mail.fold :] if mail.fold is not None else ""
    plain = " ".join(f"{mail.words} {below}".casefold().split())
    if not plain:
        return None, None
    return _digest(plain), _digest(_NUMBERED.sub("#", plain))


async def repeats(connection: Any, conversation_id: UUID, mail: ReadMail) -> Repeats:
    """Compare a mail with what its sender wrote before in this conversation; new files make it a new one."""
    words, shape = digests(mail)
    if words is None or mail.files:
        return Repeats()
    row = await connection.fetchrow(ALIKE, conversation_id, mail.from_address, words, shape)
    few = sum(each.isalnum() for each in mail.words) < _FEW
    most = 2 * _MOST if few else _MOST
    return Repeats(same=row["same"] > 0 and not few, looping=max(row["same"], row["alike"]) >= most)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
