"""The shipped tools by name, with sensitivity and the trust level they need (CONTRACTS section 11)."""

from __future__ import annotations

from collections.abc import Mapping

SHIPPED: Mapping[str, tuple[str, int]] = {
    "search_knowledge": ("read", 0),
    "get_order_status": ("read", 2),
    "get_delivery_eta": ("read", 2),
    "create_ticket": ("write", 0),
    "schedule_callback": ("write", 0),
    "escalate_to_human": ("write", 0),
    "verify_identity": ("write", 0),
    "withdraw_request": ("write", 0),
    "refund_order": ("sensitive", 3),
    "cancel_order": ("sensitive", 3),
    "change_address": ("sensitive", 3),
}
LIMITING_THEMSELVES = frozenset({"get_order_status"})
"""Tools that run below the level they need, and then tell less."""

SENSITIVITIES: Mapping[str, str] = {name: sensitivity for name, (sensitivity, _) in SHIPPED.items()}
