"""What those who run the gateway look at: health, metrics, diagnosis."""

from __future__ import annotations
