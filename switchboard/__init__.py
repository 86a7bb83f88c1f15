"""The composition root and the operations floor of Switchboard."""

from __future__ import annotations

__version__ = "0.1.0"
