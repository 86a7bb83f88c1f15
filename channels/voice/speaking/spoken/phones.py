"""Phone numbers, in the groups they are written in."""

from __future__ import annotations

import re
from typing import Final

from channels.voice.speaking.spoken.digits import one_by_one
from channels.voice.speaking.spoken.speech_rules import SpeechRule

_GAP: Final = r"[ \-/.]{1,3}"
_MORE: Final = rf"(?:{_GAP}\(?[0-9]{{1,9}}\)?){{1,6}}"
PHONE: Final = (
    r"(?<![\w.,/-])(?:"
    rf"(?:\+|00(?=[1-9]))[1-9][0-9]{{0,14}}(?:{_GAP}?\([0-9]{{1,5}}\))?(?:{_MORE})?"
    rf"|\(?0[0-9]{{2,5}}\)?{_MORE}"
    rf"|\([0-9]{{3}}\)\s?[0-9]{{3}}[ -][0-9]{{4}}"
    r"|[0-9]{3}-(?:[0-9]{3}-)?[0-9]{4}"
    r")(?![\w]|[.,/-][0-9])"
)
_SHORTEST: Final = 7
_LONGEST: Final = 17


def phone_rule(plus: str) -> SpeechRule:
    """Return the rule for phone numbers; `plus` is what + is called."""

    def say(match: re.Match[str]) -> str | None:
        groups = re.findall(r"[0-9]+", match[0])
        if not _SHORTEST <= sum(map(len, groups)) <= _LONGEST:
            return None
        lead = f"{plus} " if match[0].startswith("+") else ""
        return lead + ", ".join(one_by_one(group) for group in groups)

    return SpeechRule(pattern=PHONE, say=say)
