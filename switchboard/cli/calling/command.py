"""One call of `switchboard call`, from its arguments to its exit code."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from channels.voice.settings import RATE
from guardrails.vocabulary import IdKind
from switchboard.cli.calling.caller_audio import (
    CallerUtterance,
    CallerVoice,
    EspeakCaller,
    LineLost,
    Loudspeaker,
    Microphone,
    Recording,
    read_wav,
    utterance,
)
from switchboard.cli.calling.caller_dialogue import CallerDialogue, CallerTurn, Latency
from switchboard.cli.calling.voice_line import CallLog, VoiceLine
from switchboard.cli.chat_screen import CONTROLS, SANDBOX


class CallScreen(Protocol):
    """Prints one call; `at` is seconds since it began."""

    def frame(self, at: float, frame: Mapping[str, Any]) -> None:
        """Print what the gateway said or understood."""
        ...

    def said(self, at: float, text: str) -> None:
        """Print what the caller begins to say."""
        ...

    def turn(self, turn: CallerTurn) -> None:
        """Print how long a turn took."""
        ...

    def notice(self, text: str) -> None:
        """Print a word of our own."""
        ...

    def over(self, summary: Mapping[str, Any]) -> None:
        """Print how it ended."""
        ...


class TextScreen:
    """For people: the conversation on standard output, everything else on standard error."""

    def frame(self, at: float, frame: Mapping[str, Any]) -> None:
        """Print what the gateway said or understood."""
        match frame.get("type"):
            case "ready":
                self._ready(frame)
            case "reply":
                self._line(at, "it said", str(frame.get("text")))
            case "transcript" if frame.get("final"):
                self._line(at, "it heard", str(frame.get("text")))
            case "clear":
                self._line(at, "it stops", "")
            case "transfer":
                self._line(at, "transfer", str(frame.get("to")))
            case "error":
                self.notice(str(frame.get("message")))

    def said(self, at: float, text: str) -> None:
        """Print what the caller begins to say."""
        self._line(at, "you said", text)

    def turn(self, turn: CallerTurn) -> None:
        """Print how long a turn took."""
        took = "  ".join(f"{name} {_seconds(value)}" for name, value in asdict(turn.latency).items())
        print(f"         after the end of speech: {took}", file=sys.stderr, flush=True)

    def notice(self, text: str) -> None:
        """Print a word of our own."""
        print(f"[{CONTROLS.sub('', text)}]", file=sys.stderr, flush=True)

    def over(self, summary: Mapping[str, Any]) -> None:
        """Print how it ended."""
        if summary["recording"]:
            words = (
                f"Saved {summary['seconds']:.1f} s to {summary['recording']}: left you, right the gateway."
            )
            self.notice(words)
        if not summary["answered"]:
            self.notice("Not everything that was said got a spoken answer.")

    def _ready(self, frame: Mapping[str, Any]) -> None:
        if frame.get("model") == "sandbox":
            self.notice(SANDBOX)
        if frame.get("notice"):
            self.notice(str(frame["notice"]))

    def _line(self, at: float, who: str, text: str) -> None:
        print(f"{at:7.2f}  {who:8}  {CONTROLS.sub('', text)}".rstrip(), flush=True)


class JsonScreen:
    """For scripts: one JSON object a line, each with its time `at`; the last one is the `call`."""

    def frame(self, at: float, frame: Mapping[str, Any]) -> None:
        """Print a frame of the gateway as it came, without the session's token."""
        self._print({"at": round(at, 3), **{key: value for key, value in frame.items() if key != "token"}})

    def said(self, at: float, text: str) -> None:
        """Print what the caller begins to say."""
        self._print({"at": round(at, 3), "type": "said", "text": text})

    def turn(self, turn: CallerTurn) -> None:
        """Print how long a turn took."""
        self._print({"type": "turn", **told(turn)})

    def notice(self, text: str) -> None:
        """Print a word of our own on standard error."""
        print(f"[{CONTROLS.sub('', text)}]", file=sys.stderr, flush=True)

    def over(self, summary: Mapping[str, Any]) -> None:
        """Print how it ended."""
        self._print({"type": "call", **summary})

    def _print(self, value: Mapping[str, Any]) -> None:
        print(json.dumps(value, ensure_ascii=False), flush=True)


def told(turn: CallerTurn) -> dict[str, Any]:
    """Return a turn as JSON."""
    return {
        "said": turn.said,
        "heard": [each.text for each in turn.understood],
        "reply": [each.text for each in turn.sentences],
        "answered": turn.answered,
        "after": _rounded(turn.latency),
    }


def _rounded(latency: Latency) -> dict[str, float | None]:
    return {name: None if value is None else round(value, 3) for name, value in asdict(latency).items()}


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


async def call(options: argparse.Namespace, *, url: str, identity: str | None, ids: Sequence[IdKind]) -> int:
    """Call the gateway at `url` and say everything; 0 when all of it got a spoken answer, else 1."""
    screen: CallScreen = JsonScreen() if options.json else TextScreen()
    recording = Recording(rate=RATE)
    log = CallLog(watch=screen.frame)
    async with EspeakCaller(options.voice, options.rate) as voice:
        turns = [await _utterance(turn, voice) for turn in options.turns or ()]
        line = VoiceLine(
            url,
            identity=identity,
            token=options.session,
            microphone=Microphone(),
            loudspeaker=Loudspeaker(),
            log=log,
            recording=recording,
        )
        try:
            return await _call(options, line, voice, turns, ids=ids, screen=screen, recording=recording)
        finally:
            if options.out and recording.seconds:
                recording.save(options.out)


async def _call(
    options: argparse.Namespace,
    line: VoiceLine,
    voice: CallerVoice,
    turns: list[CallerUtterance],
    *,
    ids: Sequence[IdKind],
    screen: CallScreen,
    recording: Recording,
) -> int:
    dialogue = CallerDialogue(
        line,
        voice,
        ids=ids,
        wait=options.wait,
        impatient=options.barge_in,
        reacts=not options.literal,
        keys=options.dtmf,
        turned=screen.turn,
        saying=lambda text: screen.said(line.now, text),
    )
    answered = False
    async with line:
        try:
            await dialogue.greeting()
            answered = await _talk(dialogue, turns, keys=options.dtmf)
        except LineLost as error:
            screen.notice(str(error))
    screen.over(_summary(line, dialogue, answered, recording=recording, out=options.out))
    return 0 if answered else 1


async def _talk(dialogue: CallerDialogue, turns: list[CallerUtterance], *, keys: str) -> bool:
    answers = [await dialogue.say(turn) for turn in turns]
    if keys and not dialogue.pressed:
        answers.append(await dialogue.press(keys))
    return all(answers)


async def _utterance(turn: str | Path, voice: CallerVoice) -> CallerUtterance:
    if isinstance(turn, str):
        return await voice.say(turn)
    return utterance("", read_wav(turn))


def _summary(
    line: VoiceLine, dialogue: CallerDialogue, answered: bool, *, recording: Recording, out: Path | None
) -> dict[str, Any]:
    ready = line.log.ready or {}
    return {
        "answered": answered,
        "conversation": ready.get("conversation"),
        "session": ready.get("token"),
        "turns": [told(turn) for turn in dialogue.turns],
        "seconds": round(recording.seconds, 2),
        "recording": str(out) if out else None,
    }
