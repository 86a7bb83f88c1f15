"""The tool `verify_identity`."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field, StrictInt, WithJsonSchema

from tools.tool import Caller, Sensitivity, Tool, ToolError, tool

VALID_MINUTES = 10
DIGITS = 6
LONGEST_EMAIL = 254
LONGEST_CODE = 40
_EMAIL = re.compile(r"[^\s@<>\"(),;:]{1,64}@[^\s@<>\"(),;:]{1,189}")
_BETWEEN = re.compile(r"[\s.-]")

Checked = Literal["verified", "wrong", "none"]

# Not checked further here: what private data is written as for the model must pass.
Email = Annotated[
    str | None,
    WithJsonSchema({"type": ["string", "null"], "maxLength": LONGEST_EMAIL}),
    Field(description="The e-mail address on file, to have a code sent there.", max_length=LONGEST_EMAIL),
]
Code = Annotated[
    str | StrictInt | None,
    WithJsonSchema({"type": ["string", "integer", "null"], "maxLength": LONGEST_CODE}),
    Field(description="The six digits the customer read in that mail."),
]


class Verifier(Protocol):
    """Sends one-time codes and checks them; each code belongs to the caller's conversation."""

    async def send_code(self, caller: Caller, address: str) -> None:
        """Send a code to the address (lower case) if it is on file; it never tells whether it is.

        Raises ToolError where none is sent to any address now.
        """
        ...

    async def check_code(self, caller: Caller, code: str) -> Checked:
        """Check six digits: `none` says that no code is valid (any more)."""
        ...


class NoCodes:
    """A Verifier where no mail can be sent: no code is on its way, none is valid."""

    async def send_code(self, caller: Caller, address: str) -> None:
        """Raise ToolError `codes_off`."""
        raise ToolError("codes_off", "No codes can be sent here. The customer can sign in instead.")

    async def check_code(self, caller: Caller, code: str) -> Checked:
        """Return `none`."""
        return "none"


def verify_identity_tool(verifier: Verifier) -> Tool:
    """Return the tool. What it answers is for the model; who the customer is, the gateway asks its store."""

    @tool(sensitivity=Sensitivity.WRITE, trust=0, idempotent=True, needs=frozenset({"code"}))
    async def verify_identity(caller: Caller, email: Email = None, code: Code = None) -> dict[str, Any]:
        """Verify who the customer is: first with their e-mail address, to which a code is sent, then with
        that code. Give exactly one of the two.
        """
        if (email is None) == (code is None):
            raise ToolError("invalid_arguments", "Give either the e-mail address or the code, not both.")
        if email is not None:
            await verifier.send_code(caller, _address(email))
            return _sent()
        return _verified(await verifier.check_code(caller, _digits(code)))

    return verify_identity


def _address(email: str) -> str:
    address = email.strip().lower()
    if not _EMAIL.fullmatch(address):
        raise ToolError("invalid_email", "This is no e-mail address. Ask the customer for it.")
    return address


def _digits(code: str | int | None) -> str:
    digits = _BETWEEN.sub("", unicodedata.normalize("NFKC", _written(code)))
    if len(digits) != DIGITS or not digits.isdecimal():
        raise ToolError("code_wrong", "A code has six digits. Ask the customer to read it again.")
    return "".join(str(int(digit)) for digit in digits)


def _written(code: str | int | None) -> str:
    if isinstance(code, int):
        return f"{code:0{DIGITS}d}" if 0 <= code < 10**DIGITS else ""  # it lost the zeros it began with
    return (code or "")[:LONGEST_CODE]


def _sent() -> dict[str, Any]:
    """The same whether the address is on file or not."""
    return {
        "code_requested": True,
        "valid_minutes": VALID_MINUTES,
        "note": "If this address is on file, a code is on its way; it is valid for 10 minutes.",
    }


def _verified(checked: Checked) -> dict[str, Any]:
    if checked == "wrong":
        raise ToolError("code_wrong", "This code is wrong. Ask the customer to read it again.")
    if checked == "none":
        raise ToolError("code_none", "No code is valid now. Offer to have a new one sent.")
    return {"verified": True, "note": "The customer is verified now. Go on with what they wanted."}
