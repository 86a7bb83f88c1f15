"""Web and mail addresses: ada@example.com as "ada at example dot com"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from channels.voice.speaking.spoken.digits import one_by_one
from channels.voice.speaking.spoken.speech_rules import SpeechRule

_LABEL: Final = r"[^\W_](?:[\w-]{0,62}[^\W_])?"
_HOST: Final = rf"(?:{_LABEL}\.){{1,8}}[^\W\d_]{{2,24}}"
_ENDINGS: Final = (
    r"(?:com|org|net|info|biz|shop|store|app|dev|de|ch|eu|io|fr|nl|es|pl|se|dk|co\.uk|uk|ca|nz|ie"
    r"|example|test)"
)
_PATH: Final = r"(?P<path>/[\w~%!$&'()*+,;=:@./?#-]{0,500}(?<![.,;:!?)']))?"
_READABLE: Final = re.compile(r"(?:/[A-Za-z][A-Za-z-]{0,24}){1,2}/?")


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactWords:
    """What the signs in an address are called."""

    signs: Mapping[str, str]


def contact_rules(words: ContactWords) -> tuple[SpeechRule, ...]:
    """Return the rules for web addresses, mail addresses and bare domains."""

    def web(match: re.Match[str]) -> str:
        path = match["path"] or ""
        readable = path if _READABLE.fullmatch(path) else ""  # a link's codes are nothing for the ear
        host = _spelled(match["host"].removeprefix("www."), words.signs)
        return f"{host} {_spelled(readable.rstrip('/'), words.signs)}".rstrip()

    def mail(match: re.Match[str]) -> str:
        return _spelled(match["address"], words.signs)

    return (
        SpeechRule(
            pattern=rf"(?<![\w@])[Hh][Tt][Tt][Pp][Ss]?://(?P<host>{_HOST}|localhost)(?::[0-9]{{1,5}})?{_PATH}",
            say=web,
        ),
        SpeechRule(
            pattern=rf"(?<![\w.+@-])(?:mailto:)?(?P<address>[\w.+-]{{1,64}}@{_HOST})(?![\w@])", say=mail
        ),
        SpeechRule(pattern=rf"(?<![\w.@/-])(?P<host>www\.{_HOST})(?![\w@]){_PATH}", say=web),
        SpeechRule(
            pattern=rf"(?<![\w.@/-])(?P<host>(?:[a-z0-9][a-z0-9-]{{0,62}}\.){{1,4}}{_ENDINGS})(?![\w@-]|\.\w){_PATH}",
            say=web,
        ),
    )


def _spelled(address: str, signs: Mapping[str, str]) -> str:
    """Return an address with its signs as words, digits one by one and short endings letter by letter."""
    parts = re.findall(r"[0-9]+|[^\W\d_]+|[\W_]", address)
    last = len(parts) - 1
    said = (
        _part(part, signs, ending=number == last and part != address) for number, part in enumerate(parts)
    )
    return " ".join(said)


def _part(part: str, signs: Mapping[str, str], *, ending: bool) -> str:
    if part.isdigit():
        return one_by_one(part)
    if ending and len(part) == 2:
        return " ".join(part)
    return signs.get(part, part)
