"""Our own words in a call, and the language we speak."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from channels.voice.calls.playback import SpokenLine
from channels.voice.calls.player import Player
from channels.voice.transcribing.transcriber import Heard

_WORDS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "greeting": {
            "en": "Hello, how can I help you?",
            "de": "Guten Tag, wie kann ich Ihnen helfen?",
        },
        "greeting_of": {
            "en": "Hello, this is {business}. How can I help you?",
            "de": "Guten Tag, hier ist {business}. Wie kann ich Ihnen helfen?",
        },
        "sandbox": {
            "en": "This is a test line with a sandbox model.",
            "de": "Dies ist eine Testleitung mit einem Übungsmodell.",
        },
        "test_ears": {
            "en": "It understands synthetic test speech alone.",
            "de": "Verstanden wird nur künstliche Testsprache.",
        },
        "checking": {"en": "Thank you, checking.", "de": "Danke, ich prüfe das."},
        "read_back": {"en": "{number}. One moment.", "de": "{number}. Einen Moment."},
        "read_back_order": {"en": "Order {number}. One moment.", "de": "Bestellung {number}. Einen Moment."},
        "confirm": {"en": "Did you say {number}?", "de": "Sagten Sie {number}?"},
        "confirm_order": {"en": "Did you say order {number}?", "de": "Sagten Sie Bestellung {number}?"},
        "confirmed": {"en": "Thank you. One moment.", "de": "Danke. Einen Moment."},
        "which_number": {
            "en": "Sorry. What is the number, please?",
            "de": "Entschuldigung. Wie lautet die Nummer bitte?",
        },
        "key_number": {
            "en": "Please type the number on your phone and press the hash key.",
            "de": "Bitte tippen Sie die Nummer auf Ihrem Telefon ein und drücken Sie die Rautetaste.",
        },
        "key_code": {
            "en": "Please type the code on your phone and press the hash key.",
            "de": "Bitte tippen Sie den Code auf Ihrem Telefon ein und drücken Sie die Rautetaste.",
        },
        "not_understood": {
            "en": "Sorry, I did not get that.",
            "de": "Entschuldigung, das habe ich nicht verstanden.",
        },
        "offer": {
            "en": "I have trouble understanding you. Please type your order number and press the hash key,"
            " or press zero for a colleague.",
            "de": "Ich kann Sie schlecht verstehen. Bitte tippen Sie Ihre Bestellnummer ein und drücken Sie"
            " die Rautetaste, oder drücken Sie die Null für eine Kollegin oder einen Kollegen.",
        },
        "human_wanted": {
            "en": "I want to speak to a human.",
            "de": "Ich möchte mit einem Menschen sprechen.",
        },
        "getting_human": {
            "en": "I will get a colleague for you.",
            "de": "Ich hole jemanden aus dem Team dazu.",
        },
        "one_moment": {"en": "One moment, please.", "de": "Einen Moment bitte."},
        "say_again": {
            "en": "Sorry, could you say that again?",
            "de": "Entschuldigung, könnten Sie das noch einmal sagen?",
        },
        "deaf": {
            "en": "I am sorry, I can't understand speech at the moment, and I leave a note for my colleagues."
            " You can type your order number and press the hash key.",
            "de": "Es tut mir leid, ich kann im Moment keine Sprache verstehen und hinterlasse dem Team eine"
            " Nachricht. Sie können Ihre Bestellnummer eintippen und die Rautetaste drücken.",
        },
        "deaf_note": {
            "en": "I want to speak to a human. (A call: what was said could not be recognised.)",
            "de": "Ich möchte mit einem Menschen sprechen. (Ein Anruf: Das Gesagte wurde nicht erkannt.)",
        },
        "still_there": {"en": "Are you still there?", "de": "Sind Sie noch da?"},
        "goodbye": {
            "en": "I can't hear you any more, so I hang up now. Goodbye.",
            "de": "Ich höre Sie nicht mehr und lege jetzt auf. Auf Wiederhören.",
        },
        "still_here": {
            "en": "A colleague will be with you soon.",
            "de": "Gleich ist jemand für Sie da.",
        },
        "nobody_yet": {
            "en": "I am sorry, nobody is free yet. You may stay on the line, or hang up: your message"
            " is kept for my colleagues.",
            "de": "Es tut mir leid, noch ist niemand frei. Sie können in der Leitung bleiben oder auflegen:"
            " Ihre Nachricht bleibt für das Team erhalten.",
        },
        "taken_over": {
            "en": "A colleague is taking over now.",
            "de": "Jetzt übernimmt jemand aus dem Team.",
        },
        "transferring": {
            "en": "I am connecting you to a colleague.",
            "de": "Ich verbinde Sie mit jemandem aus dem Team.",
        },
        "time_is_up": {
            "en": "This call has reached its longest time, so I have to hang up now. Goodbye.",
            "de": "Dieser Anruf ist so lang wie möglich, deshalb lege ich jetzt auf. Auf Wiederhören.",
        },
        "too_quiet": {
            "en": "I can barely hear you. Please speak a little louder.",
            "de": "Ich höre Sie kaum. Bitte sprechen Sie etwas lauter.",
        },
        "clipped": {
            "en": "Your microphone is very loud. Please hold it a little further away.",
            "de": "Ihr Mikrofon ist sehr laut. Bitte halten Sie es etwas weiter weg.",
        },
        "wrong_rate": {
            "en": "Your audio arrives garbled, so I may not understand you.",
            "de": "Ihr Ton kommt verzerrt an, deshalb verstehe ich Sie vielleicht nicht.",
        },
        "no_answer": {
            "en": "I am sorry, I have no answer yet. Your message is safe.",
            "de": "Es tut mir leid, ich habe noch keine Antwort. Ihre Nachricht ist sicher.",
        },
        "trouble": {
            "en": "I am sorry, something went wrong on our side, so I have to hang up. Please call again.",
            "de": "Es tut mir leid, bei uns ist etwas schiefgegangen, deshalb lege ich jetzt auf. Bitte rufen"
            " Sie noch einmal an.",
        },
        "restarting": {
            "en": "Our system restarts now, so I have to hang up. Please call again in a minute.",
            "de": "Unser System startet gerade neu, deshalb lege ich jetzt auf. Bitte rufen Sie in einer"
            " Minute noch einmal an.",
        },
        "not_stored": {
            "en": "I am sorry, I can't take that in right now. Please try again in a minute.",
            "de": "Es tut mir leid, das kann ich gerade nicht aufnehmen. Bitte versuchen Sie es gleich noch"
            " einmal.",
        },
    }
)

FILLERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "en": ("One moment, please.", "Let me have a look.", "Just a second."),
        "de": ("Einen Moment bitte.", "Ich sehe nach.", "Einen Augenblick."),
    }
)
"""What is said while the model or a tool takes long."""

PATIENCE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "en": ("I am still working on it.", "This takes a little longer.", "Thank you for your patience."),
        "de": ("Ich bin noch dabei.", "Es dauert noch ein wenig.", "Danke für Ihre Geduld."),
    }
)
"""What is said when it takes longer still."""


def tongue(language: str) -> str:
    """Return the language of ours that comes nearest to a tag: `de` or `en`."""
    return "de" if language[:2].lower() == "de" else "en"


def word(name: str, language: str, **values: str) -> str:
    """Return one of our sentences; raises KeyError for a name we don't have."""
    return _WORDS[name][tongue(language)].format(**values)


TELLING_WORDS: Final = 2
"""A single word tells little of a language."""


class CallLanguage:
    """The language of a call: detected with the first words that tell, then kept.

    `hint` is what the caller's browser is set to: we begin in it, and they may speak another.
    """

    def __init__(self, hint: str | None, *, default: str, sure_from: float) -> None:
        self.assumed: str | None = None
        self.spoken = hint or default
        self._sure_from = sure_from

    def learn(self, heard: Heard) -> None:
        """Take the language of a transcript for that of the call, where none is known yet."""
        telling = heard.confidence >= self._sure_from and len(heard.text.split()) >= TELLING_WORDS
        if self.assumed is None and telling and heard.language:
            self.assumed = self.spoken = heard.language


class Announcer:
    """Says our own sentences; `free` lets them out while a reply is held back."""

    def __init__(self, player: Player, language: CallLanguage, *, free: Callable[[], None]) -> None:
        self._free = free
        self._player = player
        self._language = language
        self._number = 0
        self.mute = False
        """Set when the call is over."""

    def say(
        self,
        name: str,
        *,
        first: bool = False,
        then: Callable[[], None] | None = None,
        **values: str,
    ) -> None:
        """Say a sentence of `words` by its name."""
        self.say_text(word(name, self._language.spoken, **values), first=first, then=then)

    def fill(self, text: str) -> None:
        """Say a filler, also in front of a reply that was cut short: the caller waited long enough."""
        self.say_text(text, first=True)
        self._free()

    def say_text(self, text: str, *, first: bool = False, then: Callable[[], None] | None = None) -> None:
        """Say a sentence; `first` before all that waits, `then` is called when it was heard to its end."""
        if self.mute:
            return
        self._number += 1
        turn = f"own-{self._number}"
        line = SpokenLine(text=text, turn=turn, language=self._language.spoken, then=then)
        self._player.say(line, first=first, closed=True)
        if not self._player.cut:
            self._free()
