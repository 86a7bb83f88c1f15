"""Pipecat: its FastAPI websocket transport with the Twilio serializer, Silero, and instant stand-ins."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncGenerator, Callable
from socket import socket

import uvicorn
from fastapi import FastAPI, WebSocket
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams
from pipecat.frames.frames import (
    Frame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.settings import STTSettings, TTSSettings
from pipecat.services.stt_service import SegmentedSTTService
from pipecat.services.tts_service import TTSService
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.turns.user_start import VADUserTurnStartStrategy
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.utils.time import time_now_iso8601
from pipecat.workers.runner import WorkerRunner
from voice_job import MIN_SPEECH_MS, RATE, REPLY, SAID, SILENCE_MS, START_THRESHOLD, chunks


class FixedTranscriber(SegmentedSTTService):
    """Hears the same at once."""

    def __init__(self) -> None:
        super().__init__(
            ttfs_p99_latency=0.0, trailing_silence_secs=0.0, settings=STTSettings(model=None, language=None)
        )

    @property
    def wants_wav_segments(self) -> bool:
        """Raw PCM is enough."""
        return False

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Yield the transcript."""
        yield TranscriptionFrame(SAID, "", time_now_iso8601())


class InstantModel(FrameProcessor):
    """Answers a context at once."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Turn a context into the reply; pass on all else."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        await self.push_frame(LLMFullResponseStartFrame())
        await self.push_frame(LLMTextFrame(REPLY))
        await self.push_frame(LLMFullResponseEndFrame())


class ToneSpeaker(TTSService):
    """Hums."""

    def __init__(self) -> None:
        super().__init__(
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model=None, voice=None, language=None),
        )

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Yield the tone."""
        for chunk in chunks(text, RATE):
            yield TTSAudioRawFrame(chunk, RATE, 1, context_id=context_id)


async def serve(listener: socket, ready: Callable[[], None]) -> None:
    """Carry calls."""
    logger.remove()
    logger.add(sys.stderr, level="ERROR")
    app = FastAPI()

    @app.websocket("/voice/twilio")
    async def talk(ws: WebSocket) -> None:
        await ws.accept()
        await ws.receive_text()
        start = json.loads(await ws.receive_text())["start"]
        await carry(ws, start["streamSid"])

    talk.__annotations__["ws"] = WebSocket
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", loop="none"))
    ready()  # the listener takes connections from now on
    await server.serve(sockets=[listener])


async def carry(ws: WebSocket, stream_sid: str) -> None:
    """Carry one call."""
    serializer = TwilioFrameSerializer(
        stream_sid, params=TwilioFrameSerializer.InputParams(auto_hang_up=False)
    )
    params = FastAPIWebsocketParams(audio_in_enabled=True, audio_out_enabled=True, serializer=serializer)
    transport = FastAPIWebsocketTransport(websocket=ws, params=params)
    pair = LLMContextAggregatorPair(LLMContext(), user_params=_turn_taking())
    stages = [
        transport.input(),
        FixedTranscriber(),
        pair.user(),
        InstantModel(),
        ToneSpeaker(),
        transport.output(),
        pair.assistant(),
    ]
    rates = PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE)
    worker = PipelineWorker(Pipeline(stages), params=rates, enable_rtvi=False)

    @transport.event_handler("on_client_disconnected")
    async def gone(_transport: object, _client: object) -> None:
        await worker.cancel()

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()


def _turn_taking() -> LLMUserAggregatorParams:
    """Silero with the silence of all; the turn ends where the VAD says so, without a smart-turn model."""
    vad = SileroVADAnalyzer(
        params=VADParams(
            confidence=START_THRESHOLD,
            start_secs=MIN_SPEECH_MS / 1000,
            stop_secs=SILENCE_MS / 1000,
            min_volume=0.0,
        )
    )
    strategies = UserTurnStrategies(
        start=[VADUserTurnStartStrategy()],
        stop=[SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=0.0)],
    )
    return LLMUserAggregatorParams(vad_analyzer=vad, user_turn_strategies=strategies)
