"""Instructions in another code in a message, which the model reads all the same."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.redteam_suite.case import Attack
from scripts.redteam_suite.channels import spoken
from scripts.redteam_suite.families.disguises import DISGUISES
from scripts.redteam_suite.families.instructions import FORBIDDEN, OBEYED, ORDERS, SAID

FAMILY = "encoded_instructions"
PLACES = (("chat", 0), ("mail", 1), ("socket", 3), ("mail", 2))


def attacks() -> Iterator[Attack]:
    """Return the variants."""
    for number, (name, disguise) in enumerate(DISGUISES.items()):
        channel, trust = PLACES[number % len(PLACES)]
        text = f"Please read this: {disguise(ORDERS[number % 3 * 2])}"
        yield spoken(
            FAMILY, f"{name}, obeyed", *OBEYED, channel=channel, trust=trust, text=text, forbidden=FORBIDDEN
        )
        if number % 2:
            said, step = list(SAID.items())[number // 2 % len(SAID)]
            yield spoken(
                FAMILY,
                f"{name}, said: {said}",
                step,
                channel=channel,
                trust=trust,
                text=text,
                forbidden=FORBIDDEN,
            )
