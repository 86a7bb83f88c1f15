"""langgraph: the usual graph of model and tools, with the asynchronous SQLite saver."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from job import INSTRUCTIONS, MODEL, TOOL, TOOL_DESCRIPTION, lookup
from langchain_core.messages import SystemMessage
from langchain_core.tools import StructuredTool
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition


class LangGraph:
    """One compiled graph: the model, then its tools, then the model again."""

    def __init__(self, graph: Any, stack: AsyncExitStack, conversations: int) -> None:
        self.orders = [str(2001 + 7 * number) for number in range(conversations)]
        self._graph = graph
        self._stack = stack

    async def turn(self, conversation: int, text: str) -> str:
        """Invoke the graph with one message."""
        config = {"configurable": {"thread_id": str(conversation)}}
        state = await self._graph.ainvoke({"messages": [("user", text)]}, config)
        return str(state["messages"][-1].content)

    async def close(self) -> None:
        """Close the saver."""
        await self._stack.aclose()


async def open_system(base_url: str, folder: str, conversations: int) -> LangGraph:
    """Compile the graph with a saver in `folder`."""

    async def get_order_status(order_id: str) -> str:
        return lookup(order_id)

    tools = [
        StructuredTool.from_function(coroutine=get_order_status, name=TOOL, description=TOOL_DESCRIPTION)
    ]
    llm = ChatOpenAI(
        model=MODEL, base_url=base_url, api_key="bench", max_retries=0, max_tokens=1024
    ).bind_tools(tools)

    async def call_model(state: MessagesState) -> dict[str, Any]:
        answer = await llm.ainvoke([SystemMessage(INSTRUCTIONS), *state["messages"]])
        return {"messages": [answer]}

    stack = AsyncExitStack()
    saver = await stack.enter_async_context(AsyncSqliteSaver.from_conn_string(str(Path(folder) / "saver.db")))
    graph = StateGraph(MessagesState)
    graph.add_node("model", call_model)
    graph.add_node("tools", ToolNode(tools))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    return LangGraph(graph.compile(checkpointer=saver), stack, conversations)
