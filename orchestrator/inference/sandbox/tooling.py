"""Actions that fit the schemas of the tools a request offers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import UnknownType
from referencing.exceptions import Unresolvable


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """A tool call the decision proposes."""

    tool: str
    arguments: Mapping[str, Any]


def fits(tool: str, arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> Action | None:
    """Leave out arguments the schema does not know; None when what remains does not satisfy it."""
    known = schema.get("properties")
    kept = {key: value for key, value in arguments.items() if isinstance(known, Mapping) and key in known}
    try:
        valid = Draft202012Validator(dict(schema)).is_valid(kept)
    except (UnknownType, Unresolvable, re.error, TypeError, ValueError):
        return None  # the schema itself is broken: nothing can be known to fit it
    return Action(tool=tool, arguments=kept) if valid else None
