"""What goes to the inbox's process, and the passwords of relays."""

from __future__ import annotations

from pathlib import Path

from channels.mail.smtp.inbox_settings import InboxSettings
from switchboard.inbox.accounts import Accounts, hash_password
from switchboard.inbox.config import InboxConfig, Orders


def test_orders_arrive_as_they_were_sent() -> None:
    settings = InboxSettings(
        addresses=("büro@shop.example",), lmtp_path=Path("/run/x"), certificate=Path("/c"), key=Path("/k")
    )
    config = InboxConfig(
        settings=settings, database_url="postgresql://u:p@h/d", folder=Path("/f"), accounts=(("relay", "h"),)
    )
    orders = Orders(config=config, smtp=(3,), lmtp=(4, 5), parent=1)
    line = orders.line()
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert Orders.read(line) == orders


async def test_only_the_right_password_of_a_known_user_is_right() -> None:
    accounts = Accounts({"relay": hash_password("s3cret")})
    assert await accounts.check("relay", "s3cret")
    assert not await accounts.check("relay", "S3cret")
    assert not await accounts.check("other", "s3cret")
    assert not await accounts.check("other", "")
