"""What a reply is made of: paragraphs, lists, tables and code, read from Markdown or from plain typing.

A model writes Markdown, a person writes text as one does in mail; both are read with the same small set of
rules (CommonMark without HTML, GFM tables), in which what a mark could mean by itself is left as typed.
Every line break is kept. Lines that stand in columns are kept as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.blockquote import blockquote as _commonmark_quote
from markdown_it.rules_block.fence import fence as _commonmark_fence
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token

MOST_PARSED: Final = 20_000
"""Characters that are read for structure; a longer text is kept line by line."""
_DEEPEST: Final = 40
_ESCAPED: Final = frozenset("*_`[]()#|~>+-.!")
_SCHEMES: Final = ("https://", "http://", "mailto:", "tel:")
_COLUMNS: Final = re.compile(r"\S(?:\t| {2,}\t*| *\t)[ \t]*\S")
_SENTENCE: Final = re.compile(r"[.!?:;,]  \S")
_POINT: Final = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)]) +\S")
_BULLET: Final = re.compile(r"\A( {0,20})[\u2022\u2023\u2219\u25aa\u25ab\u25cb\u25cf\u25e6\u00b7] +(?=\S)")
_FENCE: Final = re.compile(r" {0,3}```")
_WIDE: Final = re.compile(r"\S(?: {4,}|\t+)\S")


@dataclass(frozen=True, kw_only=True, slots=True)
class TextSpan:
    """A run of text; `style` is "", strong, em or code, `href` where it leads."""

    text: str
    style: str = ""
    href: str | None = None


Line = tuple[TextSpan, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Paragraph:
    """Lines that belong together; a `heading` has 1 to 6."""

    lines: tuple[Line, ...]
    heading: int = 0
    gap: bool = True
    """A blank line stands before it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fixed:
    """Lines whose blanks matter: code, columns, an indented block."""

    lines: tuple[str, ...]
    gap: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class ListPoint:
    """One point of a list; `number` as it was written, None in a list without numbers."""

    number: int | None
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """A list; `mark` ends a number (`.` or `)`)."""

    items: tuple[ListPoint, ...]
    mark: str
    gap: bool = True

    @property
    def numbered(self) -> bool:
        """Whether its points have numbers."""
        return self.items[0].number is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class CellTable:
    """Rows of cells, the first is the head; `right` says which columns are aligned to the right."""

    rows: tuple[tuple[Line, ...], ...]
    right: tuple[bool, ...]
    gap: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Quoted:
    """What the writer quotes."""

    blocks: tuple[Block, ...]
    gap: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class ThematicBreak:
    """A line across."""

    gap: bool = True


Block = Paragraph | Fixed | Listing | CellTable | Quoted | ThematicBreak


def read_markup(text: str, *, escapes: bool = True) -> tuple[Block, ...]:
    """Read a reply with `\\n` line ends; `escapes`: a backslash takes its meaning from the mark after it.

    Linear in practice: a text of more than 20,000 characters is kept line by line.
    """
    text = text.expandtabs(8) if "\t" in text else text
    if len(text) > MOST_PARSED:
        return _unread(text)
    source, joints = _ended(text.split("\n"))
    tokens = _PARSERS[escapes].parse("\n".join(source))
    if any(token.level >= _DEEPEST - 1 for token in tokens):
        return _unread(text)  # the parser leaves out what is nested deeper
    return tuple(_joined(_Blocks(source, joints, escapes=escapes).read(tokens)))


def _ended(typed: Sequence[str]) -> tuple[list[str], set[int]]:
    """End a list or a quotation at the first line that is not marked as its own, as its writer sees it.

    (CommonMark would draw that line in.) Bullets of print become its hyphens. Returns the lines with blank
    ones put in, and where those are.
    """
    source: list[str] = []
    joints: set[int] = set()
    inside, fenced = "", False
    for line in typed:
        fence = _FENCE.match(line) is not None
        written = line if fence or fenced else _BULLET.sub(r"\1- ", line)
        begins = "" if fence or fenced else _begins(written)
        if inside and line.strip() and begins != inside and not (inside == "list" and line[0] == " "):
            joints.add(len(source))
            source.append("")
            inside = ""
        source.append(written)
        fenced ^= fence
        inside = (begins or inside) if line.strip() else ""
    return source, joints


def _begins(line: str) -> str:
    if line.startswith(">"):
        return "quote"
    return "list" if _POINT.match(line) else ""


def _joined(blocks: Iterator[Block]) -> Iterator[Block]:
    """Put paragraphs together that no blank line parts."""
    last: Block | None = None
    for block in blocks:
        if isinstance(last, Paragraph) and isinstance(block, Paragraph) and _goes_on(last, block):
            last = replace(last, lines=(*last.lines, *block.lines))
            continue
        if last is not None:
            yield last
        last = block
    if last is not None:
        yield last


def _goes_on(last: Paragraph, block: Paragraph) -> bool:
    return not (block.gap or last.heading or block.heading)


def _unread(text: str) -> tuple[Block, ...]:
    parts = re.split(r"\n[ ]*\n[\s]*", text.strip("\n"))
    return tuple(
        Paragraph(lines=tuple((TextSpan(text=line),) for line in part.split("\n"))) for part in parts
    )


class _Blocks:
    """Turns the parser's tokens into blocks, looking back at the lines they came from."""

    def __init__(self, source: Sequence[str], joints: AbstractSet[int], *, escapes: bool) -> None:
        self._source = source
        self._joints = joints
        self._escapes = escapes

    def read(self, tokens: Sequence[Token]) -> Iterator[Block]:
        """Read one level of blocks; tokens of deeper levels go to their own block."""
        at = 0
        while at < len(tokens):
            end = _closing(tokens, at)
            yield from self._block(tokens[at], tokens[at + 1 : end])
            at = end + 1

    def _block(self, token: Token, inner: Sequence[Token]) -> Iterator[Block]:
        gap = self._gap(token)
        match token.type:
            case "paragraph_open":
                yield from self._paragraph(token, inner[0], gap=gap)
            case "heading_open":
                yield Paragraph(lines=tuple(_lines(inner[0])), heading=int(token.tag[1]), gap=gap)
            case "bullet_list_open" | "ordered_list_open":
                yield _or_a_date(self._listing(inner, gap=gap))
            case "table_open":
                yield _table(inner, gap=gap)
            case "blockquote_open":
                yield Quoted(blocks=tuple(self.read(inner)), gap=gap)
            case "fence":
                yield Fixed(lines=tuple(token.content.rstrip("\n").split("\n")), gap=gap)
            case "code_block":
                yield Fixed(lines=tuple(self._typed(token)), gap=gap)
            case "hr":
                yield ThematicBreak(gap=gap)

    def _gap(self, token: Token) -> bool:
        first = token.map[0] if token.map else 0
        return first > 0 and first - 1 not in self._joints and not self._source[first - 1].strip("> ")

    def _typed(self, token: Token) -> list[str]:
        """Return the lines of a top-level block as typed; deeper, without what indents its parent."""
        if token.level or not token.map:
            return token.content.rstrip("\n").split("\n")
        lines = [line.rstrip() for line in self._source[slice(*token.map)]]
        return "\n".join(lines).rstrip("\n").split("\n")

    def _paragraph(self, token: Token, inline: Token, *, gap: bool) -> Iterator[Block]:
        typed = self._typed(token) if not token.level else inline.content.split("\n")
        columns = [number for number, line in enumerate(typed) if _COLUMNS.search(line.strip())]
        if not _are_columns(typed, columns):
            lines = tuple(_lines(inline))
            yield Paragraph(lines=(_indented(typed[0], lines[0]), *lines[1:]) if lines else (), gap=gap)
            return
        first, last = columns[0], columns[-1] + 1
        for kind, part in (("", typed[:first]), ("fixed", typed[first:last]), ("", typed[last:])):
            if kind:
                yield Fixed(lines=tuple(part), gap=gap)
            elif part:
                yield Paragraph(lines=tuple(self._inline(part)), gap=gap)
            gap = gap and not part

    def _inline(self, lines: Sequence[str]) -> Iterator[Line]:
        [token] = _PARSERS[self._escapes].parseInline("\n".join(lines))
        yield from _lines(token)

    def _listing(self, inner: Sequence[Token], *, gap: bool) -> Listing:
        items, at = [], 0
        while at < len(inner):
            end = _closing(inner, at)
            info = inner[at].info
            blocks = tuple(self.read(inner[at + 1 : end]))
            items.append(ListPoint(number=int(info) if info else None, blocks=blocks))
            at = end + 1
        return Listing(items=tuple(items), mark=inner[0].markup, gap=gap)


def _or_a_date(listing: Listing) -> Listing | Paragraph:
    """A lone point that is not the first is no list: `3. Juni, 10 Uhr`."""
    [item, *more] = listing.items
    if more or item.number in (None, 0, 1) or len(item.blocks) != 1:
        return listing
    block = item.blocks[0]
    if not isinstance(block, Paragraph):
        return listing
    first = (TextSpan(text=f"{item.number}{listing.mark} "), *block.lines[0])
    return replace(block, lines=(first, *block.lines[1:]), gap=listing.gap)


def _closing(tokens: Sequence[Token], at: int) -> int:
    depth = 0
    for number in range(at, len(tokens)):
        depth += tokens[number].nesting
        if depth == 0:
            return number
    raise ValueError("the parser left a block open")


def _are_columns(typed: Sequence[str], columns: Sequence[int]) -> bool:
    """Two lines with wide blanks inside, or one with very wide ones; two blanks after a sentence are none."""
    wide = [number for number in columns if not _SENTENCE.search(typed[number])]
    return len(wide) > 1 or any(_WIDE.search(typed[number].strip()) for number in columns)


def _indented(typed: str, line: Line) -> Line:
    indent = len(typed) - len(typed.lstrip(" "))
    return (TextSpan(text=" " * indent), *line) if indent else line


def _lines(inline: Token) -> Iterator[Line]:
    line: list[TextSpan] = []
    styles: list[str] = []
    href: str | None = None
    for token in inline.children or ():
        match token.type:
            case "softbreak" | "hardbreak":
                yield tuple(line)
                line = []
            case "strong_open" | "em_open":
                styles.append(token.tag)
            case "strong_close" | "em_close":
                styles.pop()
            case "link_open":
                href = str(token.attrs.get("href", ""))
            case "link_close":
                href = None
            case "code_inline":
                line.append(TextSpan(text=token.content, style="code", href=href))
            case _:
                if token.content:
                    style = "strong" if "strong" in styles else "".join(styles[-1:])
                    line.append(TextSpan(text=token.content, style=style, href=href))
    yield tuple(line)


def _table(inner: Sequence[Token], *, gap: bool) -> CellTable:
    rows: list[list[Line]] = []
    right: list[bool] = []
    for number, token in enumerate(inner):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            rows[-1].append(tuple(span for line in _lines(inner[number + 1]) for span in line))
            if token.type == "th_open":
                right.append("right" in str(token.attrs.get("style", "")))
    return CellTable(rows=tuple(tuple(row) for row in rows), right=tuple(right), gap=gap)


def _newline(state: StateInline, silent: bool) -> bool:
    """A line break is kept, and so are the blanks that begin the next line."""
    if state.src[state.pos] != "\n":
        return False
    if not silent:
        state.pending = state.pending.rstrip(" ")
        state.push("softbreak", "br", 0)
    state.pos += 1
    return True


def _emphasis(state: StateInline, silent: bool) -> bool:
    """`*` and `_` as in CommonMark, except inside a word or a sum (5*3*2), where they are meant."""
    mark = state.src[state.pos]
    if silent or mark not in "_*":
        return False
    scanned = state.scanDelims(state.pos, mark == "*" and _splits(state))
    for _ in range(scanned.length):
        token = state.push("text", "", 0)
        token.content = mark
        state.delimiters.append(
            Delimiter(
                marker=ord(mark),
                length=scanned.length,
                token=len(state.tokens) - 1,
                end=-1,
                open=scanned.can_open,
                close=scanned.can_close,
            )
        )
    state.pos += scanned.length
    return True


def _splits(state: StateInline) -> bool:
    """Only the double mark, and only where no Latin word goes on both sides: 这是**重要**的."""
    mark, end = state.src[state.pos], state.pos
    while end < state.posMax and state.src[end] == mark:
        end += 1
    before = state.src[state.pos - 1 : state.pos]
    after = state.src[end : end + 1]
    latin = before.isascii() and before.isalnum() and after.isascii() and after.isalnum()
    return end - state.pos > 1 and not latin


def _escape(state: StateInline, silent: bool) -> bool:
    after = state.src[state.pos + 1 : state.pos + 2]
    if state.src[state.pos] != "\\" or after not in _ESCAPED or not after:
        return False
    if not silent:
        state.pending += after
    state.pos += 2
    return True


def _quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`> words` is a quotation; `>5` and `>=` are not."""
    at = state.bMarks[start] + state.tShift[start]
    after = state.src[at + 1 : at + 2]
    return after in ("", " ", ">", "\n") and _commonmark_quote(state, start, end, silent)


def _fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Code between lines of ``` with at most a language behind them: ~~~ and other words are words."""
    first = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    if not first.startswith("```") or " " in first.strip("` "):
        return False
    return _commonmark_fence(state, start, end, silent)


def _parser(*, escapes: bool) -> MarkdownIt:
    parser = MarkdownIt("zero", {"maxNesting": _DEEPEST})
    parser.enable(["code", "fence", "blockquote", "hr", "list", "heading", "table"])
    parser.enable(["newline", "backticks", "emphasis", "link", "autolink", "balance_pairs", "fragments_join"])
    parser.inline.ruler.at("newline", _newline)
    parser.inline.ruler.at("emphasis", _emphasis)
    parser.block.ruler.at("fence", _fence, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    parser.block.ruler.at("blockquote", _quote, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    if escapes:
        parser.inline.ruler.at("escape", _escape)
        parser.enable("escape")
    # links lead where the writer said, or nowhere
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.normalizeLinkText = lambda link: link  # type: ignore[method-assign]
    parser.validateLink = lambda url: url.lower().startswith(_SCHEMES)  # type: ignore[method-assign]
    return parser


_PARSERS: Final = {escapes: _parser(escapes=escapes) for escapes in (True, False)}
