"""Reasoning is taken out of text however the tags are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.thoughts import ThoughtFilter, visible_text


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("plain", "plain"),
        ("a<think>b</think>c", "ac"),
        ("<Thinking mode='x'>b</Thinking >c", "c"),
        ("a<thought>b", "a"),
        ("a < b and c <thin", "a < b and c <thin"),
        ("<thinker>stays</thinker>", "<thinker>stays</thinker>"),
        ("<think>a</think><reasoning>b</reasoning>c", "c"),
    ],
)
def test_visible_text(text: str, visible: str) -> None:
    assert visible_text(text) == visible


@given(
    st.lists(
        st.sampled_from(["<", "think", ">", "</", "a", " ", "<think>", "</think>", "thinking"]), max_size=14
    )
)
def test_the_cutting_makes_no_difference(pieces: list[str]) -> None:
    thoughts = ThoughtFilter()
    fed = "".join(thoughts.feed(piece) for piece in pieces) + thoughts.close()
    assert fed == visible_text("".join(pieces))
