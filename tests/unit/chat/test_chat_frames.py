"""What clients may put into a frame or a body."""

from __future__ import annotations

import json
import time

import jwt
import pytest

from channels.chat.chat_frames import Hello, parse_frame
from channels.chat.errors import FrameRefused
from channels.chat.posts import parse_question
from orchestrator.people.identity_tokens import LONGEST_SUBJECT, LONGEST_TOKEN, Identities

SECRET = "a secret of more than thirty-two bytes"


def test_every_identity_that_is_checked_fits_into_every_wire() -> None:
    now = int(time.time())
    claims = {"sub": "\U0001f600" * LONGEST_SUBJECT, "aud": "switchboard", "iat": now, "exp": now + 60}
    token = jwt.encode(claims, SECRET, algorithm="HS256")
    hello = parse_frame(json.dumps({"type": "hello", "identity": token}), attachments=0)
    posted = parse_question(json.dumps({"message": "Hi", "identity": token}).encode(), attachments=0)
    assert isinstance(hello, Hello)
    assert hello.identity == posted.identity == token
    assert Identities(SECRET).verify(token).subject == claims["sub"]


def test_an_endless_identity_is_refused_before_it_is_read() -> None:
    with pytest.raises(FrameRefused, match="identity"):
        parse_frame(json.dumps({"type": "hello", "identity": "x" * (LONGEST_TOKEN + 1)}), attachments=0)


@pytest.mark.parametrize("frame", [{}, {"token": None, "identity": None, "after": None}])
def test_a_hello_needs_nothing(frame: dict[str, None]) -> None:
    hello = parse_frame(json.dumps({"type": "hello", **frame}), attachments=0)
    assert hello == Hello(token=None, identity=None, after=0, history=False)
