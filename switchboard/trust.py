"""The parts that keep what is said and done within policy, identity and facts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace

from guardrails.spotlight import without_instructions
from orchestrator.handover.approvals import Approvals
from orchestrator.people.one_time_codes import (
    AddressBook,
    AddressBooks,
    OneTimeCodes,
    VerifiedContacts,
)
from orchestrator.policies import Policies, PolicyHours
from orchestrator.store.database import Database
from switchboard.business import Business, package_tools
from switchboard.secrets import Secrets
from tools.knowledge import Searcher
from tools.mcp.servers import McpServers
from tools.registry import LiveRegistry, build_registry
from tools.tool import Toolset

Wake = Callable[[], None]
QUEUED_CHANNELS = frozenset({"mail"})


def make_codes(
    business: Business, secrets: Secrets, database: Database, *, notifications_wait: Wake
) -> OneTimeCodes:
    """Return the one-time codes: sent to verified contacts and to whom the business has on file."""
    books: list[AddressBook] = [VerifiedContacts(database)]
    if business.package is not None and business.package.address_book is not None:
        books.append(business.package.address_book(database))
    return OneTimeCodes(
        database=database,
        book=AddressBooks(books),
        secret=secrets.identity.get_secret_value(),
        business=business.name,
        notifications_wait=notifications_wait,
    )


async def mount_tools(
    business: Business,
    database: Database,
    *,
    knowledge: Searcher,
    codes: OneTimeCodes,
    policies: Policies,
    stack: AsyncExitStack,
) -> tuple[Toolset, McpServers]:
    """Return all tools: those of the business, ours, and those of MCP servers for as long as they are up."""
    tools = business.tools
    opened = replace(tools, hours=PolicyHours(policies, tools.hours))
    fixed = build_registry(
        opened,
        database,
        knowledge,
        codes,
        Approvals(database),
        business=package_tools(business.package, database, opened),
    )
    servers = McpServers(tools.mcp, clean=clean_description, reserved=fixed.names())
    await servers.start()
    stack.push_async_callback(servers.stop)
    return (LiveRegistry(fixed, servers) if tools.mcp else fixed), servers


def clean_description(text: str) -> str:
    """Return a foreign server's words on its tool without instructions for the model."""
    cleaned, _ = without_instructions(text)
    return str(cleaned)
