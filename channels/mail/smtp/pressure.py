"""Who makes room when connections run out: whoever has been silent longest, of the address that has most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Protocol

from channels.mail.smtp.settings import InboxSettings


class Guest(Protocol):
    """A session as far as it concerns its place."""

    silent_since: float | None
    """Loop time since when a whole command is awaited; None while one is being carried out."""
    spoke: bool
    """Whether it ever sent one."""

    @property
    def place(self) -> str | None:
        """Return what its connection is counted under; None: nothing."""
        ...

    def cut(self) -> None:
        """End the session with 421."""
        ...


def make_room(guests: Iterable[Guest], settings: InboxSettings, *, now: float, place: str | None) -> bool:
    """Cut one silent session, of `place` where it is given; False when nobody has been silent long enough.

    RFC 5321 4.5.3.2.7 grants five minutes of silence; that is for when there is room. Nothing is lost: what
    was not answered with 250 is sent again.
    """
    among = [guest for guest in guests if place is None or guest.place == place]
    crowds = Counter(guest.place for guest in among)
    silent = [
        (crowds[guest.place], now - guest.silent_since, guest)
        for guest in among
        if guest.silent_since is not None and now - guest.silent_since >= _patience(guest, settings)
    ]
    if not silent:
        return False
    max(silent, key=lambda each: each[:2])[2].cut()
    return True


def _patience(guest: Guest, settings: InboxSettings) -> float:
    return settings.pressed_idle_seconds if guest.spoke else settings.pressed_mute_seconds
