"""Files that tools make go out with the reply: named on the timeline, kept once, opened by their customer."""

from __future__ import annotations

from pathlib import Path

import pytest

from guardrails.decision import Decision
from orchestrator.conversation.event_bus import Posted
from orchestrator.conversation.file_store import MadeFile, keep_made
from orchestrator.errors import NoSuchFile
from orchestrator.inference.types import Prompt
from orchestrator.store.database import Database
from tests.support.house import decision, open_house
from tools.tool import Caller, Sensitivity, ToolFile, WithFiles, tool

DATA = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


@tool(sensitivity=Sensitivity.WRITE, trust=0, idempotent=True)
async def make_date(caller: Caller) -> WithFiles:
    """Make a date."""
    file = ToolFile(name="a/date.ics", media_type="text/calendar", data=DATA)
    return WithFiles(value={"made": 1}, files=(file,))


def think(prompt: Prompt) -> Decision:
    if "again" in str(prompt.messages):
        return decision("Nothing more.")
    if not prompt.steps:
        return decision("", ("make_date", {}))
    assert prompt.steps[0].outcomes[0].result["goes_out_with_the_reply"] == ["a_date.ics"]
    return decision("Here is your date.")


async def test_a_tools_file_goes_out_with_the_reply(database: Database, tmp_path: Path) -> None:
    async with open_house(database, think, make_date, folder=tmp_path) as house:
        session = await house.session()
        outcome = await house.ask(session, "A date, please")
        assert outcome.reply == "Here is your date."
        [posted] = [
            each
            for each in await house.desk.timeline(session.conversation_id, after=0)
            if isinstance(each, Posted)
        ]
        [file] = posted.files
        assert (file["name"], file["media_type"], file["size"]) == ("a_date.ics", "text/calendar", len(DATA))
        kept = await house.desk.file(session, file_id := (await database.fetchval("SELECT id FROM files")))
        assert (str(kept.id), kept.path.read_bytes()) == (file["id"], DATA)
        assert str(file_id) == file["id"]
        with pytest.raises(NoSuchFile):
            await house.desk.file(await house.session(), kept.id)

        # an action that is finished once more, after a crash, sends nothing twice
        row = await database.fetchrow("SELECT action_id, conversation_id FROM files")
        made = MadeFile(name="x", media_type="text/calendar", size=1, sha256="0" * 64)
        async with database.transaction() as connection:
            await keep_made(
                connection, [made], conversation_id=row["conversation_id"], action_id=row["action_id"]
            )
        assert await database.fetchval("SELECT count(*) FROM files") == 1
        await house.ask(session, "again")
        assert await database.fetchval("SELECT count(*) FROM files WHERE message_id IS NOT NULL") == 1
