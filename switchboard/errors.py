"""Errors of the operations floor.

SwitchboardError
├── SettingsError    a setting is wrong: exit code 2
└── StartFailed      the gateway can't start as it is set up: exit code 1
"""

from __future__ import annotations


class SwitchboardError(Exception):
    """Stops a command; `str(error)` is what its user reads, `exit_code` what the shell gets."""

    code = "failed"
    exit_code = 1


class SettingsError(SwitchboardError):
    """One or more settings are wrong; `problems` holds one sentence for each, naming its variable."""

    code = "settings_invalid"
    exit_code = 2

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class StartFailed(SwitchboardError):
    """A listener or a part that the gateway needs could not be brought up."""

    code = "start_failed"
