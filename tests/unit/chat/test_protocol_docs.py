"""docs/protocol.md names every frame, close code and field that the code has, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path

from channels.chat import chat_frames
from channels.voice.errors import SAID
from channels.voice.transports import native
from switchboard.settings import ROOT

DOCS = (ROOT / "docs" / "protocol.md").read_text()
CHANNELS = ROOT / "channels"


def section(title: str) -> str:
    return DOCS.split(f"\n## {title}\n")[1].split("\n## ")[0]


def told(title: str) -> tuple[set[str], set[str]]:
    """Return the frames that a section names: the client's, and the server's."""
    client, server = section(title).split("Server to client:")
    return frames(client), frames(server)


def frames(table: str) -> set[str]:
    rows = [line.split(" | ")[0] for line in table.splitlines() if line.startswith("| `")]
    return {kind for row in rows for kind in re.findall(r'"type":"(\w+)"', row)}


def sent(*folders: Path) -> set[str]:
    """Return the frames that are written somewhere below."""
    files = [path for folder in folders for path in folder.rglob("*.py")]
    return {kind for path in files for kind in re.findall(r'\\?"type\\?": ?\\?"(\w+)', path.read_text())}


def test_the_chat_s_frames() -> None:
    client, server = told("Chat socket: `GET /chat/ws`")
    assert client == set(chat_frames._READERS)
    assert server == sent(CHANNELS / "chat")


def test_the_voice_socket_s_frames() -> None:
    client, server = told("Voice socket: `GET /voice`")
    assert client == set(native._READERS)
    assert server == sent(CHANNELS / "voice")


def test_close_codes() -> None:
    rows = re.findall(r"^\| ([\d, ]+) \|", section("Errors"), re.MULTILINE)
    named = {int(code) for row in rows for code in row.split(",")}
    known = {said.close for said in SAID.values()}
    assert known <= named
    assert named - known <= {1000, 1002}  # the call is over; aiohttp's own for a frame without a mask


def test_the_decision_s_fields() -> None:
    schema = json.loads((ROOT / "guardrails" / "decision.schema.json").read_text())
    fields = re.findall(r"^\| `(\w+)` \|", section("The decision"), re.MULTILINE)
    assert set(fields) == set(schema["properties"])
