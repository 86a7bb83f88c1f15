"""Which tools there are. Explicit: a tool exists because it is named here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tools.cancel_order import cancel_order_tool
from tools.change_address import change_address_tool
from tools.create_ticket import create_ticket_tool
from tools.database import Database
from tools.escalate_to_human import escalate_to_human_tool
from tools.get_delivery_eta import get_delivery_eta_tool
from tools.get_order_status import get_order_status_tool
from tools.knowledge import Searcher
from tools.refund_order import refund_order_tool
from tools.schedule_callback import schedule_callback_tool
from tools.search_knowledge import search_knowledge_tool
from tools.settings import ToolSettings
from tools.tool import Tool
from tools.verify_identity import NoCodes, Verifier, verify_identity_tool
from tools.withdraw_request import NothingWaits, Withdrawals, withdraw_request_tool


@dataclass(frozen=True, kw_only=True, slots=True)
class Registry:
    """The tools of this gateway, by name, in the order the model is shown them."""

    tools: Mapping[str, Tool]

    def get(self, name: str) -> Tool | None:
        """Return the tool of this name, or None."""
        return self.tools.get(name)

    def names(self) -> tuple[str, ...]:
        """Return all names."""
        return tuple(self.tools)

    def __iter__(self) -> Iterator[Tool]:
        return iter(self.tools.values())

    def __len__(self) -> int:
        return len(self.tools)


def build_registry(
    settings: ToolSettings,
    database: Database,
    search: Searcher,
    verifier: Verifier | None = None,
    withdrawals: Withdrawals | None = None,
) -> Registry:
    """Return the tools whose part is mounted: the shop, `verify_identity` with a verifier, and so on."""
    shop = (
        get_order_status_tool(database),
        get_delivery_eta_tool(database),
        refund_order_tool(database),
        cancel_order_tool(database),
        change_address_tool(database),
    )
    desk = (
        search_knowledge_tool(search),
        create_ticket_tool(database),
        schedule_callback_tool(database, settings.hours, settings.region),
        escalate_to_human_tool(),
    )
    identity = () if verifier is None else (verify_identity_tool(verifier),)
    held = () if withdrawals is None else (withdraw_request_tool(withdrawals),)
    mounted = (*(shop if settings.shop else ()), *desk, *identity, *held)
    return Registry(tools={tool.name: tool for tool in mounted})


def shop_registry(database: Database, search: Searcher, verifier: Verifier | None = None) -> Registry:
    """Return the shipped tools with the example shop mounted and all settings at their defaults.

    Without a verifier `verify_identity` is there, but no code is ever sent or valid; nothing ever waits.
    """
    return build_registry(ToolSettings(), database, search, verifier or NoCodes(), NothingWaits())
