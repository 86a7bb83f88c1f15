"""A local server that speaks the OpenAI chat completions wire format and misbehaves on request."""

from tests.support.model_server.asked import Asked
from tests.support.model_server.behaviours import (
    Behaviour,
    answer,
    call,
    chunks,
    decision,
    drip,
    drop,
    hang,
    native,
    page,
    raw,
    status,
)
from tests.support.model_server.faults import FAULTS
from tests.support.model_server.responders import Responder, echo, instant
from tests.support.model_server.server import ModelServer

__all__ = [
    "FAULTS",
    "Asked",
    "Behaviour",
    "ModelServer",
    "Responder",
    "answer",
    "call",
    "chunks",
    "decision",
    "drip",
    "drop",
    "echo",
    "hang",
    "instant",
    "native",
    "page",
    "raw",
    "status",
]
