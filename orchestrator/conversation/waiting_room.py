"""Looks after what waits for the model: keeps breakers as all replicas have them, lets turns go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from orchestrator.conversation.waiting_turns import BUDGET, WaitingTurns
from orchestrator.conversation.waiting_turns import PROVIDER as FOR_PROVIDER
from orchestrator.inference.breaker import PROVIDER, Breakers, ProviderHealth
from orchestrator.inference.budget import DayBudget
from orchestrator.worker import Supervised

TICK = 2.0


class WaitingRoom:
    """One loop per process; `turns_wait` is called when turns may have become due.

    Nothing depends on its every look: what a lost notice or a killed process left undone, the next look does.
    """

    def __init__(
        self,
        *,
        health: ProviderHealth,
        breakers: Breakers,
        turns: WaitingTurns,
        budget: DayBudget,
        turns_wait: Callable[[], None],
        tick: float = TICK,
    ) -> None:
        self._health = health
        self._breakers = breakers
        self._turns = turns
        self._budget = budget
        self._turns_wait = turns_wait
        self.part = Supervised("waiting turns", self.look, every=tick)
        """The loop; woken when another replica has changed something."""
        self.counts: Mapping[str, int] = {}
        """How many turns wait, by what they wait for."""

    async def look(self) -> None:
        """Take the breakers as they are, and let go on what can; raises `StoreAway`."""
        self._health.take_over(await self._breakers.openings())
        self.counts = await self._turns.counts()
        if self.counts.get(FOR_PROVIDER):
            await self._go_on_with_provider()
        if self.counts.get(BUDGET):
            left = await self._budget.left()
            if left is None or left > 0:
                await self._turns.wake(BUDGET, most=left)
        if self.counts:
            self._turns_wait()

    async def _go_on_with_provider(self) -> None:
        opened = self._health.open
        if PROVIDER not in opened and not any(self._health.cooling(part) for part in opened):
            await self._turns.wake(FOR_PROVIDER)
        elif PROVIDER in opened and not self._health.cooling(PROVIDER):
            await self._turns.try_one()
