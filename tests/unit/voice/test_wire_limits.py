"""Capacity, pace and transfers, with a clock that stands still."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.voice.errors import AllBusy, StartRefused, TooFast
from channels.voice.transports.capacity import AudioPace, PhoneLines
from channels.voice.transports.twilio_webhooks import MOST, Transfers
from tests.support.chat_server import Clock


def lines(clock: Clock, *, most: int = 2, per_address: int = 2) -> PhoneLines:
    return PhoneLines(most=most, per_address=per_address, keep_s=60.0, clock=clock)


def test_no_more_calls_than_there_are_lines() -> None:
    counted = lines(Clock())
    with ExitStack() as calls:
        calls.enter_context(counted.call("a"))
        calls.enter_context(counted.call(None))
        with pytest.raises(AllBusy), counted.call("b"):
            pass
        assert counted.open == 2
    with counted.call("b"):
        assert counted.open == 1


def test_one_address_does_not_get_all_lines() -> None:
    counted = lines(Clock(), most=9, per_address=1)
    with ExitStack() as calls:
        for address in ("a", "b", None, None):
            calls.enter_context(counted.call(address))
        with pytest.raises(AllBusy), counted.call("a"):
            pass
    with counted.call("a"):
        pass


def test_a_line_is_kept_for_a_phone_call_and_claimed_once() -> None:
    counted = lines(Clock(), most=1)
    token = counted.keep(call_sid="CA1", phone="+4930123456")
    assert len(token) == 32
    with pytest.raises(AllBusy), counted.call(None):
        pass
    assert counted.claim(token, call_sid="CA1").phone == "+4930123456"
    with counted.call(None), pytest.raises(StartRefused):
        counted.claim(token, call_sid="CA1")


def test_a_line_is_not_kept_for_ever() -> None:
    clock = Clock()
    counted = lines(clock, most=1)
    token = counted.keep(call_sid="CA1", phone=None)
    clock.now += 60.5
    with counted.call(None):
        pass
    with pytest.raises(StartRefused):
        counted.claim(token, call_sid="CA1")


def test_a_token_is_of_no_use_to_another_call() -> None:
    counted = lines(Clock())
    token = counted.keep(call_sid="CA1", phone=None)
    for call_sid in ("CA2", "CA1"):
        with pytest.raises(StartRefused):
            counted.claim(token, call_sid=call_sid)


def test_asking_twice_for_one_call_keeps_one_line() -> None:
    counted = lines(Clock(), most=1)
    first = counted.keep(call_sid="CA1", phone=None)
    second = counted.keep(call_sid="CA1", phone=None)
    with pytest.raises(StartRefused):
        counted.claim(first, call_sid="CA1")
    counted.claim(second, call_sid="CA1")


def test_audio_in_real_time_is_never_too_fast() -> None:
    clock = Clock()
    pace = AudioPace(ahead=5.0, behind=10.0, clock=clock)
    for _ in range(5_000):
        pace.take(0.02)
        clock.now += 0.02


def test_more_than_the_clock_allows_is_too_fast() -> None:
    pace = AudioPace(ahead=5.0, behind=10.0, clock=Clock())
    for _ in range(250):
        pace.take(0.02)
    with pytest.raises(TooFast):
        pace.take(0.02)


def test_a_line_that_stood_still_may_catch_up_a_little() -> None:
    clock = Clock()
    pace = AudioPace(ahead=5.0, behind=10.0, clock=clock)
    clock.now += 3_600
    pace.take(15.0)
    with pytest.raises(TooFast):
        pace.take(0.1)


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0, 2)), max_size=60))
def test_what_gets_through_is_bounded_by_time(steps: list[tuple[float, float]]) -> None:
    clock = Clock()
    begun, taken = clock.now, 0.0
    pace = AudioPace(ahead=1.0, behind=2.0, clock=clock)
    for wait, seconds in steps:
        clock.now += wait
        try:
            pace.take(seconds)
        except TooFast:
            break
        taken += seconds
        assert taken <= clock.now - begun + 1.0 + 1e-6


def test_a_transfer_is_told_once_and_not_for_ever() -> None:
    clock = Clock()
    transfers = Transfers(clock)
    transfers.put("CA1", "+4930123456")
    assert (transfers.take("CA2"), transfers.take("CA1"), transfers.take("CA1")) == (
        None,
        "+4930123456",
        None,
    )
    transfers.put("CA1", "+4930123456")
    clock.now += 121
    assert transfers.take("CA1") is None


def test_transfers_are_bounded() -> None:
    transfers = Transfers(Clock())
    for number in range(MOST + 1):
        transfers.put(f"CA{number}", "+4930123456")
    assert transfers.take("CA0") is None
    assert transfers.take("CA1") == "+4930123456"
