"""What is counted together, and how much may be in memory."""

from __future__ import annotations

import pytest

from channels.mail.smtp.admission import BodyMemory, InboxLimits, Proxies
from channels.mail.smtp.inbox_settings import InboxSettings


def limits(now: list[float], **changes: float) -> InboxLimits:
    settings = InboxSettings(addresses=(), messages_burst=2, messages_per_minute=60.0, **changes)  # type: ignore[arg-type]
    return InboxLimits(settings, lambda: now[0])


@pytest.mark.parametrize(
    ("peer", "group"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::"),
        ("127.0.0.1", None),
        ("::1", None),
        ("", None),
    ],
)
def test_an_address_or_a_network_is_counted(peer: str, group: str | None) -> None:
    assert limits([0.0]).group(peer) == group


def test_loopback_counts_when_it_is_said_to() -> None:
    assert limits([0.0], limit_loopback=True).group("127.0.0.1") == "127.0.0.1"


def test_mails_over_the_rate_are_told_when_to_come_back() -> None:
    now = [0.0]
    several = limits(now)
    assert [several.mail("192.0.2.7") for _ in range(2)] == [None, None]
    assert several.mail("192.0.2.7") == "450 4.7.1 Too many mails from your address, try again in 1 seconds"
    assert several.mail("192.0.2.8") is None
    assert several.mail(None) is None
    now[0] = 1.0
    assert several.mail("192.0.2.7") is None


def test_connections_are_given_back() -> None:
    few = limits([0.0], connections=2, connections_per_address=1)
    with few.connection(), few.member("a"):
        assert few.full() is None
        assert few.crowded("a") == "421 4.7.0 Too many connections from your address"
        assert few.crowded("b") is None
        with few.connection():
            assert few.full() == "421 4.7.0 Too many connections, try again later"
    assert few.full() is None
    assert few.crowded("a") is None


def test_room_is_shared_and_given_back() -> None:
    room = BodyMemory(100)
    with room.share() as one, room.share() as two:
        assert one(80)
        assert not two(30)
        assert one(70)
        assert two(30)
    with room.share() as three:
        assert three(100)


def test_proxies_are_networks() -> None:
    proxies = Proxies(["10.0.0.0/8", "2001:db8::/32"])
    assert "10.1.2.3" in proxies
    assert "2001:db8::5" in proxies
    assert "192.0.2.1" not in proxies
    assert "" not in proxies
