"""What Whisper writes over silence and noise: subtitles it was trained on, in plain words."""

from __future__ import annotations

from typing import Final

ALWAYS: Final[tuple[str, ...]] = (
    "thank you for watching",
    "thanks for watching",
    "thank you so much for watching",
    "thank you very much for watching",
    "please subscribe",
    "subscribe to my channel",
    "don't forget to subscribe",
    "like and subscribe",
    "see you in the next video",
    "i'll see you in the next video",
    "subtitles by",
    "subtitles made by",
    "transcription by castingwords",
    "transcribed by",
    "captions by",
    "copyright wdr",
    "swr 20",
    "untertitel der amara",
    "untertitel von",
    "untertitel im auftrag",
    "untertitelung",
    "untertitel des zdf",
    "vielen dank fürs zuschauen",
    "danke fürs zuschauen",
    "vielen dank für die aufmerksamkeit bis zum nächsten",
    "bis zum nächsten video",
    "sous titres réalisés par",
    "sous titrage",
    "merci d'avoir regardé",
    "subtítulos realizados por",
    "gracias por ver el video",
    "sottotitoli",
)
"""Nobody says this to a support desk: beginnings of a transcript that is never believed."""

DOUBTFUL: Final[frozenset[str]] = frozenset(
    {
        "you",
        "thank you",
        "thanks",
        "thank you very much",
        "bye",
        "bye bye",
        "okay",
        "so",
        "oh",
        "hmm",
        "the",
        "vielen dank",
        "danke",
        "tschüss",
        "ja",
        "merci",
        "gracias",
    }
)
"""Callers say this too: not believed only where the model is not sure."""
