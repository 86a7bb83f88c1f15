"""`switchboard customers` and `switchboard audit` against a running operator API."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest

from tests.integration.operators.office import Api, Office


async def command(given: dict[str, str], api: Api, *arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "switchboard", *arguments, "--url", api.url),
        env=given,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_a_person_from_merge_to_deletion(
    office: Office,
    api: Api,
    environment: dict[str, str],
) -> None:
    ada = await office.begin(email="ada@example.com")
    work = await office.begin(email="ada@work.example")
    await office.write(ada, "Hello")
    customer, other = str(ada.customer_id), str(work.customer_id)
    by = ("--operator", "Ann")

    _, out, _ = await command(environment, api, "customers", "tags", customer, "vip", "eu", *by)
    assert out == f"{customer}  vip, eu\n"
    _, out, _ = await command(environment, api, "customers", "merge", customer, other, *by)
    merge, done, merged, kept = out.split()[:4]
    assert (done, merged, kept) == ("merged", other, customer)
    for wanted in (customer, "ada@example.com", "byron"):
        _, out, _ = await command(environment, api, "customers", "show", wanted)
        assert out.startswith(f"{customer}  ")
    assert f"{customer}  Ada Byron  en  vip, eu" in out
    assert "email: ada@work.example (verified" in out
    _, out, _ = await command(environment, api, "customers", "unmerge", customer, merge, *by)
    assert out.split()[1] == "unmerged"
    _, out, _ = await command(environment, api, "customers", "export", customer, *by)
    assert json.loads(out)["conversations"][0]["messages"][0]["text"] == "Hello"

    code, _, err = await command(environment, api, "customers", "delete", customer, *by)
    assert (code, "--yes" in err) == (1, True)
    _, out, _ = await command(environment, api, "customers", "delete", customer, "--yes", *by)
    assert out == f"{customer}  deleted  1 conversations  0 mails  0 files\n"
    code, _, err = await command(environment, api, "customers", "show", customer)
    assert (code, err) == (1, "This customer does not exist. (unknown_customer)\n")

    _, out, _ = await command(environment, api, "audit", "--actor", "operator:Ann", "--json")
    actions = [json.loads(line)["action"] for line in out.splitlines()]
    assert actions == [
        "customer.tagged",
        "customer.merged",
        "customer.unmerged",
        "customer.exported",
        "customer.deleted",
    ]
    _, out, _ = await command(environment, api, "audit", "--action", "customer.deleted")
    assert f"operator:Ann  customer.deleted  customer:{customer}" in out


async def test_the_audit_is_followed(
    office: Office,
    api: Api,
    environment: dict[str, str],
) -> None:
    session = await office.begin()
    await office.operators.take(session.conversation_id, "Ann")
    conversation = str(session.conversation_id)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "switchboard", "audit", "--conversation", conversation, "--follow"),
        *("--url", api.url),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            assert b"conversation.taken" in await process.stdout.readline()
            await office.operators.release(session.conversation_id, "Ann")
            assert b"conversation.released" in await process.stdout.readline()
            await office.operators.close(session.conversation_id, "Ann")
            assert b"conversation.closed" in await process.stdout.readline()
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.parametrize("arguments", [("audit", "--limit", "0"), ("customers", "merge", "x", "y")])
async def test_wrong_arguments_are_told(
    api: Api, environment: dict[str, str], arguments: tuple[str, ...]
) -> None:
    code, _, err = await command(environment, api, *arguments)
    assert code == 2
    assert "usage:" in err
