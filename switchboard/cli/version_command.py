"""`switchboard version`."""

from __future__ import annotations

import argparse
import platform

from switchboard import __version__


def add_arguments(_: argparse.ArgumentParser) -> None:
    """Take none."""


def run(_: argparse.Namespace) -> int:
    """Print our version and Python's."""
    print(f"switchboard {__version__} (Python {platform.python_version()})")
    return 0
