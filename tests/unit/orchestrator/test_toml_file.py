from __future__ import annotations

import pytest

from orchestrator.toml_file import line_of

TEXT = """\
name = "x"
[tools.a]
default = "ask"
[[tools.a.rules]]
verdict = "run"
amount = { max = 3 }
[[tools.a.rules]]
verdict = "no"
[tools.a.rules.more]
deep = 1
[tools."b c"]
x.y = 2
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("name",), 1),
        (("nothing",), 1),
        (("tools", "a", "default"), 3),
        (("tools", "a", "missing"), 2),
        (("tools", "a", "rules", 0, "verdict"), 5),
        (("tools", "a", "rules", 0, "amount", "max"), 6),
        (("tools", "a", "rules", 1, "verdict"), 8),
        (("tools", "a", "rules", 1, "missing"), 7),
        (("tools", "a", "rules", 1, "more", "deep"), 10),
        (("tools", "b c", "x", "y"), 12),
    ],
)
def test_the_line_of_a_place(place: tuple[int | str, ...], line: int) -> None:
    assert line_of(TEXT, place) == line
