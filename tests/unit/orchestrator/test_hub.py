"""The hub: bounded listeners that never hold up a publisher."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from orchestrator.events import Delta, Lagged, Missed, TurnEnded, Typing
from orchestrator.hub import LIMIT, Hub


async def test_a_listener_hears_its_conversation_only() -> None:
    hub, mine, other = Hub(), uuid4(), uuid4()
    with hub.listen(mine) as listener:
        hub.publish(other, Typing(on=True))
        hub.publish(mine, Typing(on=False))
        assert await anext(listener) == Typing(on=False)


async def test_a_slow_listener_gets_one_lagged_and_then_hears_again() -> None:
    hub, conversation = Hub(), uuid4()
    with hub.listen(conversation) as listener:
        for number in range(LIMIT + 50):
            hub.publish(conversation, Delta(turn=conversation, text=str(number)))
        heard = [await anext(listener) for _ in range(LIMIT + 1)]
        assert heard[-1] == Missed()
        assert sum(isinstance(event, Lagged) for event in heard) == 1
        hub.publish(conversation, Typing(on=True))
        assert await anext(listener) == Typing(on=True)


async def test_a_listener_that_leaves_is_forgotten() -> None:
    hub, conversation = Hub(), uuid4()
    with hub.listen(conversation), hub.listen(conversation):
        pass
    assert hub._listeners == {}


async def test_a_waiting_listener_wakes_up() -> None:
    hub, conversation = Hub(), uuid4()
    with hub.listen(conversation) as listener:
        waiting = asyncio.ensure_future(anext(listener))
        await asyncio.sleep(0)
        hub.publish(conversation, Typing(on=True))
        assert await waiting == Typing(on=True)


async def test_notices_of_other_replicas_become_events() -> None:
    hub, conversation, turn = Hub(), uuid4(), uuid4()
    with hub.listen(conversation) as listener:
        hub.hear([str(conversation), "delta", str(turn), "Hi"])
        hub.hear([str(conversation), "ended", str(turn), "answered", 7])
        hub.hear([str(conversation), "grew"])
        hub.hear([str(conversation), "something newer", 1])
        hub.hear([str(uuid4()), "typing", True])
        assert await anext(listener) == Delta(turn=turn, text="Hi")
        assert await anext(listener) == TurnEnded(turn=turn, status="answered", upto_seq=7)
        assert await anext(listener) == Lagged()
        assert await anext(listener) == Lagged()
