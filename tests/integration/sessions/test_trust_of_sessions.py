"""Trust is who is signed in now: tokens that are replaced, sessions that end, rows that are not made."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from guardrails.decision import Decision
from orchestrator.conversation.desk import Desk
from orchestrator.conversation.event_bus import Posted, SessionChanged
from orchestrator.conversation.file_store import FileStore
from orchestrator.conversation.message import VisitorSession
from orchestrator.conversation.recordings import Recordings
from orchestrator.errors import SessionEnded, SessionUnknown
from orchestrator.ids import new_id
from orchestrator.inference.types import Prompt
from orchestrator.people.erasure import Erasure
from orchestrator.people.sessions import prove
from orchestrator.store.database import Database
from tests.integration.orchestrator.test_turn import identity
from tests.support.house import POLICIES, House, decision, open_house

BOB = "bob@example.com"


def answer(_: Prompt) -> Decision:
    return decision("Hello.")


async def counts(database: Database) -> tuple[int, int, int]:
    row = await database.fetchrow(
        "SELECT (SELECT count(*) FROM customers) AS a, (SELECT count(*) FROM conversations) AS b,"
        " (SELECT count(*) FROM sessions) AS c"
    )
    return row["a"], row["b"], row["c"]


async def refused(house: House, token: str, *, identity: str | None = None) -> bool:
    try:
        await house.open(token, identity=identity)
    except SessionUnknown:
        return True
    return False


@pytest.mark.parametrize("signed_in", [False, True])
async def test_a_hello_without_a_message_leaves_no_rows_and_can_be_resumed(
    database: Database, *, signed_in: bool
) -> None:
    async with open_house(database, answer) as house:
        opened = await house.open(identity=identity() if signed_in else None)
        again = await house.open(opened.token, identity=identity() if signed_in else None)
        assert (again.id, again.token) == (opened.id, opened.token)
        assert again.conversation_id == opened.conversation_id
        assert await counts(database) == (0, 0, 0)
        await house.ask(again, "Hi")
        assert await counts(database) == (1, 1, 1)
        back = await house.open(opened.token, identity=identity() if signed_in else None)
        assert (back.id, back.conversation_id, back.last_seq) == (opened.id, opened.conversation_id, 2)


async def test_two_tabs_with_one_unused_token_write_into_one_conversation(database: Database) -> None:
    async with open_house(database, answer) as house:
        first = await house.open()
        second = await house.open(first.token)
        await asyncio.gather(house.ask(first, "One"), house.ask(second, "Two"))
        assert await counts(database) == (1, 1, 1)


@pytest.mark.parametrize("written", [False, True])
async def test_an_old_token_names_nothing_once_somebody_signed_in_on_it(
    database: Database, *, written: bool
) -> None:
    async with open_house(database, answer) as house:
        eves = await house.open()
        if written:
            await house.ask(eves, "Hi")
        async with house.desk.listen(eves.conversation_id) as listener:
            adas = await house.open(eves.token, identity=identity())
            await house.ask(adas, "Where is my order 1042?")
            async with asyncio.timeout(5):
                while not isinstance(await anext(listener), SessionChanged):
                    pass
        assert adas.token != eves.token
        assert await house.desk.current_session(eves) is None
        assert await refused(house, eves.token)
        with pytest.raises(SessionUnknown):
            await house.write(eves, "Me again")
        with pytest.raises(SessionUnknown):
            await known(house.desk, eves.token)
        posted = await house.desk.open_session(
            channel="chat", token=eves.token, identity=None, issued_only=False
        )
        assert posted.conversation_id != adas.conversation_id
        assert posted.trust == 0


async def known(desk: Desk, token: str, *, identity: str | None = None) -> VisitorSession:
    return await desk.known_session(channel="chat", token=token, identity=identity)


@pytest.mark.parametrize("written", [False, True])
async def test_who_lost_the_answer_with_the_new_token_gets_in_by_the_same_identity(
    database: Database, *, written: bool
) -> None:
    async with open_house(database, answer) as house:
        before = await house.open()
        if written:
            await house.ask(before, "Hi")
        once = identity(jti=str(uuid4()))
        lost = await house.open(before.token, identity=once)
        again = await house.open(before.token, identity=once)
        assert (again.token, again.conversation_id) == (lost.token, lost.conversation_id)
        await house.ask(again, "Still me")
        third = await house.open(before.token, identity=identity())
        assert third.conversation_id == lost.conversation_id
        assert await refused(house, before.token)
        assert await refused(house, before.token, identity=identity(sub="bob", email=BOB)) is written


async def test_absence_of_identity_and_another_identity_begin_anew(database: Database) -> None:
    async with open_house(database, answer) as house:
        adas = await house.open(identity=identity())
        await house.ask(adas, "Where is my order 1042?")
        next_person = await house.open(adas.token)
        bob = await house.open(adas.token, identity=identity(sub="bob", email=BOB))
        assert len({adas.conversation_id, next_person.conversation_id, bob.conversation_id}) == 3
        assert len({adas.token, next_person.token, bob.token}) == 3
        assert (next_person.trust, next_person.last_seq, next_person.resumed) == (0, 0, False)
        back = await house.open(adas.token, identity=identity())
        assert (back.conversation_id, back.trust) == (adas.conversation_id, 3)
        with pytest.raises(SessionUnknown):
            await known(house.desk, adas.token)
        assert (await known(house.desk, adas.token, identity=identity())).id == adas.id


async def test_a_site_may_name_its_visitors_as_codes_name_who_proved_an_address(database: Database) -> None:
    async with open_house(database, answer) as house:
        signed_in = await house.open(identity=identity("email:zoe", email=None))
        await house.ask(signed_in, "My secret is blue.")
        again = await house.open(signed_in.token, identity=identity("email:zoe", email=None))
        assert again.conversation_id == signed_in.conversation_id
        nobody = await house.open(signed_in.token)
        assert nobody.conversation_id != signed_in.conversation_id
        assert nobody.trust == 0
        with pytest.raises(SessionUnknown):
            await house.desk.known_session(channel="chat", token=signed_in.token, identity=None)


@pytest.mark.parametrize("written", [False, True])
async def test_signing_out_ends_the_session_everywhere(database: Database, *, written: bool) -> None:
    async with open_house(database, answer) as house:
        anonymous = await house.open()
        adas = await house.open(anonymous.token, identity=identity())
        if written:
            await house.ask(adas, "Where is my order 1042?")
        tab = await house.open(adas.token, identity=identity())
        fresh = await house.desk.sign_out(adas)
        assert fresh.conversation_id != adas.conversation_id
        assert (fresh.trust, fresh.last_seq) == (0, 0)
        try:
            assert await house.desk.current_session(tab) is None
        except SessionEnded:
            assert written
        with pytest.raises(SessionUnknown):
            await house.write(tab, "Still here?")
        for token in (adas.token, anonymous.token):
            for who in (None, identity()):
                later = None if await refused(house, token, identity=who) else token
                assert later is None or not written
                if later:
                    again = await house.open(token, identity=who)
                    assert again.conversation_id not in (adas.conversation_id, anonymous.conversation_id)


async def test_a_code_replaces_the_token_and_only_its_sender_gets_the_new_one(database: Database) -> None:
    async with open_house(database, answer, started=False) as house:
        shared = await house.open()
        eve = await house.open(shared.token)
        await house.write(eve, "hello", key="eves")
        await house.write(shared, "my code is 48 29-13", key="adas")
        await house.write(eve, "and me", key="eves too")
        await proved(database, shared, code="482913")
        renewed = await house.desk.current_session(shared, sent=["adas"])
        assert renewed is not None
        assert renewed.token != shared.token
        assert await house.desk.current_session(eve, sent=["eves", "eves too"]) is None
        assert await refused(house, shared.token)
        kept = await house.open(renewed.token)
        assert (kept.trust, kept.conversation_id) == (3, shared.conversation_id)
        await database.execute("UPDATE sessions SET verified_until = now() - interval '1 minute'")
        lapsed = await house.open(renewed.token)
        assert (lapsed.trust, lapsed.conversation_id) == (0, shared.conversation_id)


async def proved(database: Database, session: VisitorSession, *, code: str) -> None:
    from orchestrator.people.proofs import belonging_of, verify

    async with database.transaction() as connection:
        belonging = await belonging_of(connection, session.conversation_id, "ada@example.com")
        assert belonging is not None
        await verify(connection, session.conversation_id, "ada@example.com", belonging, code=code)


async def test_a_second_proof_while_the_first_holds_replaces_nothing(database: Database) -> None:
    async with open_house(database, answer) as house:
        session = await house.session()
        customer = new_id()
        await database.execute("INSERT INTO customers (id) VALUES ($1)", customer)
        for _ in range(2):
            async with database.transaction() as connection:
                await prove(connection, session.conversation_id, customer_id=customer, subject="email:a@b.c")
        assert await database.fetchval("SELECT generation FROM sessions") == 1


@pytest.mark.parametrize("chosen", ["3f6c1a52-9f0e-4b7a-8c55-0d9a64f1b2ce", "my-own"])
async def test_an_id_of_the_clients_own_is_not_readable_once_it_got_an_identity(
    database: Database, chosen: str
) -> None:
    async def post(who: str | None) -> VisitorSession:
        session = await house.desk.open_session(channel="chat", token=chosen, identity=who, issued_only=False)
        await house.ask(session, "Hi")
        assert session.token == chosen
        return session

    async with open_house(database, answer) as house:
        anonymous = await post(None)
        adas = await post(identity())
        others = await post(None)
        again = await post(identity())
        assert again.conversation_id == adas.conversation_id
        assert others.conversation_id != adas.conversation_id
        if chosen == "my-own":
            assert others.conversation_id == anonymous.conversation_id
        else:
            assert anonymous.conversation_id == adas.conversation_id
        assert (await known(house.desk, chosen)).conversation_id == others.conversation_id
        assert (await known(house.desk, chosen, identity=identity())).conversation_id == adas.conversation_id


async def test_nothing_of_an_unknown_session_is_begun_by_reading(database: Database) -> None:
    async with open_house(database, answer) as house:
        for token in ("my-own", str(uuid4()), "x" * 43):
            with pytest.raises(SessionUnknown):
                await known(house.desk, token)
        assert await counts(database) == (0, 0, 0)


async def test_an_unused_token_is_of_no_use_after_a_day(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house(database, answer) as house:
        opened = await house.open()
        monkeypatch.setattr("orchestrator.people.session_admission.UNUSED_FOR", -1)
        assert await refused(house, opened.token)


async def test_what_was_uploaded_before_signing_in_is_the_signed_in_ones(database: Database) -> None:
    async with open_house(database, answer) as house:
        adas = await house.open(identity=identity())
        uploading = await house.desk.known_session(
            channel="chat", token=adas.token, identity=None, needs_identity=False
        )
        await house.desk.begin(uploading)
        assert uploading.id == adas.id
        assert (await house.open(adas.token)).id != adas.id
        await house.ask(adas, "With a file")
        now = await house.desk.current_session(adas)
        assert now is not None
        assert now.trust == 3


async def test_replicas_share_what_makes_tokens(database: Database) -> None:
    async with open_house(database, answer) as here, open_house(database, answer) as there:
        opened = await here.open()
        assert (await there.open(opened.token)).id == opened.id
        adas = await there.open(opened.token, identity=identity())
        assert await refused(here, opened.token)
        await here.ask(adas, "Hi")
        timeline = await there.desk.timeline(adas.conversation_id, after=0)
        assert [event.text for event in timeline if isinstance(event, Posted)] == ["Hello."]


async def test_an_erased_customers_token_names_nothing_and_an_own_id_begins_anew(
    database: Database, tmp_path: Path
) -> None:
    async with open_house(database, answer, folder=tmp_path) as house:
        issued = await house.open()
        chosen = await house.desk.open_session(
            channel="chat", token="my-own", identity=None, issued_only=False
        )
        erasure = Erasure(
            database,
            files=FileStore(database, tmp_path),
            folder=tmp_path,
            recordings=Recordings(tmp_path, POLICIES),
        )
        for session in (issued, chosen):
            await house.ask(session, "Hi")
            now = await house.desk.current_session(session)
            assert now is not None
            await erasure.delete(now.customer_id, operator="Ann")
        assert await refused(house, issued.token)
        again = await house.desk.open_session(
            channel="chat", token="my-own", identity=None, issued_only=False
        )
        assert again.conversation_id != chosen.conversation_id
