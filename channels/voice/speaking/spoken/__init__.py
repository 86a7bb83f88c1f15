"""Text prepared for speech, in English and German, by pure functions.

Each concern is a list of rules (`reading.Rule`): a bounded pattern and how its match is spoken. One scanner
reads a text once, so that no rule sees what another has written. What no rule knows stays as it is.
"""

from __future__ import annotations

from channels.voice.speaking.spoken.prepare import spoken
from channels.voice.speaking.spoken.sentences import sentences

__all__ = ["sentences", "spoken"]
