"""What a log line holds, seen from outside the process that writes it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from switchboard.settings import ROOT

PROGRAM = """
import logging, structlog
from switchboard.logging import configure_logging
from switchboard.settings import LogSettings
configure_logging(LogSettings(level={level!r}, format={format!r}))
log = structlog.get_logger("switchboard.test")
log.debug("too fine")
log.info("turn ended", turn="t-1", text="ümläut")
logging.getLogger("asyncio").error("slow %s", "callback")
logging.getLogger("openai").info("body of a request")
try:
    raise ValueError("what the customer wrote")
except ValueError:
    log.exception("turn failed")
    logging.getLogger("aiohttp.server").exception("unhandled")
"""


def _logged(level: str = "info", format: str = "json") -> str:  # noqa: A002 - the setting's name
    program = PROGRAM.format(level=level, format=format)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout == ""
    return done.stderr


def _lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_json_lines_with_fields_on_standard_error() -> None:
    first, *_ = lines = _lines(_logged())
    assert first["event"] == "turn ended"
    assert (first["turn"], first["text"], first["level"], first["logger"]) == (
        "t-1",
        "ümläut",
        "info",
        "switchboard.test",
    )
    assert first["timestamp"].endswith("Z")
    assert [line["event"] for line in lines] == ["turn ended", "slow callback", "turn failed", "unhandled"]


def test_exceptions_are_type_and_place_without_text() -> None:
    text = _logged()
    failed = _lines(text)[-2]
    assert failed["error"] == "builtins.ValueError"
    assert failed["at"] == ["<string>:12 <module>"]
    assert "what the customer wrote" not in text


def test_debug_shows_the_text_too() -> None:
    text = _logged(level="debug")
    assert "too fine" in text
    assert "what the customer wrote" in text
    assert "body of a request" not in text


def test_text_for_people() -> None:
    text = _logged(format="text")
    assert "turn ended" in text
    assert "turn=t-1" in text
    assert "what the customer wrote" not in text
