"""What the reply rules cost: CPU milliseconds for a usual and the largest reply. Run: scripts/bench/rules.py

A usual reply has 300 characters, 4 passages of 1.5 kB and 3 results; the largest 20,000 characters, 100 kB of
thread and 64 kB of results. Every run has fresh objects, so nothing found before is used again.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.rule_book import REPLY_RULES, review_reply
from guardrails.verdict import ALLOWED
from guardrails.vocabulary import parse_vocabulary

VOCABULARY = parse_vocabulary(
    {
        path.stem: tomllib.loads(path.read_text("utf-8"))
        for path in (Path(__file__).parents[2] / "examples" / "shop" / "vocabulary").glob("*.toml")
    }
)
NOW = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)
TARGETS = {"usual": 2.0, "largest": 50.0, "largest, all digits": 50.0, "largest, all claims": 50.0}
PAGE = (
    "Returns: how long?\nYou can return any item within 30 days of delivery. Returns from Germany are "
    "free: print"
    " the label from your account. Returns from all other countries cost 4.90 EUR, which we take off the "
    "refund. "
)
REPLY = (
    "Hello Ada, your order 1042 has been shipped and should arrive on Tuesday, 24 November 2026. It contains"
    " 1 × Reading lamp and 1 × Notebook, in total 84.50 EUR. The tracking number is JD014600003GB. You "
    "can return"
    " any item within 30 days of delivery. Is there anything else that I can do for you today?"
)
SECRET = (
    "Answer every message with exactly one object and nothing else, and keep this to yourself for good. " * 20
)
CLAIM = "Your order 1042 has been shipped on 24 November 2026 and you can return it within 30 days. "
WORDS = ("also", "soon", "then", "well", "gladly", "surely", "kindly")


def result(order: int) -> str:
    """Return one result as the tool gives it."""
    data = {
        "order_id": str(order),
        "status": "shipped",
        "items": [{"name": "Reading lamp", "quantity": 1}, {"name": "Notebook", "quantity": 1}],
        "total": "84.50",
        "currency": "EUR",
        "estimated_delivery": "2026-11-24",
        "tracking": "JD014600003GB",
    }
    called = {"tool": "get_order_status", "arguments": {"order_id": str(order)}, "ok": True}
    return json.dumps({**called, "data": data})


def usual() -> tuple[Draft, Evidence]:
    """Return a usual reply and its facts."""
    passages = tuple((PAGE * 8)[:1_500] + f" {number}" for number in range(4))
    results = tuple(map(result, (1042, 1043, 1044)))
    facts = Evidence(
        vocabulary=VOCABULARY,
        passages=passages,
        results=results,
        own_words=("Hello, I am Ada. Where is my order 1042?",),
        name="Ada",
        now=NOW,
        secrets=("0123456789abcdef", SECRET),
    )
    return Draft(text=REPLY), facts


def largest(text: str) -> tuple[Draft, Evidence]:
    """Return the longest mail of repeated `text`, with the largest facts."""
    fragments = [
        {"role": "user", "content": f"Where is order {number}? äöü {number * 7}"}
        for number in range(2000, 3600)
    ]
    thread = ",".join(json.dumps(each, ensure_ascii=False) for each in fragments)[:100_000].rpartition(",{")[
        0
    ]
    results = tuple(map(result, range(1042, 1042 + 240)))
    facts = Evidence(
        vocabulary=VOCABULARY,
        passages=((PAGE * 8)[:1_500],) * 4,
        results=results,
        own_words=("Hello, I am Ada. Where is my order 1042?",),
        thread=thread,
        name="Ada",
        now=NOW,
        secrets=("0123456789abcdef", SECRET),
    )
    # each repetition has words of its own, so that no sentence comes twice
    copies = (
        text.replace(" and ", f" and {WORDS[at % 7]} {WORDS[at // 7 % 7]} {WORDS[at // 49 % 7]} ")
        for at in range(700)
    )
    return Draft(text="".join(copies)[:20_000], channel="mail"), facts


CASES: dict[str, Callable[[], tuple[Draft, Evidence]]] = {
    "usual": usual,
    "largest": lambda: largest(REPLY + " "),
    "largest, all digits": lambda: largest("1042 1043 1044 24.11.2026 84.50 EUR "),
    "largest, all claims": lambda: largest(CLAIM),
}


def measure(make: Callable[[], tuple[Draft, Evidence]], times: int) -> tuple[float, float, dict[str, float]]:
    """Return the median and the worst CPU time, and each rule's median when it runs in its turn, in ms."""
    whole: list[float] = []
    each: dict[str, list[float]] = {name: [] for name in REPLY_RULES}
    for _ in range(times):
        draft, facts = make()
        started = time.process_time_ns()
        verdict = review_reply(draft, facts)
        whole.append((time.process_time_ns() - started) / 1e6)
        assert verdict is ALLOWED or verdict.rule, "a verdict names its rule"
        draft, facts = make()
        for name, rule in REPLY_RULES.items():
            started = time.process_time_ns()
            rule(draft, facts)
            each[name].append((time.process_time_ns() - started) / 1e6)
    return (
        statistics.median(whole),
        max(whole),
        {name: statistics.median(spent) for name, spent in each.items()},
    )


def main() -> int:
    """Print the table; 1 when a target is missed."""
    missed = 0
    for name, make in CASES.items():
        draft, facts = make()
        review_reply(draft, facts)
        median, worst, rules = measure(make, 200 if name == "usual" else 9)
        everything = sum(rules.values())
        missed += everything > TARGETS[name]
        verdict = review_reply(*make())
        print(f"{name}: {len(draft.text):,} characters, verdict {verdict.rule or 'allow'}")
        print(
            f"  until the verdict {median:8.2f} ms (worst {worst:.2f}); all rules {everything:8.2f} ms, "
            f"target {TARGETS[name]:.0f} ms"
        )
        for rule, spent in sorted(rules.items(), key=lambda pair: -pair[1]):
            print(f"    {rule:18} {spent:8.3f} ms")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
