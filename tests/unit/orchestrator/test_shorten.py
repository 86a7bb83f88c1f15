"""Shortening a thread: the newest turns stay whole, the oldest become a digest."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.conversation.turn_ending import fragment
from orchestrator.memory.shorten import shorten


def turn(number: int, size: int = 200) -> str:
    reply = json.dumps({"intent": "x", "language": "en", "actions": [], "reply": f"answer {number}"})
    return fragment(
        [
            {"role": "user", "content": f"question {number} " + "x" * size},
            {"role": "assistant", "content": reply},
        ]
    )


def test_the_newest_turns_stay_and_the_oldest_are_told_in_a_line() -> None:
    turns = [turn(number) for number in range(20)]
    short = json.loads(f"[{shorten(turns, room=4000)}]")
    assert short[-1] == json.loads(f"[{turns[-1]}]")[-1]
    first_whole = int(short[2]["content"].split()[1])
    assert first_whole > 0
    assert f"question {first_whole - 1} " in short[0]["content"]
    assert f"answer {first_whole - 1}" in short[0]["content"]
    assert [message["role"] for message in short] == ["user", "assistant"] * (len(short) // 2)


@given(st.lists(st.integers(0, 400), max_size=30), st.integers(0, 8000))
def test_the_result_is_valid_and_fits(sizes: list[int], room: int) -> None:
    short = shorten([turn(number, size) for number, size in enumerate(sizes)], room=room)
    json.loads(f"[{short}]")
    assert len(short) <= room + 300  # the digest's frame
