"""Folders of Markdown become passages; what can't be read is reported, never fatal."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.knowledge.articles import (
    LARGEST_FILE,
    LARGEST_PASSAGE,
    ArticleError,
    KnowledgeError,
    load_articles,
    read_article,
    slugify,
)
from orchestrator.knowledge.search import search_terms

EXAMPLES = Path(__file__).parents[3] / "examples" / "shop" / "knowledge"


def test_an_article_is_cut_at_its_headings() -> None:
    source = "# Returns\n\nOur rules.\n\n## How long?\n30 days.\n\n## Who *pays*? ##\nWe do.\n\n## Empty\n"
    sections = read_article(source, name="returns.md")
    assert [(s.id, s.title, s.text) for s in sections] == [
        ("returns#returns", "Returns", "Our rules."),
        ("returns#how-long", "Returns: How long?", "30 days."),
        ("returns#who-pays", "Returns: Who pays?", "We do."),
    ]
    assert {s.language for s in sections} == {"und"}


def test_front_matter_is_optional_and_wins_over_the_file_name() -> None:
    source = (
        '---\ntitle: "Versand"\nlanguage: de-AT\nurl: https://shop.example/v\nkeywords: Porto\n# x\n---\nText'
    )
    (section,) = read_article(source, name="shipping.en.md")
    assert (section.title, section.language, section.url) == ("Versand", "de", "https://shop.example/v")
    assert (section.id, section.keywords) == ("shipping-en#versand", "Porto")


def test_the_language_comes_from_the_file_name_without_front_matter() -> None:
    (section,) = read_article("Hallo", name="help/returns.de.md")
    assert (section.language, section.id, section.title) == ("de", "help/returns-de#returns-de", "returns.de")


def test_headings_inside_code_are_text() -> None:
    sections = read_article("## Code\n```\n# not a heading\n~~~\n## nor this\n```\n## Next\nx", name="a.md")
    assert [s.id for s in sections] == ["a#code", "a#next"]
    assert "# not a heading" in sections[0].text


def test_equal_headings_get_numbers() -> None:
    sections = read_article("## A\nx\n## A 2\ny\n## A\nz\n## A\nw", name="a.md")
    assert len({s.id for s in sections}) == 4
    assert sections[0].id == "a#a"


def test_long_text_is_cut_between_paragraphs_and_nothing_is_lost() -> None:
    paragraphs = [f"Paragraph {number} " + "word " * 60 for number in range(40)]
    sections = read_article("## Long\n" + "\n\n".join(paragraphs), name="a.md")
    assert all(0 < len(s.text) <= LARGEST_PASSAGE for s in sections)
    assert all(s.text.startswith("Paragraph") for s in sections)
    assert " ".join(" ".join(s.text for s in sections).split()) == " ".join(" ".join(paragraphs).split())
    assert [s.id for s in sections[:2]] == ["a#long", "a#long-2"]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("---\ntitle: x\nno end", "no closing line"),
        ("---\njust words\n---\ntext", "Line 2"),
        ("---\nlanguage: Deutsch!\n---\ntext", "language tag"),
        ("## Only\n## Headings\n", "no text"),
        ("", "no text"),
    ],
)
def test_broken_articles_say_what_is_wrong(source: str, problem: str) -> None:
    with pytest.raises(ArticleError, match=problem):
        read_article(source, name="a.md")


def test_broken_files_are_reported_and_left_out(tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("Fine.", encoding="utf-8")
    (tmp_path / "latin.md").write_bytes("Größe".encode("latin-1"))
    (tmp_path / "nul.md").write_bytes(b"a\x00b")
    (tmp_path / "huge.md").write_bytes(b"a" * (LARGEST_FILE + 1))
    (tmp_path / "Good!.md").write_text("The same name.", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("Not an article.", encoding="utf-8")
    articles = load_articles(tmp_path)
    assert len(articles.sections) == 1
    assert {p.file for p in articles.problems} == {"latin.md", "nul.md", "huge.md", "good.md"}
    assert all(p.reason.endswith(".") and str(tmp_path) not in p.reason for p in articles.problems)


def test_a_missing_folder_is_an_error_with_a_code(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError) as caught:
        load_articles(tmp_path / "nowhere")
    assert caught.value.code == "knowledge_unusable"


def test_the_example_articles_are_whole_and_say_the_same_in_both_languages() -> None:
    articles = load_articles(EXAMPLES)
    english = [s for s in articles.sections if s.language == "en"]
    german = [s for s in articles.sections if s.language == "de"]
    assert articles.problems == ()
    assert len({s.slug for s in english}) == 12
    assert [f"{s.slug}-de" for s in english] == [s.slug for s in german]
    for one, other in zip(english, german, strict=True):
        assert _numbers(one.text) == _numbers(other.text), (one.id, other.id)


def _numbers(text: str) -> set[str]:
    """The numbers of a text as a set: 14:00 and "14 Uhr", 4.90 and 4,90 are the same."""
    flat = text.replace(":00", "").replace(",", ".")
    return {word.strip(".()") for word in flat.split() if word[:1].isdigit()}


def test_slugs_are_short_ascii_words() -> None:
    assert slugify("Wie lange läuft's? Größe & Maß") == "wie-lange-laeuft-s-groesse-mass"
    assert slugify("日本") == "section"


@given(st.text(max_size=400))
def test_any_text_is_an_article_or_a_clear_error(source: str) -> None:
    try:
        sections = read_article(source, name="any.md")
    except ArticleError:
        return
    assert len({s.id for s in sections}) == len(sections) > 0
    assert all(s.text.strip() and len(s.text) <= LARGEST_PASSAGE for s in sections)


@given(st.lists(st.text(max_size=20), max_size=60))
def test_terms_are_few(words: list[str]) -> None:
    assert len(search_terms(words)) <= 24
