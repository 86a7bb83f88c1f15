"""The one way a customer's message goes in, whichever wire brought it."""

from __future__ import annotations

from channels.chat.frames import Message
from channels.chat.limits import Limits
from channels.chat.settings import ChatSettings
from channels.chat.text import clean_text
from orchestrator.conversation.desk import Desk
from orchestrator.conversation.message import Accepted, Inbound, VisitorSession


class Intake:
    """Counts, cleans and hands in messages; the desk makes them durable."""

    def __init__(self, desk: Desk, settings: ChatSettings, limits: Limits) -> None:
        self._desk = desk
        self._settings = settings
        self._limits = limits

    async def accept(self, session: VisitorSession, message: Message) -> Accepted:
        """Store the message; when this returns it is durable. The same id gives the same answer again.

        Raises RateLimited, TextRefused, and what the desk raises.
        """
        self._limits.session_message(str(session.id))
        inbound = Inbound(
            channel="chat",
            key=key_of(session, message),
            session_id=session.id,
            text=self.clean(message),
            attachments=message.attachments,
            session=session,
        )
        return await self._desk.accept(inbound)

    def clean(self, message: Message) -> str:
        """Return the message's text as it will be stored; raises TextRefused."""
        return clean_text(message.text, limit=self._settings.text_chars)


def key_of(session: VisitorSession, message: Message) -> str:
    """Return what makes a resent message the same one; it stays when the session's token is replaced."""
    return f"{session.id}:{message.uuid}"
