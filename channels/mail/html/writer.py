"""Lines of plain text out of inline and block events."""

from __future__ import annotations

import re

from channels.mail.mime.notes import LARGEST_TEXT

_SPACES = re.compile(r"[ \t\r\n\f\v\u00a0]+")
_INVISIBLE = re.compile("[\u200b\u034f\u00ad\u2060\ufeff]|\u200c(?=[\u00a0\\s\u200c\u200b])")
_DEEPEST_QUOTE = 20


class Writer:
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
