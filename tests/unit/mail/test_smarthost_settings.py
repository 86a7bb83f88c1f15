"""The smarthost's URL."""

from __future__ import annotations

import pytest

from channels.mail.smarthost_settings import Smarthost, SmarthostInvalid, Tls, read_smarthost


@pytest.mark.parametrize(
    ("url", "port", "tls"),
    [
        ("smtp://mail.example.com", 25, Tls.REQUIRED),
        ("smtp://u:p@mail.example.com", 587, Tls.REQUIRED),
        ("smtp://mail.example.com:2525?starttls=offered", 2525, Tls.OFFERED),
        ("smtp://mail.example.com?starttls=off", 25, Tls.OFF),
        ("smtps://u:p@mail.example.com", 465, Tls.IMPLICIT),
        ("smtp://localhost:1025", 1025, Tls.OFFERED),
        ("smtp://[::1]", 25, Tls.OFFERED),
        ("smtp://127.8.0.1?starttls=required", 25, Tls.REQUIRED),
        ("smtp://u:p@localhost?starttls=off", 587, Tls.OFF),
    ],
)
def test_ports_and_protection(url: str, port: int, tls: Tls) -> None:
    found = read_smarthost(url)
    assert (found.port, found.tls) == (port, tls)


def test_user_and_password_are_unquoted_and_not_shown() -> None:
    found = read_smarthost("smtps://desk%40example.com:p%3Aw%2F@mail.example.com:465")
    assert (found.username, found.password) == ("desk@example.com", "p:w/")
    assert "p:w/" not in repr(found)
    assert found == Smarthost(
        host="mail.example.com",
        port=465,
        tls=Tls.IMPLICIT,
        loopback=False,
        username="desk@example.com",
        password="p:w/",
    )


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.com:25",
        "http://mail.example.com",
        "smtp://",
        "smtp://mail.example.com:99999",
        "smtp://[::1",
        "smtp://mail.example.com?starttls=maybe",
        "smtp://u:hunter2@mail.example.com?starttls=off",
        "smtp://u:hunter2@mail.example.com?starttls=offered",
    ],
)
def test_unusable_urls_are_refused_without_the_password(url: str) -> None:
    with pytest.raises(SmarthostInvalid) as caught:
        read_smarthost(url)
    assert "hunter2" not in str(caught.value)
