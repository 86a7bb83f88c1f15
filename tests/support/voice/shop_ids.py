"""What the example shop calls its ids, for calls in tests."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from switchboard.business import load_vocabulary

SHOP_IDS: Final = tuple(load_vocabulary(Path(__file__).parents[3] / "examples/shop/vocabulary").ids.values())
