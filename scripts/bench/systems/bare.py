"""The plain loop most programs begin with: the official openai SDK, the messages in a list, no durability."""

from __future__ import annotations

import json
from typing import Any

import openai
from job import INSTRUCTIONS, MODEL, TOOL, TOOL_DESCRIPTION, lookup

PARAMETERS = {
    "type": "object",
    "properties": {"order_id": {"type": "string", "description": "The order's number."}},
    "required": ["order_id"],
    "additionalProperties": False,
}
TOOLS: list[Any] = [
    {
        "type": "function",
        "function": {"name": TOOL, "description": TOOL_DESCRIPTION, "parameters": PARAMETERS},
    }
]


class Bare:
    """One client, one list of messages per conversation."""

    def __init__(self, base_url: str, conversations: int) -> None:
        self.orders = [str(2001 + 7 * number) for number in range(conversations)]
        self._client = openai.AsyncOpenAI(base_url=base_url, api_key="bench", max_retries=0)
        self._threads: list[list[Any]] = [
            [{"role": "system", "content": INSTRUCTIONS}] for _ in range(conversations)
        ]

    async def turn(self, conversation: int, text: str) -> str:
        """Ask, run the tools that are called, ask again."""
        thread = self._threads[conversation]
        thread.append({"role": "user", "content": text})
        while True:
            completion = await self._client.chat.completions.create(
                model=MODEL, messages=thread, tools=TOOLS, max_tokens=1024
            )
            message = completion.choices[0].message
            thread.append(message.model_dump(exclude_none=True))
            if not message.tool_calls:
                return message.content or ""
            for call in message.tool_calls:
                if call.type != "function":
                    raise TypeError("the model called what was not offered")
                result = lookup(**json.loads(call.function.arguments))
                thread.append({"role": "tool", "tool_call_id": call.id, "content": result})

    async def close(self) -> None:
        """Close the client."""
        await self._client.close()


async def open_system(base_url: str, folder: str, conversations: int) -> Bare:
    """Make the client; nothing is kept in `folder`."""
    return Bare(base_url, conversations)
