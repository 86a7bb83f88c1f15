"""The way of a text from a model's reply to what a voice can say."""

from __future__ import annotations

import html
import re
from typing import Final

from channels.voice.speaking.spoken.clean import clean, has_words, without_emojis
from channels.voice.speaking.spoken.english import ENGLISH
from channels.voice.speaking.spoken.german import GERMAN
from channels.voice.speaking.spoken.markdown import plain
from channels.voice.speaking.spoken.speech_rules import SpeechReader

READERS: Final = {"en": ENGLISH, "de": GERMAN}
OTHER: Final = SpeechReader(())
"""For languages we have no rules for: Markdown and emojis go, the engine reads the rest."""

_TIDY: Final = (
    (re.compile(r"(?<=[A-Za-z]\.[A-Za-z]\.)\.(?!\.)"), ""),  # "See our F.A.Q.." has one full stop too many
    (re.compile(r"(?<= A)\.(?=,)"), ""),  # a pause is enough
    (re.compile(r" {2,}"), " "),
    (re.compile(r"(?<![ ]) (?=[,;:.!?](?:\s|$))"), ""),
)


def spoken(text: str, language: str) -> str:
    """Return `text` as a voice should say it in `language` (a tag such as `de` or `en-GB`).

    Pure, in linear time, never raises; never empty when `text` has words. What can't be read stays.
    """
    reader = READERS.get(language[:2].lower(), OTHER)
    said = reader.read(without_emojis(plain(clean(html.unescape(text)))))
    for pattern, replacement in _TIDY:
        said = pattern.sub(replacement, said)
    said = said.strip()
    return said if has_words(said) or not has_words(text) else clean(text).strip()
