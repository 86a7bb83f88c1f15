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

from typing import Final

from channels.chat.errors import WIRES, ChatError
from channels.chat.errors import Wire as Said
from orchestrator.errors import OrchestratorError


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


class CallRefused(VoiceError):
    """Base; `retry_after` is in seconds."""

    code = "call_refused"

    def __init__(self, message: str, *, code: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class BadCallFrame(CallRefused):
    """The frame or body is not what the protocol allows here."""

    code = "bad_frame"


class TooFast(CallRefused):
    """The client is further ahead of the clock than a live call can be."""

    code = "too_fast"


class AllBusy(CallRefused):
    """All lines are taken, here or those one address may have."""

    code = "busy"


class StartRefused(CallRefused):
    """The stream's start token is unknown, used, expired, or another call's."""

    code = "start_refused"


class SignatureWrong(CallRefused):
    """The request is not signed with our Twilio auth token."""

    code = "signature_wrong"


class TelephonyOff(CallRefused):
    """Phone calls are not set up."""

    code = "telephony_off"


Refusal = CallRefused | ChatError | OrchestratorError

SAID: Final[dict[str, Said]] = {
    **WIRES,
    "call_refused": Said(status=400, close=4400),
    "too_fast": Said(status=429, close=4400),
    "busy": Said(status=429, close=4429),
    "start_refused": Said(status=401, close=4401),
    "signature_wrong": Said(status=403, close=4403),
    "telephony_off": Said(status=404, close=4400),
}


def said(error: Refusal) -> Said:
    """Return how `error` is said: HTTP status and close code; a code without an entry counts as internal."""
    return SAID.get(error.code, SAID["internal"])
