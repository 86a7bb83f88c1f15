"""What the voice channel can be told; the defaults are for one small machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from guardrails.vocabulary import IdKind

RATE: Final = 16_000
"""Samples per second of what is heard and transcribed."""
LEAST_RATE: Final = 8_000
MOST_RATE: Final = 48_000
"""What a wire may bring."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VoiceSettings:
    """Times in milliseconds (`_ms`) or seconds (`_s`), confidences from 0 to 1."""

    max_calls: int = 20
    """Calls at once; a further one is told that all lines are busy."""
    call_limit_s: float = 3600.0

    min_speech_ms: int = 120
    preroll_ms: int = 240
    """Audio kept from before speech was noticed, so that no first sound is lost."""
    end_silence_ms: int = 600
    """Silence that ends a turn."""
    number_silence_ms: int = 1200
    """The same while digits or an address are being spoken."""
    unfinished_silence_ms: int = 1100
    """The same after a sentence that is not over."""
    longest_utterance_s: float = 30.0
    barge_in_ms: int = 192
    """Speech over a reply that stops it; a cough is shorter."""

    silence_prompt_s: float = 8.0
    goodbye_s: float = 20.0
    filler_after_s: float = 2.5
    patience_s: float = 7.0
    """How long a caller who waits for an answer hears nothing after that, each time."""

    transcriber_workers: int = 1
    """Utterances transcribed side by side, in one process."""
    transcriber_queue: int = 40
    """Utterances that may wait; a further one is refused."""
    transcriber_wait_s: float = 10.0
    """How long an utterance waits for its turn, or for the model to be loaded."""
    transcribe_timeout_s: float = 15.0
    """How long one utterance may take before the process is replaced."""
    transcriber_start_s: float = 20.0
    """How long the start waits for the model; loading then goes on beside the calls."""
    transcriber_load_s: float = 1800.0
    """How long fetching and loading the weights may take."""
    whisper_device: str = "auto"
    """auto, cpu or cuda."""
    whisper_compute: str = ""
    """A CTranslate2 compute type; empty: int8 on a CPU, float16 on a GPU."""
    whisper_threads: int = 0
    """CPU threads per worker; 0: up to 4 of the machine's cores, shared by the workers."""
    whisper_beam: int = 1
    """1 is quickest; 5 hears a little better and takes longer."""
    say_timeout_s: float = 10.0
    ask_again_below: float = 0.45
    confirm_below: float = 0.7

    key_pause_s: float = 2.0
    """A pause that ends a keyed-in number."""
    ahead_s: float = 2.5
    """Audio that may lie unplayed on the wire."""
    send_timeout_s: float = 10.0
    """A wire that takes nothing for so long is gone."""
    answer_limit_s: float = 90.0
    """How long an answer is waited for before the caller is told that there is none yet."""
    comfort_s: float = 30.0
    """How often a caller who waits for a human hears that somebody comes, or that nobody is free yet."""
    farewell_s: float = 5.0
    """How long what was said last is still taken in after the caller has hung up."""
    ids: tuple[IdKind, ...] = ()
    """What the business calls its ids: those numbers are read back by their name, digit by digit."""
    default_language: str = "en"
    """What we speak until the caller's language is known."""

    calls_per_address: int = 10
    """Calls at once from one network address; phone calls are exempt, for all of them are Twilio's."""
    hello_timeout_s: float = 10.0
    """How long a socket may take to say who calls, and a posted form to arrive."""
    heartbeat_s: float = 25.0
    close_timeout_s: float = 2.0
    """How long a polite close waits for the client's own close frame."""
    frame_bytes: int = 65_536
    send_buffer: int = 65_536
    """Unsent bytes per socket before the call waits."""
    flood_s: float = 5.0
    """How far ahead of the clock a client's audio may be."""
    catch_up_s: float = 10.0
    """How much audio of a line that stood still may come at once, on top of that."""
    form_bytes: int = 16_384
    twilio_auth_token: str = field(default="", repr=False)
    """Empty: no phone calls."""
    twilio_start_s: float = 60.0
    """How long a line is kept for a phone call whose stream is about to come."""
