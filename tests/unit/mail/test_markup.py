"""How a reply is read and shown: lists, tables and code in both halves, nothing lost, no mark left over."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.markup import MOST_PARSED, read_markup
from channels.mail.plain_body import plain_body
from channels.mail.quotation import ShortQuote
from tests.unit.mail.answers import parsed, part

NOTHING = ShortQuote(attribution="", lines=())


def plain(text: str, **more: bool) -> str:
    return part(parsed(text=text, **more), "plain").rstrip("\n")


def html(text: str, **more: bool) -> str:
    return part(parsed(text=text, **more), "html").partition('<div class="letter"')[2]


def test_the_text_half_is_format_flowed() -> None:
    message = parsed(text="word " * 60 + "end")
    body = message.get_body(("plain",))
    assert body is not None
    assert body["Content-Type"].params["format"] == "flowed"
    assert body["Content-Type"].params["delsp"] == "no"
    lines = part(message, "plain").split("\n")
    assert max(map(len, lines)) <= 78
    assert "".join(lines) == "word " * 60 + "end"


def test_bullets_of_print_make_a_list_but_not_inside_code() -> None:
    assert html("We need:\n\u2022 a photo\n  \u25e6 of the heel\n\u2022 the size").count("<li>") == 3
    assert "\u2022 kept" in plain("```\n\u2022 kept\n```")
    assert "<ul" not in html("3 \u00b7 4 = 12")


def test_a_list_is_a_list_in_both_halves() -> None:
    text = (
        "Please bring:\n- the *receipt*\n* the **box**\n  1. lid\n  2. foot\n\n7) seven\n8) eight\n"
        "Kind regards"
    )
    assert plain(text) == (
        "Please bring:\n- the receipt\n- the box\n   1. lid\n   2. foot\n\n7) seven\n8) eight\nKind regards"
    )  # the inner list is two blanks in, and RFC 3676 adds one
    shown = html(text)
    assert shown.count("<ul") == 2
    assert shown.count("<ol") == 2
    assert "<li>the <em>receipt</em></li>" in shown
    assert '<li value="7">seven</li>' in shown
    assert "Kind regards</p>" in shown
    assert "*" not in shown


def test_a_table_is_a_table_in_both_halves() -> None:
    text = "| Item | Qty | Note |\n|:--|--:|---|\n| **Shoe** | 12 | 日本 |\n| Lace | 2 | a\\|b |"
    assert plain(text).split("\n") == [
        "Item  Qty  Note",
        "----  ---  ----",
        "Shoe   12  日本",
        "Lace    2  a|b",
    ]
    shown = html(text)
    assert re.search(r"<th [^>]*text-align:right\">Qty</th>", shown)
    assert "<strong>Shoe</strong></td>" in shown
    assert shown.count("<tr>") == 3


def test_a_wide_table_becomes_lines() -> None:
    long = "word " * 30
    lines = plain(f"| Order | What happened |\n|---|---|\n| 1042 | {long}|\n| 1043 | {long}|")
    assert "Order: 1042\nWhat happened: word" in lines
    assert "|" not in lines


def test_code_is_left_as_it_is() -> None:
    text = "Run this:\n```sh\nls   -l *.txt | wc\n\n  # done\n```\nand `rm *`."
    assert plain(text) == "Run this:\nls   -l *.txt | wc\n\n   # done\nand rm *."
    assert re.search(r"<pre [^>]*>ls   -l \*.txt \| wc\n\n  # done</pre>", html(text))
    assert "<code>rm *</code>" in html(text)


def test_indentation_and_columns_are_kept() -> None:
    text = "Hello,\n    indented line\n\n    a second one\n\nItem          Qty\nShoe            2\nbye"
    shown = html(text)
    assert "Hello,<br>\n&nbsp;&nbsp;&nbsp;&nbsp;indented line</p>" in shown
    assert re.search(r"<pre [^>]*>    a second one</pre>", shown)
    assert re.search(r"<pre [^>]*>Item          Qty\nShoe            2</pre>", shown)
    assert "bye</p>" in shown
    stuffed = plain(text).split("\n")
    assert stuffed[1] == "     indented line"  # one blank more, which RFC 3676 takes away again
    assert stuffed[3] == "     a second one"
    assert stuffed[5:8] == ["Item          Qty", "Shoe            2", "bye"]


@pytest.mark.parametrize(
    "text",
    [
        "5*3*2 = 30, and 2 * 3 * 4",
        "2**10 or 2**3**4",
        "snake_case_name and __init__x",
        "Price* without VAT",
        "#1042 is your order",
        ">5 EUR or >= 3",
        "~~~ Attention ~~~ please",
        "Tom & Jerry <b>bold</b> &nbsp; &amp;",
        "a | b | c",
        "[x] done, [1] see there",
        "![](x) [a](javascript:alert(1))",
        "C:\\temp\\new",
        "3. Juni, 10 Uhr",
        "Sentence one.  Sentence two.",
        "***",
    ],
)
def test_what_is_no_mark_stays_as_typed(text: str) -> None:
    if text != "***":
        assert plain(text).removeprefix(" ") == text  # a blank more before > (RFC 3676 4.4)
        assert "<script" not in html(text)
    else:
        assert "*" not in plain(text)


def test_a_persons_backslashes_are_theirs() -> None:
    share = "\\\\server\\_share\\*"
    assert plain(share, by_person=True) == share
    assert plain("\\*not a list\\*") == "*not a list*"


def test_lines_are_kept_as_a_person_breaks_them() -> None:
    text = "Dear Ada,\nyour parcel\nis here.\n> you asked\nYes.\n\n--\nLee"
    assert plain(text) == "Dear Ada,\nyour parcel\nis here.\n> you asked\nYes.\n\n-- \nLee"
    assert "Dear Ada,<br>\nyour parcel<br>\nis here.</p>" in html(text)
    assert "Yes.</p>" in html(text)


@pytest.mark.parametrize(
    ("text", "words", "link"),
    [
        ("[our page](https://e.example/a_b)", "our page <https://e.example/a_b>", "https://e.example/a_b"),
        ("[https://e.example](https://e.example)", "https://e.example", "https://e.example"),
        ("**https://e.example/x**", "https://e.example/x", "https://e.example/x"),
        ("<https://e.example/x>", "https://e.example/x", "https://e.example/x"),
        ("[write](mailto:a@e.example)", "write <mailto:a@e.example>", "mailto:a@e.example"),
        ("[*all* of **it**](https://e.example/)", "all of it <https://e.example/>", "https://e.example/"),
    ],
)
def test_links_lead_where_the_writer_said(text: str, words: str, link: str) -> None:
    assert plain(text) == words
    assert f'href="{link}"' in html(text)


def test_a_heading_is_one_without_its_marks() -> None:
    assert plain("## Your order\nIt left.") == "Your order\nIt left."
    assert "Your order</h2>" in html("## Your order\nIt left.")


@given(
    text=st.lists(
        st.sampled_from([*"abc \n*_`[]()#|>-+1.~\\", "word", "\n- ", "\n> ", "```", "  ", "|-|"]), max_size=60
    ).map("".join)
)
def test_no_word_is_ever_lost(text: str) -> None:
    """Letters survive whatever the marks around them do; only what follows ``` names a language."""
    if "```" in text:
        return
    shown = plain_body(read_markup(text), NOTHING)
    assert re.sub(r"[^a-z]", "", shown) == re.sub(r"[^a-z]", "", text)


@pytest.mark.parametrize(
    "mark", ["[", "![", "*", "**a ", "> ", "- ", "`", "|a", "\n- a\n  ", "<http://", "[a]("]
)
def test_hostile_marks_cost_little_and_lose_nothing(mark: str) -> None:
    text = (mark * MOST_PARSED)[: MOST_PARSED - 4] + "\nend"
    began = time.process_time()
    assert plain_body(read_markup(text), NOTHING).rstrip().endswith("end")
    assert time.process_time() - began < 12


def test_what_is_nested_too_deep_is_kept_as_typed() -> None:
    text = "\n".join("  " * depth + f"- word{depth}" for depth in range(60))
    shown = plain_body(read_markup(text), NOTHING)
    assert all(f"word{depth}" in shown for depth in range(60))
