"""Token buckets with a clock that stands still."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.chat.errors import RateLimited, TooMany
from channels.chat.limits import Buckets, Limits
from channels.chat.settings import ChatSettings, Rate
from tests.support.chat_server import Clock


def test_a_burst_then_one_by_one() -> None:
    clock = Clock()
    buckets = Buckets(Rate(burst=2, per_minute=60), clock)
    assert [buckets.take("a"), buckets.take("a"), buckets.take("a")] == [0.0, 0.0, 1.0]
    clock.now += 0.5
    assert buckets.take("a") == 0.5
    clock.now += 0.5
    assert buckets.take("a") == 0.0
    assert buckets.take("b") == 0.0


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    clock = Clock()
    buckets = Buckets(Rate(burst=1, per_minute=60), clock)
    clock.now += 3600
    assert [buckets.take("a"), buckets.take("a")] == [0.0, 1.0]


def test_keys_are_bounded_and_the_longest_unused_goes_first() -> None:
    buckets = Buckets(Rate(burst=1, per_minute=60), Clock(), capacity=2)
    for key in "aab":
        buckets.take(key)
    buckets.take("a")
    buckets.take("c")
    assert len(buckets) == 2
    assert buckets.take("a") > 0.0


@given(st.lists(st.floats(min_value=0.0, max_value=10.0), max_size=200))
def test_never_more_than_burst_plus_time(pauses: list[float]) -> None:
    clock = Clock()
    buckets = Buckets(Rate(burst=3, per_minute=60), clock)
    taken = 0
    for pause in pauses:
        clock.now += pause
        taken += buckets.take("a") == 0.0
    assert taken <= 3 + sum(pauses) + 1e-6


@given(st.floats(min_value=0.0, max_value=5.0))
def test_the_named_wait_is_enough(pause: float) -> None:
    clock = Clock()
    buckets = Buckets(Rate(burst=1, per_minute=20), clock)
    buckets.take("a")
    clock.now += pause
    clock.now += buckets.take("a") + 1e-6
    clock.now += buckets.take("a") + 1e-6
    assert buckets.take("a") <= 3.0


def test_limits_refuse_with_the_time_to_wait() -> None:
    limits = Limits(ChatSettings(session_messages=Rate(burst=1, per_minute=30)), Clock())
    limits.session_message("s")
    with pytest.raises(RateLimited) as refusal:
        limits.session_message("s")
    assert refusal.value.retry_after == 2.0


def test_exempt_addresses_are_not_counted() -> None:
    limits = Limits(ChatSettings(address_hellos=Rate(burst=1, per_minute=1), sockets_per_address=1), Clock())
    for _ in range(3):
        limits.hello(None)
    with limits.socket(None), limits.socket(None):
        pass


def test_sockets_are_counted_in_all_and_given_back() -> None:
    limits = Limits(ChatSettings(sockets=1), Clock())
    for _ in range(3):
        with limits.socket("1.2.3.4"), pytest.raises(TooMany):
            limits.socket(None).__enter__()
