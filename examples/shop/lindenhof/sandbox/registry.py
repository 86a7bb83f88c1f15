"""All intents, in the order they are tried: what is said most precisely comes first."""

from __future__ import annotations

from collections.abc import Mapping

from lindenhof.sandbox import (
    callback,
    cancel_order,
    change_address,
    complaint,
    courtesy,
    damaged_item,
    delivery_eta,
    human,
    knowledge,
    order_status,
    reach,
    refund,
    ticket,
    verify_identity,
    withdrawal,
)  # fmt: skip
from lindenhof.sandbox.wish import Wish

_ORDER = (
    courtesy.ABOUT,
    withdrawal.INTENT,
    reach.INTENT,
    human.INTENT,
    callback.INTENT,
    verify_identity.INTENT,
    ticket.INTENT,
    refund.INTENT,
    cancel_order.INTENT,
    change_address.INTENT,
    damaged_item.INTENT,
    delivery_eta.INTENT,
    order_status.INTENT,
    courtesy.DECLINED,
    courtesy.THANKS,
    courtesy.GOODBYE,
    courtesy.GREETING,
    courtesy.INTRODUCTION,
    knowledge.INTENT,
    complaint.INTENT,
)

INTENTS: Mapping[str, Wish] = {intent.name: intent for intent in _ORDER}
