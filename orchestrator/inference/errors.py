"""What can go wrong between the turn and a model, each with a stable code.

InferenceError
 ├─ ProviderError        one request failed; `code` is the outcome written to the ledger
 │   ├─ HttpRefused      the provider answered with an error status (http_NNN)
 │   ├─ TimedOut         timeout: connect, first_byte, idle or total
 │   ├─ Unreachable      unreachable: no connection
 │   ├─ Disconnected     disconnected: the stream ended before the answer did
 │   ├─ ErrorEvent       error_event: an error inside a 200 stream
 │   ├─ BadEvent         bad_event: a stream event that is not JSON
 │   ├─ NotJson          not_json: a page instead of an answer
 │   ├─ AnswerTooLarge   too_large: more than any answer needs
 │   └─ Whitespace       whitespace: nothing but white space, without end
 ├─ DecisionUnavailable  no valid decision to be had: hand off, honestly
 ├─ ProviderAway         the provider refuses everybody, or every model of the route rests: answer later
 ├─ BudgetExhausted      no model request left today: answer later
 ├─ ContextTooLong       the prompt fits no model: compact it and ask again
 └─ CatalogInvalid       the catalog file can't be used
"""

from __future__ import annotations

from datetime import datetime


class InferenceError(Exception):
    """Base of this package's errors."""

    code = "inference"


class ProviderError(InferenceError):
    """One request failed; `detail` says how, in words that hold no customer data."""

    code = "provider"

    def __init__(self, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after


class HttpRefused(ProviderError):
    """The provider answered with an error status; `message` and `param` are its own words."""

    def __init__(
        self, status: int, message: str, *, param: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(message[:200], retry_after=retry_after)
        self.code = f"http_{status}"
        self.status = status
        self.message = message
        self.param = param


class TimedOut(ProviderError):
    """The provider was too slow; `detail` is connect, first_byte, idle or total."""

    code = "timeout"


class Unreachable(ProviderError):
    """No connection to the provider."""

    code = "unreachable"


class Disconnected(ProviderError):
    """The answer stopped before its end."""

    code = "disconnected"


class ErrorEvent(ProviderError):
    """The provider reported an error inside a stream that began with 200."""

    code = "error_event"


class BadEvent(ProviderError):
    """A stream event is not a JSON object."""

    code = "bad_event"


class NotJson(ProviderError):
    """The body is neither an event stream nor a JSON object (a proxy's error page)."""

    code = "not_json"


class AnswerTooLarge(ProviderError):
    """The answer is larger than any valid one."""

    code = "too_large"


class Whitespace(ProviderError):
    """The model writes white space without end."""

    code = "whitespace"


class DecisionUnavailable(InferenceError):
    """No valid decision to be had; the turn hands off with an honest sentence.

    Codes: invalid, rejected, refused, deadline, too_long.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


class ProviderAway(InferenceError):
    """No model answers now: ask again in `retry_in` seconds.

    `reason` is the outcome of the requests that showed it; `asked` says whether this decision has sent some.
    """

    code = "provider_away"

    def __init__(self, reason: str, *, retry_in: float, asked: bool) -> None:
        super().__init__(f"no model answers ({reason})")
        self.reason = reason
        self.retry_in = retry_in
        self.asked = asked


class BudgetExhausted(InferenceError):
    """No model request is left until `resets_at` (aware, UTC)."""

    code = "budget_exhausted"

    def __init__(self, resets_at: datetime) -> None:
        super().__init__("no model request is left today")
        self.resets_at = resets_at


class ContextTooLong(InferenceError):
    """The prompt fits no model of the route; compact it and ask again with `compacted=True`."""

    code = "context_too_long"


class CatalogInvalid(InferenceError):
    """The catalog file can't be used; the message names file and field in one sentence."""

    code = "catalog_invalid"
