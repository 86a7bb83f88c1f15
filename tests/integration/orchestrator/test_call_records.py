"""A call that is over stands on its conversation's timeline, and the command line can say so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from orchestrator.conversation.message import CallRecord, Inbound, Spoken
from orchestrator.memory.timeline import RANKS, Timeline
from orchestrator.store.database import Database
from switchboard.cli.conversations_command import WORDS
from tests.support.house import decision, open_house


def test_the_command_line_has_words_for_every_entry() -> None:
    assert set(WORDS) == set(RANKS)


async def test_a_call_and_how_its_messages_were_spoken_are_shown(database: Database) -> None:
    async with open_house(database, lambda _: decision("Good morning.")) as house:
        session = await house.session(channel="voice")
        spoken = Spoken(started_ms=100, ended_ms=900, confidence=0.87)
        inbound = Inbound(channel="voice", key="c:1", session_id=session.id, text="Hello", spoken=spoken)
        await house.desk.outcome(await house.desk.accept(inbound), timeout=10)
        began = datetime.now(UTC) - timedelta(seconds=30)
        record = CallRecord(
            conversation_id=session.conversation_id,
            began=began,
            ended=datetime.now(UTC),
            ended_by="caller",
            language="en",
            heard=1,
            missed=0,
            interrupted=2,
        )
        await house.desk.call_ended(record)
        await house.desk.call_ended(replace(record, conversation_id=uuid4()))
        timeline, _ = await Timeline(database).timeline(session.conversation_id)
        assert [entry["kind"] for entry in timeline].count("call") == 1
        lines = [line for entry in timeline for line in WORDS[entry["kind"]](entry)]
        assert "customer (spoken, 87% sure): Hello" in lines
        assert any("ended by caller: 1 heard, 0 missed, 2 interrupted" in line for line in lines)
