"""HTML into text that reads well."""

from __future__ import annotations

import pytest

from channels.mail.html.readable_text import html_to_text


def text_of(page: str) -> str:
    return html_to_text(page)[0]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("one<br>two<br><br>four", "one\ntwo\n\nfour"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"),
        ("<p class=MsoNormal>one</p><p class=MsoNormal>two</p>", "one\ntwo"),
        (
            "<p class=MsoNormal>one</p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>two",
            "one\n\ntwo",
        ),
        ("a  <b>b</b>\n c&nbsp;d", "a b c d"),
        ("<h1>Title</h1>text", "Title\n\ntext"),
        ("<pre>  a\n    b</pre>", "  a\n    b"),
        ('<div style="white-space:pre-wrap">a\n  b</div>', "a\n  b"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("<ol><li>one</li><li>two<ul><li>in</li></ul></li></ol>", "1. one\n2. two\n   - in"),
        (
            "<table><tr><th>Item</th><th>Price</th></tr><tr><td>Cup</td><td>4</td></tr></table>",
            "Item | Price\nCup | 4",
        ),
        ("<hr>below", "________________________________\nbelow"),
        ("Fish &amp; chips &lt;3", "Fish & chips <3"),
        ('<img src="x" alt="😀"> hi', "😀 hi"),
        ('<img src="x" alt="Company logo"> hi', "hi"),
        ("", ""),
        ("no tags at all", "no tags at all"),
    ],
)
def test_layout(page: str, expected: str) -> None:
    assert text_of(page) == expected


def test_quotations_are_marked_so_that_they_can_be_told_apart() -> None:
    page = (
        "<div>Yes, please.</div><div class=gmail_quote>On Friday Bob wrote:<br>"
        "<blockquote class=gmail_quote><p>Shall we send it?</p><blockquote type=cite>My cup "
        "broke</blockquote>"
        "</blockquote></div><div>Ada</div>"
    )
    assert text_of(page).split("\n") == [
        "Yes, please.",
        "On Friday Bob wrote:",
        "> Shall we send it?",
        "> > My cup broke",
        "",
        "Ada",
    ]


def test_an_indented_paragraph_is_the_writers_own() -> None:
    page = '<blockquote style="margin:0 0 0 40px;border:none;padding:0px">Order 1042</blockquote>'
    assert text_of(page) == "Order 1042"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ('<a href="https://a.example/x">this</a>', "this (https://a.example/x)"),
        ('<a href="https://a.example/">https://a.example</a>', "https://a.example"),
        ('<a href="https://www.a.example">a.example</a>', "a.example"),
        ('<a href="https://a.example/x?utm_source=m&id=7">this</a>', "this (https://a.example/x?id=7)"),
        (
            '<a href="https://evil.example/">https://bank.example</a>',
            "https://bank.example (https://evil.example/)",
        ),
        ('<a href="mailto:ada@example.com">ada@example.com</a>', "ada@example.com"),
        ('<a href="mailto:ada@example.com?subject=x">Ada</a>', "Ada (ada@example.com)"),
        ('<a href="tel:+491234">call</a>', "call (+491234)"),
        ('<a href="javascript:x()">this</a>', "this"),
        ('<a href="#top">this</a>', "this"),
        ('<a href="https://click.mail.example/ls/' + "A1" * 80 + '">this</a>', "this"),
        (
            '<a href="https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.example%2Fx&data=1">this</a>',
            "this (https://a.example/x)",
        ),
        (
            '<a href="https://urldefense.com/v3/__https://a.example/x__;!!abc$">this</a>',
            "this (https://a.example/x)",
        ),
        ('<a href="https://a.example"><img src="x"></a>', ""),
        ('<a href="http://[bad">this</a>', "this"),
        ("<a>this</a>", "this"),
    ],
)
def test_links(link: str, expected: str) -> None:
    assert text_of(link) == expected
