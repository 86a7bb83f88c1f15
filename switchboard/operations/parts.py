"""What this process consists of, as operators see it: which part is down, and what is not as configured."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from orchestrator.worker import Supervised
from switchboard.operations.metrics import Metrics

Notice = Callable[[], str | None]
"""Returns one sentence while something works, but not as configured."""


class Parts:
    """The background work and the notices, by name, in `/readyz` and in the metrics."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._works: dict[str, Supervised] = {}
        self._notices: dict[str, Notice] = {}

    def watch(self, works: Iterable[Supervised]) -> None:
        """Watch background work."""
        for work in works:
            self._works[work.name] = work
            self._metrics.part_up.labels(work.name).set_function(partial(_up, work))
            self._metrics.part_failures.labels(work.name).set_function(partial(_failures, work))

    def notice(self, name: str, notice: Notice) -> None:
        """Ask `notice` whenever somebody wants to know."""
        self._notices[name] = notice
        self._metrics.notices.labels(name).set_function(lambda: float(notice() is not None))

    def down(self) -> dict[str, str]:
        """Return why no traffic should come, by part."""
        return {name: why for name, work in self._works.items() if work.essential and (why := work.trouble)}

    def notices(self) -> dict[str, str]:
        """Return what an operator should know although traffic may come, by part."""
        chores = {
            name: why for name, work in self._works.items() if not work.essential and (why := work.trouble)
        }
        return {**chores, **{name: why for name, notice in self._notices.items() if (why := notice())}}


def _up(work: Supervised) -> float:
    return float(work.trouble is None)


def _failures(work: Supervised) -> float:
    return float(work.failures)
