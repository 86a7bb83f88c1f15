"""Mail holds back while somebody waits live, and is never starved."""

from __future__ import annotations

import time

from orchestrator.conversation.turn_runner import CALM_AFTER, LiveShare


class Clock:
    """Time that passes when told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_mail_has_its_full_width_while_nobody_waits_live() -> None:
    share = LiveShare(patient=["mail"], most=3, least=1)
    assert share.room(live=False) == 3
    for _ in range(3):
        share.began("mail")
    assert share.room(live=False) == 0
    share.ended("mail")
    assert share.room(live=False) == 1


def test_mail_has_its_least_while_somebody_waits_and_for_a_moment_after() -> None:
    clock = Clock()
    share = LiveShare(patient=["mail"], most=3, least=1, clock=clock)
    share.began("chat")
    assert (share.busy, share.room(live=False)) == (True, 1)
    share.began("mail")
    assert share.room(live=False) == 0
    share.ended("chat")
    assert share.room(live=False) == 0
    clock.now += CALM_AFTER
    assert (share.busy, share.room(live=False)) == (False, 2)
    assert share.room(live=True) == 0


def test_a_place_is_kept_for_mail_where_there_is_more_than_one() -> None:
    share = LiveShare(patient=["mail"], most=3, least=1)
    assert [share.kept(width) for width in (1, 2, 64)] == [0, 1, 1]
    share.began("mail")
    assert share.kept(64) == 0
    assert LiveShare().kept(64) == 0


async def test_reading_takes_its_part_of_the_time_only() -> None:
    share = LiveShare(patient=["mail"])
    await share.breathe(60.0)  # nobody waits: at once
    share.began("voice")
    began = time.monotonic()
    await share.breathe(0.01)
    assert time.monotonic() - began >= 0.035
