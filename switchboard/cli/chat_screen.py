"""What a terminal chat prints: answers on standard output, everything else on standard error."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any

from guardrails.text_direction import TURNING

# What a terminal would obey instead of show (ECMA-48), and what turns the order of other characters: an
# answer must not move the cursor, set the title or read as something else.
CONTROLS = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f]|{TURNING.pattern}")

NAMES = {"assistant": "", "operator": "A person: ", "system": "* "}
STATUSES = {
    "waiting_approval": "A person has to approve this first.",
    "human": "A person takes over from here.",
    "goes_on": "A person will come to this; the assistant goes on meanwhile.",
    "closed": "This conversation is closed.",
}
SANDBOX = (
    "This gateway answers with its sandbox model: rules, not a language model. "
    "Set OXLO_API_KEY for a real one."
)


class Screen:
    """Prints one conversation.

    `live` shows answers while they are written, `prompts` invites a person to write.
    """

    def __init__(self, *, live: bool, prompts: bool) -> None:
        self.prompts = prompts
        self._live = live
        self._prompted = False
        self._turn = ""
        self._shown = ""
        self._status = "open"

    def notice(self, text: str) -> None:
        """Print a word of our own on standard error."""
        self._break()
        print(f"[{CONTROLS.sub('', text)}]", file=sys.stderr, flush=True)

    def delta(self, frame: Mapping[str, Any]) -> None:
        """Print a piece of an answer that is being written."""
        if not self._live:
            return
        if frame["turn"] != self._turn:
            self._break()
            self._turn = frame["turn"]
        self._write(CONTROLS.sub("", frame["text"]))

    def message(self, frame: Mapping[str, Any]) -> None:
        """Print a whole message: what its deltas have not shown yet, or all of it where they differ."""
        text = NAMES.get(frame["author"], "") + CONTROLS.sub("", frame["text"])
        if frame["turn"] != self._turn or not text.startswith(self._shown):
            self._break()
        self._write(text[len(self._shown) :])
        self._break()
        self.prompt()

    def status(self, status: str, assistant: str | None = None) -> None:
        """Print a change of the conversation's status in words; `assistant` is that of a status frame."""
        status = assistant or status
        if status != self._status and status in STATUSES:
            self.notice(STATUSES[status])
        self._status = status

    def prompt(self) -> None:
        """Invite a person to write."""
        if self.prompts:
            self._break()
            print("> ", end="", file=sys.stderr, flush=True)
            self._prompted = True

    def entered(self) -> None:
        """Note that a person ended a line, which left the cursor at the start of the next."""
        self._prompted = False

    def goodbye(self, token: str | None) -> None:
        """Tell a person how to go on later."""
        self._break()
        if self.prompts and token:
            print(f"To go on later: switchboard chat --session {token}", file=sys.stderr, flush=True)

    def _write(self, text: str) -> None:
        self._shown += text
        print(text, end="", flush=True)

    def _break(self) -> None:
        if self._shown:
            print(flush=True)
        elif self._prompted:
            print(file=sys.stderr, flush=True)
        self._turn, self._shown, self._prompted = "", "", False
