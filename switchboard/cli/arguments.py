"""The arguments of every command."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from switchboard.cli.approvals_arguments import add_approvals
from switchboard.cli.audit_arguments import add_audit
from switchboard.cli.call_arguments import add_call
from switchboard.cli.conversations_arguments import add_conversations
from switchboard.cli.customers_arguments import add_customers
from switchboard.cli.files_arguments import add_files
from switchboard.cli.mail_arguments import add_mail
from switchboard.cli.mcp_arguments import add_mcp
from switchboard.cli.policy_arguments import add_policy

EPILOG = "Settings are environment variables (SWITCHBOARD_…, OXLO_API_KEY); `switchboard doctor` lists them."


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; `options.command` names the command. Exits with 2 where it makes no sense."""
    parser = argparse.ArgumentParser(
        prog="switchboard",
        description="Customers on every channel, answered.",
        epilog=EPILOG,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _serve(commands.add_parser("serve", help="run the gateway", allow_abbrev=False))
    _doctor(commands.add_parser("doctor", help="show the settings and check each part", allow_abbrev=False))
    _chat(commands.add_parser("chat", help="write to a running gateway from here", allow_abbrev=False))
    add_call(commands.add_parser("call", help="talk to a running gateway from here", allow_abbrev=False))
    commands.add_parser("version", help="print the version", allow_abbrev=False)
    add_conversations(
        commands.add_parser("conversations", help="see and answer conversations", allow_abbrev=False)
    )
    add_files(commands.add_parser("files", help="save a file that a customer sent", allow_abbrev=False))
    add_approvals(
        commands.add_parser("approvals", help="decide actions that wait for a human", allow_abbrev=False)
    )
    add_customers(
        commands.add_parser("customers", help="show, export, merge, delete customers", allow_abbrev=False)
    )
    add_audit(commands.add_parser("audit", help="see who or what changed something", allow_abbrev=False))
    add_mail(
        commands.add_parser("mail", help="write to the support address, read answers", allow_abbrev=False)
    )
    add_policy(commands.add_parser("policy", help="check or try the policy file", allow_abbrev=False))
    add_mcp(commands.add_parser("mcp", help="serve the operator API over MCP on stdio", allow_abbrev=False))
    return parser.parse_args(arguments)


def _serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="print exactly one line on standard output when ready"
    )
    parser.add_argument(
        "--no-voice", action="store_true", help="run without voice; its libraries are not imported then"
    )


def _doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--probe", action="store_true", help="ask each model of the catalog what it supports (paid requests)"
    )


def _chat(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", help="address of the gateway (default: this machine's, from the settings)")
    who = parser.add_mutually_exclusive_group()
    who.add_argument(
        "--as", dest="email", metavar="EMAIL", help="sign in as that customer with the local secret"
    )
    who.add_argument("--identity", metavar="JWT", help="sign in with an identity token of the host site")
    parser.add_argument("--session", metavar="TOKEN", help="go on with an earlier session")
    parser.add_argument(
        "--wait", type=_seconds, default=120.0, metavar="SECONDS", help="how long to wait for an answer (120)"
    )


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError("must be between 0 and 86400")
    return seconds
