"""Which concepts side by side speak of an attempt to steer the model, and how strongly."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Combination:
    """A key concept and what must stand within `span` words of it, in the same sentence.

    Each of `near` holds alternatives; `weight` 1.0 is reason enough to flag a text.
    """

    kind: str
    weight: float
    key: str
    near: tuple[str, ...]
    span: int


def _all(kind: str, *rows: tuple[float, str, str, int]) -> tuple[Combination, ...]:
    return tuple(
        Combination(kind=kind, weight=weight, key=key, near=tuple(near.split()), span=span)
        for weight, key, near, span in rows
    )


COMBINATIONS: tuple[Combination, ...] = (
    *_all(
        "override",
        (1.3, "instruction", "ignore earlier|every", 8),
        (1.3, "instruction", "ignore your", 4),
        (1.2, "commands", "ignore earlier", 6),
        (0.6, "instruction", "ignore", 5),
        (1.3, "instruction", "ignore imperative_to_you|machine|system|prompt", 8),
        (1.2, "prompt", "ignore", 6),
        (1.3, "prompt_word", "ignore earlier|your|every|system", 6),
        (1.0, "given_to_you", "ignore", 8),
        (1.0, "told", "ignore every earlier|you_are", 8),
        (1.0, "text_above", "ignore", 5),
        (0.5, "ignore", "every earlier", 5),
        (1.0, "new_orders", "your|imperative_to_you|refund|grant|machine|ignore|only_with", 10),
        (0.7, "new_orders", "", 1),
        (0.6, "instruction", "new your", 5),
        (1.0, "instruction", "new follow", 6),
        (0.5, "instruction", "new", 3),
        (0.8, "instruction", "ignore new", 6),
        (1.0, "task", "new your now|refund|only_with|grant", 8),
        (0.7, "task", "new your", 4),
        (1.0, "task", "ignore your|earlier new", 8),
        (1.0, "task", "machine new|now", 8),
        (0.8, "policy", "new refund every|without_check", 12),
        (1.0, "policy", "new refund|data grant|machine", 14),
        (1.0, "policy", "ignore new|your|earlier", 8),
        (1.0, "disabled", "your|imperative_to_you|skip|system|now|instruction", 8),
        (0.6, "disabled", "", 1),
        (1.0, "follow", "machine you_are|now|imperative_to_you|instruction", 8),
        (0.6, "imperative_to_you", "instruction follow|every", 8),
        (1.0, "ignore", "system check", 8),
        (1.0, "ignore", "machine you_are|reply|pretend", 8),
        (1.0, "ignore", "user_question", 8),
        (0.8, "protocol", "ignore|skip", 4),
        (1.0, "protocol", "ignore|skip machine|customer_list|data", 8),
        (1.0, "precedence", "mine|your|instruction|told|prompt|system|policy", 10),
        (1.1, "obey_me", "", 1),
    ),
    *_all(
        "role",
        (1.2, "unbound", "machine|you_are|now|pretend|your|imperative_to_you|mode|task", 12),
        (0.6, "unbound", "", 1),
        (1.2, "mode", "switch|you_are|imperative_to_you|your", 4),
        (0.6, "mode", "", 1),
        (1.0, "pretend", "machine|unbound|persona|admin|system", 8),
        (1.0, "you_are", "now machine|persona|admin|unbound", 8),
        (1.0, "you_are", "new persona|machine|task", 8),
        (1.0, "pretend", "refund grant|reveal|call", 12),
        (1.0, "pretend", "you_are persona|machine|customer_list|collection|refund", 10),
    ),
    *_all(
        "leak",
        (1.3, "prompt", "reveal", 8),
        (0.9, "prompt_word", "your", 1),
        (1.1, "prompt_word", "reveal secret|your|machine|tool|given_to_you", 8),
        (1.1, "instruction", "given_to_you reveal", 8),
        (1.0, "text_above", "reveal|every", 8),
        (0.7, "prompt", "", 1),
        (1.2, "prompt", "your|decode", 6),
        (1.0, "instruction", "reveal secret your|every", 8),
        (1.0, "instruction", "reveal secret machine|system|you_are", 10),
        (0.6, "instruction", "reveal your", 6),
        (1.1, "text_above", "reveal", 8),
        (1.1, "list_tools", "reveal|call|every", 8),
        (0.6, "tool", "reveal every your|imperative_to_you", 8),
        (1.0, "told", "reveal secret", 6),
    ),
    *_all(
        "command",
        (1.0, "tool", "call refund without_check|every|now|grant", 10),
        (0.7, "tool", "call refund", 6),
        (0.6, "tool", "call your every|data", 10),
        (1.0, "tool", "refund imperative_to_you", 6),
        (1.3, "tool_name", "call|tool|refund|your|must|imperative_to_you|every", 8),
        (0.8, "tool_name", "", 1),
        (1.0, "call", "command system|machine|admin", 8),
        (1.0, "loophole", "data|reveal|check|prompt|mode|disabled", 12),
        (1.0, "never", "handoff grant|your|imperative_to_you|refund", 10),
        (1.0, "never", "handoff", 5),
        (1.0, "remember", "verified|every|without_check|refund", 10),
        (1.0, "command", "machine|persona imperative_to_you|machine|grant|instruction", 8),
    ),
    *_all(
        "authority",
        (1.2, "system_owner", "i_am", 6),
        (0.7, "system_owner", "", 1),
        (1.1, "vendor", "i_am|note_to|your|admin", 6),
        (1.0, "admin", "i_am check|without_check|skip|verified|trust_level|ignore|command|prompt", 14),
        (0.8, "admin", "i_am data every|other", 12),
        (0.4, "admin", "i_am", 5),
        (1.0, "boss", "grant refund now|without_check|skip", 14),
        (0.8, "boss", "grant without_check", 14),
        (0.8, "grant", "refund earlier without_check", 14),
        (1.2, "code_word", "", 1),
        (1.0, "access_to", "grant|imperative_to_you|machine", 8),
        (1.1, "trust_level", "treat|grant|verified|mine|i_am|now|customer|system", 8),
        (0.6, "trust_level", "", 1),
    ),
    *_all(
        "verification",
        (1.1, "check", "skip imperative_to_you|now|refund|data|reveal|grant", 9),
        (1.1, "check", "skip your", 3),
        (0.7, "check", "skip", 5),
        (1.0, "verified", "treat", 5),
        (1.0, "check", "regardless refund|grant|treat|skip|tool", 10),
        (1.0, "pretend", "code_entered|check|verified", 10),
        (1.0, "check", "skip_now", 5),
        (0.9, "owner_word", "treat customer|mine", 6),
        (1.0, "without_check", "grant refund", 10),
        (1.0, "no_human", "refund", 6),
        (0.7, "without_check", "check verified", 8),
        (1.0, "verified", "without_check|skip customer|refund|check", 10),
        (0.8, "verified", "customer refund|grant", 8),
        (0.8, "without_check", "check machine|imperative_to_you|treat|never", 8),
        (0.9, "verified", "imperative_to_you data|reveal|grant", 8),
    ),
    *_all(
        "exfiltration",
        (1.1, "other", "send customer|data data", 8),
        (1.0, "customer", "send every data|customer other|data|every", 7),
        (1.0, "customer", "send every", 4),
        (1.2, "secret_key", "send|reveal|persona", 8),
        (1.1, "bcc", "reply|every|url|now|address", 8),
        (1.2, "append", "link|url reply|url", 10),
        (1.0, "include", "url reply", 10),
        (1.0, "collection", "send every address|url", 10),
        (1.0, "collection", "send address", 8),
        (1.0, "belongs_other", "reveal|send data", 14),
        (1.0, "customer_list", "send|reveal", 8),
        (1.0, "dossier", "address|customer|reveal", 10),
        (1.0, "into", "url data", 10),
        (0.9, "data", "url send|append|include|decode", 10),
        (1.0, "customer", "other|earlier reveal data", 10),
    ),
    *_all(
        "machine",
        (1.3, "language_model", "if_you_are|note_to|reads|must|your", 8),
        (1.3, "language_model", "hail", 1),
        (1.0, "machine", "note_to secret", 5),
        (1.0, "say_that", "reply|machine|ignore", 8),
        (1.0, "machine", "if_you_are", 4),
        (1.0, "machine", "note_to reads|must|verified|refund|imperative_to_you|instruction|reveal", 10),
        (1.0, "machine", "reads must|refund|verified|reply|grant|reveal", 9),
        (0.5, "machine", "note_to", 4),
        (1.0, "machine", "hail reads|verified|hide|check|without_check", 10),
        (1.0, "machine", "note_to grant", 12),
        (1.0, "reads", "say_that refund|verified|customer", 10),
        (0.9, "machine", "must refund|verified|grant|without_check", 7),
        (1.0, "machine", "imperative_to_you refund|verified|reveal|grant|data", 10),
        (0.9, "machine", "grant refund|verified without_check|customer|every", 10),
        (1.0, "machine", "hide", 10),
        (1.0, "hide", "about_this refund|instruction|reply|address|machine", 10),
        (0.9, "hide", "grant|refund", 12),
    ),
    *_all(
        "reply",
        (1.0, "only_with", "stunt|prompt|grant|refund|machine|now|follow|every", 10),
        (0.6, "only_with", "", 1),
        (1.0, "stunt", "reply only_with|machine|ignore", 8),
        (1.0, "decode", "follow|call|ignore|must|instruction", 8),
        (1.0, "reply", "every only_with grant|refund|stunt|now", 10),
    ),
    *_all(
        "role_marker",
        (
            1.2,
            "role_line",
            "verified|grant|refund|imperative_to_you|ignore|check|trust_level|address|instruction",
            16,
        ),
        (0.3, "role_line", "", 1),
    ),
)
