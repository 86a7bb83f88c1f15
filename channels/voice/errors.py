"""What can go wrong in a call, each with a stable code.

VoiceError
 ├─ TranscriberBusy      too many utterances wait, or the model is still being loaded
 ├─ TranscriberTimeout   one utterance took too long; its process was replaced
 ├─ TranscriberFailed    no transcript: the process died twice of it, or can't be started
 └─ SpeakerFailed        the sentence could not be spoken, or not to its end
     ├─ SpeakerBusy      too many sentences wait
     └─ SpeakerTimeout   one sentence took too long; its process was replaced
"""

from __future__ import annotations


class VoiceError(Exception):
    """Base of the voice channel's errors."""

    code = "voice_failed"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code or type(self).code
        self.message = message


class TranscriberBusy(VoiceError):
    """Too many utterances wait, or the model is still being loaded; later it may work."""

    code = "transcriber_busy"


class TranscriberTimeout(VoiceError):
    """One utterance took too long."""

    code = "transcriber_timeout"


class TranscriberFailed(VoiceError):
    """There is no transcript and will be none for this audio."""

    code = "transcriber_failed"


class SpeakerFailed(VoiceError):
    """The speech engine can't run here, or died before the sentence was over."""

    code = "speaker_failed"


class SpeakerBusy(SpeakerFailed):
    """Too many sentences wait to be spoken."""

    code = "speaker_busy"


class SpeakerTimeout(SpeakerFailed):
    """One sentence took too long."""

    code = "speaker_timeout"
