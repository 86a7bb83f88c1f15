"""Loaded by every Python that has this folder on its path: notes which functions of the house run.

SIGUSR2 begins anew; SIGUSR1 appends what ran since, one JSON line a process, to the file HOUSE_TRACE names.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path
from types import CodeType, FrameType

ROOT = os.environ["HOUSE_ROOT"] + os.sep
ENGINE = tuple(
    f"{ROOT}{name}{os.sep}" for name in ("switchboard", "channels", "orchestrator", "guardrails", "tools")
)
ran: set[CodeType] = set()


def note(frame: FrameType, event: str, _argument: object) -> None:
    """Keep the code that is called; which of it is ours is asked at the end."""
    if event == "call":
        ran.add(frame.f_code)


def begin(_number: int, _frame: FrameType | None) -> None:
    """Forget what ran so far."""
    ran.clear()


def report(_number: int, _frame: FrameType | None) -> None:
    """Write down which functions ran, each with its file."""
    functions = sorted(
        f"{code.co_filename.removeprefix(ROOT)}:{code.co_qualname}:{code.co_firstlineno}"
        for code in set(ran)
        if code.co_filename.startswith(ENGINE)
    )
    with Path(os.environ["HOUSE_TRACE"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(functions) + "\n")


signal.signal(signal.SIGUSR2, begin)
signal.signal(signal.SIGUSR1, report)
threading.setprofile(note)
sys.setprofile(note)
