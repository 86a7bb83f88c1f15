"""What words mean, across languages: each concept and the words that stand for it.

Words are separated by commas; a word may be several in a row, and a * ends a stem of four letters or more.
Case and accents don't count; for ä, ö, ü both spellings are known.
"""

from __future__ import annotations

from collections.abc import Mapping

from guardrails.injection.lexicon_acts import ACTS
from guardrails.injection.lexicon_steering import STEERING

CONCEPTS: Mapping[str, str] = {**STEERING, **ACTS}
