"""What a language's signs are called aloud: babel's names, and what its own file in `languages` adds.

Own are only the things babel has not: names of hundredths, short forms, what people call a currency.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

from babel import Locale
from babel.numbers import get_currency_name
from babel.units import format_unit

_FILES: Final = {path.stem: path for path in (Path(__file__).parent / "languages").glob("*.toml")}
COMMON: Final[Mapping[str, Any]] = tomllib.loads(_FILES.pop("common").read_text("utf-8"))
"""Signs of currencies and units."""
_SEVERAL: Final = 5
_VOWELS: Final = frozenset("aeiouyéè")


@dataclass(frozen=True, kw_only=True)
class SpeechLanguage:
    """One language as it is read aloud; `table` is its own file."""

    tag: str
    locale: Locale
    table: Mapping[str, Any]

    @property
    def words(self) -> Mapping[str, str]:
        """What minus, percent and the like are called."""
        words: Mapping[str, str] = self.table["words"]
        return words

    @cached_property
    def months(self) -> tuple[str, ...]:
        """The names of the months."""
        return tuple(self.locale.months["format"]["wide"][number] for number in range(1, 13))

    @cached_property
    def month_numbers(self) -> Mapping[str, int]:
        """The names of the months and their short forms, without full stops, to their numbers."""
        short = (self.locale.months[each]["abbreviated"] for each in ("format", "stand-alone"))
        known = {name.rstrip("."): number for names in short for number, name in names.items()}
        return known | {name: number for number, name in enumerate(self.months, 1)}

    @cached_property
    def weekdays(self) -> tuple[str, ...]:
        """The names of the weekdays, Monday first."""
        return tuple(self.locale.days["format"]["wide"][number] for number in range(7))

    @cached_property
    def units(self) -> Mapping[str, str | list[str]]:
        """A unit's sign to babel's name for it, or to its names for one and for several."""
        return {**COMMON["units"], **self.table.get("units", {})}

    @cached_property
    def _grouped(self) -> re.Pattern[str]:
        group, decimal = ("[.]", ",") if self.decimal_comma else (",", "[.]")
        return re.compile(rf"[0-9]{{1,3}}(?:{group}[0-9]{{3}})+(?:{decimal}[0-9]+)?")

    @cached_property
    def decimal_comma(self) -> bool:
        """Whether a comma stands before the decimals."""
        return bool(self.locale.number_symbols["latn"]["decimal"] == ",")

    def number(self, written: str) -> str:
        """Return a number with its decimal sign alone."""
        group = "." if self.decimal_comma else ","
        return written.replace(group, "") if self._grouped.fullmatch(written) else written

    def measured(self, written: str) -> str:
        """Return a number before a unit: there a point before one or two digits is a decimal one."""
        if self.decimal_comma and re.fullmatch(r"[0-9]+\.[0-9]{1,2}", written):
            return written.replace(".", ",")
        return self.number(written)

    def counted(self, count: str, name: str) -> str:
        """Return a count before a name: where one has a word of its own, it is that word."""
        if count != "1" or "one" not in self.table:
            return f"{count} {name}"
        one, feminine = self.table["one"]
        return f"{feminine if name.rsplit(maxsplit=1)[-1] in self.table['feminine'] else one} {name}"

    def unit(self, sign: str, value: str) -> str:
        """Return a unit's name for a value as it was written."""
        known = self.units[sign]
        if not isinstance(known, str):
            return known[0] if value == "1" else known[1]
        return _unit_name(known, _decimal(value), self.locale)

    def currency(self, code: str, count: str) -> str:
        """Return the name of a currency for so many of it."""
        if own := self.table["money"].get("currencies", {}).get(code):
            return str(own[0] if count == "1" else own[1])
        number = int(count) if count.isdigit() else _SEVERAL
        name = get_currency_name(code, count=number, locale=self.locale)
        declined = "one" in self.table and " " in name
        return name[0].lower() + name[1:] if declined else name  # an adjective leads it

    def hundredths(self, code: str, count: int) -> str | None:
        """Return what so many hundredths of a currency are called, None where it has none."""
        known = self.table["money"]["hundredths"]
        one, many = known.get(code, known["default"])
        return None if code in COMMON["whole"] else str(one if count == 1 else many)

    def millions(self, amount: str, scale: str, name: str) -> str:
        """Return an amount of millions: "1.5 million euros", "1,5 millions d'euros"."""
        before_consonant, before_vowel = self.table["money"].get("of", ("", ""))
        of = before_vowel if name[0].lower() in _VOWELS else before_consonant
        return f"{amount} {self.table['money']['millions'][scale]} {of}{name}"


@lru_cache(maxsize=32)
def speech_language(tag: str) -> SpeechLanguage | None:
    """Return a language by its tag (`de`, `en-GB`), None where we know nothing of it."""
    tag = tag[:2].lower()
    if tag not in _FILES:
        return None
    table = tomllib.loads(_FILES[tag].read_text("utf-8"))
    return SpeechLanguage(tag=tag, locale=Locale.parse(table.get("locale", tag)), table=table)


def one_of(names: Iterable[str]) -> str:
    """Return a pattern for any of `names`, the longest first."""
    return "(?:" + "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) + ")"


@lru_cache(maxsize=512)
def _unit_name(unit: str, value: Decimal, locale: Locale) -> str:
    said = format_unit(value, unit, "long", format="0.####", locale=locale)
    return re.sub(r"^\S+\s", "", said).replace("\u00a0", " ").replace("-", " ")


def _decimal(written: str) -> Decimal:
    """Return about what a number is: its plural form hangs on it alone."""
    known = re.fullmatch(r"[0-9]+(?:[.,][0-9]+)?", written)
    return Decimal(written.replace(",", ".")) if known else Decimal(_SEVERAL)
