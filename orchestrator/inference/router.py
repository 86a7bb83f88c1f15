"""Orders the models for one decision: those of the route that fit, healthy ones first."""

from __future__ import annotations

from orchestrator.inference.breaker import ProviderHealth
from orchestrator.inference.catalog import Catalog, Model
from orchestrator.inference.errors import ContextTooLong

_BYTES_PER_TOKEN = 3.0  # low on purpose: English text has about four, JSON and German about three


def estimated_tokens(size: int) -> int:
    """Return how many tokens `size` bytes of prompt are, rather too many than too few."""
    return int(size / _BYTES_PER_TOKEN) + 16


def candidates(
    catalog: Catalog, kind: str, *, size: int, health: ProviderHealth, compacted: bool
) -> list[Model]:
    """Return the models to try, in order, for a prompt of `size` bytes.

    Raises ContextTooLong when none has room; once the prompt was compacted, the largest is tried.
    """
    route = catalog.route(kind)
    fitting = [each for each in route if estimated_tokens(size) + each.max_tokens <= each.window]
    if not fitting:
        if not compacted:
            raise ContextTooLong("the prompt is larger than every model's window")
        fitting = [max(route, key=lambda model: model.window)]
    return sorted(fitting, key=lambda model: health.cooling(model.name))
