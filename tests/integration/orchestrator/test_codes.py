"""One-time codes: who gets one, who is believed, and what guessing brings."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import pytest

from lindenhof.addresses import ShopAddresses
from lindenhof.schema import make_schema
from orchestrator.conversation.message import Inbound
from orchestrator.conversation.messages import Messages
from orchestrator.conversation.turn_runner import TurnQueue
from orchestrator.ids import new_id
from orchestrator.people.customer_care import Customers
from orchestrator.people.identity_tokens import Claims
from orchestrator.people.one_time_codes import AddressBooks, OneTimeCodes, VerifiedContacts, forget_codes
from orchestrator.people.sessions import Sessions, StoredSession
from orchestrator.store.database import Database
from tests.unit.tools.callers import caller
from tools.tool import Caller, ToolError

ADA, BOB, NOBODY = "ada@example.com", "bob@example.com", "nobody@example.com"
WRONG = "wrong!"


class Registry:
    """The codes, with the shop's two customers on file."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.waits = 0
        self.sessions = Sessions(database)
        self.codes = OneTimeCodes(
            database=database,
            book=AddressBooks([VerifiedContacts(database), ShopAddresses(database)]),
            secret="a secret",
            business="Lindenhof Supply",
            notifications_wait=self._wake,
        )

    def _wake(self) -> None:
        self.waits += 1

    async def stock(self) -> None:
        await make_schema(self.database)
        for number, email in enumerate((ADA, BOB), start=1):
            await self.database.execute(
                "INSERT INTO lindenhof.customers (number, email, name, language, country)"
                " VALUES ($1, $2, 'A', 'en', 'DE')",
                number,
                email,
            )

    async def chat(self, *, email: str | None = None) -> StoredSession:
        customer_id = None
        if email is not None:
            claims = Claims(subject=f"site:{email}", email=email, name="Ada Byron", language="en")
            customer_id = await Customers(self.database).of_identity(claims)
        subject = None if email is None else f"site:{email}"
        return await self.sessions.begin(
            str(uuid4()), channel="chat", customer_id=customer_id, subject=subject
        )

    async def mail(self, address: str, *, verified: bool) -> UUID:
        """Return a mail conversation of whoever writes from `address`."""
        customer_id, conversation_id = new_id(), new_id()
        await self.database.execute("INSERT INTO customers (id) VALUES ($1)", customer_id)
        await self.database.execute(
            "INSERT INTO contacts (id, customer_id, kind, address, verified_at)"
            " VALUES ($1, $2, 'email', $3, CASE WHEN $4 THEN now() END) ON CONFLICT DO NOTHING",
            new_id(),
            customer_id,
            address,
            verified,
        )
        await self.database.execute(
            "INSERT INTO conversations (id, customer_id, channel) VALUES ($1, $2, 'mail')",
            conversation_id,
            customer_id,
        )
        return conversation_id

    async def turn(self, conversation_id: UUID) -> UUID:
        """Return a turn of the conversation that runs now."""
        await self.database.execute(
            "UPDATE turns SET state = 'done' WHERE conversation_id = $1", conversation_id
        )
        turn_id = new_id()
        await self.database.execute(
            "INSERT INTO turns (id, conversation_id, customer_id, channel, state, started_at)"
            " SELECT $1, id, customer_id, channel, 'running', now() FROM conversations WHERE id = $2",
            turn_id,
            conversation_id,
        )
        return turn_id

    async def customer(self, conversation_id: UUID) -> UUID:
        return UUID(
            str(
                await self.database.fetchval(
                    "SELECT customer_id FROM conversations WHERE id = $1", conversation_id
                )
            )
        )

    async def asked(self, session: StoredSession, address: str) -> str:
        """Ask for a code; return when to ask again where none was sent."""
        try:
            await self.codes.send_code(asks(session.conversation_id), address)
        except ToolError as error:
            found = re.search(r"in \d+ (?:minutes|hours)", error.message)
            return found[0] if found and error.code == "code_not_now" else error.code
        return ""

    async def notifications(self) -> list[dict[str, Any]]:
        rows = await self.database.fetch("SELECT * FROM letters WHERE state = 'queued' ORDER BY created_at")
        return [dict(row) for row in rows]

    async def code(self) -> str:
        """Return the code in the newest notification."""
        found = re.search(r"^\d{6}$", (await self.notifications())[-1]["text"], re.MULTILINE)
        assert found is not None
        return found[0]

    async def age(self, hours: float) -> None:
        """Let the codes so far be older."""
        await self.database.execute(
            "UPDATE one_time_codes SET created_at = created_at - make_interval(secs => $1),"
            " expires_at = expires_at - make_interval(secs => $1)",
            hours * 3600.0,
        )

    async def tries(self) -> list[int]:
        rows = await self.database.fetch("SELECT tries FROM one_time_codes ORDER BY created_at")
        return [row["tries"] for row in rows]


def asks(conversation_id: UUID, **changes: Any) -> Caller:
    """Return the caller of one action."""
    fields = {"turn_id": new_id(), "idempotency_key": str(uuid4()), **changes}
    return caller(conversation_id=conversation_id, **fields)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


@pytest.fixture
async def office(database: Database) -> Registry:
    registry = Registry(database)
    await registry.stock()
    return registry


async def test_a_stranger_proves_who_they_are(office: Registry) -> None:
    session = await office.chat()
    me = asks(session.conversation_id)
    assert await office.codes.principal(me.conversation_id, me.turn_id) is None
    await office.codes.send_code(me, " Ada@Example.com ")
    [notification] = await office.notifications()
    assert (notification["address"], notification["kind"], notification["conversation_id"]) == (
        ADA,
        "code",
        session.conversation_id,
    )
    assert office.waits == 1
    assert await office.codes.outstanding(session.conversation_id)
    assert await office.codes.check_code(me, await office.code()) == "verified"
    assert not await office.codes.outstanding(session.conversation_id)
    principal = await office.codes.principal(me.conversation_id, me.turn_id)
    assert principal is not None
    assert (principal.trust, principal.verified_addresses) == (3, (ADA,))
    assert principal.customer_id == await office.customer(session.conversation_id)
    row = await office.database.fetchrow(
        "SELECT subject, verified_until - now() AS left FROM sessions WHERE id = $1", session.id
    )
    assert row["subject"] == f"email:{ADA}"
    assert 29 * 60 < row["left"].total_seconds() <= 30 * 60


async def test_the_next_message_is_believed(office: Registry) -> None:
    session = await office.chat()
    await office.codes.send_code(asks(session.conversation_id), ADA)
    assert await office.codes.check_code(asks(session.conversation_id), await office.code()) == "verified"
    await Messages(office.database).accept(
        Inbound(channel="chat", key="k", session_id=session.id, text="And now?")
    )
    assert await office.database.fetchval("SELECT trust FROM messages") == 3
    assert len(await TurnQueue(office.database).claim(1, 5)) == 1


async def test_the_conversation_goes_to_the_customer_of_the_address(office: Registry) -> None:
    known = await office.chat(email=ADA)
    stranger = await office.chat()
    turn = await office.turn(stranger.conversation_id)
    await office.codes.send_code(asks(stranger.conversation_id), ADA)
    assert await office.codes.check_code(asks(stranger.conversation_id), await office.code()) == "verified"
    assert await office.customer(stranger.conversation_id) == known.customer_id
    of_turn = await office.database.fetchval("SELECT customer_id FROM turns WHERE id = $1", turn)
    assert of_turn == stranger.customer_id


async def test_a_mere_claim_gives_way_to_the_proof(office: Registry) -> None:
    claimed = await office.mail(ADA, verified=False)
    session = await office.chat()
    await office.codes.send_code(asks(session.conversation_id), ADA)
    assert await office.codes.check_code(asks(session.conversation_id), await office.code()) == "verified"
    [contact] = await office.database.fetch("SELECT customer_id, verified_at FROM contacts")
    assert contact["customer_id"] == session.customer_id != await office.customer(claimed)
    assert contact["verified_at"] is not None


async def test_nobody_learns_who_is_on_file(office: Registry) -> None:
    answers: dict[str, list[Any]] = {}
    for address in (ADA, NOBODY):
        session = await office.chat()
        conversation = session.conversation_id
        await office.codes.send_code(asks(conversation), address)
        told: list[Any] = [await office.codes.outstanding(conversation)]
        told += [await office.codes.check_code(asks(conversation), WRONG) for _ in range(5)]
        told += [await office.codes.outstanding(conversation)]
        rows = await office.database.fetchrow(
            "SELECT (SELECT count(*) FROM one_time_codes WHERE conversation_id = $1),"
            " (SELECT count(*) FROM letters WHERE conversation_id = $1),"
            " (SELECT count(*) FROM audit WHERE conversation_id = $1)",
            conversation,
        )
        answers[address] = [*told, *rows]
    assert answers[ADA] == answers[NOBODY]
    assert answers[ADA][:7] == [True, "wrong", "wrong", "wrong", "none", "none", False]
    assert len(await office.notifications()) == 1
    assert NOBODY not in {
        row["address"] for row in await office.database.fetch("SELECT address FROM letters")
    }


async def test_no_code_opens_an_address_that_is_not_on_file(office: Registry) -> None:
    session = await office.chat()
    await office.codes.send_code(asks(session.conversation_id), NOBODY)
    for _ in range(3):
        assert await office.codes.check_code(asks(session.conversation_id), "000000") == "wrong"
    assert await office.database.fetchval("SELECT code_hash FROM one_time_codes") is None


async def test_three_tries(office: Registry) -> None:
    session = await office.chat()
    me = asks(session.conversation_id)
    await office.codes.send_code(me, ADA)
    code = await office.code()
    for _ in range(3):
        assert await office.codes.check_code(me, other_than(code)) == "wrong"
    assert await office.codes.check_code(me, code) == "none"
    assert await office.codes.principal(me.conversation_id, me.turn_id) is None


async def test_the_third_try_may_still_be_right(office: Registry) -> None:
    session = await office.chat()
    me = asks(session.conversation_id)
    await office.codes.send_code(me, ADA)
    code = await office.code()
    answers = [await office.codes.check_code(me, each) for each in (other_than(code), other_than(code), code)]
    assert answers == ["wrong", "wrong", "verified"]


async def test_guesses_at_once_are_still_three(office: Registry) -> None:
    session = await office.chat()
    me = asks(session.conversation_id)
    await office.codes.send_code(me, ADA)
    code = await office.code()
    guesses = [f"{(int(code) + 1 + step) % 1_000_000:06d}" for step in range(20)]
    answers = Counter(await asyncio.gather(*(office.codes.check_code(me, guess) for guess in guesses)))
    assert answers == {"wrong": 3, "none": 17}
    assert await office.tries() == [3]


async def test_of_right_answers_at_once_one_counts(office: Registry) -> None:
    session = await office.chat()
    await office.codes.send_code(asks(session.conversation_id), ADA)
    code = await office.code()
    answers = Counter(
        await asyncio.gather(
            *(office.codes.check_code(asks(session.conversation_id), code) for _ in range(10))
        )
    )
    assert answers == {"verified": 1, "none": 9}


async def test_a_code_works_once_and_only_where_it_was_asked_for(office: Registry) -> None:
    session, elsewhere = await office.chat(), await office.chat()
    await office.codes.send_code(asks(session.conversation_id), ADA)
    code = await office.code()
    assert await office.codes.check_code(asks(elsewhere.conversation_id), code) == "none"
    await office.codes.send_code(asks(elsewhere.conversation_id), BOB)
    if code != await office.code():
        assert await office.codes.check_code(asks(elsewhere.conversation_id), code) == "wrong"
    assert await office.codes.check_code(asks(session.conversation_id), code) == "verified"
    assert await office.codes.check_code(asks(session.conversation_id), code) == "none"


async def test_an_interrupted_turn_may_ask_again(office: Registry) -> None:
    session = await office.chat()
    turn = await office.turn(session.conversation_id)
    me = asks(session.conversation_id, turn_id=turn)
    await office.codes.send_code(me, ADA)
    await office.codes.send_code(me, ADA)
    [_] = await office.notifications()
    code = await office.code()
    assert await office.codes.check_code(me, code) == "verified"
    assert await office.codes.check_code(me, code) == "verified"
    assert await office.codes.check_code(me, other_than(code)) == "none"
    assert await office.codes.check_code(asks(session.conversation_id), code) == "none"


async def test_a_new_code_ends_the_older(office: Registry) -> None:
    session = await office.chat()
    await office.codes.send_code(asks(session.conversation_id), ADA)
    older = await office.code()
    await office.codes.send_code(asks(session.conversation_id), ADA)
    newer = await office.code()
    if older != newer:
        assert await office.codes.check_code(asks(session.conversation_id), older) == "wrong"
    assert await office.codes.check_code(asks(session.conversation_id), newer) == "verified"


async def test_ten_minutes(office: Registry) -> None:
    session = await office.chat()
    await office.codes.send_code(asks(session.conversation_id), ADA)
    code = await office.code()
    await office.age(10.1 / 60)
    assert not await office.codes.outstanding(session.conversation_id)
    assert await office.codes.check_code(asks(session.conversation_id), code) == "none"


@pytest.mark.parametrize("address", [ADA, NOBODY])
async def test_codes_are_limited_and_the_answer_is_the_same(office: Registry, address: str) -> None:
    one, other = await office.chat(), await office.chat()
    told = [await office.asked(one, address) for _ in range(5)]
    assert told == ["", "", "", "in 60 minutes", "in 60 minutes"]
    assert await office.asked(other, address) == "in 60 minutes"
    await office.age(0.25)
    assert await office.asked(other, address) == "in 45 minutes"
    assert await office.database.fetchval("SELECT count(*) FROM one_time_codes") == 3
    await office.age(1)
    assert [await office.asked(await office.chat(), address) for _ in range(5)].count("") == 3
    await office.age(1.1)
    assert await office.asked(await office.chat(), address) == "in 22 hours"
    assert await office.database.fetchval("SELECT count(*) FROM one_time_codes") == 6
    assert await office.asked(await office.chat(), BOB) == ""
    assert await office.database.fetchval("SELECT count(*) FROM one_time_codes") == 7


async def test_codes_at_once_are_limited_too(office: Registry) -> None:
    sessions = [await office.chat() for _ in range(12)]
    told = await asyncio.gather(*(office.asked(each, ADA) for each in sessions))
    assert Counter(told) == {"": 3, "in 60 minutes": 9}
    assert await office.database.fetchval("SELECT count(*) FROM one_time_codes") == 3


async def test_strangers_do_not_use_up_what_is_kept_for_whose_address_it_is(office: Registry) -> None:
    bob = await office.chat(email=BOB)
    await office.database.execute("UPDATE sessions SET verified_until = now()")
    told = [await office.asked(await office.chat(), BOB) for _ in range(4)]
    assert told == ["", "", "", "in 60 minutes"]
    assert [await office.asked(bob, BOB) for _ in range(4)] == ["", "", "", "in 60 minutes"]
    assert await office.codes.check_code(asks(bob.conversation_id), await office.code()) == "verified"


async def test_a_strangers_guesses_burn_no_code_but_their_own(office: Registry) -> None:
    stranger = await office.chat()
    for _ in range(2):
        await office.codes.send_code(asks(stranger.conversation_id), ADA)
    bob = await office.chat()
    await office.codes.send_code(asks(bob.conversation_id), ADA)
    code = await office.code()
    for _ in range(20):
        await office.codes.check_code(asks(stranger.conversation_id), other_than(code))
    assert await office.codes.check_code(asks(bob.conversation_id), other_than(code)) == "wrong"
    assert await office.codes.check_code(asks(bob.conversation_id), code) == "verified"


@pytest.mark.slow
async def test_a_thousand_guesses_never_verify(office: Registry) -> None:
    guessed, session = 0, await office.chat()
    while guessed < 1000:
        session = await office.chat()
        await office.asked(session, ADA)
        held = (await office.notifications())[-1:] and await office.code()
        for _ in range(25):
            guess = f"{secrets.randbelow(1_000_000):06d}"
            if guess != held:
                assert await office.codes.check_code(asks(session.conversation_id), guess) != "verified"
                guessed += 1
    assert await office.codes.principal(session.conversation_id, new_id()) is None
    assert sum(await office.tries()) <= 9


async def test_a_stolen_table_does_not_hold_the_code(office: Registry) -> None:
    for _ in range(2):
        session = await office.chat()
        await office.codes.send_code(asks(session.conversation_id), ADA)
    code = await office.code()
    rows = await office.database.fetch("SELECT code_hash FROM one_time_codes")
    assert all(len(row["code_hash"]) == 32 and code.encode() not in row["code_hash"] for row in rows)
    audit = await office.database.fetch("SELECT * FROM audit")
    assert code not in str(audit)
    assert ADA not in str(audit)


async def test_who_was_proved_stays_whom_they_are(office: Registry) -> None:
    session = await office.chat(email=ADA)
    await office.database.execute("UPDATE sessions SET verified_until = now()")
    with pytest.raises(ToolError, match="another address"):
        await office.codes.send_code(asks(session.conversation_id), BOB)
    assert await office.notifications() == []
    await office.codes.send_code(asks(session.conversation_id), ADA)
    assert await office.codes.check_code(asks(session.conversation_id), await office.code()) == "verified"
    row = await office.database.fetchrow("SELECT subject, verified_until > now() AS fresh FROM sessions")
    assert (row["subject"], row["fresh"]) == (f"site:{ADA}", True)
    assert await office.customer(session.conversation_id) == session.customer_id


async def test_whom_the_site_vouches_for_gets_a_first_address(office: Registry) -> None:
    claims = Claims(subject="site:7", email=None, name=None, language=None)
    customer_id = await Customers(office.database).of_identity(claims)
    session = await office.sessions.begin(
        "key", channel="chat", customer_id=customer_id, subject=claims.subject
    )
    await office.codes.send_code(asks(session.conversation_id), ADA)
    assert await office.codes.check_code(asks(session.conversation_id), await office.code()) == "verified"
    principal = await office.codes.principal(session.conversation_id, new_id())
    assert principal is not None
    assert (principal.customer_id, principal.verified_addresses) == (customer_id, (ADA,))
    with pytest.raises(ToolError):
        await office.codes.send_code(asks(session.conversation_id), BOB)


@pytest.mark.parametrize("sender", [ADA, NOBODY])
async def test_by_mail_the_proof_holds_for_one_turn(office: Registry, sender: str) -> None:
    conversation = await office.mail(sender, verified=False)
    before = await office.customer(conversation)
    await office.codes.send_code(asks(conversation, channel="mail", language="de"), ADA)
    [notification] = await office.notifications()
    assert "per E-Mail" in notification["text"]
    turn = await office.turn(conversation)
    me = asks(conversation, turn_id=turn, channel="mail")
    assert await office.codes.check_code(me, await office.code()) == "verified"
    principal = await office.codes.principal(conversation, turn)
    assert principal is not None
    assert (principal.trust, principal.verified_addresses) == (3, (ADA,))
    assert await office.customer(conversation) == before != principal.customer_id
    assert await office.codes.principal(conversation, new_id()) is None
    assert await office.codes.principal(conversation, await office.turn(conversation)) is None
    assert await office.codes.principal(conversation, turn) is None


async def test_an_authenticated_mail_thread_never_changes_hands(office: Registry) -> None:
    conversation = await office.mail(BOB, verified=True)
    with pytest.raises(ToolError):
        await office.codes.send_code(asks(conversation), ADA)
    await office.codes.send_code(asks(conversation), BOB)
    turn = await office.turn(conversation)
    assert await office.codes.check_code(asks(conversation, turn_id=turn), await office.code()) == "verified"
    principal = await office.codes.principal(conversation, turn)
    assert principal is not None
    assert principal.customer_id == await office.customer(conversation)


@pytest.mark.parametrize("address", ["a@b\0.c", "x" * 300 + "@example.com", "\ud800@example.com"])
async def test_what_is_no_address_is_sent_nothing(office: Registry, address: str) -> None:
    session = await office.chat()
    await office.codes.send_code(asks(session.conversation_id), address)
    assert await office.database.fetchval("SELECT count(*) FROM letters") == 0


@pytest.mark.parametrize("code", ["", "１２３４５６", "\0", "\ud800", "12345", "1" * 5000])
async def test_what_is_no_code_is_wrong(office: Registry, code: str) -> None:
    session = await office.chat()
    assert await office.codes.check_code(asks(session.conversation_id), code) == "none"
    await office.codes.send_code(asks(session.conversation_id), ADA)
    assert await office.codes.check_code(asks(session.conversation_id), code) == "wrong"


async def test_old_codes_are_forgotten(office: Registry) -> None:
    session = await office.chat()
    await office.codes.send_code(asks(session.conversation_id), ADA)
    await office.age(49)
    await office.codes.send_code(asks(session.conversation_id), ADA)
    await forget_codes(office.database)
    assert await office.database.fetchval("SELECT count(*) FROM one_time_codes") == 1
