"""The hostile model: it does what the attacker told it beforehand, and follows none of our instructions.

What it is to say travels past the gateway: the suite writes a script for a word, the message carries the
word, and nothing else of the attack. So no screening of texts can help.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from scripts.redteam_suite.fields import fields_in
from scripts.redteam_suite.people import Person
from tests.support.model_server import Asked, ModelServer
from tests.support.model_server.behaviours import Behaviour, answer
from tests.support.model_server.responders import decision_text

CONSONANTS = "bdfgklmnprstvz"
VOWELS = "aeiou"
SYLLABLES = 5
SHOWN = 60_000
MARK = re.compile(r"Reference of this conversation: (\w+)")


Decision = Mapping[str, Any]
Step = Decision | Callable[[Any], Decision]
"""What is answered: a decision, or what makes one of the attack as it stands."""


class Attempt(Protocol):
    """An attack under way, as far as the model has to do with it: the suite's cases."""

    victim: Person
    written: list[str]
    directed: list[str]
    read: set[str]
    requests: int
    mark: str
    watch: list[str] | None
    given: list[str] | None

    def filled(self, value: Any) -> Any:
        """Return a value with `$name` and the like filled in."""
        ...


@dataclass(kw_only=True, slots=True)
class Script:
    """What the model answers to one message, the last step again and again."""

    case: Attempt
    steps: Sequence[Step]
    asked: int = 0

    def next(self) -> str:
        """Return the text of the next answer."""
        step = self.steps[min(self.asked, len(self.steps) - 1)]
        self.asked += 1
        decision = self.case.filled(step(self.case) if callable(step) else step)
        raw = decision.pop("raw", None)
        text = raw if raw is not None else decision_text(**decision)
        self.case.directed.append(text)
        return text


class HostileModel:
    """An OpenAI-compatible server on a local port."""

    def __init__(self) -> None:
        self._scripts: dict[str, Script] = {}
        self._calls: dict[str, Script] = {}
        self._server = ModelServer(responder=lambda _: "", keep=False)
        self._server.otherwise = self._behaviour
        self.lost = 0

    async def __aenter__(self) -> HostileModel:
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop()

    @property
    def url(self) -> str:
        """Return the base URL for a client."""
        return self._server.url

    def script(self, case: Attempt, steps: Sequence[Step]) -> str:
        """Keep what is to be answered, and return the word that stands for it in a message."""
        number, word = len(self._scripts), ""
        for _ in range(SYLLABLES):
            number, rest = divmod(number, len(CONSONANTS) * len(VOWELS))
            word += CONSONANTS[rest // len(VOWELS)] + VOWELS[rest % len(VOWELS)]
        self._scripts[word] = Script(case=case, steps=steps or (decision(),))
        return word

    def answer_call(self, mark: str, case: Attempt, steps: Sequence[Step]) -> None:
        """Keep what is to be answered to the next messages of a call: no word of ours can be spoken there."""
        self._calls[mark] = Script(case=case, steps=steps or (decision(),))

    def _behaviour(self, asked: Asked) -> Behaviour:
        script = self._due(asked.messages)
        if script is None:
            self.lost += 1
            return answer(decision_text(reply="How can I help you?"))
        case = script.case
        case.requests += 1
        mark = MARK.search(str(asked.messages[0].get("content")))
        case.mark = mark[1] if mark else ""
        if case.given is not None:
            case.given.append("\n".join(str(each.get("content")) for each in asked.messages))
        given = "\n".join(str(each.get("content"))[:SHOWN] for each in asked.messages if _given(each))
        if case.watch is not None:
            case.watch.append(str(asked.messages[0].get("content")))
        case.read |= fields_in(given, case.victim, known=(*case.written, *case.directed))
        return answer(script.next(), size=400)

    def _due(self, messages: Sequence[Mapping[str, Any]]) -> Script | None:
        """Return the script of a call, else that of the newest message that carries a word of ours."""
        mark = MARK.search(str(messages[0].get("content"))) if messages else None
        if mark is not None and (called := self._calls.get(mark[1])) is not None:
            return called
        for message in reversed(messages):
            if message.get("role") == "user":
                found = [word for word in str(message.get("content")).split() if word in self._scripts]
                if found:
                    return self._scripts[found[-1]]
        return None


def decision() -> dict[str, Any]:
    """Return what is answered where the attacker has no wish."""
    return {"intent": "obey", "reply": "Thank you for your message."}


def _given(message: Mapping[str, Any]) -> bool:
    """Say whether the gateway itself wrote it: what the model said before is no news to it."""
    return message.get("role") != "assistant"
