"""How long to wait for the caller to go on: longer in a number, an address or half a sentence."""

from __future__ import annotations

import re
from typing import Final

from channels.voice.calls.spelled import is_number_word
from channels.voice.settings import VoiceSettings

_WORDS: Final = re.compile(r"[\w@.+-]*[\w@]")
_TAIL: Final = 120
_BEFORE_DIGITS: Final = """
at dot underscore dash slash double triple hash number order code oh
ät punkt klammeraffe unterstrich bindestrich minus schrägstrich doppel nummer bestellnummer bestellung
"""
_BEFORE_MORE: Final = """
and or but because so that which if when the a an my your our to of for with in on from by about like is are
um uh er erm well
und oder aber weil dass damit wenn ob als der die das den dem ein eine einen meine mein meinen ihre zu von für
mit im am auf aus bei über wie ist sind äh ähm also
"""
_NUMBER_GOES_ON: Final = frozenset(_BEFORE_DIGITS.split())
_GOES_ON: Final = frozenset(_BEFORE_MORE.split())
_STREET: Final = re.compile(
    r"\b(?:street|road|avenue|lane|drive|boulevard|square|postcode|zip)\b|\w*(?:straße|strasse|weg|platz|allee|gasse)\b"
    r"|\bpostleitzahl\b",
    re.IGNORECASE,
)


def silence_after(text: str, settings: VoiceSettings) -> int:
    """Return the silence (ms) that ends an utterance which so far is `text`."""
    words = [word.lower() for word in _WORDS.findall(text[-_TAIL:])]
    if not words:
        return settings.end_silence_ms
    last = words[-1]
    if last in _NUMBER_GOES_ON or "@" in last or last[-1].isdigit() or is_number_word(last):
        return settings.number_silence_ms
    if _STREET.search(" ".join(words[-4:])):
        return settings.number_silence_ms
    if last in _GOES_ON or text.rstrip().endswith((",", "...", "…", "-", ":")):
        return settings.unfinished_silence_ms
    return settings.end_silence_ms
