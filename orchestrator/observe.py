"""What the orchestrator reports to whoever counts: numbers and names, never text."""

from __future__ import annotations

from typing import Protocol

from orchestrator.inference.types import RequestOutcome


class Observer(Protocol):
    """Counts what happens; its methods return at once and never raise. Durations are seconds."""

    def message(self, channel: str, outcome: str) -> None:
        """Count a customer message: accepted, duplicate, or the code of its refusal."""

    def turn(self, channel: str, outcome: str, *, waited: float, took: float) -> None:
        """Count a turn that ended."""

    def request(self, model: str, outcome: RequestOutcome) -> None:
        """Count a model request."""

    def action(self, tool: str, outcome: str) -> None:
        """Count an action that ran: ok, or the error's code."""

    def delivery(self, channel: str, outcome: str) -> None:
        """Count an attempt to deliver: sent, again or failed."""


class Unobserved:
    """An observer that counts nothing."""

    def message(self, channel: str, outcome: str) -> None:
        """Do nothing."""

    def turn(self, channel: str, outcome: str, *, waited: float, took: float) -> None:
        """Do nothing."""

    def request(self, model: str, outcome: RequestOutcome) -> None:
        """Do nothing."""

    def action(self, tool: str, outcome: str) -> None:
        """Do nothing."""

    def delivery(self, channel: str, outcome: str) -> None:
        """Do nothing."""
