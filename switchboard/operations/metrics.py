"""What the gateway counts, in Prometheus' text format at `/metrics`.

One frozen object holds every metric and is handed to whoever feeds it. Labels are few and bounded
(a model, a tool, a channel, an outcome), never a customer or a conversation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder

from orchestrator.inference.types import RequestOutcome
from tools.mcp.servers import McpServers

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Metrics:
    """Every metric; durations are seconds. Make one with `Metrics.create()`."""

    registry: CollectorRegistry
    messages: Counter
    """channel, outcome: accepted, duplicate, or the code of the refusal"""
    turns: Counter
    """channel, outcome: answered, waiting_approval, handed_off, deferred, failed"""
    turn_seconds: Histogram
    """channel"""
    wait_seconds: Histogram
    """channel: from the stored message to the start of its turn"""
    model_requests: Counter
    """model, outcome: ok, invalid, timeout, http_429 and so on"""
    model_seconds: Histogram
    """model"""
    first_token_seconds: Histogram
    """model"""
    tokens: Counter
    """model, direction: input or output"""
    actions: Counter
    """tool, outcome: ok, or the error's code"""
    deliveries: Counter
    """channel, outcome"""
    sockets: Gauge
    """channel: open now"""
    queued: Gauge
    """turns stored and not begun"""
    put_off: Gauge
    """reason: turns that wait for the provider or the budget"""
    breakers: Gauge
    """part: 1 while the provider, or a model, is left alone"""
    call_seconds: Histogram
    """what: transcribe, answer (end of speech to first audio) or speak"""
    mcp_tools: Gauge
    """server: its tools that can be called now, 0 while it is down"""
    part_up: Gauge
    """part: 1 while its background work is being done"""
    part_failures: Gauge
    """part: how often its background work failed and was started again"""
    notices: Gauge
    """part: 1 while it works, but not as configured"""

    @classmethod
    def create(cls) -> Metrics:
        """Make all metrics in a registry of their own, with the process's CPU, memory and open files."""
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)

        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(name, what, labels, namespace="switchboard", registry=registry)

        def histogram(name: str, what: str, *labels: str) -> Histogram:
            return Histogram(name, what, labels, namespace="switchboard", registry=registry, buckets=SECONDS)

        def gauge(name: str, what: str, *labels: str) -> Gauge:
            return Gauge(name, what, labels, namespace="switchboard", registry=registry)

        return cls(
            registry=registry,
            messages=counter("messages", "Messages from customers", "channel", "outcome"),
            turns=counter("turns", "Turns that ended", "channel", "outcome"),
            turn_seconds=histogram("turn_seconds", "How long a turn ran", "channel"),
            wait_seconds=histogram("wait_seconds", "From stored message to its turn", "channel"),
            model_requests=counter("model_requests", "Requests to the model provider", "model", "outcome"),
            model_seconds=histogram("model_seconds", "How long a model request took", "model"),
            first_token_seconds=histogram("first_token_seconds", "Until the first token", "model"),
            tokens=counter("tokens", "Tokens sent and received", "model", "direction"),
            actions=counter("actions", "Actions that ran", "tool", "outcome"),
            deliveries=counter("deliveries", "Attempts to deliver a reply", "channel", "outcome"),
            sockets=gauge("sockets_open", "Open sockets", "channel"),
            queued=gauge("turns_queued", "Turns stored and not begun"),
            put_off=gauge("turns_waiting", "Turns that wait for the provider or the budget", "reason"),
            breakers=gauge("breaker_open", "1 while a provider or model is left alone", "part"),
            call_seconds=histogram("call_seconds", "What a caller waits for", "what"),
            part_up=gauge("part_up", "Background work that is being done", "part"),
            part_failures=gauge("part_failures", "How often background work was started again", "part"),
            notices=gauge("notices", "Works, but not as configured", "part"),
            mcp_tools=gauge("mcp_tools", "Tools of an MCP server, 0 while it is down", "server"),
        )

    def call(self, what: str, seconds: float) -> None:
        """Count a wait within a call."""
        self.call_seconds.labels(what).observe(seconds)


def metrics_route(metrics: Metrics) -> web.RouteDef:
    """Serve `/metrics`, in the format that the scraper prefers."""

    async def show(request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(
            body=encode(metrics.registry), headers={"Content-Type": content_type, "Cache-Control": "no-store"}
        )

    return web.get("/metrics", show)


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


def show_mcp(metrics: Metrics, servers: McpServers) -> None:
    """Let the gauge follow each configured server; call it once."""
    for status in servers.status():
        metrics.mcp_tools.labels(status.name).set_function(partial(_tools, servers, status.name))


def _tools(servers: McpServers, name: str) -> float:
    return float(sum(len(status.tools) for status in servers.status() if status.name == name))
