"""Where the milliseconds go with real components: Whisper (the test model), the sandbox model, eSpeak NG."""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from voice_job import FRAME_MS, SILENCE_MS
from voice_processes import Server, callers, gateway
from voice_speech import utterance

from channels.voice.pcm import SAMPLE
from channels.voice.settings import VoiceSettings
from channels.voice.transcribing.weights import TEST_MODEL
from channels.voice.transcribing.whisper import make_transcriber
from channels.voice.transports import mulaw

SPOKEN = "What is your return policy?"
"""Without a number or a name: nothing is read back, no other silence is waited for."""
SECONDS = 35.0
"""Short enough that no rule takes the repeated question for flooding."""
PASSES = 7
SAMPLED = re.compile(r"^(switchboard_\w+)_(sum|count)(\{[^}]*\})? ([0-9.e+-]+)$", re.MULTILINE)
WHAT = re.compile(r'what="(\w+)"')

Sums = dict[str, tuple[float, float]]
"""Seconds and how many, by name."""


def table() -> str:
    """Measure one call over Twilio's wire and return the table."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        settings = {"SWITCHBOARD_WHISPER_MODEL": str(TEST_MODEL)}
        with gateway(Path(folder), settings) as server:
            _until_ready(server)
            added, means = _called(server)
    return _written(added, means, asyncio.run(_pass_ms()))


def _until_ready(server: Server) -> None:
    """Wait until the transcriber's model is loaded."""
    for _ in range(120):
        try:
            with urllib.request.urlopen(f"{server.url}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.5)
    raise SystemExit("the gateway does not get ready")


def _called(server: Server) -> tuple[list[float], Mapping[str, float]]:
    with callers(server, calls=1, seconds=SECONDS, warm=1, say=SPOKEN) as one:
        if not one.opened():
            raise SystemExit("the call could not be opened, see above")
        before = _sums(server)
        one.go()
        report = one.report()
        if report is None or not report["latencies"]:
            raise SystemExit("the caller was not answered")
        return report["latencies"], _means(before, _sums(server))


def _sums(server: Server) -> Sums:
    request = urllib.request.Request(f"{server.url}/metrics", headers={"Accept": "text/plain"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        text = answer.read().decode()
    found: dict[str, dict[str, float]] = {}
    for name, kind, labels, value in SAMPLED.findall(text):
        what = WHAT.search(labels or "")
        key = what[1] if what else name.removeprefix("switchboard_")
        kinds = found.setdefault(key, {"sum": 0.0, "count": 0.0})
        kinds[kind] += float(value)
    return {name: (kinds["sum"], kinds["count"]) for name, kinds in found.items()}


def _means(before: Sums, after: Sums) -> Mapping[str, float]:
    """Return milliseconds on average of what was counted in between."""
    means = {}
    for name, (seconds, count) in after.items():
        earlier = before.get(name, (0.0, 0.0))
        if count > earlier[1]:
            means[name] = (seconds - earlier[0]) / (count - earlier[1]) * 1000
    return means


async def _pass_ms() -> tuple[float, float]:
    """Return how long the speech lasts and how long Whisper takes for it, in milliseconds."""
    transcriber = make_transcriber("whisper", str(TEST_MODEL), settings=VoiceSettings())
    frames = utterance(SPOKEN)
    pcm = _at_16k(b"".join(frames))
    await transcriber.start()
    try:
        await transcriber.transcribe(pcm, language="en")
        took = [(await transcriber.transcribe(pcm, language="en")).took_ms for _ in range(PASSES)]
    finally:
        await transcriber.stop()
    return len(frames) * FRAME_MS, median(took)


def _at_16k(codes: bytes) -> bytes:
    """Return mu-law as PCM16 at 16 kHz, each sample twice: near enough to be timed."""
    pcm = mulaw.decode(codes)
    return b"".join(pcm[at : at + SAMPLE] * 2 for at in range(0, len(pcm), SAMPLE))


def _written(added: list[float], means: Mapping[str, float], whisper: tuple[float, float]) -> str:
    answer, transcribe, speak = (means.get(name, float("nan")) for name in ("answer", "transcribe", "speak"))
    rows = {
        "silence that ends the turn": f"{SILENCE_MS} ms",
        f"Whisper, one pass over {whisper[0] / 1000:.1f} s of speech, most of it within that silence": (
            f"{whisper[1]:.0f} ms"
        ),
        "of it left when the turn ends": f"{transcribe:.0f} ms",
        "message to the first released sentence (the rest of the next line)": (
            f"{answer - transcribe - speak:.0f} ms"
        ),
        "the model's first token (sandbox) / its whole answers together": (
            f"{means.get('first_token_seconds', float('nan')):.0f} / "
            f"{means.get('model_seconds', float('nan')):.0f} ms"
        ),
        "eSpeak, a sentence to its first audio": f"{speak:.0f} ms",
        "end of turn to first audio": f"{answer:.0f} ms",
        "the same on the wire: last sound to first audio, silence included (median)": (
            f"{median(added) + SILENCE_MS:.0f} ms"
        ),
        "turns": str(len(added)),
    }
    lines = ["| one call with real components, on average | |", "|---|---:|"]
    return "\n".join([*lines, *(f"| {name} | {value} |" for name, value in rows.items())])
