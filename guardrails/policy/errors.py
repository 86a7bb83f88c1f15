"""What is wrong with a policy file."""

from __future__ import annotations


class PolicyInvalid(ValueError):
    """The policy can't be used; the message is one sentence that names file, table, index and field."""

    code = "policy_invalid"
