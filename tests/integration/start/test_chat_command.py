"""`switchboard chat` as a script uses it, against a gateway that behaves and misbehaves."""

from __future__ import annotations

import asyncio
import os
import pty
import sys
from pathlib import Path
from typing import Any

import jwt
import pytest
from aiohttp import web

from switchboard.secrets import ensure_secrets
from switchboard.settings import Settings
from tests.integration.start.command import Done, environment, switchboard
from tests.integration.start.gateway import Gateway

Socket = web.WebSocketResponse
Message = dict[str, Any]


async def _chat(gateway: Gateway, folder: Path, given: str, *arguments: str) -> Done:
    async with gateway.server() as server:
        url = str(server.make_url("/"))
        return await switchboard("chat", "--url", url, "--wait", "10", *arguments, folder=folder, given=given)


async def _echo(gateway: Gateway, socket: Socket, message: Message) -> None:
    await gateway.ack(socket, message)
    await gateway.reply(socket, f"You wrote: {message['text']}")


async def test_piped_lines_are_answered_one_by_one(tmp_path: Path) -> None:
    gateway = Gateway(answer=_echo)
    done = await _chat(gateway, tmp_path, "Where is my order 1042?\n\nWann kommt sie? äöü")
    assert done.code == 0
    assert done.out == "You wrote: Where is my order 1042?\nYou wrote: Wann kommt sie? äöü\n"
    assert "sandbox model" in done.err
    assert gateway.hellos == [{"type": "hello", "token": None, "identity": None, "after": 0}]


async def test_quit_ends_before_the_input_does(tmp_path: Path) -> None:
    gateway = Gateway(answer=_echo)
    done = await _chat(gateway, tmp_path, "one\n/quit\ntwo\n")
    assert (done.code, done.out) == (0, "You wrote: one\n")


async def test_a_reply_quicker_than_its_ack_counts(tmp_path: Path) -> None:
    async def hasty(gateway: Gateway, socket: Socket, message: Message) -> None:
        gateway.seq += 1
        mine = gateway.seq
        await gateway.reply(socket, "At once.")
        await socket.send_json({"type": "ack", "id": message["id"], "seq": mine})

    done = await _chat(Gateway(answer=hasty), tmp_path, "hello\n")
    assert (done.code, done.out) == (0, "At once.\n")


async def test_a_lost_connection_is_taken_up_and_unacked_messages_sent_again(tmp_path: Path) -> None:
    async def drops_once(gateway: Gateway, socket: Socket, message: Message) -> None:
        if len(gateway.messages) == 2:
            await socket.close(code=1012)
        else:
            await _echo(gateway, socket, message)

    gateway = Gateway(answer=drops_once)
    done = await _chat(gateway, tmp_path, "one\ntwo\n")
    assert done.code == 0
    assert done.out == "You wrote: one\nYou wrote: two\n"
    first, second = gateway.messages[1:]
    assert first == second
    assert gateway.hellos[1] == {"type": "hello", "token": "token-1", "identity": None, "after": 2}


async def test_a_reply_missed_while_away_is_shown_after_coming_back(tmp_path: Path) -> None:
    async def answers_the_next_connection(gateway: Gateway, socket: Socket, message: Message) -> None:
        await gateway.ack(socket, message)
        gateway.seq += 1
        frame = {"type": "message", "seq": gateway.seq, "turn": "t", "author": "assistant", "text": "Late."}
        gateway.history.append(frame)
        await socket.close(code=1001)

    done = await _chat(Gateway(answer=answers_the_next_connection), tmp_path, "one\n")
    assert (done.code, done.out) == (0, "Late.\n")


async def test_come_back_later_is_obeyed(tmp_path: Path) -> None:
    async def busy_once(gateway: Gateway, socket: Socket, message: Message) -> None:
        if len(gateway.messages) == 1:
            error = {"type": "error", "code": "rate_limited", "message": "Too fast.", "retry_after": 0.1}
            await socket.send_json(error | {"id": message["id"]})
        else:
            await _echo(gateway, socket, message)

    gateway = Gateway(answer=busy_once)
    done = await _chat(gateway, tmp_path, "one\n")
    assert (done.code, done.out) == (0, "You wrote: one\n")
    assert "[Too fast.]" in done.err
    assert gateway.messages[0] == gateway.messages[1]


async def test_a_refused_message_fails(tmp_path: Path) -> None:
    async def refuse(_: Gateway, socket: Socket, message: Message) -> None:
        error = {"type": "error", "code": "text_too_long", "message": "Too long.", "id": message["id"]}
        await socket.send_json(error)

    done = await _chat(Gateway(answer=refuse), tmp_path, "one\n")
    assert (done.code, done.out) == (1, "")
    assert "Too long." in done.err


async def test_no_answer_in_time_fails(tmp_path: Path) -> None:
    async def silent(gateway: Gateway, socket: Socket, message: Message) -> None:
        await gateway.ack(socket, message)

    done = await _chat(Gateway(answer=silent), tmp_path, "one\n", "--wait", "0.3")
    assert (done.code, done.out) == (1, "")


async def test_where_a_person_has_to_act_nobody_waits_for_long(tmp_path: Path) -> None:
    async def hand_over(gateway: Gateway, socket: Socket, message: Message) -> None:
        await gateway.ack(socket, message)
        gateway.seq += 1
        await socket.send_json({"type": "status", "seq": gateway.seq, "status": "human"})

    done = await _chat(Gateway(answer=hand_over), tmp_path, "a human please\n")
    assert done.code == 0
    assert "A person takes over" in done.err


async def test_a_session_goes_on_without_repeating_what_was_read(tmp_path: Path) -> None:
    gateway = Gateway(answer=_echo, seq=2)
    gateway.history.append({"type": "message", "seq": 2, "turn": "t", "author": "assistant", "text": "Old."})
    done = await _chat(gateway, tmp_path, "new\n", "--session", "token-1")
    assert (done.code, done.out) == (0, "You wrote: new\n")
    assert gateway.hellos[0]["token"] == "token-1"


@pytest.mark.parametrize(("code", "words"), [(4401, "not known to the gateway"), (4403, "refuses chats")])
async def test_a_refused_session_is_one_sentence(tmp_path: Path, code: int, words: str) -> None:
    done = await _chat(Gateway(answer=_echo, refuse=code), tmp_path, "hello\n", "--session", "gone")
    assert done.code == 1
    assert words in done.err
    assert "Traceback" not in done.err


async def test_no_gateway_is_one_sentence(tmp_path: Path) -> None:
    done = await switchboard("chat", "--url", "http://127.0.0.1:1", folder=tmp_path, given="hello\n")
    assert done.code == 1
    assert done.err.startswith("No chat gateway answers at http://127.0.0.1:1/chat/ws")
    assert "Traceback" not in done.err


async def test_as_signs_in_with_the_local_secret(tmp_path: Path) -> None:
    secret = ensure_secrets(Settings(home=tmp_path / "var")).identity.get_secret_value()
    gateway = Gateway(answer=_echo)
    done = await _chat(gateway, tmp_path, "hello\n", "--as", "ada@example.com")
    assert done.code == 0
    claims = jwt.decode(gateway.hellos[0]["identity"], secret, algorithms=["HS256"], audience="switchboard")
    assert (claims["sub"], claims["email"], claims["name"]) == ("ada@example.com",) * 2 + ("Ada Byron",)
    assert claims["exp"] - claims["iat"] == 600


async def test_as_without_a_secret_is_one_sentence(tmp_path: Path) -> None:
    done = await switchboard("chat", "--as", "ada@example.com", folder=tmp_path)
    assert done.code == 2
    assert "start the gateway once" in done.err


async def test_a_person_at_a_terminal_sees_deltas_and_can_leave(tmp_path: Path) -> None:
    gateway = Gateway(answer=_echo)
    async with gateway.server() as server:
        ours, theirs = pty.openpty()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "switchboard", "chat", "--url", str(server.make_url("/")),
            cwd=tmp_path, env=environment(), stdin=theirs, stdout=theirs, stderr=theirs,
        )  # fmt: skip
        os.close(theirs)
        seen = await _until(ours, "sandbox")
        os.write(ours, b"hello\n")
        seen += await _until(ours, "You wrote: hello\r\n> ")
        os.write(ours, b"/quit\n")
        seen += await _until(ours, "--session token-1")
        assert await asyncio.wait_for(process.wait(), 10) == 0
        os.close(ours)


async def _until(terminal: int, words: str) -> str:
    seen = ""
    async with asyncio.timeout(15):
        while words not in seen:
            seen += (await asyncio.to_thread(os.read, terminal, 4096)).decode()
    return seen
