"""Support-desk English in two forms: as it is spoken ("1 0 4 2") and as it is written down ("1042").

Sentences come from the patterns in sentences.txt; some are random words, so that the model listens
instead of guessing a pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

PATTERNS: Final = tuple(Path(__file__).with_name("sentences.txt").read_text(encoding="utf-8").splitlines())
NUMBERED: Final = tuple(each for each in PATTERNS if re.search(r"\{(order|phone|code)\}", each))
WORDS: Final = tuple(
    sorted({word.strip("?.,") for each in PATTERNS for word in each.split() if "{" not in word})
)
SLOT: Final = re.compile(r"\{(\w+)\}")

ANY_PATTERN = 0.6
"""Share of sentences from all patterns; the others hold a number, which is harder to hear."""
TWO_SENTENCES = 0.15

NAMES: Final = (
    "Alice", "Bob", "Carol", "David", "Emma", "Frank", "Grace", "Henry", "Julia", "Kevin", "Laura", "Maria",
    "Nathan", "Olivia", "Peter", "Rachel", "Sarah", "Thomas", "Victor", "Wendy", "Ada", "Sam",
)  # fmt: skip
DAYS: Final = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "tomorrow", "today",
)  # fmt: skip
HOURS: Final = ("nine", "ten", "eleven", "twelve", "one", "two", "three", "four", "five", "six")
CITIES: Final = (
    "London", "Paris", "Berlin", "New York", "Boston", "Madrid", "Rome", "Chicago", "Vienna", "Dublin",
)  # fmt: skip
ITEMS: Final = (
    "laptop", "phone", "headphones", "blue jacket", "coffee machine", "running shoes", "desk lamp",
    "keyboard", "camera", "kettle", "backpack", "monitor", "tablet", "watch", "red dress", "printer",
    "garden chair", "speaker", "router", "bicycle",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """One sentence: what eSpeak is given, and what the model shall write."""

    spoken: str
    written: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Filling:
    """What stands in a slot, in both forms."""

    spoken: str
    written: str


def sentence(random: Random, *, random_words: float = 0.15) -> Sentence:
    """Return a sentence; with the chance `random_words` (0 to 1) it is made of any words."""
    if random.random() < random_words:
        return _words(random)
    pattern = random.choice(PATTERNS if random.random() < ANY_PATTERN else NUMBERED)
    if random.random() < TWO_SENTENCES:
        pattern = f"{pattern} {random.choice(PATTERNS)}"
    return _filled(pattern, random)


def _words(random: Random) -> Sentence:
    text = " ".join(random.choice(WORDS) for _ in range(random.randint(2, 6)))
    text = f"{text[0].upper()}{text[1:]}."
    return Sentence(spoken=text, written=text)


def _filled(pattern: str, random: Random) -> Sentence:
    fillings = [SLOTS[name](random) for name in SLOT.findall(pattern)]
    spoken, written = iter(fillings), iter(fillings)
    return Sentence(
        spoken=SLOT.sub(lambda _: next(spoken).spoken, pattern),
        written=SLOT.sub(lambda _: next(written).written, pattern),
    )


def _order(random: Random) -> Filling:
    return _apart(random.choice(("", "", "A", "B", "C")) + _digits(random, random.choice((3, 4, 4, 4, 5))))


def _digits(random: Random, count: int) -> str:
    return "".join(random.choice("0123456789") for _ in range(count))


def _apart(number: str) -> Filling:
    return Filling(spoken=" ".join(number), written=number)


def _one_of(values: tuple[str, ...]) -> Callable[[Random], Filling]:
    def pick(random: Random) -> Filling:
        value = random.choice(values)
        return Filling(spoken=value, written=value)

    return pick


SLOTS: Final[Mapping[str, Callable[[Random], Filling]]] = {
    "order": _order,
    "phone": lambda random: _apart(_digits(random, 7)),
    "code": lambda random: _apart(_digits(random, 6)),
    "item": _one_of(ITEMS),
    "day": _one_of(DAYS),
    "hour": _one_of(HOURS),
    "name": _one_of(NAMES),
    "city": _one_of(CITIES),
}
