"""What a transcript means for the call: a message, a question of ours, or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from channels.voice.calls.call_phrases import (
    heard_pattern,
    heard_words,
    id_name,
    named_id,
    number_name,
    phrase,
    tongue,
)
from channels.voice.calls.spelled import written
from channels.voice.settings import VoiceSettings
from channels.voice.speaking.spoken.spoken_ids import one_by_one
from guardrails.privacy.private_data import find_codes
from guardrails.vocabulary import IdKind

MOST: Final = 2
"""Numbers read back in one go."""
_NUMBER: Final = re.compile(r"(?<![\d.,@])\d{3,20}(?!\d|[.,]\d|\w*@)")
_CODE: Final = re.compile(rf"\b{heard_pattern('code')}\b", re.IGNORECASE)
_YES: Final = re.compile(rf"^\W*{heard_pattern('yes')}\b", re.IGNORECASE)
_NO: Final = re.compile(rf"^\W*{heard_pattern('no')}\b", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+")
MOST_WORDS: Final = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirming:
    """A message that waits for the caller's yes; `tries` counts the questions asked."""

    text: str
    numbers: tuple[str, ...]
    tries: int = 1


def numbers(text: str) -> tuple[str, ...]:
    """Return the numbers of three digits and more, each once."""
    return tuple(dict.fromkeys(_NUMBER.findall(text)))[:MOST]


def is_code(text: str, ids: Sequence[IdKind], *, asked: bool) -> bool:
    """Say whether the number in a text is a one-time code; `asked` when we had just asked for one.

    A number that is called one of the business's ids is that all the same, and has to be read back.
    """
    if any(find_codes(text)) or (_CODE.search(text) is not None and numbers(text)):
        return True
    return asked and bool(numbers(text)) and named_id(ids, text) is None


def asks_for_code(reply: Sequence[str], ids: Sequence[IdKind]) -> bool:
    """Say whether the reply said last, sentence by sentence, asks for a code: "Please read it to me." may."""
    for sentence in reversed(reply):
        if _CODE.search(sentence):
            return True
        if named_id(ids, sentence) is not None:
            return False
    return False


def read_back(text: str, found: tuple[str, ...], language: str, ids: Sequence[IdKind]) -> str:
    """Return the read-back of numbers that were heard well: "Order 1 0 4 2. One moment."."""
    said = _with("read_back", text, found, language, ids)
    return said[0].upper() + said[1:]


def question(text: str, found: tuple[str, ...], language: str, ids: Sequence[IdKind]) -> str:
    """Return the question whether the numbers were heard right: "Did you say order 1 0 4 2?"."""
    return _with("confirm", text, found, language, ids)


def verdict(text: str) -> bool | None:
    """Return whether an answer means yes or no, None when it means neither."""
    if _NO.match(text):
        return False
    return True if _YES.match(text) else None


def corrected(confirming: Confirming, number: str) -> str:
    """Return the message that waits with another number in place of the last one in it."""
    before, old, after = confirming.text.rpartition(confirming.numbers[-1])
    return f"{before}{number}{after}" if old else f"{confirming.text} {number}"


def is_backchannel(text: str) -> bool:
    """Say whether a caller only shows that they listen: "uh-huh", "mhm", "okay", "ja", "right" alone."""
    words = _WORD.findall(text.lower())
    if not 0 < len(words) <= MOST_WORDS:
        return False
    if " ".join(words) in heard_words("backchannel_phrases"):
        return True
    return heard_words("backchannel").issuperset(words)


def _with(name: str, text: str, found: tuple[str, ...], language: str, ids: Sequence[IdKind]) -> str:
    number = "; ".join(map(one_by_one, found))
    called = id_name(named_id(ids, text), tongue(language)) if len(found) == 1 else ""
    if called:
        return phrase(f"{name}_id", language, id=called, number=number)
    return phrase(name, language, number=number)


REAL_SPEECH_MS: Final = 400
"""Less than this without a word in it was no speech."""
LONG_SPEECH_MS: Final = 1_000
"""Over a reply, this much speech wants to be asked about even where its words are not sure."""
MOST_QUESTIONS: Final = 2
MOST_MISSED: Final = 2
MOST_FAILED: Final = 3
AFTER_YES: Final = 3
"""Words that follow a yes before they count as something to be answered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A transcript: confidence from 0 to 1, and how much speech there was."""

    text: str
    confidence: float
    voiced_ms: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CallSituation:
    """What is going on while it is said.

    `over_reply`: we were speaking; `asked`: of what we said only a question was left; `code_asked`: we spoke
    of a code last; `human`: an operator reads along.
    """

    language: str
    over_reply: bool = False
    asked: bool = False
    thinking: bool = False
    code_asked: bool = False
    human: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """What to do: hand in `message`, say `say` (of ours). Neither: go on with what was being said."""

    message: str | None = None
    say: str | None = None
    missed: bool = False


NOTHING: Final = Move()


class Understanding:
    """Decides, utterance by utterance; it remembers a number to be confirmed and what was not understood."""

    def __init__(self, settings: VoiceSettings) -> None:
        self._ids = settings.ids
        self._ask_again_below = settings.ask_again_below
        self._confirm_below = settings.confirm_below
        self._confirming: Confirming | None = None
        self._missed = 0
        self._failed = 0
        self._offered = False
        self._noted = False

    @property
    def expects_number(self) -> bool:
        """Whether we asked for a number."""
        return self._confirming is not None

    def heard(self, said: Said, now: CallSituation) -> Move:
        """Return what an utterance means."""
        self._failed = 0
        text = written(said.text, self._ids, now.language)
        if self._only_listening(text, now):
            return NOTHING
        if not text:
            return self._nothing(said, now)
        if now.human:
            return Move(message=self._for_a_human(text))
        if self._confirming is not None:
            return self._answered(self._confirming, text, said, now)
        return self._new(text, said, now)

    def _for_a_human(self, text: str) -> str:
        """Return the text, behind what still waited for the caller's yes."""
        waiting, self._confirming = self._confirming, None
        return text if waiting is None else f"{waiting.text.rstrip(' .!?')}. {text}"

    def _new(self, text: str, said: Said, now: CallSituation) -> Move:
        if said.confidence < self._ask_again_below:
            if now.over_reply and said.voiced_ms < LONG_SPEECH_MS:
                return NOTHING
            return self._not_understood(now)
        return self._understood(text, said, now)

    def typed(self, digits: str, now: CallSituation) -> Move:
        """Return what keyed-in digits mean."""
        offered, self._offered = self._offered, False
        waiting, self._confirming = self._confirming, None
        self._missed = 0
        if offered and digits == "0":
            return Move(
                message=phrase("human_wanted", now.language), say=phrase("getting_human", now.language)
            )
        if waiting is not None and len(digits) >= 3:
            return Move(message=corrected(waiting, digits))
        return Move(message=digits)

    def failed(self, now: CallSituation) -> Move:
        """Return what to do when there is no transcript: ask again, at last leave a note for a human."""
        self._failed += 1
        if now.human:
            return Move(missed=True)
        if self._failed < MOST_FAILED:
            return Move(say=phrase("say_again", now.language), missed=True)
        noted, self._noted = self._noted, True
        self._failed, self._offered = 0, True
        note = None if noted else phrase("deaf_note", now.language)
        return Move(message=note, say=self._with_number("deaf", now), missed=True)

    def _only_listening(self, text: str, now: CallSituation) -> bool:
        """Say whether the caller shows no more than that they listen; to a question it would be an answer."""
        if self._confirming is not None or now.asked or not (now.over_reply or now.thinking):
            return False
        return is_backchannel(text)

    def _nothing(self, said: Said, now: CallSituation) -> Move:
        if said.voiced_ms < REAL_SPEECH_MS or now.over_reply or now.human:
            return NOTHING
        return self._not_understood(now)

    def _not_understood(self, now: CallSituation, *, ask: str = "not_understood") -> Move:
        """Ask again twice in a row, then offer keys and a human, then fetch one."""
        self._missed += 1
        if self._missed <= MOST_MISSED:
            return Move(say=phrase(ask, now.language), missed=True)
        if self._missed == MOST_MISSED + 1:
            self._offered = True
            return Move(say=self._with_number("offer", now), missed=True)
        self._missed, self._confirming = 0, None
        return replace(_fetch_a_human(now), missed=True)

    def _understood(self, text: str, said: Said, now: CallSituation) -> Move:
        sure = said.confidence >= self._confirm_below
        if is_code(text, self._ids, asked=now.code_asked):
            # A code is a secret: it is not said aloud, and a wrong one costs the caller a try.
            if not sure:
                return self._not_understood(now, ask="key_code")
            self._missed = 0
            return Move(message=text, say=phrase("checking", now.language))
        self._missed = 0
        found = numbers(text)
        if not found:
            return Move(message=text)
        if sure:
            return Move(message=text, say=read_back(text, found, now.language, self._ids))
        self._confirming = Confirming(text=text, numbers=found)
        return Move(say=question(text, found, now.language, self._ids))

    def _answered(self, waiting: Confirming, text: str, said: Said, now: CallSituation) -> Move:
        """Take the answer to "Did you say …?": yes, no, another number, or something else altogether."""
        if said.confidence < self._ask_again_below:
            return self._ask(waiting, question(waiting.text, waiting.numbers, now.language, self._ids), now)
        meant, found = verdict(text), numbers(text)
        if found and (meant is not True or found[-1] not in waiting.numbers):
            return self._corrected(waiting, found[-1], said, now)
        if meant is True:
            return self._confirmed(waiting, text, now)
        if meant is False:
            return self._ask(waiting, phrase("which_number", now.language), now)
        self._confirming = None
        return self._understood(text, said, now)

    def _confirmed(self, waiting: Confirming, text: str, now: CallSituation) -> Move:
        self._confirming, self._missed = None, 0
        message = waiting.text
        if len(text.split()) > AFTER_YES:
            message = f"{message.rstrip(' .!?')}. {text}"
        return Move(message=message, say=phrase("confirmed", now.language))

    def _corrected(self, waiting: Confirming, number: str, said: Said, now: CallSituation) -> Move:
        text = corrected(waiting, number)
        if said.confidence >= self._confirm_below:
            self._confirming, self._missed = None, 0
            return Move(message=text, say=read_back(text, (number,), now.language, self._ids))
        again = replace(waiting, text=text, numbers=(*waiting.numbers[:-1], number))
        return self._ask(again, question(text, again.numbers, now.language, self._ids), now)

    def _ask(self, waiting: Confirming, asking: str, now: CallSituation) -> Move:
        """Ask once more; then for keys, and then as for all that is not understood."""
        self._confirming = replace(waiting, tries=waiting.tries + 1)
        if waiting.tries < MOST_QUESTIONS:
            return Move(say=asking, missed=True)
        if waiting.tries == MOST_QUESTIONS:
            return Move(say=phrase("key_number", now.language), missed=True)
        return self._not_understood(now)

    def _with_number(self, name: str, now: CallSituation) -> str:
        return phrase(name, now.language, number=number_name(self._ids, now.language))


def _fetch_a_human(now: CallSituation) -> Move:
    return Move(message=phrase("human_wanted", now.language), say=phrase("getting_human", now.language))
