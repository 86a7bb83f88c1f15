"""Marks that stand between the turns of a model's input and have no place in a customer's words."""

from __future__ import annotations

import re

MARKS: tuple[tuple[float, tuple[str, ...], re.Pattern[str]], ...] = (
    (
        2.0,
        (
            "inst]",
            "<|",
            "sys>",
        ),
        re.compile(r"<\|[a-z_]{2,30}\|>|</?s>\s{0,9}\[/?inst\]|\[/?inst\]|<</?sys>>"),
    ),
    (
        1.5,
        (
            "<sys",
            "</sys",
            "<assist",
            "</assist",
            "<develop",
            "</develop",
            "<tool",
            "</tool",
            "<function",
            "</function",
        ),
        re.compile(
            r"</?(?:system|assistant|developer|tool_?calls?|tool_?results?"
            r"|function_?calls?)(?:_\w{1,20})?>"
        ),
    ),
    (
        1.2,
        (
            "<ins",
            "</ins",
            "<prompt",
            "</prompt",
            "_message>",
            "untrusted>",
            "admin>",
            "override>",
        ),
        re.compile(r"</?(?:instructions?|prompt|customer_message|user_message|untrusted|admin|override)>"),
    ),
    (
        1.2,
        ("##",),
        re.compile(
            r"(?:^|\n)[ >]{0,9}#{2,6} ?(?:instructions?|system|response|assistant|new rules|rules"
            r"|prompt)\b"
        ),
    ),
    (
        1.0,
        (
            "# new",
            "#new",
        ),
        re.compile(r"(?:^|\n)[ >]{0,9}# ?new (?:rules|instructions)\b"),
    ),
    (
        1.5,
        (
            "result",
            "output",
        ),
        re.compile(r"\b(?:action|tool|function) (?:results?|outputs?)\s{0,9}:\s{0,9}[\[{]"),
    ),
    (
        1.2,
        (
            "action results",
            "context",
            "tools",
            "observation",
        ),
        re.compile(r"(?:^|\n)[ >]{0,9}(?:action results|context|tools|observation)\s{0,9}:\s{0,9}[\[{]"),
    ),
    (
        1.2,
        (
            "tools",
            "context",
        ),
        re.compile(r"\btools\s{0,3}:\s{0,3}\[\s{0,3}\{|\bcontext\s{0,3}:\s{0,3}\{\s{0,3}[\x22']"),
    ),
    (
        1.2,
        ("action results",),
        re.compile(r"(?:^|\n)[ >]{0,9}action results(?: \(written by the customer\))?:"),
    ),
    (
        1.5,
        (
            "actions",
            'tool"',
            "tool'",
        ),
        re.compile(r"[\x22']actions[\x22']\s{0,9}:\s{0,9}\[|[\x22']tool[\x22']\s{0,9}:\s{0,9}[\x22']"),
    ),
    (
        1.5,
        (
            'role"',
            "role'",
        ),
        re.compile(r"[\x22']role[\x22']\s{0,9}:\s{0,9}[\x22'](?:system|assistant|tool|developer)[\x22']"),
    ),
    (
        1.2,
        (
            "system",
            "admin",
            "developer",
            "root",
        ),
        re.compile(
            r"[\[({<]{1,3}\s?(?:system|admin|developer|root)(?: (?:message|prompt|note|override"
            r"|notice|update|instructions?))?\s?[\])}>:]"
        ),
    ),
    (
        1.0,
        (
            "system ",
            "sudo",
            "begin ",
        ),
        re.compile(
            r"\bsystem (?:override|notice|instruction|note to)\b|\bsudo \w|\bbegin (?:admin|system"
            r"|root)\b"
        ),
    ),
    (
        1.0,
        (
            "--",
            "==",
            "##",
            "**",
            " [",
            "\n[",
            "[end",
            "[begin",
            "[start",
        ),
        re.compile(
            r"(?:[-=#*]{2,9}|\[) ?(?:end|begin|start|ende|beginn) (?:of |der "
            r"|des )?(?:the )?(?:customer|user|system|untrusted|external|e-?mail|data|context|prompt"
            r"|admin|kunden)"
        ),
    ),
    (
        1.0,
        ("end of",),
        re.compile(r"\bend of (?:the )?(?:user|customer) (?:input|message|query|data)\b"),
    ),
    (
        1.1,
        (
            "observation",
            "thought",
            "action input",
        ),
        re.compile(
            r"(?:^|\n)[ >]{0,9}(?:action input|observation|thought)\s?:[^\n]{0,200}(?:thought:|\{)"
            r"|\baction input\s?:"
        ),
    ),
    (
        1.2,
        ("```",),
        re.compile(r"```\s?(?:system|assistant|instructions?)\b"),
    ),
    (
        0.9,
        (
            "off",
            "false",
            "none",
            "disabled",
        ),
        re.compile(
            r"\b(?:policy|verification|guardrails|safety|filters?)\s?[=:]\s?(?:off|false|none"
            r"|disabled)\b"
        ),
    ),
    (
        0.9,
        (
            "true",
            "trust",
        ),
        re.compile(r"\bverified\s?[=:]\s?true\b|\btrust\s?[\x22']?[=:]\s?[23]\b"),
    ),
    (
        0.9,
        ("](",),
        re.compile(
            r"!\[[^\]\n]{0,80}\]\(https?://[^\s)]{0,300}[?&=][^\s)]{0,300}\)"
            r"|\]\([^)\n]{0,200}\{[a-z_]{2,30}\}"
        ),
    ),
    (
        0.9,
        (
            "user",
            "human",
            "customer",
        ),
        re.compile(
            r"(?:^|\n)[ >]{0,9}(?:ai|assistant|model)\s?:[^\n]{0,300}\n{1,2}[ >]{0,9}(?:user|human"
            r"|customer)\s?:"
        ),
    ),
    (
        0.9,
        (
            "user",
            "human",
            "customer",
        ),
        re.compile(
            r"(?:^|\n)[ >]{0,9}(?:user|human|customer)\s?:[^\n]{0,300}\n{1,2}[ >]{0,9}(?:ai|assistant"
            r"|model)\s?:"
        ),
    ),
)
"""Weight, what the text must hold for the search to be worth it, and what is searched for."""

ROLE_LINE = re.compile(
    r"(?:^|\n)[ >\[*#\-]{0,9}(?:system(?: (?:prompt|message|note|notice|update|override))?|assistant"
    r"|developer|ai|admin|operator|tool output|tool result|assistent|systeme|sistema|systeem"
    r"|gateway)\s{0,3}\]?:"
)
"""A line that begins as a turn of another speaker; ordinary beside a list of one's system."""


def marks(text: str) -> list[tuple[int, float]]:
    """Return where marks stand in a text already unmasked and in lower case, and their weights."""
    return [
        (found.start(), weight)
        for weight, signs, pattern in MARKS
        if any(sign in text for sign in signs) and (found := pattern.search(text))
    ]
