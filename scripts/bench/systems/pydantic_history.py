"""pydantic-ai: the history stays in memory, and each turn's new messages become one row in SQLite (WAL)."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from job import INSTRUCTIONS, MODEL, TOOL, TOOL_DESCRIPTION, lookup
from openai import AsyncOpenAI
from pydantic_ai import Agent, Tool
from pydantic_ai.messages import ModelMessage
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.settings import ModelSettings


class PydanticAI:
    """One agent, one list of messages per conversation."""

    def __init__(self, base_url: str, folder: str, conversations: int) -> None:
        self.orders = [str(2001 + 7 * number) for number in range(conversations)]
        self._client = AsyncOpenAI(base_url=base_url, api_key="bench", max_retries=0)

        async def get_order_status(order_id: str) -> str:
            return lookup(order_id)

        self._agent = Agent(
            OpenAIChatModel(MODEL, provider=OpenAIProvider(openai_client=self._client)),
            instructions=INSTRUCTIONS,
            tools=[Tool(get_order_status, name=TOOL, description=TOOL_DESCRIPTION)],
            model_settings=ModelSettings(max_tokens=1024),
        )
        self._threads: list[list[ModelMessage]] = [[] for _ in range(conversations)]
        self._kept = sqlite3.connect(Path(folder) / "history.db", isolation_level=None)
        self._kept.execute("PRAGMA journal_mode=WAL")
        self._kept.execute(
            "CREATE TABLE history (id INTEGER PRIMARY KEY, conversation INTEGER, messages TEXT)"
        )

    async def turn(self, conversation: int, text: str) -> str:
        """Run the agent on one message and keep what is new."""
        done = await self._agent.run(text, message_history=self._threads[conversation])
        new = done.new_messages_json().decode()
        self._kept.execute("INSERT INTO history (conversation, messages) VALUES (?, ?)", (conversation, new))
        self._threads[conversation] = done.all_messages()
        return done.output

    async def close(self) -> None:
        """Close the file and the client."""
        self._kept.close()
        await self._client.close()


async def open_system(base_url: str, folder: str, conversations: int) -> PydanticAI:
    """Make the agent and its file in `folder`."""
    return PydanticAI(base_url, folder, conversations)
