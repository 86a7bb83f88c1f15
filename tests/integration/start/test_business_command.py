"""`switchboard business`: a new folder is right, and what is wrong with one is told with its line."""

from __future__ import annotations

from pathlib import Path

from switchboard.business_file import SHIPPED
from tests.integration.start.command import switchboard


async def test_the_shipped_business_is_right(tmp_path: Path) -> None:
    done = await switchboard("business", "check", folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out == f"{SHIPPED} is right: Lindenhof Supply, en, de, 24 articles.\n"


async def test_no_folder_and_a_folder_that_is_none(tmp_path: Path) -> None:
    assert (await switchboard("business", "check", "nowhere", folder=tmp_path)).code == 2
    done = await switchboard("business", "check", ".", folder=tmp_path)
    assert (done.code, done.err) == (1, "")
    assert done.out.startswith("business.toml: can't be read: ")
    wrong = await switchboard(
        "business", "check", folder=tmp_path, variables={"SWITCHBOARD_BUSINESS": "./nowhere"}
    )
    assert (wrong.code, wrong.err) == (2, "SWITCHBOARD_BUSINESS is wrong: nowhere is no folder.\n")


async def test_a_new_business_is_right_and_overwrites_nothing(tmp_path: Path) -> None:
    made = await switchboard("business", "new", "harbour-cafe", folder=tmp_path)
    assert made.code == 0
    done = await switchboard("business", "check", "harbour-cafe", folder=tmp_path)
    assert done.out == "harbour-cafe is right: Harbour Cafe, en, 1 article.\n"
    again = await switchboard("business", "new", "harbour-cafe", folder=tmp_path)
    assert (again.code, "is there already" in again.err) == (1, True)
    policy = tmp_path / "harbour-cafe" / "policy.toml"
    policy.write_text(policy.read_text() + '\n[tools.fly]\ndefault = "run"\n')
    done = await switchboard("business", "check", "harbour-cafe", folder=tmp_path)
    line = policy.read_text().splitlines().index("[tools.fly]") + 1
    assert done.out.startswith(f"harbour-cafe/policy.toml:{line}: [tools.fly] names no tool")
    assert (done.code, done.out.endswith("\n1 mistake in harbour-cafe.\n")) == (1, True)


async def test_a_name_may_hold_any_sign(tmp_path: Path) -> None:
    named = await switchboard("business", "new", "b", "--name", 'Bo "B" & Söhne', folder=tmp_path)
    assert named.code == 0
    assert 'Bo "B" & Söhne' in (await switchboard("business", "check", "b", folder=tmp_path)).out
