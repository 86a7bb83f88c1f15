"""`python -m scripts.house_figures`: print the figures, and hold them against their limits."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tomllib
from pathlib import Path

from scripts.house_figures.code import code_figures
from scripts.house_figures.turns import turn_figures

LIMITS = Path(__file__).parent / "limits.toml"


def main() -> int:
    """Print the table; return 1 where --check finds a figure above its limit."""
    parser = argparse.ArgumentParser(prog="measure_house")
    parser.add_argument("--check", action="store_true", help="fail where a figure is above its limit")
    parser.add_argument("--code", action="store_true", help="only what the code alone gives")
    parser.add_argument("--show", metavar="TURN", help='print what "a chat question" passes, …')
    told = parser.parse_args()
    figures = code_figures()
    if not told.code:
        figures |= asyncio.run(turn_figures(told.show))
    limits = tomllib.loads(LIMITS.read_text(encoding="utf-8"))
    width = max(map(len, figures))
    for name, figure in figures.items():
        above = "  above its limit" if figure > limits[name] else ""
        print(f"{name:{width}}  {figure:>7,}  of {limits[name]:>7,}{above}")
    grown = [name for name, figure in figures.items() if figure > limits[name]]
    if told.check and grown:
        print(f"\nThe house has grown: {', '.join(grown)}.")
    return 1 if told.check and grown else 0


sys.exit(main())
