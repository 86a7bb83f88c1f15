"""Finds in a quote what was said before: word by word, whatever the marks, the wrapping and the spaces."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

RUN = 4
"""Words in a row that make a passage known; a shorter line has to be a whole line of what was said."""

_MARKS = re.compile(r"\A\s{0,99}(?:[>|]\s?){1,40}")
# A word, a link as a whole, and one character where words are not set apart by spaces.
_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"https?://[^\s<>()\[\]]+|[{_UNSPACED}]|(?:(?![{_UNSPACED}])\w)+")


class KnownWords:
    """The words of texts that were said; each place in them is found once, so that what is repeated is new.

    Time and memory are linear in the words said and the words looked for.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._words: list[str] = []
        self._runs: dict[tuple[str, ...], list[int]] = {}
        self._lines: dict[tuple[str, ...], list[int]] = {}
        self._links: set[str] = set()
        self._used: list[bool] = []
        for text in texts:
            self._learn(text)
        for places in (*self._runs.values(), *self._lines.values()):
            places.reverse()  # taken from the end: the first place first

    def _learn(self, text: str) -> None:
        start = len(self._words)
        for line in text.split("\n"):
            words = words_of(line)
            if words:
                self._lines.setdefault(tuple(words), []).append(len(self._words))
                self._words += words
        self._words.append("")  # no passage runs on from one text into the next
        self._used += [False] * (len(self._words) - len(self._used))
        self._links.update(word for word in self._words[start:] if word.startswith("http"))
        for place in range(start, len(self._words) - RUN):
            self._runs.setdefault(tuple(self._words[place : place + RUN]), []).append(place)

    def known(self, lines: Sequence[str]) -> list[bool]:
        """Say of each line whether every word of it was said; a line without words is."""
        quoted = [words_of(line) for line in lines]
        flat = [word for words in quoted for word in words]
        covered = [word in self._links for word in flat]
        starts: dict[int, int] = {}
        at = 0
        for words in quoted:
            if words:
                starts[at] = len(words)
            at += len(words)
        self._cover(flat, starts, covered)
        found: list[bool] = []
        at = 0
        for words in quoted:
            found.append(all(covered[at : at + len(words)]))
            at += len(words)
        return found

    def _cover(self, flat: Sequence[str], starts: dict[int, int], covered: list[bool]) -> None:
        index = 0
        while index < len(flat):
            place = self._place(self._runs, tuple(flat[index : index + RUN]), RUN)
            if place is None and index in starts:
                place = self._place(self._lines, tuple(flat[index : index + starts[index]]), starts[index])
            if place is None:
                index += 1
                continue
            while index < len(flat) and flat[index] == self._words[place] and not self._used[place]:
                self._used[place] = covered[index] = True
                index, place = index + 1, place + 1

    def _place(
        self, places: dict[tuple[str, ...], list[int]], words: tuple[str, ...], length: int
    ) -> int | None:
        """Where the words stand that are not found yet; None when nowhere."""
        left = places.get(words, [])
        while left:
            if not any(self._used[left[-1] : left[-1] + length]):
                return left[-1]
            left.pop()
        return None


def words_of(line: str) -> list[str]:
    """The words of a line without its quote marks, in one spelling."""
    plain = unicodedata.normalize("NFKC", _MARKS.sub("", line))
    return [_link(word) for word in _WORD.findall(plain.casefold())]


def _link(word: str) -> str:
    return word.rstrip(".,;:!?'\"*_") if word.startswith("http") else word
