"""HTML mail as text: what its reader saw, in reading order, quotations marked with "> "."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from channels.mail.html.guard import guarded
from channels.mail.html.link_targets import readable
from channels.mail.html.styles import Declarations, SeenStyle, StyleSheet, declarations, gone
from channels.mail.mime.decoding import LARGEST_TEXT, clean_text, tidy
from channels.mail.word_lists import words

_SPACES = re.compile(r"[ \t\r\n\f\v\u00a0]+")
_INVISIBLE = re.compile("[\u200b\u034f\u00ad\u2060\ufeff]|\u200c(?=[\u00a0\\s\u200c\u200b])")
_DEEPEST_QUOTE = 20


class TextWriter:
    """Collects text; collapses white space outside <pre>; puts "> " before quoted lines."""

    def __init__(self) -> None:
        self.said: list[str] = []  # every piece of text, for links that look back
        self.full = False
        self._lines: list[str] = []
        self._line: list[str] = []
        self._blank = 0
        self._quotes = 0
        self._begun = False  # a quotation without a line so far: no blank line at its top
        self._indent: list[str] = []
        self._bullet = ""
        self._cell = False
        self._size = 0

    def text(self, text: str, *, pre: bool) -> None:
        """Inline text."""
        text = _INVISIBLE.sub("", text)
        if pre:
            self._preformatted(text)
            return
        if not self._line and "\u00a0" in text and not text.strip():
            self._line.append("")  # <p>&nbsp;</p>: how Outlook and others write an empty line
        text = _SPACES.sub(" ", text)
        if not self._line or self._line[-1].endswith(" "):
            text = text.lstrip(" ")
        self._put(text)

    def _preformatted(self, text: str) -> None:
        first, *others = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._put(first)
        for line in others:
            self.line_break()
            self._put(line)

    def _put(self, text: str) -> None:
        if not text:
            return
        if self._cell and self._line:
            self._line.append(" | ")
        self._cell = False
        self._line.append(text)
        self.said.append(text)
        self._size += len(text)
        self.full = self._size > LARGEST_TEXT

    def line_break(self) -> None:
        """<br>: ends the line, also an empty one."""
        if self._line:
            self._flush()
        elif self._lines:
            self._blank = min(self._blank + 1, 2)
        self._cell = False

    def block(self, *, space: bool = False) -> None:
        """Begin or end of a block; with `space` one blank line beside it."""
        if self._line:
            self._flush()
        if space:
            self._blank = max(self._blank, 1)
        self._cell = False

    def _flush(self) -> None:
        line = "".join(self._line).rstrip()
        self._line = []
        if line or self._bullet:
            self._emit(line)
        else:
            self._blank = min(self._blank + 1, 2)

    def _emit(self, line: str) -> None:
        quote = "> " * min(self._quotes, _DEEPEST_QUOTE)
        if self._lines and not self._begun:
            self._lines += [quote.rstrip()] * self._blank
        self._blank, self._begun = 0, False
        indent = "".join(self._indent)
        lead = indent[: -len(self._bullet)] + self._bullet if self._bullet else indent
        self._bullet = ""
        self._lines.append(f"{quote}{lead}{line}")

    def quote(self, *, by: int) -> None:
        """Enter (1) or leave (-1) a quotation."""
        self.block()
        self._quotes = max(0, self._quotes + by)
        self._begun = by > 0
        self._blank = 0 if by > 0 else 1

    def item(self, bullet: str) -> None:
        """Begin of a list item; its later lines are indented."""
        self.block()
        self._bullet = bullet
        self._indent.append(" " * len(bullet))

    def item_end(self) -> None:
        """End of a list item."""
        self.block()
        self._bullet = ""
        if self._indent:
            self._indent.pop()

    def cell(self) -> None:
        """Begin of a table cell: text that follows on the same line is set off."""
        self._cell = bool(self._line)

    def rule(self) -> None:
        """<hr>, as Outlook writes it above what it quotes."""
        self.block()
        self._emit("_" * 32)

    def done(self) -> str:
        """Everything, as one text."""
        self.block()
        return "\n".join(self._lines)


MOST_NODES = 250_000

_DROPPED, _BLOCKS, _SPACED = (frozenset(words("html")[name]) for name in ("dropped", "blocks", "spaced"))
_Attributes = Mapping[str, str | None]
_Step = tuple[LexborNode | None, SeenStyle] | Callable[[], None]


def html_to_text(html: str) -> tuple[str, str | None]:
    """Readable text of `html`, and a note when it was cut. Linear time, whatever comes in."""
    safe, note = guarded(html)
    try:
        tree = LexborHTMLParser(safe)
        writer = TextWriter()
        complete = _Walker(writer, _sheet(tree)).walk(tree)
    except (ValueError, RuntimeError, UnicodeError):  # what the parser raises on what it can't take
        return "", "html_unreadable"
    return tidy(clean_text(writer.done())), note if complete else "html_cut"


def _sheet(tree: LexborHTMLParser) -> StyleSheet:
    return StyleSheet(*(node.text(deep=True) or "" for node in tree.css("style")))


class _Walker:
    """Goes over the tree without recursion and tells the writer what it meets."""

    def __init__(self, writer: TextWriter, sheet: StyleSheet) -> None:
        self._writer = writer
        self._sheet = sheet
        self._lists: list[int | None] = []  # number of the last item; None in a list without numbers

    def walk(self, tree: LexborHTMLParser) -> bool:
        """False when there was more than may be read."""
        steps: list[_Step] = [(tree.root, SeenStyle())]
        for _ in range(MOST_NODES):
            if not steps or self._writer.full:
                break
            step = steps.pop()
            if not isinstance(step, tuple):
                step()
                continue
            node, look = step
            if node is not None:
                steps.append((node.next, look))
                self._visit(node, look, steps)
        return not steps

    def _visit(self, node: LexborNode, look: SeenStyle, steps: list[_Step]) -> None:
        if node.is_text_node:
            if look.readable:
                self._writer.text(node.text_content or "", pre=look.pre)
            return
        tag = node.tag or ""
        if not node.is_element_node or tag in _DROPPED:
            return
        attributes = node.attributes
        style = self._style(tag, attributes)
        if gone(tag, style, attributes):
            return
        inner = look.inside(style, attributes)
        end = self._open(tag, attributes, style, inner)
        if end is not None:
            steps.append(end)
        if tag in {"pre", "xmp", "listing", "plaintext"}:
            inner = replace(inner, pre=True)
        steps.append((node.first_child, inner))

    def _style(self, tag: str, attributes: _Attributes) -> Declarations:
        style = self._sheet.matching(tag, attributes.get("class") or "", attributes.get("id") or "")
        own = attributes.get("style")
        return {**style, **declarations(own)} if own else style

    def _open(
        self, tag: str, attributes: _Attributes, style: Declarations, look: SeenStyle
    ) -> Callable[[], None] | None:
        """Tell the writer that an element begins; returns what to do at its end."""
        writer = self._writer
        if tag == "br":
            writer.line_break()
        elif tag == "hr":
            writer.rule()
        elif tag == "img":
            self._image(attributes, look)
        elif tag == "a":
            return self._link(attributes.get("href") or "", look)
        elif tag in {"td", "th"}:
            writer.cell()
        elif tag == "li":
            writer.item(self._bullet())
            return writer.item_end
        elif tag == "blockquote" and not _only_indented(attributes, style):
            writer.quote(by=1)
            return lambda: writer.quote(by=-1)
        elif tag in _SPACED or tag in _BLOCKS or tag == "blockquote":
            return self._block(tag, attributes, style)
        return None

    def _block(self, tag: str, attributes: _Attributes, style: Declarations) -> Callable[[], None]:
        space = tag in _SPACED and not _tight(attributes, style) and not (tag in {"ul", "ol"} and self._lists)
        self._writer.block(space=space)
        if tag in {"ul", "ol"}:
            self._lists.append(0 if tag == "ol" else None)

        def end() -> None:
            if tag in {"ul", "ol"} and self._lists:
                self._lists.pop()
            self._writer.block(space=space)

        return end

    def _bullet(self) -> str:
        if not self._lists or self._lists[-1] is None:
            return "- "
        self._lists[-1] += 1
        return f"{self._lists[-1]}. "

    def _link(self, href: str, look: SeenStyle) -> Callable[[], None] | None:
        if not href:
            return None
        mark = len(self._writer.said)

        def end() -> None:
            text = "".join(self._writer.said[mark:])[:2_000].strip()
            target = readable(href, text) if text and look.readable else ""
            if target:
                self._writer.text(f" ({target})", pre=False)

        return end

    def _image(self, attributes: _Attributes, look: SeenStyle) -> None:
        """Only pictures that stand for a character are text: emoji."""
        alt = (attributes.get("alt") or "").strip()
        if alt and len(alt) <= 4 and not alt.isalnum() and look.readable:
            self._writer.text(alt, pre=False)


def _tight(attributes: _Attributes, style: Declarations) -> bool:
    """Paragraphs without a margin, as Outlook makes them for every line."""
    margin = style.get("margin", "")
    zero = margin.startswith("0") and not any(digit in margin for digit in "123456789")
    return zero or (attributes.get("class") or "").lower().startswith("mso")


def _only_indented(attributes: _Attributes, style: Declarations) -> bool:
    """Gmail and others indent the writer's own words with a <blockquote> that has no border."""
    if (
        attributes.get("type") == "cite"
        or attributes.get("cite")
        or "quote" in (attributes.get("class") or "")
    ):
        return False
    border = style.get("border", style.get("border-left", ""))
    return border.startswith(("none", "0")) and "border-left" not in style
