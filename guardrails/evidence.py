"""What a reply may rest on: the facts of its turn."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """The facts a reply is checked against.

    `texts` are the customer's words, the thread, tool results and passages, as plain or JSON text;
    `citable` the ids of passages and results of this turn; `done` the tools that ran well in this
    conversation, `thread` the earlier turns as JSON; `secrets` what must never be said.
    """

    texts: tuple[str, ...] = ()
    thread: str = ""
    citable: frozenset[str] = frozenset()
    done: frozenset[str] = frozenset()
    secrets: tuple[str, ...] = ()

    def was_done(self, tool: str) -> bool:
        """Say whether the tool ran well in this conversation."""
        return tool in self.done

    def quotes(self, sentence: str) -> bool:
        """Say whether a sentence of four words or more stands in the facts word for word."""
        quoted = json.dumps(sentence.strip(), ensure_ascii=False)[1:-1]
        return len(sentence.split()) > 3 and any(quoted in text for text in self.texts)
