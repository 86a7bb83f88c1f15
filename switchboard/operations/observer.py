"""Feeds the metrics from what the orchestrator reports."""

from __future__ import annotations

from orchestrator.inference.types import RequestOutcome
from switchboard.operations.metrics import Metrics


class MetricsObserver:
    """An `orchestrator.observe.Observer` that counts into `Metrics`."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def message(self, channel: str, outcome: str) -> None:
        """Count a customer message."""
        self._metrics.messages.labels(channel, outcome).inc()

    def turn(self, channel: str, outcome: str, *, waited: float, took: float) -> None:
        """Count a turn that ended; durations are seconds."""
        self._metrics.turns.labels(channel, outcome).inc()
        self._metrics.wait_seconds.labels(channel).observe(max(0.0, waited))
        self._metrics.turn_seconds.labels(channel).observe(max(0.0, took))

    def request(self, model: str, outcome: RequestOutcome) -> None:
        """Count a model request with its times and tokens."""
        self._metrics.model_requests.labels(model, outcome.outcome).inc()
        self._metrics.model_seconds.labels(model).observe(outcome.latency_ms / 1000)
        if outcome.first_token_ms is not None:
            self._metrics.first_token_seconds.labels(model).observe(outcome.first_token_ms / 1000)
        self._metrics.tokens.labels(model, "input").inc(outcome.input_tokens or 0)
        self._metrics.tokens.labels(model, "output").inc(outcome.output_tokens or 0)

    def action(self, tool: str, outcome: str) -> None:
        """Count an action that ran."""
        self._metrics.actions.labels(tool, outcome).inc()

    def delivery(self, channel: str, outcome: str) -> None:
        """Count an attempt to deliver."""
        self._metrics.deliveries.labels(channel, outcome).inc()
