"""Folds a mail: the reply first, and below a mark what was cut out of it and nobody here has said.

What was said before is found word by word, whatever the marks, the wrapping and the spaces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from guardrails.privacy.stand_ins import mask_for_storage
from orchestrator.mail.mail_types import Cut, CutKind, ReadMail

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


BELOW: Final = "[below the answer]"
"""The mark above what was folded."""
END: Final = "[end of the mail]"
"""The mark that ends a fold where the model reads it; nothing inside a fold can write it."""
MOST_TOLD: Final = 40_000
MOST_KEPT: Final = 100_000
SHOWN: Final = 8_000
"""Characters of a fold that the model is shown."""
_QUESTION: Final = 300


def fold(mail: ReadMail, *, ours: Sequence[str] = (), theirs: Sequence[str] = ()) -> ReadMail:
    """Put the new words of what was cut below the text, and all of it beside it, without private data.

    `ours` is what we sent, `theirs` what the customer wrote before. Raises nothing; linear in all of them.
    """
    if not mail.cut:
        return mail
    cut, kept = mail.cut, [each.text for each in mail.cut]
    if any(_heads_alone(each) for each in cut) and (answers := _answers(mail.text, KnownWords(ours))):
        kept.append(mail.text)
        mail = replace(mail, text=answers)
        cut = tuple(each for each in cut if not _heads_alone(each))
    told = shortened(mask_for_storage(unfolded(cut, ours=ours, theirs=theirs)), MOST_TOLD)
    below = shortened(mask_for_storage("\n\n".join(kept)), MOST_KEPT)
    if not told:
        return replace(mail, below=below)
    return replace(mail, text=f"{mail.text}{marked(told)}", fold=len(mail.text), below=below)


def _heads_alone(cut: Cut) -> bool:
    """Whether nothing but the head of a quote was cut: the answer is what stands in the quote."""
    filled = (at for at, line in enumerate(cut.text.split("\n")) if line.strip())
    return cut.kind is CutKind.QUOTE and all(at in cut.heads for at in filled)


def _answers(text: str, own: KnownWords) -> str:
    """A text without our lines, but for those right above words of the customer's; '' where none is ours."""
    lines = [line for line in text.split("\n") if line.strip()]
    said = own.known(lines)
    return "\n".join(_between(lines, said)) if any(said) else ""


def marked(told: str) -> str:
    """What follows the answer in a text: the mark, and the folded words below it; '' for none."""
    return f"\n\n{BELOW}\n{told}" if told else ""


def as_read(below: str) -> str:
    """A fold as the model reads it: shortened, with its end marked; '' for none."""
    text = below.replace(END, END[:-1]).lstrip("\n")
    return f"{shortened(text, SHOWN)}\n{END}" if text else ""


def answer_only(text: str) -> str:
    """What the model read, without its folds."""
    answer, *folds = text.split(f"{BELOW}\n")
    behind = (fold.partition(END)[2] if END in fold else fold for fold in folds)
    return "".join((answer, *behind)).strip()


def unfolded(cut: Sequence[Cut], *, ours: Sequence[str] = (), theirs: Sequence[str] = ()) -> str:
    """What of the cut pieces may be new: no signatures, and nothing that was said before.

    A line that stands between ours is shown with the one above it, which it may answer.
    """
    pieces = [each for each in cut if each.kind is not CutKind.SIGNATURE]
    if not ours and not theirs:
        return "\n\n".join(each.text for each in pieces).strip()
    own, earlier = KnownWords(ours), KnownWords(theirs)
    told = ("\n".join(_new(each, own, earlier)).strip() for each in pieces)
    return "\n\n".join(text for text in told if text)


def shortened(text: str, most: int) -> str:
    """The text, or its beginning and its end when it has more than `most` characters."""
    if len(text) <= most:
        return text
    end = most // 4
    return f"{text[: most - end]}\n[… {len(text) - most} characters left out …]\n{text[-end:]}"


def _sections(cut: Cut) -> list[tuple[list[str], list[str]]]:
    """A piece as the mails in it: the lines of each one's head, and the lines below it."""
    lines = cut.text.split("\n")
    starts = [at for at in sorted(cut.heads) if at - 1 not in cut.heads]
    edges = [0, *(at for at in starts if at), len(lines)]
    sections = []
    for start, end in pairwise(edges):
        split = start
        while split < end and split in cut.heads:
            split += 1
        sections.append((lines[start:split], lines[split:end]))
    return sections


def _new(cut: Cut, own: KnownWords, earlier: KnownWords) -> list[str]:
    """The lines of a piece that nobody has said; all of it when it holds none that somebody has."""
    told: list[str] = []
    repeated = False
    for head, body in _sections(cut):
        filled = [line for line in body if line.strip(" >|\t")]
        said = own.known(filled)
        seen = said if any(said) else earlier.known(filled)
        repeated = repeated or any(seen)
        if any(said):
            told += _between(filled, said)
        elif any(seen):
            told += [line for line, known in zip(filled, seen, strict=True) if not known]
        elif filled:
            told += [*head, *body]
    return told if repeated else cut.text.split("\n")


def _between(lines: Sequence[str], said: Sequence[bool]) -> Iterator[str]:
    """The lines that we did not say, each stretch below the line of ours that it may answer."""
    question = ""
    for line, known in zip(lines, said, strict=True):
        if known:
            question = line
            continue
        if question:
            yield f"> {shortened(question.strip(' >|'), _QUESTION)}"
        question = ""
        yield line
