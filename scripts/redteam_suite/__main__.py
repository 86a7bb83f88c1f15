"""The command: `scripts/redteam [--quick] [--family NAME] [--json]`."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from scripts.redteam_suite.families import FAMILIES, attacks
from scripts.redteam_suite.layers import summary
from scripts.redteam_suite.run import AT_ONCE, Report, run

SHOWN = 3
"""Leaks of one attack that are told."""


def main() -> int:
    """Run the suite; 1 when anything leaked."""
    parser = argparse.ArgumentParser(prog="scripts/redteam", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few variants of each family")
    parser.add_argument(
        "--family", action="append", choices=sorted(FAMILIES), help="only this one (repeatable)"
    )
    parser.add_argument("--variant", help="only variants that contain this text")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="attacks side by side")
    options = parser.parse_args()
    chosen = attacks(options.family or list(FAMILIES), quick=options.quick)
    chosen = [each for each in chosen if not options.variant or options.variant in each.variant]
    report = asyncio.run(run(chosen, at_once=options.at_once))
    print(as_json(report) if options.json else as_table(report))
    return 1 if report.leaks else 0


def rows(report: Report) -> list[dict[str, object]]:
    """Return one row for each family."""
    found = []
    for family in dict.fromkeys(case.attack.family for case in report.cases):
        cases = [case for case in report.cases if case.attack.family == family]
        leaks = sum(bool(case.leaks) for case in cases)
        found.append({"family": family, "attempts": len(cases), "leaks": leaks, "held by": summary(cases)})
    return found


def as_table(report: Report) -> str:
    """Return the table a person reads, then every leak and how to see it again."""
    lines = [f"{'family':<24}{'attempts':>9}{'leaks':>7}  held by (attempts)"]
    lines += [f"{r['family']:<24}{r['attempts']:>9}{r['leaks']:>7}  {r['held by']}" for r in rows(report)]
    leaking = sum(bool(case.leaks) for case in report.cases)
    requests = sum(case.requests for case in report.cases)
    lines.append(
        f"{'all':<24}{len(report.cases):>9}{leaking:>7}  {requests} model requests, {report.seconds:.0f} s"
    )
    if spent := max((case.spent for case in report.cases), default=0):
        lines.append(f"the most model requests that one flooding attacker caused: {spent}")
    if report.skipped:
        lines.append(report.skipped)
    for case in report.cases:
        if case.leaks:
            name = (case.attack.family, case.attack.variant)
            lines += [f"\nLEAK {name[0]}: {name[1]}", *(f"  {leak}" for leak in case.leaks[:SHOWN])]
            lines.append(f"  scripts/redteam --family {name[0]} --variant {name[1]!r}")
    return "\n".join(lines)


def as_json(report: Report) -> str:
    """Return the same as one JSON object."""
    leaks = [{"family": family, "variant": variant, "leak": leak} for family, variant, leak in report.leaks]
    told = {"families": rows(report), "leaks": leaks, "seconds": round(report.seconds, 1)}
    return json.dumps({**told, "skipped": report.skipped}, indent=1)


if __name__ == "__main__":
    sys.exit(main())
