"""What turns the order of a text is left out on every way out; what scripts need stays."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from channels.chat.chat_frames import encode
from channels.mail.compose import compose
from guardrails.text_direction import in_order, json_in_order
from orchestrator.mail.mail_types import MailFile, OutgoingMail
from switchboard.api.common import answer
from switchboard.cli.chat_screen import CONTROLS

TURNED = (
    "invoice\u202efdp.exe \u2066a\u2069 \u2068b\u2069 \u202ac\u202c \u202bd \u202de \u2067f \u206ag\ufff9h"
)
PLAIN = "invoicefdp.exe a b c d e f gh"
KEPT = (
    "שלום\u200f, world\u200e! می\u200cخواهم \U0001f469\u200d\U0001f680 \u061cعربي"
    " \U0001f3f4\U000e0067\U000e007f"
)


@pytest.mark.parametrize(("text", "shown"), [(TURNED, PLAIN), (KEPT, KEPT)])
def test_every_way_out_leaves_out_what_turns_and_keeps_what_scripts_need(text: str, shown: str) -> None:
    assert in_order(text) == shown
    assert CONTROLS.sub("", text) == shown
    assert json.loads(encode({"text": text})) == {"text": shown}
    assert json.loads(answer({"name": text}).text or "") == {"name": shown}
    mail = message_from_bytes(
        compose(
            OutgoingMail(
                from_address="support@example.com",
                from_name=text,
                to="ada@example.com",
                subject=text,
                text=text,
                language="en",
                message_id="<a@example.com>",
                reply_to=None,
                attachments=(MailFile(name=f"{text}.txt", media_type="text/plain", data=b"x"),),
                date=datetime(2026, 1, 1, tzinfo=UTC),
                quoted=text,
                quoted_from=text,
            )
        ),
        policy=policy.default,
    )
    told = [str(mail["From"]), str(mail["Subject"])]
    parts = [part for part in mail.walk() if not part.is_multipart()]
    told += [str(part.get_filename() or part.get_content()) for part in parts]
    assert len(told) == 5
    assert [each for each in told if in_order(each) != each] == []
    assert shown in str(mail["Subject"])


def test_escapes_are_told_from_text_that_looks_like_them() -> None:
    value = {"path": "C:\\u202efile", "deep": "\\\\\u202e\\u2066", "plain": "ok"}
    assert json.loads(json_in_order(json.dumps(value))) == {
        "path": "C:\\u202efile",
        "deep": "\\\\\\u2066",
        "plain": "ok",
    }
