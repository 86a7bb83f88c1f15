"""Why a call from the terminal can't be made, or can't go on."""

from __future__ import annotations

from switchboard.errors import SwitchboardError


class CallFailed(SwitchboardError):
    """The call can't be made."""

    code = "call_failed"


class LineLost(CallFailed):
    """The call ended from the other side, or nothing comes any more."""

    code = "line_lost"
