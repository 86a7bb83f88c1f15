"""Markdown articles read from a folder and cut into passages, one per heading."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

LARGEST_FILE = 1_048_576  # bytes
LARGEST_PASSAGE = 1_600  # characters: a screen of text, and four of them still fit any model's window
MOST_FILES = 5_000

_FENCE = re.compile(r"^\s{0,3}(```|~~~)")
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_SETTING = re.compile(r"^([A-Za-z_]+)[ \t]*:[ \t]*(.*)$")
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class KnowledgeError(Exception):
    """The knowledge folder as a whole can't be used; `code` is stable."""

    code = "knowledge_unusable"


class ArticleError(ValueError):
    """One article can't be read; the message says why in one sentence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One passage of an article; `id` is `article-slug#heading-slug`, unique in its folder."""

    id: str
    slug: str
    title: str
    text: str
    language: str
    keywords: str = ""
    url: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A file that was left out; `slug` is the article it would have been."""

    file: str
    slug: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Articles:
    """What a folder holds: the passages that can be used and the files that can't."""

    sections: tuple[Section, ...]
    problems: tuple[Problem, ...] = ()


def load_articles(folder: Path) -> Articles:
    """Read every `*.md` below `folder`; broken files are reported and left out.

    Raises KnowledgeError when the folder is missing or holds more than 5,000 articles.
    """
    if not folder.is_dir():
        raise KnowledgeError(f"The knowledge folder {folder} does not exist.")
    files = sorted(path for path in folder.rglob("*.md") if path.is_file())
    if len(files) > MOST_FILES:
        raise KnowledgeError(f"The knowledge folder {folder} holds more than {MOST_FILES} articles.")
    sections: list[Section] = []
    problems: list[Problem] = []
    taken: dict[str, str] = {}
    for path in files:
        name = path.relative_to(folder).as_posix()
        slug = _article_slug(name)
        try:
            if slug in taken:
                raise ArticleError(f"{taken[slug]} already has the name {slug}.")
            sections += read_article(_read(path), name=name)
            taken[slug] = name
        except ArticleError as error:
            problems.append(Problem(file=name, slug=slug, reason=str(error)))
    return Articles(sections=tuple(sections), problems=tuple(problems))


def read_article(source: str, *, name: str) -> list[Section]:
    """Cut one article into its passages, each at most 1,600 characters.

    `name` is the file's path inside the folder; `returns.de.md` is German unless its front matter
    says otherwise. Front matter (`title`, `language`, `url`, `keywords`) is optional.
    Raises ArticleError for broken front matter and for an article without text.
    """
    settings, body = _front_matter(source)
    parts = [part for part in _by_heading(body) if part[1]]
    if not parts:
        raise ArticleError("The article has no text.")
    title = settings.get("title") or next((heading for heading, _ in _by_heading(body) if heading), "")
    title = _plain(title or Path(name).stem)
    slug = _article_slug(name)
    language = _language(settings, name)
    taken: dict[str, int] = {}
    return [
        Section(
            id=f"{slug}#{_unique(slugify(heading or title), taken)}",
            slug=slug,
            title=title if not heading or heading == title else f"{title}: {heading}",
            text=piece,
            language=language,
            keywords=settings.get("keywords", ""),
            url=settings.get("url") or None,
        )
        for heading, text in parts
        for piece in _pieces(text)
    ]


def slugify(text: str) -> str:
    """Turn a heading into lower-case ASCII words joined by hyphens; at most 60 characters."""
    folded = unicodedata.normalize("NFKD", text.lower().translate(_FOLDED))
    ascii_only = folded.encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:60].rstrip("-") or "section"


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ArticleError(f"The file is larger than {LARGEST_FILE} bytes.")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ArticleError("The file is not UTF-8 text.") from None
    except OSError as error:
        raise ArticleError(f"The file can't be read: {error.strerror}.") from None
    if "\x00" in text:
        raise ArticleError("The file holds a NUL character.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _front_matter(source: str) -> tuple[Mapping[str, str], str]:
    lines = source.split("\n")
    if lines[0].rstrip() != "---":
        return {}, source
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        raise ArticleError("The front matter has no closing line of three hyphens.")
    settings: dict[str, str] = {}
    for number, line in enumerate(lines[1:end], 2):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        setting = _SETTING.match(line)
        if setting is None:
            raise ArticleError(f"Line {number} of the front matter is not of the form 'name: value'.")
        settings[setting[1].lower()] = setting[2].strip().strip("\"'")
    return settings, "\n".join(lines[end + 1 :])


def _language(settings: Mapping[str, str], name: str) -> str:
    stem = Path(name).stem
    language = settings.get("language") or (stem.rpartition(".")[2] if "." in stem else "")
    if not language:
        return "und"
    if not _LANGUAGE.match(language):
        raise ArticleError(f"'{language[:40]}' is not a language tag such as 'en' or 'de'.")
    return language.split("-")[0]


def _by_heading(body: str) -> Iterator[tuple[str, str]]:
    """Yield (heading, text below it); the text before the first heading has an empty heading."""
    heading, lines, fence = "", list[str](), ""
    for line in body.split("\n"):
        mark = _FENCE.match(line)
        if mark and fence in ("", mark[1]):
            fence = "" if fence else mark[1]
        found = None if fence else _HEADING.match(line)
        if found is None:
            lines.append(line)
            continue
        yield heading, "\n".join(lines).strip()
        heading, lines = _plain(found[2]), []
    yield heading, "\n".join(lines).strip()


def _pieces(text: str) -> Iterator[str]:
    """Cut long text at the last paragraph, sentence or space before the limit."""
    while len(text) > LARGEST_PASSAGE:
        window = text[:LARGEST_PASSAGE]
        cut = next((at for mark in ("\n\n", "\n", ". ", " ") if (at := window.rfind(mark) + 1) > 400), 0)
        yield text[: cut or LARGEST_PASSAGE].strip()
        text = text[cut or LARGEST_PASSAGE :].strip()
    if text:
        yield text


def _plain(heading: str) -> str:
    return re.sub(r"[*_`]+", "", heading).strip()[:200]


def _unique(slug: str, taken: dict[str, int]) -> str:
    taken[slug] = taken.get(slug, 0) + 1
    if taken[slug] == 1:
        return slug
    candidate = f"{slug}-{taken[slug]}"
    return _unique(candidate, taken) if candidate in taken else candidate


def _article_slug(name: str) -> str:
    """`prices/deposit.de.md` becomes `prices/deposit-de`."""
    return "/".join(slugify(part) for part in name.removesuffix(".md").split("/"))
