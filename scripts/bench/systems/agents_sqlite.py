"""openai-agents: Runner.run with one SQLiteSession per conversation, all in one file; tracing is off."""

from __future__ import annotations

from pathlib import Path

from agents import (
    Agent,
    ModelSettings,
    OpenAIChatCompletionsModel,
    Runner,
    SQLiteSession,
    function_tool,
    set_tracing_disabled,
)
from job import INSTRUCTIONS, MODEL, TOOL, TOOL_DESCRIPTION, lookup
from openai import AsyncOpenAI


class Agents:
    """One agent, one session per conversation."""

    def __init__(self, base_url: str, folder: str, conversations: int) -> None:
        set_tracing_disabled(True)
        self.orders = [str(2001 + 7 * number) for number in range(conversations)]
        self._client = AsyncOpenAI(base_url=base_url, api_key="bench", max_retries=0)

        @function_tool(name_override=TOOL, description_override=TOOL_DESCRIPTION)
        async def get_order_status(order_id: str) -> str:
            return lookup(order_id)

        self._agent = Agent(
            name="support",
            instructions=INSTRUCTIONS,
            tools=[get_order_status],
            model=OpenAIChatCompletionsModel(model=MODEL, openai_client=self._client),
            model_settings=ModelSettings(max_tokens=1024),
        )
        file = Path(folder) / "sessions.db"
        self._sessions = [SQLiteSession(f"c{number}", file) for number in range(conversations)]

    async def turn(self, conversation: int, text: str) -> str:
        """Run the agent on one message."""
        done = await Runner.run(self._agent, text, session=self._sessions[conversation])
        return str(done.final_output)

    async def close(self) -> None:
        """Close the sessions and the client."""
        for session in self._sessions:
            session.close()
        await self._client.close()


async def open_system(base_url: str, folder: str, conversations: int) -> Agents:
    """Make the agent and its sessions in `folder`."""
    return Agents(base_url, folder, conversations)
