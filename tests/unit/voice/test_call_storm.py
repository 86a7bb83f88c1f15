"""Whatever happens in a call, in whatever order: one voice at a time, legal states, and an end."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from channels.voice.calls.call_parts import CallState, CallStates
from channels.voice.errors import SpeakerFailed, TranscriberBusy, TranscriberFailed
from channels.voice.hearing.audio_events import LineProblem
from orchestrator.errors import StoreAway
from orchestrator.ids import new_id
from tests.support.voice.call_parts import FakeWire
from tests.support.voice.fast_time import virtually
from tests.support.voice.phone import Phone, calling

TEXTS = (
    "Where is it?",
    "uh-huh",
    "",
    "order one zero four two",
    "yes",
    "no",
    "my code is one two three four",
)


class Storm:
    """What can happen to a call; each step takes a number to choose by."""

    NAMES = (
        *("speak", "begin", "sustain", "stop", "wait", "key", "delta", "action", "end"),
        *("operator", "status", "played", "fail", "problem", "hang_up"),
    )

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.turn = new_id()
        self.speaking = False

    async def speak(self, n: int) -> None:
        self.speaking = False
        text = TEXTS[n % len(TEXTS)]
        await self.phone.say(text, ms=96 + 64 * (n % 12), confidence=(0.2, 0.6, 0.95)[n % 3])

    async def begin(self, n: int) -> None:
        self.speaking = True
        self.phone.begin()

    async def sustain(self, n: int) -> None:
        if self.speaking:
            await self.phone.sustain(32 * (n % 12))

    async def stop(self, n: int) -> None:
        if self.speaking:
            self.speaking = False
            await self.phone.stop(TEXTS[n % len(TEXTS)], started=0, ms=100 * n)

    async def wait(self, n: int) -> None:
        await self.phone.quiet((0, 0.02, 0.4, 1.5, 6.0)[n % 5])

    async def key(self, n: int) -> None:
        self.phone.call.dtmf("0123456789*#"[n % 12])

    async def delta(self, n: int) -> None:
        self.phone.desk.delta(self.turn, ("It is here. ", "Half of ", "a sentence", "! And\n")[n % 4])

    async def action(self, n: int) -> None:
        self.phone.desk.action(self.turn)

    async def end(self, n: int) -> None:
        self.phone.desk.end(self.turn, ("It is here.", "Something else altogether.")[n % 2])
        self.turn = new_id()

    async def operator(self, n: int) -> None:
        author = ("operator", "system")[n % 2]
        self.phone.desk.post(self.phone.desk.conversation, author=author, text=f"Message {n}.")

    async def status(self, n: int) -> None:
        self.phone.desk.set_status(self.phone.desk.conversation, ("human", "open", "closed")[n % 3])

    async def played(self, n: int) -> None:
        self.phone.call.played(n * 300)
        self.phone.call.marked(f"m{n}")

    async def fail(self, n: int) -> None:
        match n % 4:
            case 0:
                self.phone.transcriber.failures = [TranscriberBusy("full")]
            case 1:
                self.phone.transcriber.failures = [TranscriberFailed("gone")]
            case 2:
                self.phone.speaker.failures = [SpeakerFailed("gone")]
            case _:
                self.phone.desk.away = [StoreAway("away")]

    async def problem(self, n: int) -> None:
        self.phone.audio_input.events.append(LineProblem(at_ms=0, kind="clipped"))
        self.phone.frame()

    async def hang_up(self, n: int) -> None:
        if n == 11:
            self.phone.call.hung_up()


WEIGHTS = {"speak": 2, "wait": 3, "delta": 2}
"""How often a step comes, where not once."""
NAMES = [name for name in Storm.NAMES for _ in range(WEIGHTS.get(name, 1))]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 11)), min_size=3, max_size=25))
def test_any_storm_is_survived(steps: list[tuple[str, int]]) -> None:
    illegal: list[str] = []
    move = CallStates.move

    def watched(machine: CallStates, to: CallState) -> None:
        try:
            move(machine, to)
        except Exception as error:
            illegal.append(str(error))
            raise

    @virtually
    async def storm() -> None:
        async with calling() as phone:
            wind = Storm(phone)
            for name, number in steps:
                await getattr(wind, name)(number)
                assert phone.speaker.open <= 1
            await phone.quiet(1)
        assert phone.speaker.most_open <= 1
        assert phone.summaries[0].ended_by in ("caller", "silence")
        assert_one_voice(phone.wire)

    with patch.object(CallStates, "move", watched):
        storm()
    assert illegal == []


def assert_one_voice(wire: FakeWire) -> None:
    """After a `clear`, audio begins with a sentence of its own; what goes out is never behind the clear."""
    announced = False
    for _, kind, what in wire.sent:
        if kind == "clear":
            announced = False
        elif kind == "tell" and what["type"] == "reply":
            announced = True
        elif kind == "audio":
            assert announced
