"""`switchboard policy`: what the policy means, and what it says of one call."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

from guardrails.policy.explained import doubts, told
from guardrails.policy.policy_file import PolicyInvalid
from guardrails.policy.tool_policy import Policy
from guardrails.rule_book import review_action
from guardrails.verdict import PastAction, ProposedAction
from orchestrator.policies import load_policy
from switchboard.business import load_business
from switchboard.cli.shared_arguments import count
from switchboard.errors import SwitchboardError
from switchboard.sources import load_settings
from switchboard.tools_at_rest import sensitivities, tools_at_rest
from tools.settings import ToolSettingsError
from tools.tool import Tool

BETWEEN = timedelta(minutes=1)
"""Between the earlier calls of `explain`."""


def run(options: argparse.Namespace) -> int:
    """Check or explain; the exit code is 1 when the policy is wrong."""
    settings = load_settings().settings
    path = Path(options.file) if options.file else settings.policy
    try:
        policy = load_policy(path)
        business = load_business(settings)
        tools = tools_at_rest(business.tools, business.package)
    except (PolicyInvalid, ToolSettingsError) as error:
        raise SwitchboardError(str(error)) from None
    if options.action == "explain":
        print(_explained(policy, tools, options))
    else:
        print("\n".join(_checked(policy, path, tools, options.tools)))
    return 0


def _checked(policy: Policy, path: Path, tools: Mapping[str, Tool], further: tuple[str, ...]) -> list[str]:
    known = {**dict.fromkeys(further, ""), **sensitivities(tools)}
    found = doubts(policy, known)
    warnings = [f"warning: {doubt}" for doubt in found]
    verdict = f"{path} is right" + (f", with {len(found)} doubts." if found else ".")
    return [*told(policy), "", *warnings, verdict]


def _explained(policy: Policy, tools: Mapping[str, Tool], options: argparse.Namespace) -> str:
    ruling = review_action(_proposed(policy, tools.get(options.tool), options), policy)
    lines = [ruling.ruled, ruling.line, ruling.reason]
    if ruling.ruled == "ask":
        lines.append(f"A human has {ruling.expires_hours:g} hours.")
    return "\n".join(lines)


def _proposed(policy: Policy, tool: Tool | None, options: argparse.Namespace) -> ProposedAction:
    at = _when(options.at, policy)
    return ProposedAction(
        tool=options.tool,
        sensitivity=options.sensitivity or (str(tool.sensitivity) if tool else "sensitive"),
        trust_needed=tool.trust if tool else 0,
        degrades=tool is not None and tool.degrades,
        arguments=dict(options.argument),
        trust=options.trust,
        channel=options.channel,
        now=at,
        amount=options.amount,
        currency=options.currency,
        tags=frozenset(options.tags),
        facts=dict(options.fact),
        past=tuple(_earlier(options, at, number) for number in range(options.earlier, 0, -1)),
        flagged=options.flagged,
    )


def _earlier(options: argparse.Namespace, at: datetime, number: int) -> PastAction:
    # Another matter each, so that what is shown is the count and not the rule on duplicates.
    return PastAction(
        tool=options.tool,
        arguments={"earlier": number},
        state="done",
        at=at - number * BETWEEN,
        amount=options.amount,
        currency=options.currency,
    )


def _when(at: datetime | None, policy: Policy) -> datetime:
    if at is None:
        return datetime.now(UTC)
    return (at if at.tzinfo else at.replace(tzinfo=policy.hours.zone)).astimezone(UTC)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `check` and `explain`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="say what a policy means", allow_abbrev=False)
    check.add_argument("file", nargs="?", metavar="FILE", help="default: SWITCHBOARD_POLICY")
    check.add_argument("--tools", type=_names, default=(), help="further tool names that exist (comma list)")
    _explain(actions.add_parser("explain", help="say what becomes of one call", allow_abbrev=False))


def _explain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tool")
    parser.add_argument("--policy", dest="file", metavar="FILE", help="default: SWITCHBOARD_POLICY")
    parser.add_argument("--amount", type=_amount, help="what the call is about")
    parser.add_argument("--currency", type=str.upper, help="of the amount, such as EUR")
    parser.add_argument("--trust", type=int, choices=range(4), default=0, help="the customer's level (0)")
    parser.add_argument("--channel", default="chat", help="chat, mail or voice (chat)")
    parser.add_argument("--tags", type=_names, default=(), help="the customer's (comma list)")
    parser.add_argument("--at", type=_moment, help="when, ISO 8601; without an offset: the desk's time (now)")
    parser.add_argument("--argument", type=_pair, action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--fact", type=_pair, action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument(
        "--earlier", type=count(0, 1_000), default=0, metavar="N", help="such calls in the last hours (0)"
    )
    parser.add_argument("--flagged", action="store_true", help="the turn holds instructions for the model")
    parser.add_argument(
        "--sensitivity", choices=("read", "write", "sensitive"), help="of a tool that is not shipped"
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("write date and time in ISO 8601, like 2026-11-22T22:00") from None
    if not 1970 <= moment.year <= 9000:
        raise argparse.ArgumentTypeError("must be a date from 1970 on")
    return moment


def _pair(text: str) -> tuple[str, object]:
    """Read NAME=VALUE; a number, true and false are read as such."""
    name, sign, value = text.partition("=")
    if not name or not sign:
        raise argparse.ArgumentTypeError("write NAME=VALUE")
    return name, _value(value)


def _value(text: str) -> object:
    if text in ("true", "false"):
        return text == "true"
    try:
        number = float(text)
    except ValueError:
        return text
    return Decimal(text.strip()) if math.isfinite(number) else text
