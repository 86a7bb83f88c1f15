"""Why a wire refuses a call or ends it, each with a stable code, and how each wire says it.

The gate and the frames are those of the chat, and so are their errors (`channels.chat.errors`).

VoiceError
 └─ CallRefused        base of these
     ├─ BadFrame       what came is not of the protocol
     ├─ TooFast        audio or messages came faster than they can be meant
     ├─ AllBusy        all lines are taken
     ├─ StartRefused   a phone stream without a valid start token
     ├─ SignatureWrong what was posted is not signed by Twilio
     └─ TelephonyOff   no Twilio auth token is set
"""

from __future__ import annotations

from typing import Final

from channels.chat.errors import WIRES, ChatError
from channels.chat.errors import Wire as Said
from channels.voice.errors import VoiceError
from orchestrator.errors import OrchestratorError


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
