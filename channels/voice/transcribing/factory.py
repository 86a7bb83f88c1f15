"""Makes the transcriber that the settings name."""

from __future__ import annotations

from channels.voice.settings import VoiceSettings
from channels.voice.transcribing.transcriber import FixedTranscriber, Transcriber
from channels.voice.transcribing.whisper import Whisper

FIXED = "fixed:"


def make_transcriber(spec: str, model: str, *, settings: VoiceSettings) -> Transcriber:
    """Return the transcriber `spec` (SWITCHBOARD_TRANSCRIBER) with the weights `model`.

    `spec` is "whisper", or "fixed:TEXT" for measuring; ValueError for anything else.
    """
    if spec.startswith(FIXED):
        return FixedTranscriber(spec.removeprefix(FIXED))
    if spec == "whisper":
        return Whisper(model=model, settings=settings)
    raise ValueError("SWITCHBOARD_TRANSCRIBER must be whisper or fixed:TEXT.")
