from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tools.text import clean_text, one_line


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_becomes_storable_once(text: str) -> None:
    cleaned = clean_text(text)
    assert cleaned.encode().decode() == cleaned
    assert "\x00" not in cleaned
    assert clean_text(cleaned) == cleaned


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_good_text_is_left_alone(text: str) -> None:
    assert clean_text(text) == text


def test_white_space_becomes_single_blanks() -> None:
    assert one_line(" a\n\tb  c\u2028") == "a b c"
