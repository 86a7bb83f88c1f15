"""The hub: bounded listeners that never hold up a publisher."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from orchestrator.conversation.event_bus import LIMIT, EventBus, Lagged, Missed, ReplyDelta, TurnEnded, Typing


async def test_a_listener_hears_its_conversation_only() -> None:
    bus, mine, other = EventBus(), uuid4(), uuid4()
    with bus.listen(mine) as listener:
        bus.publish(other, Typing(on=True))
        bus.publish(mine, Typing(on=False))
        assert await anext(listener) == Typing(on=False)


async def test_a_slow_listener_gets_one_lagged_and_then_hears_again() -> None:
    bus, conversation = EventBus(), uuid4()
    with bus.listen(conversation) as listener:
        for number in range(LIMIT + 50):
            bus.publish(conversation, ReplyDelta(turn=conversation, text=str(number)))
        heard = [await anext(listener) for _ in range(LIMIT + 1)]
        assert heard[-1] == Missed()
        assert sum(isinstance(event, Lagged) for event in heard) == 1
        bus.publish(conversation, Typing(on=True))
        assert await anext(listener) == Typing(on=True)


async def test_a_listener_that_leaves_is_forgotten() -> None:
    bus, conversation = EventBus(), uuid4()
    with bus.listen(conversation), bus.listen(conversation):
        pass
    assert bus._listeners == {}


async def test_a_waiting_listener_wakes_up() -> None:
    bus, conversation = EventBus(), uuid4()
    with bus.listen(conversation) as listener:
        waiting = asyncio.ensure_future(anext(listener))
        await asyncio.sleep(0)
        bus.publish(conversation, Typing(on=True))
        assert await waiting == Typing(on=True)


async def test_notices_of_other_replicas_become_events() -> None:
    bus, conversation, turn = EventBus(), uuid4(), uuid4()
    with bus.listen(conversation) as listener:
        bus.hear([str(conversation), "delta", str(turn), "Hi"])
        bus.hear([str(conversation), "ended", str(turn), "answered", 7])
        bus.hear([str(conversation), "grew"])
        bus.hear([str(conversation), "something newer", 1])
        bus.hear([str(uuid4()), "typing", True])
        assert await anext(listener) == ReplyDelta(turn=turn, text="Hi")
        assert await anext(listener) == TurnEnded(turn=turn, status="answered", upto_seq=7)
        assert await anext(listener) == Lagged()
        assert await anext(listener) == Lagged()
