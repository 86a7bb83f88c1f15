"""The voice channel's part of the house: hearing, speech and transcriber; imported only when voice runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass

import structlog

from channels.chat.settings import ChatSettings
from channels.voice.calls.call_parts import CallOpening, CallParts, CallSummary
from channels.voice.calls.outbox import CallWire
from channels.voice.calls.voice_call import VoiceCall
from channels.voice.hearing.vad import SileroVad
from channels.voice.settings import VoiceSettings
from channels.voice.speaking.espeak import EspeakSpeaker
from channels.voice.speaking.speaker import Speaker, ToneSpeaker
from channels.voice.speaking.spoken.prepare import spoken
from channels.voice.transcribing.transcriber import Transcriber
from channels.voice.transcribing.weights import TEST_NOTICE, find_weights
from channels.voice.transcribing.whisper import make_transcriber
from channels.voice.voice_channel import VoiceChannel
from orchestrator.conversation.desk import Desk
from orchestrator.conversation.message import CallRecord
from orchestrator.conversation.recordings import Recordings
from orchestrator.policies import Policies
from switchboard.business import Business
from switchboard.settings import Settings

log = structlog.get_logger()
NOT_UNDERSTOOD = "callers are not understood as configured"
FETCHED = (
    "The Whisper weights {model} (SWITCHBOARD_WHISPER_MODEL) are not here yet and are fetched now; where that"
    " fails, calls are understood by the test model only, and /readyz says so."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class VoiceParts:
    """The channel, and what it hears and speaks with."""

    channel: VoiceChannel
    transcriber: Transcriber
    speaker: Speaker


def build_voice(
    settings: Settings,
    *,
    business: Business,
    desk: Desk,
    door: ChatSettings,
    policies: Policies,
    recordings: Recordings,
    observe: Callable[[str, float], None],
) -> VoiceParts:
    """Return the voice channel; its processes are started by `start_voice`."""
    told = voice_settings(settings, business)
    transcriber = make_transcriber(settings.transcriber, settings.whisper_model, settings=told)
    spoken("", told.default_language)  # its tables take a moment, which the first caller shall not wait
    speaker: Speaker = ToneSpeaker()
    if settings.speaker != "tone":
        speaker = EspeakSpeaker(timeout=told.say_timeout_s)
    parts = CallParts(
        desk=desk,
        vad=SileroVad(),
        transcriber=transcriber,
        speaker=speaker,
        settings=told,
        business=business.name,
        transfer_to=lambda: policies().voice.transfer_to or None,
        keep_audio=recordings.keep,
        summarise=_onto_the_timeline(desk),
        observe=observe,
    )

    def make_call(wire: CallWire, opening: CallOpening) -> VoiceCall:
        return VoiceCall(parts=parts, wire=wire, opening=opening)

    channel = VoiceChannel(told, door=door, make_call=make_call)
    return VoiceParts(channel=channel, transcriber=transcriber, speaker=speaker)


def say_what_hears(settings: Settings) -> None:
    """Say in one line, before anybody may call, that callers will not be understood as configured."""
    if settings.transcriber != "whisper":
        return
    weights = find_weights(settings.whisper_model)
    if weights.problem is not None:
        log.warning(NOT_UNDERSTOOD, notice=f"{weights.problem} {TEST_NOTICE}")
    elif weights.folder is None:
        log.warning(NOT_UNDERSTOOD, notice=FETCHED.format(model=weights.model))
    elif weights.synthetic:
        log.warning(NOT_UNDERSTOOD, notice=TEST_NOTICE)


async def start_voice(parts: VoiceParts, stack: AsyncExitStack) -> None:
    """Start the processes behind the calls without waiting for weights; `stack` stops them."""
    stack.push_async_callback(parts.speaker.stop)
    stack.push_async_callback(parts.transcriber.stop)
    starting = [
        asyncio.create_task(_started(each)) for each in (parts.speaker.start, parts.transcriber.start)
    ]

    async def end() -> None:
        for task in starting:
            task.cancel()
        await asyncio.gather(*starting, return_exceptions=True)

    stack.push_async_callback(end)


async def _started(start: Callable[[], Awaitable[None]]) -> None:
    """A part that does not start is a reason in /readyz, not the end of chat and mail."""
    try:
        await start()
    except Exception:
        log.exception("a part of voice does not start")


def _onto_the_timeline(desk: Desk) -> Callable[[CallSummary], Awaitable[None]]:
    async def note(summary: CallSummary) -> None:
        values = {key: value for key, value in asdict(summary).items() if key != "call_id"}
        await desk.call_ended(CallRecord(**values))

    return note


def voice_settings(settings: Settings, business: Business) -> VoiceSettings:
    """Return the channel's settings as the settings tree has them."""
    voice = settings.voice
    token = voice.twilio_auth_token
    return VoiceSettings(
        max_calls=voice.calls,
        calls_per_address=voice.calls_per_address,
        call_limit_s=voice.call_seconds,
        ids=tuple(business.vocabulary.ids.values()),
        default_language=voice.language,
        end_silence_ms=voice.end_silence_ms,
        silence_prompt_s=voice.silence_prompt,
        goodbye_s=voice.goodbye,
        filler_after_s=voice.filler_after,
        ask_again_below=voice.ask_again_below,
        confirm_below=voice.confirm_below,
        transcriber_workers=voice.whisper_workers,
        whisper_device=voice.whisper_device,
        whisper_compute=voice.whisper_compute,
        whisper_threads=voice.whisper_threads,
        whisper_beam=voice.whisper_beam,
        twilio_auth_token=token.get_secret_value() if token else "",
    )
