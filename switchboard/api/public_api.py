"""What the document says of the routes that the channels and the operations floor serve."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from switchboard.api.common import AttachmentBody, ClosedQuery
from switchboard.api.files_api import KeptFileAnswer
from switchboard.api.route import FILE, ApiRoute, get, post


class ChatQuestion(BaseModel):
    """A customer's message; resending the same `id` never runs a second turn.

    `session_id` goes on with a session (any text of yours, or the one of an earlier answer), `identity` is a
    token of the host site.
    """

    model_config = ConfigDict(extra="allow")

    message: Annotated[str, Field(min_length=1, max_length=8000)]
    session_id: Annotated[str, Field(max_length=200)] | None = None
    identity: Annotated[str, Field(max_length=8192)] | None = None
    id: UUID | None = None
    attachments: Annotated[list[AttachmentBody], Field(max_length=10)] | None = None


class EventsQuery(ClosedQuery):
    """Go on behind `after`; wait up to `wait` seconds (25 at most); `history`: one's own messages too."""

    after: Annotated[int, Field(ge=0, lt=1 << 63)] = 0
    wait: Annotated[float, Field(ge=0, le=25)] = 0
    history: bool = False


class ShownFile(TypedDict):
    """A file that goes with a reply: GET /chat/{session}/files/{id}."""

    id: UUID
    name: str
    media_type: str
    size: int


class ChatAnswer(TypedDict):
    """The answer, or what is told until it comes; then `events` says where it will be."""

    session_id: str
    conversation: UUID
    reply: str
    status: Literal["answered", "waiting_approval", "handed_off", "deferred"]
    citations: list[dict[str, Any]]
    attachments: NotRequired[list[ShownFile]]
    events: NotRequired[str]


class ChatEvent(TypedDict):
    """An event as on the socket (docs/protocol.md)."""

    type: str
    seq: NotRequired[int]


class EventsAnswer(TypedDict):
    """What came; `next` is the `after` of the next request."""

    events: list[ChatEvent]
    next: int


class HealthAnswer(TypedDict):
    """The process answers."""

    status: Literal["ok"]


class ReadyAnswer(TypedDict):
    """Work may be sent here; `notices` say what is not as configured."""

    status: Literal["ready"]
    notices: NotRequired[dict[str, str]]


REFUSALS = (400, 401, 403, 408, 429, 503)
PUBLIC: tuple[ApiRoute, ...] = (
    post(
        "/chat",
        "Write a message and get its answer (Accept: text/event-stream: as it is written)",
        None,
        ChatAnswer,
        body=ChatQuestion,
        errors=(*REFUSALS, 413, 415),
        access="public",
    ),
    get(
        "/chat/{session}/events",
        "What comes later, at once or as it comes (Accept: text/event-stream)",
        None,
        EventsAnswer,
        query=EventsQuery,
        errors=REFUSALS,
        access="visitor",
    ),
    post(
        "/chat/files",
        "Send a file up; the session's token is the bearer token",
        None,
        KeptFileAnswer,
        uploads=True,
        errors=(*REFUSALS, 413, 415),
        access="visitor",
    ),
    get(
        "/chat/{session}/files/{file}",
        "Get a file of the session's conversation",
        None,
        FILE,
        errors=(*REFUSALS, 404),
        access="visitor",
    ),
    get("/healthz", "Does the process answer? No I/O", None, HealthAnswer, access="public"),
    get("/readyz", "May work be sent here?", None, ReadyAnswer, errors=(503,), access="public"),
    get("/metrics", "Counters, for Prometheus", None, "text/plain", access="public"),
    post(
        "/voice/twilio/incoming",
        "Twilio's question what to do with a call; signed by X-Twilio-Signature",
        None,
        "application/xml",
        errors=(400, 403, 404, 408, 413, 429, 503),
        access="public",
    ),
    post(
        "/voice/twilio/next",
        "Twilio's question how a call goes on; signed by X-Twilio-Signature",
        None,
        "application/xml",
        errors=(400, 403, 404, 408, 413, 429, 503),
        access="public",
    ),
)
