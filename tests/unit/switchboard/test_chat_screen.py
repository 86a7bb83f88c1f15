"""What a terminal chat shows."""

from __future__ import annotations

import pytest

from switchboard.cli.chat_screen import Screen

Capture = pytest.CaptureFixture[str]


def _message(text: str, turn: str = "t", author: str = "assistant") -> dict[str, object]:
    return {"type": "message", "seq": 2, "turn": turn, "author": author, "text": text}


def _delta(text: str, turn: str = "t") -> dict[str, object]:
    return {"type": "delta", "turn": turn, "text": text}


def test_deltas_are_shown_once_and_the_message_adds_the_rest(capsys: Capture) -> None:
    screen = Screen(live=True, prompts=False)
    screen.delta(_delta("It was "))
    screen.delta(_delta("shipped"))
    assert capsys.readouterr().out == "It was shipped"
    screen.message(_message("It was shipped today."))
    assert capsys.readouterr().out == " today.\n"


def test_a_message_unlike_its_deltas_is_shown_whole(capsys: Capture) -> None:
    screen = Screen(live=True, prompts=False)
    screen.delta(_delta("It was lost"))
    screen.message(_message("It was shipped."))
    assert capsys.readouterr().out == "It was lost\nIt was shipped.\n"


def test_deltas_of_another_turn_begin_a_line(capsys: Capture) -> None:
    screen = Screen(live=True, prompts=False)
    screen.delta(_delta("One", turn="a"))
    screen.delta(_delta("Two", turn="b"))
    assert capsys.readouterr().out == "One\nTwo"


def test_a_pipe_gets_whole_messages_only(capsys: Capture) -> None:
    screen = Screen(live=False, prompts=False)
    screen.delta(_delta("It was "))
    screen.message(_message("It was shipped."))
    screen.notice("a word of ours")
    assert capsys.readouterr() == ("It was shipped.\n", "[a word of ours]\n")


def test_nothing_that_a_terminal_would_obey_gets_through(capsys: Capture) -> None:
    screen = Screen(live=True, prompts=False)
    screen.delta(_delta("\x1b]0;title\x07a\u009b2J"))
    screen.message(_message("\x1b]0;title\x07a\u009b2Jb\n\tc"))
    assert capsys.readouterr().out == "]0;titlea2Jb\n\tc\n"


def test_people_are_told_apart(capsys: Capture) -> None:
    screen = Screen(live=True, prompts=False)
    screen.message(_message("Hello.", author="operator"))
    assert capsys.readouterr().out == "A person: Hello.\n"


def test_a_status_is_said_once_in_words(capsys: Capture) -> None:
    screen = Screen(live=True, prompts=False)
    for status in ("open", "human", "human", "open"):
        screen.status(status)
    assert capsys.readouterr().err == "[A person takes over from here.]\n"


def test_a_person_who_is_waited_for_is_told_from_one_who_came(capsys: Capture) -> None:
    screen = Screen(live=True, prompts=False)
    screen.status("human", "goes_on")
    screen.status("human")
    assert capsys.readouterr().err.splitlines() == [
        "[A person will come to this; the assistant goes on meanwhile.]",
        "[A person takes over from here.]",
    ]
