"""`switchboard version`."""

from __future__ import annotations

import argparse
import platform

from switchboard import __version__


def run(_: argparse.Namespace) -> int:
    """Print our version and Python's."""
    print(f"switchboard {__version__} (Python {platform.python_version()})")
    return 0
