"""Times of day in German: 14:30 Uhr as "14 Uhr 30"."""

from __future__ import annotations

import re
from typing import Final

from channels.voice.speaking.spoken.speech_rules import SpeechRule

_HOUR: Final = r"(?:[01]?[0-9]|2[0-4])"
_FULL: Final = (
    rf"(?P<hour>{_HOUR})(?::(?P<minute>[0-5][0-9])(?::(?P<second>[0-5][0-9]))?(?:\sUhr(?!\w))?)(?![\w:])"
)
_DOTTED: Final = rf"(?P<hour>{_HOUR})(?:\.(?P<minute>[0-5][0-9]))?\s?Uhr(?!\w)(?P<second>)"
_SPAN: Final = (
    rf"(?P<from>{_HOUR})(?:[:.](?P<past>[0-5][0-9]))?(?:\s?Uhr)?\s?(?:–|-|bis)\s?"
    rf"(?P<hour>{_HOUR})(?:[:.](?P<minute>[0-5][0-9]))?"
)
_START: Final = r"(?<![\w:.,-])"


def time_rules() -> tuple[SpeechRule, ...]:
    """Return the rules for times and spans of time."""
    return (
        SpeechRule(pattern=rf"{_START}{_SPAN}\s?Uhr(?!\w)", say=_span),
        SpeechRule(pattern=rf"{_START}(?=[0-9]{{1,2}}:){_SPAN}(?![\w:])", say=_span),
        SpeechRule(pattern=_START + _FULL, say=_time),
        SpeechRule(pattern=_START + _DOTTED, say=_time),
    )


def clock(hour: str, minute: str | None, second: str | None = None) -> str:
    """Return a time of the day with 24 hours."""
    hours, minutes, seconds = int(hour), int(minute or 0), int(second or 0)
    said = f"{'ein' if hours == 1 else hours} Uhr" + (f" {minutes}" if minutes else "")
    return f"{said} und {seconds} Sekunden" if seconds else said


def _time(match: re.Match[str]) -> str:
    return clock(match["hour"], match["minute"], match["second"])


def _span(match: re.Match[str]) -> str:
    last = clock(match["hour"], match["minute"])
    if not match["past"] and not match["minute"]:
        return f"{int(match['from'])} bis {last}"
    return f"{clock(match['from'], match['past'])} bis {last}"
