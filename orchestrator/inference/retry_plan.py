"""What to do next after each outcome of a decision's requests: ask again, another model, or give up.

Values in, values out: the same way is taken live and when a restarted process replays the ledger.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.inference.answer import ModelAnswer
from orchestrator.inference.catalog import Model
from orchestrator.inference.errors import DecisionUnavailable, InferenceError, ProviderAway
from orchestrator.inference.judge import Judged
from orchestrator.inference.rendering import Message
from orchestrator.inference.repair import correction, nudge

MAX_REQUESTS = 12  # of one step, whatever happens
_LARGEST_ANSWER = 16_384  # tokens
_RATE_LIMITS = 2  # times one model may be asked again after 429


@dataclass(frozen=True, slots=True)
class RetryRule:
    """How often the same model is asked again, and whether after a short wait."""

    again: int = 0
    wait: bool = False


NEXT_MODEL = RetryRule()
REACTIONS: dict[str, RetryRule] = {
    "invalid": RetryRule(again=2),
    "truncated": RetryRule(again=2),
    "empty": RetryRule(again=1),
    "no_calls": RetryRule(again=2),
    "whitespace": RetryRule(again=1),
    "too_large": RetryRule(again=1),
    "disconnected": RetryRule(again=1),
    "bad_event": RetryRule(again=1),
    "error_event": RetryRule(again=1, wait=True),
    "unreachable": RetryRule(again=1, wait=True),
    "http_408": RetryRule(again=1),
    "http_409": RetryRule(again=1, wait=True),
    "http_500": RetryRule(again=1, wait=True),
    "http_502": RetryRule(again=1, wait=True),
    "http_503": RetryRule(again=1, wait=True),
    "http_529": RetryRule(again=1, wait=True),
}
_MODELS_FAULT = frozenset(("invalid", "truncated", "empty", "no_calls", "whitespace", "too_large"))
_PROMPTS_FAULT = frozenset(("http_400", "http_413", "http_415", "http_422", "unsupported"))
_AGAIN_IN = 15.0  # seconds, where no breaker knows better


class RetryPlan:
    """The state of one decision: which model is next, with which messages and how much room."""

    def __init__(self, models: Sequence[Model]) -> None:
        """Begin with the models in the order they are to be tried."""
        self._models = tuple(models)
        self._queue = deque(models)
        self._counts: Counter[tuple[str, str]] = Counter()
        self._last = Judged(outcome="unreachable")
        self.requests = 0
        self.purpose = "decide"
        self.extra: tuple[Message, ...] = ()
        self.max_tokens = models[0].max_tokens

    @property
    def model(self) -> Model:
        """The model to ask next; raises DecisionUnavailable or ProviderAway when there is none left."""
        if not self._queue or self.requests >= MAX_REQUESTS:
            raise self.unavailable()
        return self._queue[0]

    @property
    def nudged_enough(self) -> bool:
        """Whether the model was asked often enough for the calls it announced."""
        return (
            bool(self._queue) and self._counts[self._queue[0].name, "no_calls"] >= REACTIONS["no_calls"].again
        )

    def is_native(self, name: str) -> bool:
        """Whether the catalog calls a model of this plan native."""
        return any(each.name == name and each.tools == "native" for each in self._models)

    def follow(self, name: str) -> None:
        """Put the model of a recorded request first, as it was when that request was sent."""
        found = next((each for each in self._queue if each.name == name), None)
        if found and found is not self._queue[0]:
            self._queue.remove(found)
            self._queue.appendleft(found)
            self._start_fresh()

    def take(self, judged: Judged, answer: ModelAnswer, *, native: bool) -> bool:
        """Take an outcome that brought no decision; True when a short wait should follow."""
        self._last = judged
        if not self._queue or judged.outcome == "unsupported":
            self.purpose = "retry"
            return False
        if judged.outcome == "http_401":
            self._queue.clear()  # the key is wrong for every model
            return False
        if judged.outcome == "http_429":
            self._rate_limited()
            return bool(self._queue)
        return self._again_or_next(judged, answer, native=native)

    @property
    def others(self) -> tuple[str, ...]:
        """The models after the next one, by name."""
        return tuple(each.name for each in self._queue)[1:]

    def skip(self) -> None:
        """Go on with the next model without having asked this one."""
        self._queue.popleft()
        self._start_fresh()

    def unavailable(self) -> InferenceError:
        """Return the error that says why no decision could be had."""
        reason = "; ".join(self._last.problems) or self._last.outcome
        if self._last.outcome in _MODELS_FAULT:
            return DecisionUnavailable("invalid", reason)
        if self._last.outcome == "context_too_long":
            return DecisionUnavailable("too_long", reason)
        if self._last.outcome in _PROMPTS_FAULT:
            return DecisionUnavailable("rejected", reason)
        return ProviderAway(self._last.outcome, retry_in=_AGAIN_IN, asked=self.requests > 0)

    def _again_or_next(self, judged: Judged, answer: ModelAnswer, *, native: bool) -> bool:
        reaction = REACTIONS.get(judged.outcome, NEXT_MODEL)
        key = (self._queue[0].name, judged.outcome)
        self._counts[key] += 1
        if self._counts[key] > reaction.again:
            self._queue.popleft()
            self._start_fresh()
            return False
        self.purpose = "repair" if judged.outcome in _MODELS_FAULT else "retry"
        if judged.outcome == "truncated":
            self.max_tokens = _more_room(self.max_tokens, self._queue[0])
        elif judged.outcome == "invalid":
            self.extra = correction(answer, judged.problems, native=native)
        elif judged.outcome in _MODELS_FAULT:
            self.extra = nudge(judged.outcome)
        return reaction.wait

    def _rate_limited(self) -> None:
        """Go on with the next model; the limited one may have another turn at the end of the queue."""
        limited = self._queue.popleft()
        self._counts[limited.name, "http_429"] += 1
        if self._counts[limited.name, "http_429"] <= _RATE_LIMITS:
            self._queue.append(limited)
        if self._queue and self._queue[0] is limited:
            self.purpose = "retry"
        else:
            self._start_fresh()

    def _start_fresh(self) -> None:
        self.purpose = "fallback"
        self.extra = ()
        if self._queue:
            self.max_tokens = self._queue[0].max_tokens


def _more_room(max_tokens: int, model: Model) -> int:
    return max(max_tokens, min(max_tokens * 2, _LARGEST_ANSWER, model.window // 2))
