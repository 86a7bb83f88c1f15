"""A caller's side of the conversation: waits, speaks, reacts, and measures how long answers take."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from channels.voice.calls.call_phrases import number_name, phrase
from channels.voice.calls.spelled import joined_digits
from guardrails.vocabulary import IdKind
from switchboard.cli.calling.caller_audio import CallerUtterance, CallerVoice, LineLost
from switchboard.cli.calling.voice_line import CallLog, HeardSentence, Understood, VoiceLine

_NUMBER: Final = re.compile(r"\d{3,}")
_READ_OUT: Final = re.compile(r"\d(?: \d){2,}|\d{3,}")
_DIGITS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "de": ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
}
_YES: Final = {"en": "Yes, that is right.", "de": "Ja, das stimmt."}
_NO: Final = {"en": "No, that is wrong.", "de": "Nein, das ist falsch."}
_MINE: Final = {
    "en": ("My {name} is {number}.", "It is {number}."),
    "de": ("Meine {name} ist {number}.", "Sie ist {number}."),
}
"""What is said to correct a number, the second one more slowly; after them it is keyed in."""


class GatewayQuestion(StrEnum):
    """What a sentence of the gateway asks of the caller."""

    CONFIRM = "confirm"
    READ_BACK = "read_back"
    """Nothing, if the number is right."""
    NUMBER = "number"
    AGAIN = "again"
    KEYS = "keys"
    PRESENCE = "presence"


_ASKED: Final = (
    (GatewayQuestion.KEYS, re.compile(r"\b(?:type|tippen)\b", re.IGNORECASE)),
    (GatewayQuestion.CONFIRM, re.compile(r"^(?:did you say|sagten sie)\b", re.IGNORECASE)),
    (GatewayQuestion.READ_BACK, re.compile(r"^(?:\w+ )?\d(?: \d)+[\d; ]*\.", re.IGNORECASE)),
    (GatewayQuestion.NUMBER, re.compile(r"what is the number|wie lautet die nummer", re.IGNORECASE)),
    (
        GatewayQuestion.AGAIN,
        re.compile(
            r"did not get that|say that again|habe ich nicht verstanden|noch einmal sagen", re.IGNORECASE
        ),
    ),
    (GatewayQuestion.PRESENCE, re.compile(r"still there|noch da|hang up now|lege jetzt auf", re.IGNORECASE)),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class CallerReaction:
    """What the caller does: say `text`, repeat what they said (`again`), or press `keys`."""

    text: str = ""
    slower: bool = False
    again: bool = False
    keys: str = ""


def asked(sentence: str) -> GatewayQuestion | None:
    """Return what one of the call's own sentences asks of the caller, None for no more than information."""
    return next((kind for kind, pattern in _ASKED if pattern.search(sentence)), None)


def reaction(
    sentence: str, *, said: str, keys: str, language: str = "en", name: str = "", corrected: int = 0
) -> CallerReaction | None:
    """Return what a caller who said `said` does about a sentence of the call's own; None: nothing.

    `keys` are pressed where the gateway asks for keys; without them the number in `said` is. `corrected`
    tells how often the number, which is called `name`, was corrected before.
    """
    mine = numbers(said)
    right = set(read_out(sentence)) <= set(mine)
    match asked(sentence):
        case GatewayQuestion.CONFIRM if mine:
            return CallerReaction(text=(_YES if right else _NO)[language])
        case GatewayQuestion.READ_BACK if right:
            return None
        case GatewayQuestion.READ_BACK | GatewayQuestion.NUMBER if mine:
            return _correction(mine[0], name or phrase("number", language), language, corrected)
        case GatewayQuestion.AGAIN | GatewayQuestion.NUMBER:
            return CallerReaction(again=True)
        case GatewayQuestion.KEYS if keys or mine:
            return CallerReaction(keys=keys or f"{mine[0]}#")
    return None


def _correction(number: str, name: str, language: str, corrected: int) -> CallerReaction:
    sentences = _MINE[language]
    if corrected >= len(sentences):
        return CallerReaction(keys=f"{number}#")
    text = sentences[corrected].format(name=name, number=spelled(number, language))
    return CallerReaction(text=text, slower=corrected > 0)


def numbers(text: str) -> list[str]:
    """Return the numbers of three digits and more in a text, spoken or written in whatever groups."""
    return _NUMBER.findall(joined_digits(text))


def read_out(sentence: str) -> list[str]:
    """Return the numbers in a sentence of the gateway, read out digit by digit or written."""
    return [found.replace(" ", "") for found in _READ_OUT.findall(sentence)]


def spelled(number: str, language: str = "en") -> str:
    """Return a number digit by digit in words."""
    return " ".join(_DIGITS[language][int(digit)] for digit in number)


QUIET: Final = 0.5
"""Seconds without the gateway's voice after which it has said what it had to say."""
GREETING_WITHIN: Final = 4.0
"""Seconds for a greeting to begin; then there is none."""
INTO: Final = 1.0
"""Seconds of the gateway's speech before an impatient caller speaks over it."""
REACTIONS: Final = 6
"""Questions of the gateway that are answered in one turn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Latency:
    """Seconds from the caller's last voiced frame; None for what did not come."""

    heard: float | None
    """To the final transcript."""
    reply: float | None
    """To the first sentence, the call's own included."""
    audio: float | None
    """To the first audio."""
    answer: float | None
    """To the first audio of the conversation's answer."""


@dataclass(kw_only=True, slots=True)
class CallerTurn:
    """Something the caller said or keyed in, and what came of it; `spoke_at` is the end of the speech."""

    said: str
    spoke_at: float
    answered: bool = False
    sentences: list[HeardSentence] = field(default_factory=list)
    understood: list[Understood] = field(default_factory=list)

    @property
    def latency(self) -> Latency:
        """How long everything took."""
        answers = [each for each in self.sentences if not each.ours]
        return Latency(
            heard=self._after([each.at for each in self.understood]),
            reply=self._after([each.at for each in self.sentences]),
            audio=self._after([each.audio_at for each in self.sentences]),
            answer=self._after([each.audio_at for each in answers]),
        )

    def _after(self, times: list[float | None] | list[float]) -> float | None:
        later = [at - self.spoke_at for at in times if at is not None and at >= self.spoke_at]
        return min(later, default=None)


class CallerDialogue:
    """Talks over a line. `wait` bounds each answer (seconds); `impatient` callers speak over what is said.

    `keys` are pressed where the gateway asks for them; `reacts` False leaves its questions unanswered.
    `ids` are those of the business, by whose name a number is corrected.
    """

    def __init__(
        self,
        line: VoiceLine,
        voice: CallerVoice,
        *,
        wait: float = 60.0,
        impatient: bool = False,
        reacts: bool = True,
        ids: Sequence[IdKind] = (),
        keys: str = "",
        enough: Callable[[CallerTurn], bool] | None = None,
        saying: Callable[[str], None] | None = None,
        turned: Callable[[CallerTurn], None] | None = None,
    ) -> None:
        self._line = line
        self._voice = voice
        self._wait = wait
        self._impatient = impatient
        self._reacts = reacts
        self._number_name = number_name(ids, voice.language)
        self._keys = keys
        self._enough = enough or (lambda _: False)
        self._saying = saying or (lambda _: None)
        self._turned = turned or (lambda _: None)
        self._said: CallerUtterance | None = None
        self._corrected = 0
        self.turns: list[CallerTurn] = []
        self.pressed = False
        """Whether keys were pressed."""

    @property
    def _log(self) -> CallLog:
        return self._line.log

    async def greeting(self) -> None:
        """Wait for the end of the greeting, or until it has been heard for a second; raises LineLost."""
        try:
            await self._line.until(lambda: bool(self._log.sentences), within=GREETING_WITHIN)
            await self._line.until(self._greeted, within=self._wait)
        except TimeoutError:
            pass  # a gateway that says nothing, or does not stop: the caller speaks

    def _greeted(self) -> bool:
        if self._impatient:
            return self._into(self._log.sentences)
        return self._finished(self._log.sentences) and self._line.quiet_for >= QUIET

    async def say(self, said: CallerUtterance) -> bool:
        """Say something and wait for the answer; return whether there was one. Raises LineLost."""
        self._said, self._corrected = said, 0
        turn = await self._spoken(said)
        for _ in range(REACTIONS):
            if (does := self._reaction(turn)) is None:
                break
            turn = await self._react(does, said)
        return turn.answered

    async def press(self, keys: str) -> bool:
        """Press keys and wait for the answer; return whether there was one. Raises LineLost."""
        return (await self._pressed(keys)).answered

    async def _react(self, does: CallerReaction, said: CallerUtterance) -> CallerTurn:
        """Do what a question asks for; return the turn that comes of it."""
        if does.keys:
            return await self._pressed(does.keys)
        if not does.again:
            self._corrected += bool(numbers(does.text))
            return await self._spoken(await self._voice.say(does.text, slower=does.slower))
        return await self._spoken(await self._voice.say(said.text, slower=True) if said.text else said)

    async def _spoken(self, said: CallerUtterance) -> CallerTurn:
        sentences, understood = len(self._log.sentences), len(self._log.understood)
        self._saying(said.text or "(a recording)")
        return await self._heard_out(said.text, await self._line.say(said), sentences, understood)

    async def _pressed(self, keys: str) -> CallerTurn:
        sentences, understood = len(self._log.sentences), len(self._log.understood)
        self.pressed = True
        self._saying(f"[{keys}]")
        return await self._heard_out(f"[{keys}]", await self._line.press(keys), sentences, understood)

    async def _heard_out(self, said: str, spoke_at: float, sentences: int, understood: int) -> CallerTurn:
        """Wait until the gateway has answered, or asked something, or a time has passed."""
        turn = CallerTurn(said=said, spoke_at=spoke_at)
        self.turns.append(turn)

        def settled() -> bool:
            turn.sentences = [each for each in self._log.sentences[sentences:] if _audible(each, spoke_at)]
            turn.understood = self._log.understood[understood:]
            turn.answered = any(not each.ours and each.audio_at is not None for each in turn.sentences)
            return self._settled(turn)

        try:
            await self._line.until(settled, within=self._wait)
        except TimeoutError:
            pass  # it is not answered, which the turn tells
        except LineLost:
            if not turn.answered:
                raise
        finally:
            self._turned(turn)
        return turn

    def _settled(self, turn: CallerTurn) -> bool:
        if not turn.sentences:
            return False
        if (wrong := self._misread(turn)) is not None:
            return self._into([wrong])
        if self._enough(turn):
            return True
        answers = [each for each in turn.sentences if not each.ours]
        if self._impatient and self._into(answers):
            return True
        if self._line.quiet_for < QUIET or not self._finished(turn.sentences):
            return False
        return bool(answers) or asked(turn.sentences[-1].text) not in (None, GatewayQuestion.READ_BACK)

    def _misread(self, turn: CallerTurn) -> HeardSentence | None:
        """Return the sentence that reads back another number than the caller's."""
        if not self._reacts:
            return None
        ours = [
            each for each in turn.sentences if each.ours and asked(each.text) is GatewayQuestion.READ_BACK
        ]
        return next((each for each in ours if self._does(each) is not None), None)

    def _reaction(self, turn: CallerTurn) -> CallerReaction | None:
        """Return what the caller does about the gateway's own words, None when nothing is left to do."""
        if (wrong := self._misread(turn)) is not None:
            return self._does(wrong)
        last = turn.sentences[-1] if turn.sentences else None
        if not self._reacts or turn.answered or last is None or not last.ours:
            return None
        return self._does(last)

    def _does(self, sentence: HeardSentence) -> CallerReaction | None:
        return reaction(
            sentence.text,
            said=self._said.text if self._said is not None else "",
            keys=self._keys,
            language=self._voice.language,
            name=self._number_name,
            corrected=self._corrected,
        )

    def _finished(self, sentences: list[HeardSentence]) -> bool:
        """Say whether all that was begun was said to its end."""
        return bool(sentences) and all(each.turn in self._log.finished for each in sentences)

    def _into(self, sentences: list[HeardSentence]) -> bool:
        begun = sentences[0].audio_at if sentences else None
        return begun is not None and self._line.now - begun >= INTO


def _audible(sentence: HeardSentence, spoke_at: float) -> bool:
    """Say whether a sentence came after the speech: one that was begun before it is no answer to it."""
    return sentence.at >= spoke_at
