"""The tables of a policy file, as pydantic checks them. What they mean is built in `policy_file.py`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from guardrails.policy.conditions import Plain, as_number
from guardrails.policy.opening_hours import DAYS, Period
from guardrails.verdict import Ruled

LONGEST_TEXT = 200
TOO_LARGE = Decimal(10**15)

_YEARLY = re.compile(r"[0-9]{2}-[0-9]{2}", re.ASCII)
_LINK = re.compile(r"https?://[^\s<>\"']{3,500}", re.ASCII)
_MAIL = re.compile(r"[^\s@,<>\"']{1,64}@[A-Za-z0-9.-]{1,255}", re.ASCII)
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{2,30}", re.ASCII)
_E164 = re.compile(r"\+[1-9][0-9]{4,14}", re.ASCII)
_SIP = re.compile(r"sips?:[^\s<>\"']{1,200}", re.ASCII)


def as_test_table(value: Any) -> Any:
    """Turn `"x"` into `{equals = "x"}` and `["x", "y"]` into `{in = ["x", "y"]}`."""
    if isinstance(value, list):
        return {"in": value}
    return value if isinstance(value, Mapping) else {"equals": value}


def check_plain(value: Any) -> str | bool | Decimal:
    """Accept text, true or false, or a number."""
    if isinstance(value, str) and len(value) <= LONGEST_TEXT:
        return value
    if isinstance(value, bool):
        return value
    number = as_number(value)
    if number is None or abs(number) >= TOO_LARGE:
        raise ValueError(f"give a text of at most {LONGEST_TEXT} letters, a number, true or false")
    return number


def check_clock(value: Any) -> str:
    """Accept open, closed or a period."""
    if value in ("open", "closed"):
        return str(value)
    try:
        return check_period(value)
    except ValueError:
        raise ValueError("write open, closed or a period like 22:00-06:00") from None


def check_period(value: Any) -> str:
    """Accept a period of the clock."""
    return str(Period.parse(_text_like(value, "a period like 09:00-17:00")))


def check_zone(value: Any) -> str:
    """Accept a time zone by its IANA name."""
    zone = _text_like(value, "a time zone like Europe/Berlin")
    try:
        return ZoneInfo(zone).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("no such time zone; write it like Europe/Berlin") from None


def check_holiday(value: Any) -> date | str:
    """Accept 2026-12-24, or 12-25 for every year."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    text = _text_like(value, "a day like 2026-12-24, or 12-25 for every year")
    try:
        if _YEARLY.fullmatch(text):
            date.fromisoformat(f"2000-{text}")  # a leap year, so that 02-29 is a day
            return text
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("write a day like 2026-12-24, or 12-25 for every year") from None


def check_link(value: Any) -> str:
    """Accept an http or https address; what begins with it is allowed."""
    return _matched(value, _LINK, "a link like https://company.example/help")


def check_mail_address(value: Any) -> str:
    """Accept an e-mail address."""
    return _matched(value, _MAIL, "an e-mail address like help@company.example").lower()


def check_phone(value: Any) -> str:
    """Accept a phone number as it would be written in a reply."""
    return _matched(value, _PHONE, "a phone number like +49 30 123456")


def check_transfer(value: Any) -> str:
    """Accept a phone number in E.164, or a SIP address."""
    text = _text_like(value, "a number like +4930123456 or a SIP address")
    if _E164.fullmatch(text) or _SIP.fullmatch(text):
        return text
    raise ValueError("write a number like +4930123456, or a SIP address like sip:desk@company.example")


def _matched(value: Any, pattern: re.Pattern[str], like: str) -> str:
    text = _text_like(value, like)
    if not pattern.fullmatch(text):
        raise ValueError(f"write {like}")
    return text


def _text_like(value: Any, like: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"write {like}")
    return value


Text = Annotated[str, Field(min_length=1, max_length=300)]
Word = Annotated[str, Field(min_length=1, max_length=64)]
Phrase = Annotated[str, Field(min_length=2, max_length=200)]
Level = Annotated[int, Field(ge=0, le=3, strict=True)]
Money = Annotated[Decimal, Field(ge=0, lt=1_000_000_000, decimal_places=4)]
Number = Annotated[Decimal, Field(gt=-(10**15), lt=10**15, decimal_places=6)]
PlainValue = Annotated[Plain, BeforeValidator(check_plain)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Hours = Annotated[float, Field(gt=0, le=24 * 365)]
Count = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class PolicyFields(BaseModel):
    """A table that knows its fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AmountTable(PolicyFields):
    """`amount = { above|min = …, max = …, currency = "EUR" }`."""

    currency: Currency
    min: Money | None = None
    above: Money | None = None
    max: Money | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> AmountTable:
        if self.min is not None and self.above is not None:
            raise ValueError("give either min or above")
        least = self.min if self.above is None else self.above
        if least is not None and self.max is not None and (least > self.max or self.above == self.max):
            raise ValueError("no amount lies in this range")
        return self


class SumTable(AmountTable):
    """`sum = { per = "month", max = 100, currency = "EUR" }`: all amounts within it, this one included."""

    per: Literal["day", "week", "month"]


class CountTable(PolicyFields):
    """`count = { per = "month", max = 2 }`: which call of this tool it is, this one included."""

    per: Literal["day", "week", "month"]
    min: Count | None = None
    max: Count | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> CountTable:
        if self.min is None and self.max is None:
            raise ValueError("give min or max")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min must not be more than max")
        return self


class TrustTable(PolicyFields):
    """`trust = 3` (at least) or `trust = { min = 1, max = 2 }`."""

    min: Level = 0
    max: Level = 3

    @model_validator(mode="after")
    def _makes_sense(self) -> TrustTable:
        if self.min > self.max:
            raise ValueError("min must not be more than max")
        return self


class TagsTable(PolicyFields):
    """`tags = { any = ["vip"], none = ["fraud"] }`."""

    any: Annotated[list[Word], Field(max_length=100)] = []
    none: Annotated[list[Word], Field(max_length=100)] = []

    @model_validator(mode="after")
    def _makes_sense(self) -> TagsTable:
        if not self.any and not self.none:
            raise ValueError("give any or none")
        if self.any and {tag.casefold() for tag in self.any} <= {tag.casefold() for tag in self.none}:
            raise ValueError("no customer fits both any and none")
        return self


class ValueTable(PolicyFields):
    """`status = "x"`, `status = ["x", "y"]`, or `{ equals|in|matches|min|max = … }`."""

    equals: PlainValue | None = None
    among: Annotated[list[PlainValue], Field(min_length=1, max_length=200)] | None = Field(
        default=None, alias="in"
    )
    matches: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    min: Number | None = None
    max: Number | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> ValueTable:
        if not self.model_fields_set:
            raise ValueError("give equals, in, matches, min or max")
        if self.equals is not None and self.among is not None:
            raise ValueError("give either equals or in")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min must not be more than max")
        return self


Test = Annotated[ValueTable, BeforeValidator(as_test_table)]
Tests = Annotated[dict[Word, Test], Field(max_length=50)]


class RuleTable(PolicyFields):
    """One rule: the verdict where all its conditions hold."""

    verdict: Ruled
    reason: Text | None = None
    amount: AmountTable | None = None
    sum: SumTable | None = None
    count: CountTable | None = None
    trust: (
        Annotated[
            TrustTable, BeforeValidator(lambda value: {"min": value} if isinstance(value, int) else value)
        ]
        | None
    ) = None
    channels: Annotated[list[Literal["chat", "mail", "voice"]], Field(min_length=1)] | None = None
    tags: TagsTable | None = None
    hours: Annotated[str, BeforeValidator(check_clock)] | None = None
    weekdays: Annotated[list[Weekday], Field(min_length=1)] | None = None
    arguments: Tests = {}
    facts: Tests = {}


class ToolRulesTable(PolicyFields):
    """One tool: `default` holds where no rule matches."""

    default: Ruled
    flagged: Ruled | None = None
    expires_hours: Hours | None = None
    rules: Annotated[list[RuleTable], Field(max_length=100)] = []


class TopicTable(PolicyFields):
    """A matter the bot never handles."""

    name: Word
    phrases: Annotated[list[Phrase], Field(min_length=1, max_length=500)]
    reason: Text


class HumanTable(PolicyFields):
    """Phrases that always mean a human."""

    name: Word
    phrases: Annotated[list[Phrase], Field(min_length=1, max_length=500)]
    priority: Literal["low", "normal", "high", "urgent"] = "high"


class ScreeningTable(PolicyFields):
    """What comes in."""

    topics: Annotated[list[TopicTable], Field(max_length=100)] = []
    human: Annotated[list[HumanTable], Field(max_length=100)] = []
    flood_messages: Annotated[int, Field(ge=1, le=10_000, strict=True)] = 30
    flood_repeats: Annotated[int, Field(ge=1, le=10_000, strict=True)] = 5


Periods = Annotated[list[Annotated[str, BeforeValidator(check_period)]], Field(max_length=24)]


class HoursTable(PolicyFields):
    """When the desk is open, day by day."""

    zone: Annotated[str, BeforeValidator(check_zone)]
    mon: Periods = []
    tue: Periods = []
    wed: Periods = []
    thu: Periods = []
    fri: Periods = []
    sat: Periods = []
    sun: Periods = []
    holidays: Annotated[
        list[Annotated[date | str, BeforeValidator(check_holiday)]], Field(max_length=1_000)
    ] = []

    @property
    def week(self) -> tuple[list[str], ...]:
        """The periods of Monday to Sunday."""
        return (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)

    @model_validator(mode="after")
    def _opens(self) -> HoursTable:
        for day, periods in zip(DAYS, self.week, strict=True):
            if _overlap(periods):
                raise ValueError(f"{day} has periods that overlap")
        if not any(self.week):
            raise ValueError('the desk never opens; give a day its hours, like mon = ["09:00-17:00"]')
        return self


def _overlap(texts: list[str]) -> bool:
    periods = sorted(map(Period.parse, texts), key=lambda period: period.opens)
    return any(earlier.end > later.opens for earlier, later in pairwise(periods))


class RepliesTable(PolicyFields):
    """What a reply may always name."""

    allowed_links: Annotated[list[Annotated[str, BeforeValidator(check_link)]], Field(max_length=1_000)] = []
    allowed_addresses: Annotated[
        list[Annotated[str, BeforeValidator(check_mail_address)]], Field(max_length=1_000)
    ] = []
    allowed_phones: Annotated[
        list[Annotated[str, BeforeValidator(check_phone)]], Field(max_length=1_000)
    ] = []


class VoiceTable(PolicyFields):
    """Calls."""

    transfer_to: Annotated[str, BeforeValidator(check_transfer)] | None = None
    keep_audio: Annotated[bool, Field(strict=True)] = False
    audio_days: Annotated[int, Field(ge=1, le=3_650, strict=True)] = 7


class HandoffTable(PolicyFields):
    """What the assistant does while a conversation waits for a human."""

    assistant: Literal["goes_on", "silent"] = "goes_on"


class ApprovalsTable(PolicyFields):
    """What waits for a human."""

    expires_hours: Hours = 72.0


class LimitsTable(PolicyFields):
    """What no customer does more often without a human."""

    sensitive_per_hour: Annotated[int, Field(ge=1, le=10_000, strict=True)] = 5


class PolicyTable(PolicyFields):
    """The whole file."""

    tools: Annotated[dict[Word, ToolRulesTable], Field(max_length=1_000)] = {}
    screening: ScreeningTable = ScreeningTable()
    hours: HoursTable | None = None
    replies: RepliesTable = RepliesTable()
    voice: VoiceTable = VoiceTable()
    handoff: HandoffTable = HandoffTable()
    approvals: ApprovalsTable = ApprovalsTable()
    limits: LimitsTable = LimitsTable()

    @field_validator("tools")
    @classmethod
    def _names(cls, tools: dict[str, Any]) -> dict[str, Any]:
        for name in tools:
            if not all(letter.isascii() and (letter.isalnum() or letter in "_-.*?") for letter in name):
                raise ValueError(f"{name!r} is no tool name (letters, digits, _ - . and the wildcards * ?)")
        return tools

    @model_validator(mode="after")
    def _hours_are_known(self) -> PolicyTable:
        if self.hours is None:
            for name, tool in self.tools.items():
                for number, rule in enumerate(tool.rules, start=1):
                    if rule.hours is not None or rule.weekdays is not None:
                        raise ValueError(
                            f"tools.{name}.rules, number {number} asks for hours or weekdays: add [hours]"
                        )
        return self
