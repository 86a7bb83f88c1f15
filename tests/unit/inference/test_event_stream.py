"""The event stream reader gives the same events however the bytes are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.inference.errors import AnswerTooLarge
from orchestrator.inference.event_stream import MAX_EVENT, MAX_STREAM, EventReader

TEXTS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=30), max_size=6
)


def read(*parts: bytes) -> list[str]:
    reader = EventReader()
    events = [event for part in parts for event in reader.feed(part)] + reader.close()
    return [event.decode("utf-8", "replace") for event in events]


@given(
    texts=TEXTS,
    end=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    cuts=st.sets(st.integers(0, 400)),
    bom=st.booleans(),
)
def test_any_cutting_gives_the_same_events(texts: list[str], end: bytes, cuts: set[int], bom: bool) -> None:
    stream = b"".join(
        b": note" + end + b"event: x" + end + b"data: " + text.encode() + end + end for text in texts
    )
    stream = (b"\xef\xbb\xbf" if bom else b"") + stream
    places = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    parts = [stream[start:stop] for start, stop in pairwise(places)]
    assert read(*parts) == texts


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_any_bytes_are_read_or_refused_but_never_crash(parts: list[bytes]) -> None:
    assert read(*parts) == read(b"".join(parts))


def test_data_lines_are_joined_and_other_fields_skipped() -> None:
    assert read(b'data: {"a":\ndata:1}\nid: 7\nretry: 5\nnonsense\n\n:\n\ndata: [DONE]\n\n') == [
        '{"a":\n1}',
        "[DONE]",
    ]


def test_a_last_event_without_a_blank_line_counts() -> None:
    assert read(b"data: a\n\ndata: b") == ["a", "b"]


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    assert read(b"data: a\xff\xfeb\n\n") == ["a\ufffd\ufffdb"]


def test_an_endless_line_is_refused() -> None:
    reader = EventReader()
    reader.feed(b"x" * (MAX_EVENT - 1))
    with pytest.raises(AnswerTooLarge):
        reader.feed(b"xx")


def test_an_endless_stream_is_refused() -> None:
    reader = EventReader()
    reader.feed(b": keep-alive\n" * (MAX_STREAM // 13))
    with pytest.raises(AnswerTooLarge):
        reader.feed(b": keep-alive\n")
