"""How far a transcript is believed: from 0 to 1, from what the model says of its own tokens."""

from __future__ import annotations

import math
from typing import Final

from channels.voice.transcribing.guards import Take

SLOPE: Final = 1.4
OFFSET: Final = 3.2
"""Logistic fit on 800 utterances of the kind it was trained on: chance that the sentence is exactly right."""
SAMPLED: Final = 0.8
"""A text that greedy decoding would not give is believed less."""


def of_people(take: Take) -> float:
    """Return the geometric mean of the tokens' probabilities, less where it may be silence or was sampled."""
    believed = math.exp(min(0.0, take.avg_logprob))
    if take.no_speech_prob > 0.5:
        believed *= 1.5 - take.no_speech_prob
    return believed * (SAMPLED if take.fallback else 1.0)


def of_synthetic(take: Take) -> float:
    """Return the test model's chance to be exactly right, from the log probability of the whole sentence."""
    whole = take.avg_logprob * (take.tokens + 1)
    return 1 / (1 + math.exp(-max(-30.0, OFFSET + SLOPE * whole)))
