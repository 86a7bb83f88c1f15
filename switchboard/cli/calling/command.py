"""One call of `switchboard call`, from its arguments to its exit code."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from channels.voice.settings import RATE
from guardrails.vocabulary import IdKind
from switchboard.cli.calling.call_screen import CallScreen, JsonScreen, TextScreen, told
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
from switchboard.cli.calling.caller_dialogue import CallerDialogue
from switchboard.cli.calling.voice_line import CallLog, VoiceLine


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
