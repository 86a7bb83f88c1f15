"""An answer can be read on light and on dark: every text colour stands 4.5 : 1 or more from its ground."""

from __future__ import annotations

import re

import pytest

from tests.unit.mail.answers import NOON, parsed, part

COLOUR = r"#[0-9a-f]{6}"


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture(name="html")
def an_answer() -> str:
    text = "See https://example.com/x\n\n- a\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n`code`"
    return part(parsed(text=text, quoted="hello", quoted_from="Ada", quoted_on=NOON), "html")


def test_on_light(html: str) -> None:
    body = html.partition("<body")[2]
    ground = set(re.findall(rf"background:({COLOUR})", body))
    inks = set(re.findall(rf"(?<![-\w])color:({COLOUR})", body)) | set(
        re.findall(rf"^a {{ color: ({COLOUR})", html.partition("@media")[0], re.MULTILINE)
    )
    assert len(ground) == 1
    assert len(inks) == 3  # words, quotation, links
    assert min(contrast(ink, *ground) for ink in inks) >= 4.5


def test_on_dark(html: str) -> None:
    dark = html.partition("@media (prefers-color-scheme: dark)")[2].partition("</style>")[0]
    ground = set(re.findall(rf"background: ({COLOUR}) !important", dark))
    inks = set(re.findall(rf"(?<![-\w])color: ({COLOUR}) !important", dark))
    assert len(ground) == 1
    assert len(inks) == 3
    assert min(contrast(ink, *ground) for ink in inks) >= 4.5


def test_nothing_has_a_colour_without_its_ground(html: str) -> None:
    body = html.partition("<body")[2]
    for style in re.findall(r'style="([^"]*)"', body):
        if "background" not in style:
            assert not re.search(r"(?<![-\w])color:#1f2328", style)
