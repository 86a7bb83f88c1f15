"""Tells operators when the model provider refuses the key or does not answer, from the start on."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from orchestrator.conversation.waiting_room import WaitingRoom
from orchestrator.inference.breaker import PROVIDER, ProviderHealth
from orchestrator.worker import Supervised
from switchboard.operations.check_result import CheckResult
from switchboard.operations.metrics import Metrics
from switchboard.operations.provider_checks import check_model
from switchboard.settings import Settings

log = structlog.get_logger()
EVERY = 30
"""Rounds, of a second each, between looks at a provider that was not well at the last one."""
REFUSED = "http_401"
UNGRANTED = {
    "http_402": "wants to be paid for",
    "http_403": "does not grant",
    "http_404": "does not know",
}


class ProviderWatch:
    """Looks whether the key is taken, which costs no model request; knows what is wrong just now."""

    def __init__(
        self, settings: Settings, *, health: ProviderHealth, room: WaitingRoom, metrics: Metrics
    ) -> None:
        self._settings = settings
        self._health = health
        self._room = room
        self._metrics = metrics
        self._finding: CheckResult | None = None
        self._parts: set[str] = set()
        self._rounds = 0
        self._away = False
        self.part = Supervised("provider", self._watch, every=1.0, essential=False)

    async def look(self) -> None:
        """Ask the provider for its models, within five seconds; say in the log what is not well."""
        before, self._finding = self._finding, await check_model(self._settings)
        if self._finding.state == "ok":
            if before is not None and before.state != "ok":
                log.info("the model provider takes the key", detail=self._finding.detail)
            if self._health.open.get(PROVIDER) == REFUSED:
                await self._health.close(PROVIDER)
        elif before is None or before.detail != self._finding.detail:
            tell = log.error if self._finding.state == "broken" else log.warning
            tell("the model provider is not well", problem=self._finding.detail)

    async def _watch(self) -> None:
        """Look once more where something is wrong, and keep the gauges."""
        self._show()
        self._rounds += 1
        away, self._away = self._away, PROVIDER in self._health.open
        unwell = not self._well() or REFUSED in self._health.open.values()
        if unwell and ((away and not self._away) or self._rounds % EVERY == 0):
            await self.look()

    def notice(self) -> str | None:
        """Return what an operator should know of the provider; None when all is well."""
        return " ".join([*self._of_provider(), *self._of_models()]) or None

    @property
    def start_notice(self) -> str | None:
        """Return what is wrong by the last look, in one sentence that names the setting."""
        return None if self._well() or self._finding is None else self._finding.detail

    def _well(self) -> bool:
        return self._finding is None or self._finding.state != "broken"

    def _of_provider(self) -> list[str]:
        reason = self._health.open.get(PROVIDER)
        if reason is None:
            return [self._finding.detail] if self._finding and not self._well() else []
        waiting = sum(self._room.counts.values())
        wait = f"{waiting} conversations wait for an answer." if waiting != 1 else "1 conversation waits."
        if reason == REFUSED:
            return [f"The model provider refuses the key (HTTP 401): see OXLO_API_KEY. {wait}"]
        return [f"The model provider gives no answers ({reason}): see OXLO_BASE_URL. {wait}"]

    def _of_models(self) -> list[str]:
        return [
            f"The model provider {UNGRANTED[reason]} the model {part} ({reason}): see SWITCHBOARD_CATALOG."
            for part, reason in sorted(self._health.open.items())
            if part != PROVIDER and reason in UNGRANTED
        ]

    def _show(self) -> None:
        opened: Mapping[str, str] = self._health.open
        self._parts.update(opened)
        for part in self._parts:
            self._metrics.breakers.labels(part or "provider").set(part in opened)
        for reason in ("provider", "budget"):
            self._metrics.put_off.labels(reason).set(self._room.counts.get(reason, 0))
