"""Voice: are its packages there, and which weights would understand callers?"""

from __future__ import annotations

from switchboard.operations.finding import Finding, broken, ok, warning
from switchboard.settings import Settings
from switchboard.voice_installed import missing_packages

VOICES = "Speech is made by eSpeak NG."


async def check_voice(settings: Settings) -> Finding:
    """Look at packages and weights; nothing is loaded or fetched."""
    if not settings.voice.enabled:
        return ok("voice", "Switched off (SWITCHBOARD_VOICE__ENABLED).")
    if missing := missing_packages(settings):
        return warning(
            "voice", f"Not installed: {', '.join(missing)} (the extra `voice`). There are no calls."
        )
    if settings.transcriber != "whisper":
        return warning("voice", "The transcriber hears a fixed text; it is for measuring only.")
    return _weights(settings.whisper_model)


def _weights(model: str) -> Finding:
    from channels.voice.transcribing.weights import find_weights

    weights = find_weights(model)
    if weights.problem:
        return broken("voice", weights.problem)
    if weights.folder is None:
        detail = (
            f"The Whisper weights {weights.model} are not here yet and are fetched at the start. {VOICES}"
        )
        return warning("voice", detail)
    if weights.synthetic:
        return warning("voice", "The weights are the test model's: it understands synthetic speech alone.")
    return ok("voice", f"Whisper weights: {weights.folder}. {VOICES}")
