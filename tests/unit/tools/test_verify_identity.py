from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.tools.callers import caller
from tools.run import run_tool
from tools.tool import Caller, ToolResult
from tools.verify_identity import Checked, NoCodes, verify_identity_tool


class Codes:
    """Knows one code, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def send_code(self, caller: Caller, address: str) -> None:
        self.asked.append(address)

    async def check_code(self, caller: Caller, code: str) -> Checked:
        self.asked.append(code)
        return "verified" if code == "048291" else "wrong"


async def verify(codes: Codes, **arguments: Any) -> ToolResult:
    return await run_tool(verify_identity_tool(codes), caller(), arguments)


async def test_an_address_has_a_code_sent_and_nothing_is_told_of_it() -> None:
    codes = Codes()
    known = await verify(codes, email=" Ada@Example.com")
    unknown = await verify(codes, email="nobody@example.com", code=None)
    assert known == unknown
    assert known.data["note"] == (
        "If this address is on file, a code is on its way; it is valid for 10 minutes."
    )
    assert codes.asked == ["ada@example.com", "nobody@example.com"]


async def test_where_no_mail_can_be_sent_no_code_is_on_its_way() -> None:
    result = await run_tool(verify_identity_tool(NoCodes()), caller(), {"email": "ada@example.com"})
    assert (result.ok, result.error) == (False, "codes_off")


@pytest.mark.parametrize("code", ["048291", " 048 291 ", "0 4 8 2 9 1", "048-291", "０４８２９１", 48291])
async def test_however_the_code_is_written(code: str | int) -> None:
    result = await verify(Codes(), code=code)
    assert (result.ok, result.data["verified"]) == (True, True)


async def test_a_wrong_code_and_none_at_all_are_told_apart() -> None:
    wrong = await verify(Codes(), code="111111")
    none = await run_tool(verify_identity_tool(NoCodes()), caller(), {"code": "111111"})
    assert (wrong.error, none.error) == ("code_wrong", "code_none")
    assert none.message is not None
    assert "new one" in none.message


@pytest.mark.parametrize(
    "code",
    ["", "12345", "1234567", "abcdef", "[CODE 1]", 1234567, -1, 10**5000],
    ids=lambda value: value if isinstance(value, str) else f"{value.bit_length()} bits",
)
async def test_what_has_not_six_digits_is_no_try(code: object) -> None:
    codes = Codes()
    assert (await verify(codes, code=code)).error == "code_wrong"
    assert codes.asked == []


@pytest.mark.parametrize(
    "arguments",
    [{}, {"email": None}, {"email": "a@example.com", "code": "048291"}, {"code": True}, {"email": 5}],
)
async def test_exactly_one_of_the_two(arguments: dict[str, Any]) -> None:
    codes = Codes()
    assert (await verify(codes, **arguments)).error == "invalid_arguments"
    assert codes.asked == []


@pytest.mark.parametrize("email", ["", "ada", "a@b@c", "a b@example.com", "a@x\nBcc: b@x", "<a@example.com>"])
async def test_what_is_no_address_gets_no_code(email: str) -> None:
    codes = Codes()
    assert (await verify(codes, email=email)).error == "invalid_email"
    assert codes.asked == []


@given(st.text(max_size=60) | st.integers())
async def test_only_six_digits_ever_reach_the_verifier(code: str | int) -> None:
    codes = Codes()
    await verify(codes, code=code)
    assert all(len(asked) == 6 and asked.isascii() and asked.isdecimal() for asked in codes.asked)
