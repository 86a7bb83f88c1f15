"""Times of day in English: 14:30 as "2 30 p.m."."""

from __future__ import annotations

import re
from typing import Final

from channels.voice.speaking.spoken.speech_rules import SpeechRule

_HOUR: Final = r"(?:[01]?[0-9]|2[0-4])"
_HALF: Final = r"\s?(?P<{0}>[AaPp])(?:\.\s?[Mm]\.|[Mm]\.?(?!\w))"
_MINUTE: Final = r":(?P<{0}>[0-5][0-9])(?::(?P<{1}>[0-5][0-9]))?"
_TIME: Final = (
    rf"(?P<hour>{_HOUR})(?:{_MINUTE.format('minute', 'second')}(?:{_HALF.format('half')})?"
    rf"|{_HALF.format('only')})(?![\w:])"
)
_SPAN: Final = (
    rf"(?P<from>{_HOUR})(?::(?P<past>[0-5][0-9]))?(?:{_HALF.format('early')})?\s?(?:–|-|to|until)\s?{_TIME}"
)
_START: Final = r"(?<![\w:.,-])"


def time_rules() -> tuple[SpeechRule, ...]:
    """Return the rules for times and spans of time."""
    return (
        SpeechRule(pattern=_START + _SPAN, say=_span),
        SpeechRule(pattern=_START + _TIME, say=lambda m: _time(m, day=False)),
    )


def clock(
    hour: str, minute: str | None, second: str | None = None, *, half: str = "", day: bool = False
) -> str:
    """Return a time; `half` is a or p where written, `day` says that the day has 24 hours here."""
    hours = int(hour)
    past = _past(int(minute or 0), int(second or 0))
    if half:
        return f"{hours}{past} {half.lower()}.m."
    if not past and hours in {0, 12, 24}:
        return "noon" if hours == 12 else "midnight"
    if hours > 12 or hours == 0 or day or hour.startswith("0"):
        return f"{(hours - 1) % 12 + 1}{past} {'p' if 12 <= hours < 24 else 'a'}.m."
    return f"{hours}{past}" if past else f"{hours} o'clock"


def _past(minutes: int, seconds: int) -> str:
    said = f" oh {minutes}" if 0 < minutes < 10 else f" {minutes}" if minutes else ""
    return f"{said} and {seconds} seconds" if seconds else said


def _time(match: re.Match[str], *, day: bool) -> str:
    half = match["half"] or match["only"] or ""
    return clock(match["hour"], match["minute"], match["second"], half=half, day=day)


def _span(match: re.Match[str]) -> str | None:
    if not (match["past"] or match["early"]) and not (match["half"] or match["only"]):
        return None  # "3-14:30" is anything
    day = int(match["hour"]) > 12
    if match["past"] or match["early"] or day:
        first = clock(match["from"], match["past"], half=match["early"] or "", day=day)
    else:
        first = str(int(match["from"]))
    return f"{first} to {_time(match, day=day)}"
