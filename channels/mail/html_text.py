"""HTML mail as text: what its reader saw, in reading order, quotations marked with "> "."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from channels.mail.html.css import Declarations, Sheet, declarations
from channels.mail.html.guard import guarded
from channels.mail.html.links import readable
from channels.mail.html.look import Look, gone
from channels.mail.html.writer import Writer
from channels.mail.mime.clean import clean_text, tidy

MOST_NODES = 250_000

_DROPPED = frozenset((
    "head", "title", "script", "style", "template", "object", "embed", "iframe", "frame", "frameset",
    "svg", "math", "canvas", "audio", "video", "map", "noframes", "select", "datalist", "meta", "link",
    "xml", "applet",
))  # fmt: skip
_BLOCKS = frozenset((
    "address", "article", "aside", "body", "center", "dd", "details", "dir", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "header", "html", "legend", "main", "menu",
    "nav", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "caption",
))  # fmt: skip
_SPACED = frozenset((
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "pre",
))  # fmt: skip
_Attributes = Mapping[str, str | None]
_Step = tuple[LexborNode | None, Look] | Callable[[], None]


def html_to_text(html: str) -> tuple[str, str | None]:
    """Readable text of `html`, and a note when it was cut. Linear time, whatever comes in."""
    safe, note = guarded(html)
    try:
        tree = LexborHTMLParser(safe)
        writer = Writer()
        complete = _Walker(writer, _sheet(tree)).walk(tree)
    except (ValueError, RuntimeError, UnicodeError):  # what the parser raises on what it can't take
        return "", "html_unreadable"
    return tidy(clean_text(writer.done())), note if complete else "html_cut"


def _sheet(tree: LexborHTMLParser) -> Sheet:
    return Sheet(*(node.text(deep=True) or "" for node in tree.css("style")))


class _Walker:
    """Goes over the tree without recursion and tells the writer what it meets."""

    def __init__(self, writer: Writer, sheet: Sheet) -> None:
        self._writer = writer
        self._sheet = sheet
        self._lists: list[int | None] = []  # number of the last item; None in a list without numbers

    def walk(self, tree: LexborHTMLParser) -> bool:
        """False when there was more than may be read."""
        steps: list[_Step] = [(tree.root, Look())]
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

    def _visit(self, node: LexborNode, look: Look, steps: list[_Step]) -> None:
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
        self, tag: str, attributes: _Attributes, style: Declarations, look: Look
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

    def _link(self, href: str, look: Look) -> Callable[[], None] | None:
        if not href:
            return None
        mark = len(self._writer.said)

        def end() -> None:
            text = "".join(self._writer.said[mark:])[:2_000].strip()
            target = readable(href, text) if text and look.readable else ""
            if target:
                self._writer.text(f" ({target})", pre=False)

        return end

    def _image(self, attributes: _Attributes, look: Look) -> None:
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
