"""`switchboard conversations` against a running operator API."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.integration.operators.office import Api, Office


@dataclass
class Done:
    code: int
    out: str
    err: str


async def command(environment: dict[str, str], *arguments: str, given: str = "") -> Done:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "switchboard", "conversations", *arguments),
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        out, err = await process.communicate(given.encode())
    return Done(process.returncode or 0, out.decode(), err.decode())


async def test_an_operator_works_from_the_terminal(
    office: Office, api: Api, environment: dict[str, str]
) -> None:
    session = await office.begin(email="ada@example.com")
    await office.handed_off(session)
    conversation = str(session.conversation_id)
    at = ("--url", api.url)

    listed = await command(environment, "list", "--status", "human", *at)
    assert (listed.code, listed.err) == (0, "")
    assert conversation in listed.out
    assert "high" in listed.out

    taken = await command(environment, "take", conversation, "--operator", "Ann", *at)
    assert taken.out == f"{conversation}  human  Ann\n"
    text = "Good morning,\nthis is Ann."
    replied = await command(environment, "reply", conversation, "-", "--operator", "Ann", *at, given=text)
    assert replied.code == 0
    assert (await office.said(session.conversation_id))[-1] == ("operator", text)

    shown = await command(environment, "show", conversation, *at)
    assert "customer: A human, please!" in shown.out
    assert "-- turn: handed_off" in shown.out
    assert "operator: Good morning,\n    this is Ann." in shown.out

    refused = await command(environment, "release", conversation, *at)
    assert (refused.code, refused.err) == (
        1,
        "Ann has this conversation; take it over to go on with it. (conflict)\n",
    )
    released = await command(environment, "release", conversation, "--json", "--force", *at)
    assert json.loads(released.out)["owner"] == "bot"
    closed = await command(environment, "close", conversation, *at)
    assert closed.out == f"{conversation}  closed  bot\n"


async def test_refusals_are_one_sentence(office: Office, api: Api, environment: dict[str, str]) -> None:
    session = await office.begin()
    at = ("--url", api.url)
    refused = await command(environment, "release", str(session.conversation_id), *at)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == "No human has this conversation. (conflict)\n"
    wrong = {**environment, "SWITCHBOARD_OPERATOR_TOKEN": "wrong"}
    stranger = await command(wrong, "list", *at)
    assert stranger.code == 1
    assert "unauthorized" in stranger.err
    assert "Traceback" not in stranger.err


async def test_a_gateway_that_is_not_there_is_told(environment: dict[str, str]) -> None:
    gone = await command(environment, "list", "--url", "http://127.0.0.1:9")
    assert gone.code == 1
    assert gone.err.startswith("No gateway answers at http://127.0.0.1:9")


async def test_the_token_comes_from_the_file_of_the_first_start(
    api: Api, environment: dict[str, str], home: Path
) -> None:
    token = environment.pop("SWITCHBOARD_OPERATOR_TOKEN")
    missing = await command(environment, "list", "--url", api.url)
    assert missing.code == 2
    assert "SWITCHBOARD_OPERATOR_TOKEN" in missing.err
    (home / "secrets").mkdir(parents=True)
    (home / "secrets" / "operator_token").write_text(token + "\n")
    assert (await command(environment, "list", "--url", api.url)).code == 0


async def test_what_a_terminal_would_obey_is_left_out(
    office: Office, api: Api, environment: dict[str, str]
) -> None:
    session = await office.begin()
    await office.write(session, "\x1b]0;owned\x07Hello")
    shown = await command(environment, "show", str(session.conversation_id), "--url", api.url)
    assert "customer: ]0;ownedHello" in shown.out
    assert "\x1b" not in shown.out
