"""The CSS that decides what a reader saw: read as browsers do, and bounded by counts, whatever comes in."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from channels.mail.html.readable_text import html_to_text
from channels.mail.html.styles import DEEPEST, StyleSheet, colour, declarations


@pytest.mark.parametrize(
    ("style", "read"),
    [
        ("dis\\70lay: NONE", {"display": "none"}),
        ("color: red; color: blue", {"color": "blue"}),
        ("color: red !important; color: blue", {"color": "red"}),
        ("co/**/lor: red; font-size/**/:/**/2px", {"font-size": "2px"}),
        ("a b: c; ; width: 1px; !", {"width": "1px"}),
        ('content: "}; display: none"; height: 0', {"content": '"}; display: none"', "height": "0"}),
        ("width: (; display: none", {"width": "(; display: none)"}),  # as a browser: all is in the bracket
    ],
)
def test_declarations_are_read_as_browsers_read_them(style: str, read: dict[str, str]) -> None:
    assert dict(declarations(style)) == read


def test_rules_hold_where_every_screen_has_them() -> None:
    sheet = StyleSheet(
        "<!-- @import 'x'; .a { color: red } @media screen { .b { display: none } } -->",
        "@media (max-width: 600px) { .a { display: none } } td.c, #d { width: 0 }",
        ".broken { color: ",
    )
    assert sheet.matching("p", "a", "") == {"color": "red"}
    assert sheet.matching("p", "b", "") == {"display": "none"}
    assert sheet.matching("td", "c", "") == {"width": "0"}
    assert sheet.matching("p", "", "d") == {"width": "0"}


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("White", (255, 255, 255)),
        ("ffffff", (255, 255, 255)),  # as in bgcolor
        ("#f00f", (255, 0, 0)),
        ("#ffffff00", "transparent"),
        ("rgb(0 128 0 / 1%)", "transparent"),
        ("hsl(0, 0%, 100%)", (255, 255, 255)),
        ("window", (255, 255, 255)),
        ("none", "transparent"),
        ("var(--ink)", None),
    ],
)
def test_colours(value: str, seen: object) -> None:
    assert colour(value) == seen


HOSTILE: dict[str, Callable[[int], str]] = {
    "open brackets": lambda size: "a:" + "(" * size,
    "brackets behind strings": lambda size: "a:" + "(')'" * size,
    "open blocks": lambda size: "{" * size,
    "media in media": lambda size: "@media all{" * size + ".a{color:red}",
    "open comments": lambda size: "/*" * size,
    "open strings": lambda size: "a:'\n" * size,
    "escapes": lambda size: "\\a" * size,
    "declarations": lambda size: "a:b;" * size,
    "selectors": lambda size: ".a," * size + "b{color:red}",
    "bad links": lambda size: "a:url(a'" * size,
    "colons": lambda size: ":" * size,
}


def calls(work: Callable[[], object]) -> int:
    """Count the Python functions that run: the same on every machine."""
    count = 0

    def note(_frame: object, event: str, _what: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_styles_cost_linear_work(kind: str) -> None:
    def read(size: int) -> Callable[[], object]:
        css = HOSTILE[kind](size)
        return lambda: (StyleSheet(css), declarations(css))

    small, large = calls(read(1_000)), calls(read(4_000))
    assert large <= 4.4 * small


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_styles_hide_no_text(kind: str) -> None:
    css = HOSTILE[kind](50_000)
    page = f"<style>{css}</style><style>.b{{color:red}}</style><p>Hello, where is it?</p>"
    assert html_to_text(page)[0] == "Hello, where is it?"


def test_what_nests_too_deep_says_nothing() -> None:
    assert declarations("width: " + "(" * (DEEPEST + 1)) == {}
    assert "width" in declarations("width: " + "(" * (DEEPEST - 1))
