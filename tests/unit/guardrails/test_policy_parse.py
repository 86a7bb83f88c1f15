"""A policy file: what is understood, and how a mistake is named."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.policy.explained import doubts, told
from guardrails.policy.policy_file import MAX_SIZE, PolicyInvalid, parse_policy
from guardrails.policy.screening_settings import HumanPhrase, Topic
from guardrails.policy.tool_policy import CallPolicy, Policy, Replies
from tests.unit.guardrails.actions import EXAMPLE, policy, shipped

TOOL = '[tools.pay]\ndefault = "ask"\n'
UTC = '[hours]\nzone = "UTC"'
RULE = TOOL + '[[tools.pay.rules]]\nverdict = "run"\n'


def test_an_empty_file_is_the_closed_default() -> None:
    empty = policy("")
    assert (empty.tools, empty.has_hours, empty.expires_hours) == ({}, False, 72.0)
    assert empty == Policy()


def test_the_shipped_policy_raises_no_doubt() -> None:
    known = {name: "sensitive" for name in shipped().tools if name.endswith(("order", "address"))}
    assert doubts(shipped(), {**dict.fromkeys(shipped().tools, ""), **known}) == []


def test_the_further_tables() -> None:
    text = """
[screening]
flood_messages = 9
flood_repeats = 2
[[screening.topics]]
name = "medicine"
phrases = ["dose of"]
reason = "We are no doctors."
[[screening.human]]
name = "press"
phrases = ["i am a journalist"]
[replies]
allowed_links = ["https://company.example/help"]
allowed_addresses = ["Help@Company.example"]
allowed_phones = ["+49 30 123456"]
[voice]
transfer_to = "+4930123456"
keep_audio = true
audio_days = 30
"""
    made = policy(text)
    assert made.screening.topics == (
        Topic(name="medicine", phrases=("dose of",), reason="We are no doctors."),
    )
    assert made.screening.human_phrases == (
        HumanPhrase(name="press", phrases=("i am a journalist",), priority="high"),
    )
    assert (made.screening.flood_messages, made.screening.flood_repeats) == (9, 2)
    assert made.replies == Replies(
        allowed_links=("https://company.example/help",),
        allowed_addresses=("help@company.example",),
        allowed_phones=("+49 30 123456",),
    )
    assert made.voice == CallPolicy(transfer_to="+4930123456", keep_audio=True, audio_days=30)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tools", "is not valid TOML: "),
        ("a = 1e99999999999999999999", "is not valid TOML: "),
        ("a = " + "[" * 5000, "is not valid TOML: "),
        ("x" * (MAX_SIZE + 1), f"is larger than {MAX_SIZE} characters"),
        ("[tool.pay]", "tool: Extra inputs are not permitted"),
        ("[tools.pay]", "tools.pay.default: Field required"),
        ('[tools.pay]\ndefault = "maybe"', "tools.pay.default: Input should be 'run', 'ask' or 'refuse'"),
        ('[tools."pay me"]\ndefault = "ask"', "tools: 'pay me' is no tool name"),
        (TOOL + "expires_hours = 0", "tools.pay.expires_hours: "),
        (TOOL + "[[tools.pay.rules]]", "tools.pay.rules, number 1, verdict: Field required"),
        (RULE + "limit = 3", "tools.pay.rules, number 1, limit: Extra inputs are not permitted"),
        (RULE + RULE.removeprefix(TOOL) + "trust = 4", "tools.pay.rules, number 2, trust.min: "),
        (RULE + "trust = true", "tools.pay.rules, number 1, trust.min: "),
        (RULE + "trust = { min = 3, max = 1 }", "trust: min must not be more than max"),
        (RULE + "amount = { max = 20 }", "amount.currency: Field required"),
        (RULE + 'amount = { max = 20, currency = "eur" }', "amount.currency: "),
        (RULE + 'amount = { max = nan, currency = "EUR" }', "amount.max: Input should be a finite number"),
        (RULE + 'amount = { max = -1, currency = "EUR" }', "amount.max: "),
        (RULE + 'amount = { max = 1e9, currency = "EUR" }', "amount.max: "),
        (RULE + 'amount = { min = 3, above = 2, currency = "EUR" }', "amount: give either min or above"),
        (RULE + 'amount = { above = 2, max = 2, currency = "EUR" }', "amount: no amount lies in this range"),
        (RULE + 'sum = { max = 2, currency = "EUR" }', "sum.per: Field required"),
        (RULE + 'count = { per = "month" }', "count: give min or max"),
        (RULE + 'count = { per = "year", max = 2 }', "count.per: Input should be 'day', 'week' or 'month'"),
        (RULE + 'count = { per = "day", max = 0 }', "count.max: "),
        (RULE + 'channels = ["phone"]', "channels, number 1: Input should be 'chat', 'mail' or 'voice'"),
        (RULE + "channels = []", "channels: "),
        (RULE + "tags = {}", "tags: give any or none"),
        (RULE + 'tags = { any = ["a"], none = ["A"] }', "tags: no customer fits both"),
        (RULE + 'hours = "open"', "tools.pay.rules, number 1 asks for hours or weekdays: add [hours]"),
        (RULE + 'hours = "late"', "hours: write open, closed or a period like 22:00-06:00"),
        (RULE + 'weekdays = ["friday"]', "weekdays, number 1: "),
        (RULE + "arguments.n = {}", "arguments.n: give equals, in, matches, min or max"),
        (RULE + "arguments.n = { min = 2, max = 1 }", "arguments.n: min must not be more than max"),
        (RULE + "arguments.n = []", "arguments.n.in: "),
        (RULE + "arguments.n = inf", "arguments.n.equals: give a text"),
        (RULE + "facts.n = { like = 3 }", "facts.n.like: Extra inputs are not permitted"),
        ('[hours]\nmon = ["09:00-17:00"]', "hours.zone: Field required"),
        ('[hours]\nzone = "Mars/Base"', "hours.zone: no such time zone"),
        ('[hours]\nzone = "../etc/passwd"', "hours.zone: no such time zone"),
        (UTC, "hours: the desk never opens"),
        (UTC + '\nmon = ["9-5"]', "hours.mon, number 1: write a period like 09:00-17:00"),
        (UTC + '\nmon = ["09:00-12:00", "11:00-13:00"]', "hours: mon has periods that overlap"),
        (UTC + '\nmon = ["09:00-17:00"]\nholidays = ["12-32"]', "hours.holidays, number 1: write"),
        ("[screening]\nflood_messages = 0", "screening.flood_messages: "),
        (
            '[[screening.topics]]\nname = "a"\nreason = "b"\nphrases = ["x"]',
            "screening.topics, number 1, phrases, number 1: ",
        ),
        (
            '[replies]\nallowed_links = ["javascript:alert(1)"]',
            "replies.allowed_links, number 1: write a link",
        ),
        ('[replies]\nallowed_addresses = ["nobody"]', "replies.allowed_addresses, number 1: write"),
        ('[voice]\ntransfer_to = "desk"', "voice.transfer_to: write a number like"),
        ("[voice]\naudio_days = 0", "voice.audio_days: "),
        ("[approvals]\nexpires_hours = inf", "approvals.expires_hours: "),
        ("[limits]\nsensitive_per_hour = 0", "limits.sensitive_per_hour: "),
    ],
)
def test_a_mistake_is_one_sentence_that_names_its_place(text: str, said: str) -> None:
    with pytest.raises(PolicyInvalid) as caught:
        parse_policy(text, source="/x/policy.toml")
    message = str(caught.value)
    assert message.startswith("/x/policy.toml: ")
    assert said in message
    assert "\n" not in message
    assert message.endswith(".")
    assert caught.value.code == "policy_invalid"


def _rules(*conditions: str) -> Policy:
    rules = "".join(f'[[tools.pay.rules]]\nverdict = "run"\n{each}\n' for each in conditions)
    return policy(f'[hours]\nzone = "UTC"\nmon = ["09:00-17:00"]\n{TOOL}{rules}')


@pytest.mark.parametrize(
    ("earlier", "later", "hidden"),
    [
        ("", "trust = 3", True),
        ("trust = 3", "trust = 3", True),
        ("trust = 1", "trust = { min = 2, max = 2 }", True),
        ("trust = 3", "trust = 2", False),
        ("trust = 3", "", False),
        ('amount = { max = 20, currency = "EUR" }', 'amount = { max = 10, currency = "EUR" }', True),
        ('amount = { max = 20, currency = "EUR" }', 'amount = { max = 10, currency = "USD" }', False),
        ('amount = { above = 5, currency = "EUR" }', 'amount = { min = 5, currency = "EUR" }', False),
        ('amount = { min = 5, currency = "EUR" }', 'amount = { above = 5, currency = "EUR" }', True),
        ('channels = ["chat", "mail"]', 'channels = ["chat"]\ntrust = 1', True),
        ('channels = ["chat"]\ntrust = 1', 'channels = ["chat"]', False),
        ('tags = { none = ["a"] }', 'tags = { any = ["v"], none = ["a", "b"] }', True),
        ('tags = { any = ["v"] }', 'tags = { none = ["b"] }', False),
        ('hours = "08:00-18:00"', 'hours = "09:00-17:00"', True),
        ('hours = "open"', 'hours = "closed"', False),
        ('weekdays = ["mon", "tue"]', 'weekdays = ["tue"]', True),
        ('count = { per = "day", max = 3 }', 'count = { per = "day", max = 2 }', True),
        ('count = { per = "day", max = 3 }', 'count = { per = "week", max = 2 }', False),
        (
            'sum = { per = "day", max = 9, currency = "EUR" }',
            'sum = { per = "day", max = 8, currency = "EUR" }',
            True,
        ),
        ('arguments.a = "x"', 'arguments.a = "x"\nfacts.b = 1', True),
        ('arguments.a = "x"', 'facts.a = "x"', False),
    ],
)
def test_a_rule_that_can_never_match_is_told(earlier: str, later: str, hidden: bool) -> None:
    found = doubts(_rules(earlier, later), {})
    assert found == (
        ["[tools.pay] rule 2 can never match: rule 1 matches whenever it would."] if hidden else []
    )


def test_further_doubts() -> None:
    text = f'{RULE.replace("ask", "run")}trust = 3\n[tools.pya]\ndefault = "ask"\n'
    assert doubts(policy(text), {"pay": "sensitive"}) == [
        "[tools.pya] names no tool that is known.",
        "[tools.pay] lets a sensitive tool run where no rule matches.",
        "[tools.pay] has rules, but comes to 'run' whatever they say.",
    ]


def test_every_rule_is_told() -> None:
    lines = list(told(shipped()))
    statuses = "the status is shipped or delivered or returned"
    assert f"  1  up to 20.00 EUR, from level 3, {statuses}, at most 2 within 31 days: run" in lines
    assert lines[0] == "refund_order"
    assert any(line.startswith("  always a human: press (") for line in lines)


@pytest.mark.parametrize(
    ("text", "on_chat", "on_a_call"),
    [
        ("", True, True),
        ('[handoff]\nassistant = "goes_on"\n', True, True),
        ('[handoff]\nassistant = "silent"\n', False, False),
        ('[voice]\ntransfer_to = "+49301234567"\n', True, False),
    ],
)
def test_whether_the_assistant_goes_on_while_a_human_is_waited_for(
    text: str, on_chat: bool, on_a_call: bool
) -> None:
    assert (policy(text).goes_on("chat"), policy(text).goes_on("voice")) == (on_chat, on_a_call)


WORDS = [
    "tools",
    "pay",
    "rules",
    "verdict",
    "default",
    "amount",
    "max",
    "currency",
    "arguments",
    "facts",
    "in",
    "hours",
    "zone",
    "mon",
    "holidays",
    "screening",
    "topics",
    "phrases",
    "name",
    "trust",
    "run",
    "EUR",
    "UTC",
    "12-25",
    "09:00-17:00",
    "*[a",
    "per",
    "count",
    "sum",
    "tags",
    "any",
    "matches",
    "equals",
    "voice",
    "transfer_to",
]
SCALARS: st.SearchStrategy[Any] = (
    st.sampled_from(WORDS) | st.integers(-5, 10**30) | st.floats() | st.booleans() | st.text(max_size=9)
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=25,
)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{name}" = {_toml(each)}' for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, str):
        return (
            '"' + "".join(letter if letter.isalnum() else f"\\U{ord(letter):08x}" for letter in value) + '"'
        )
    return str(value).lower()


@given(st.dictionaries(st.sampled_from(WORDS), TREES, max_size=5))
def test_no_tree_raises_anything_but_policy_invalid(tree: dict[str, Any]) -> None:
    _only_policy_invalid("\n".join(f'"{name}" = {_toml(value)}' for name, value in tree.items()))


@given(st.text(max_size=200))
def test_no_text_raises_anything_but_policy_invalid(text: str) -> None:
    _only_policy_invalid(text)


@given(st.data())
def test_no_damage_raises_anything_but_policy_invalid(data: st.DataObject) -> None:
    text = EXAMPLE.read_text("utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 60, len(text))))
    _only_policy_invalid(text[:start] + data.draw(st.text(max_size=5) | st.sampled_from(WORDS)) + text[end:])


@given(st.text(min_size=1, max_size=30), st.text(max_size=60))
def test_any_pattern_can_be_asked(pattern: str, value: str) -> None:
    written = _toml(pattern)
    try:
        tomllib.loads(f"a = {written}")
    except ValueError:
        return
    made = policy(f"{RULE}arguments.a = {{ matches = {written} }}")
    made.tools["pay"].rules[0].conditions[0].words()


def _only_policy_invalid(text: str) -> None:
    try:
        made = parse_policy(text, source="x")
    except PolicyInvalid:
        return
    assert list(told(made))
    doubts(made, {"pay": "sensitive"})
