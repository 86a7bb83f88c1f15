"""format=flowed: what goes out comes back as it was typed, whoever decodes it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from channels.mail.plain_body import WIDTH, FlowedLine, flow, unflow

# what the format drops by itself: blanks at the end of a line; the signature's mark is no typed line here
typed = (
    st.text(st.sampled_from("ab >-FromÄ日"), max_size=300)
    .map(lambda text: text.rstrip(" "))
    .filter(lambda text: text != "-- ")
)
lines = st.lists(typed, min_size=1, max_size=6)


def decoded(wire: str) -> list[tuple[int, str]]:
    """RFC 3676 section 4.4, written anew: (depth, text) of every paragraph or fixed line."""
    out: list[tuple[int, str]] = []
    open_line = False
    for line in wire.removesuffix("\n").split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content[1:] if content.startswith(" ") else content
        if content == "-- ":
            out.append((depth, content))
            open_line = False
        elif open_line and out[-1][0] == depth:
            out[-1] = (depth, out[-1][1] + content)
            open_line = content.endswith(" ")
        else:
            out.append((depth, content))
            open_line = content.endswith(" ")
    return out


@given(lines=lines, depth=st.integers(0, 3), fixed=st.booleans())
def test_what_was_typed_comes_back(lines: list[str], depth: int, fixed: bool) -> None:
    wire = flow(FlowedLine(text=line, depth=depth, fixed=fixed) for line in lines)
    assert decoded(wire) == [(depth, line) for line in lines]


@given(lines=lines)
def test_our_own_reader_agrees(lines: list[str]) -> None:
    assert unflow(flow(FlowedLine(text=line) for line in lines).removesuffix("\n")) == "\n".join(lines)


@given(text=st.text(st.sampled_from("abc  "), max_size=400))
def test_lines_on_the_wire_are_short(text: str) -> None:
    for line in flow([FlowedLine(text=text)]).split("\n"):
        assert len(line) <= WIDTH + 1 or " " not in line.strip()


def test_a_signature_is_one_and_code_is_left_alone() -> None:
    long = "x = " + "1 + " * 40 + "1"
    wire = flow(
        [
            FlowedLine(text="-- "),
            FlowedLine(text="Lee"),
            FlowedLine(text=long, fixed=True),
            FlowedLine(text="> no quote"),
        ]
    )
    assert wire == f"-- \nLee\n{long}\n > no quote\n"


def test_a_piece_is_never_taken_for_a_signature() -> None:
    wire = flow([FlowedLine(text="-- " + "x" * 100)])
    assert "-- \n" not in wire
