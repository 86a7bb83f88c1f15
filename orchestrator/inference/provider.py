"""Sends one request to an OpenAI-compatible provider and reads the answer as it arrives.

The official SDK carries it (authentication, pooling, status errors), without its retries and without
its walk over every message: a body already encoded goes out, raw bytes come back.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any, cast

import httpx2
import openai

from orchestrator.inference.answer import AnswerDelta, Assembly, ModelAnswer
from orchestrator.inference.errors import (
    Disconnected,
    HttpRefused,
    ProviderError,
    TimedOut,
    Unreachable,
)
from orchestrator.inference.event_stream import BodyReader

OnDelta = Callable[[AnswerDelta], Awaitable[None]]

_MAX_ERROR_BODY = 32_768  # bytes
_LONGEST_WAIT = 86_400.0  # seconds
_DRAIN = 0.05  # seconds for the end of the body after [DONE], so that the connection can be used again


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestTimes:
    """Times in seconds: to connect, until the first event, between events, and for one whole request."""

    connect: float = 5.0
    first_byte: float = 20.0
    idle: float = 10.0
    total: float = 60.0

    @property
    def silence(self) -> float:
        """Return after how many seconds without any answer a request has had its full chance."""
        return min(self.first_byte, self.total)


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelExchange:
    """One request and what became of it; times in milliseconds.

    `error` is set where no answer came; `answer` then holds the part that did. `answered` says whether
    anything of an answer arrived: the provider took the request.
    """

    answer: ModelAnswer
    error: ProviderError | None
    latency_ms: float
    first_token_ms: float | None
    answered: bool


class Provider:
    """One pooled client for one base URL; may be used by many tasks at once."""

    def __init__(self, *, base_url: str, api_key: str, limits: RequestTimes | None = None) -> None:
        """Make the client; nothing is sent before the first request."""
        self.limits = limits or RequestTimes()
        timeout = httpx2.Timeout(connect=self.limits.connect, read=None, write=30.0, pool=self.limits.connect)
        self._http = openai.DefaultAsyncHttpxClient(
            timeout=timeout,
            limits=httpx2.Limits(max_connections=256, max_keepalive_connections=64, keepalive_expiry=30.0),
            follow_redirects=False,
            trust_env=not _is_loopback(base_url),
            event_hooks={"response": [_bound_error_body]},
        )
        self._client = openai.AsyncOpenAI(
            base_url=base_url,
            api_key=api_key,
            max_retries=0,
            timeout=timeout,
            http_client=self._http,
            default_headers={"Accept-Encoding": "identity"},
        )

    async def ask(
        self,
        body: bytes,
        *,
        deadline: float,
        on_answer: Callable[[], None] | None = None,
        on_delta: OnDelta | None = None,
    ) -> ModelExchange:
        """Send one request and wait for its answer until `deadline` (loop time).

        `on_answer` is called once, when an answer has begun to arrive. Provider faults come back in the
        exchange. What `on_delta` raises, and cancellation, go through; the connection is closed in any case.
        """
        reading = _Reading(self.limits, deadline, on_answer, on_delta)
        error: ProviderError | None = None
        try:
            await reading.run(lambda: self._post(body))
        except ProviderError as caught:
            error = caught
        return reading.exchange(error)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def _post(self, body: bytes) -> httpx2.Response:
        try:
            # the raw response type makes the SDK hand the response over unread
            response = await self._client.post(
                "/chat/completions",
                content=body,
                cast_to=httpx2.Response,
                stream=True,
                stream_cls=openai.AsyncStream[Any],
                options={"headers": {"content-type": "application/json"}},
            )
        except openai.APIStatusError as error:
            raise refusal(error) from None
        except openai.APITimeoutError:
            raise TimedOut("connect") from None
        except (openai.APIConnectionError, httpx2.HTTPError) as error:
            raise Unreachable(type(error.__cause__ or error).__name__) from None
        return cast("httpx2.Response", response)


class _Reading:
    """The clocks and the state of one request."""

    def __init__(
        self,
        limits: RequestTimes,
        deadline: float,
        on_answer: Callable[[], None] | None,
        on_delta: OnDelta | None,
    ) -> None:
        self._clock = asyncio.get_running_loop().time
        self._limits = limits
        self._on_answer = on_answer
        self._on_delta = on_delta
        self._answered = False
        self._started = self._clock()
        self._end = min(deadline, self._started + limits.total)
        self._phase = "first_byte"
        self._first: float | None = None
        self._assembly = Assembly()
        self._body = BodyReader()

    async def run(self, post: Callable[[], Awaitable[httpx2.Response]]) -> None:
        """Read the whole answer; raises ProviderError."""
        limit = asyncio.timeout_at(self._next_end(self._limits.first_byte))
        try:
            async with limit:
                response = await post()
                try:
                    await self._read(response, limit)
                finally:
                    await response.aclose()
        except TimeoutError:
            if not limit.expired():
                raise  # not ours: it came from whoever takes the deltas
            raise TimedOut("total" if self._clock() >= self._end else self._phase) from None

    def exchange(self, error: ProviderError | None) -> ModelExchange:
        """Return what there is now."""
        return ModelExchange(
            answer=self._assembly.answer(done=self._body.done),
            error=error,
            latency_ms=(self._clock() - self._started) * 1000,
            first_token_ms=None if self._first is None else (self._first - self._started) * 1000,
            answered=self._answered,
        )

    async def _read(self, response: httpx2.Response, limit: asyncio.Timeout) -> None:
        encoded = "content-encoding" in response.headers
        chunks = response.aiter_bytes() if encoded else response.aiter_raw()
        async with aclosing(chunks) as stream:
            try:
                async for chunk in stream:
                    await self._take(self._body.feed(chunk), limit)
                    if self._body.done:
                        limit.reschedule(None)
                        await _drain(stream)
                        return
            except httpx2.HTTPError as error:
                if not self._assembly.finished:
                    raise Disconnected(type(error).__name__) from None
        await self._take(self._body.close(), limit)
        if not (self._assembly.finished or self._body.done):
            raise Disconnected("ended without an end")

    async def _take(self, chunks: list[dict[str, Any]], limit: asyncio.Timeout) -> None:
        """Take one block as it arrived; what an error comes behind is passed on first."""
        if not chunks:
            return
        added, failure = AnswerDelta(), None
        try:
            self._assembly.take(chunks, added)
        except ProviderError as error:
            failure = error
        if self._assembly.chunks:
            self._begin()
        if added:
            self._first = self._first or self._clock()
            # Of an answer that is whole nothing has to be guessed any more.
            if self._on_delta and not self._assembly.finished:
                limit.reschedule(self._end)  # the time others take to show it is not the provider's
                await self._on_delta(added)
        if failure:
            raise failure
        self._phase = "idle"
        limit.reschedule(self._next_end(self._limits.idle))

    def _begin(self) -> None:
        if not self._answered:
            self._answered = True
            if self._on_answer:
                self._on_answer()

    def _next_end(self, seconds: float) -> float:
        return min(self._end, self._clock() + seconds)


async def _drain(stream: AsyncGenerator[bytes]) -> None:
    try:
        async with asyncio.timeout(_DRAIN):
            async for _ in stream:
                pass
    except (TimeoutError, httpx2.HTTPError):
        pass  # the answer is whole; only the connection is lost


async def _bound_error_body(response: httpx2.Response) -> None:
    """Keep the SDK from reading an endless error page."""
    if response.status_code >= 300 and isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _BoundedBody(response.stream)


class _BoundedBody(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        left = _MAX_ERROR_BODY
        async for chunk in self._stream:
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                return

    async def aclose(self) -> None:
        await self._stream.aclose()


def _is_loopback(base_url: str) -> bool:
    host = httpx2.URL(base_url).host
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refusal(error: openai.APIStatusError) -> HttpRefused:
    """Return the SDK's status error as ours."""
    body = error.body if isinstance(error.body, Mapping) else {}
    words = [body.get(name) for name in ("message", "detail", "code", "type")]
    message = " ".join(str(word)[:2000] for word in words if word) or str(error.body or "")[:2000]
    return HttpRefused(
        error.status_code,
        message,
        param=str(body.get("param") or "")[:200],
        retry_after=retry_after(error.response.headers),
    )


def retry_after(headers: Mapping[str, Any], *, now: datetime | None = None) -> float | None:
    """Return the wait in seconds, at most a day, None where the server does not say.

    `retry-after-ms`, `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3).
    """
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return _bounded(milliseconds / 1000)
    text = headers.get("retry-after")
    if (seconds := _number(text)) is not None:
        return _bounded(seconds)
    try:
        when = parsedate_to_datetime(str(text))
    except (TypeError, ValueError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return _bounded((when - (now or datetime.now(UTC))).total_seconds())


def _number(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def _bounded(seconds: float) -> float | None:
    return min(max(seconds, 0.0), _LONGEST_WAIT) if not math.isnan(seconds) else None  # NaN says nothing
