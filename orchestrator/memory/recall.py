"""What is recalled when a turn begins, in one statement: its conversation, and what we know of its customer.

How far the contact is believed decides what may be known. A chat whose proof has run out keeps its own
thread: its session token still proves the same browser, and the page shows that thread anyway. What it loses
is everything else: facts and endings of other conversations are not recalled, no tool finds it above trust 0,
and nothing said in it then is recalled elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestrator.conversation.turn_runner import Lease
from orchestrator.errors import LeaseLost
from orchestrator.store.database import RELAXED, Database

LOOKED_AT = 200
"""How many places of the timeline are looked at to count what came lately."""
ENDING_MESSAGES = 4
ENDINGS = 3
"""How many of the customer's other conversations are recalled, and how many messages of each one's end."""


def facts_sql(customer: str, conversation: str, trust: str) -> str:
    """Return a query for what was remembered here and, from trust 2 on, what was learned at 2 anywhere.

    A believed turn prefers what was learned from somebody believed, also within its own conversation.
    """
    return f"""
    SELECT jsonb_object_agg(f.key, f.value) FROM (
        SELECT DISTINCT ON (key) key, value FROM customer_facts
        WHERE customer_id = {customer} AND (conversation_id = {conversation} OR ({trust} >= 2 AND trust >= 2))
        ORDER BY key, (trust >= least({trust}, 2)) DESC, updated_at DESC LIMIT 50) f"""


def endings_sql(customer: str, conversation: str, *, messages: int = ENDING_MESSAGES) -> str:
    """Return a query for the ends of the customer's last other conversations.

    Only what a believed customer wrote, and what was said in answer to it: someone else may have sat at the
    same browser once the proof had run out.
    """
    return f"""
    SELECT jsonb_agg(jsonb_build_object('channel', n.channel, 'on', (n.updated_at AT TIME ZONE 'UTC')::date,
        'ending', (
            SELECT jsonb_agg(jsonb_build_object('author', e.author, 'text', left(e.text, 500)) ORDER BY e.seq)
            FROM (
                SELECT author, coalesce(left(text, fold), text) AS text, seq FROM (
                    SELECT * FROM messages o WHERE o.conversation_id = n.id ORDER BY o.seq DESC LIMIT 50) m
                WHERE (SELECT a.trust FROM messages a WHERE a.conversation_id = n.id AND a.author = 'customer'
                    AND a.seq <= m.seq ORDER BY a.seq DESC LIMIT 1) >= 2
                ORDER BY seq DESC LIMIT {messages}) e
        )) ORDER BY n.updated_at DESC)
    FROM (
        SELECT other.id, other.channel, other.updated_at FROM conversations other
        WHERE other.customer_id = {customer} AND other.id <> {conversation}
          AND EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = other.id AND m.author = 'customer'
            AND m.trust >= 2)
        ORDER BY other.updated_at DESC LIMIT {ENDINGS}) n"""


RECALL = f"""
WITH t AS (
    UPDATE turns SET upto_seq = coalesce(upto_seq, (
        SELECT last_seq FROM conversations WHERE id = turns.conversation_id))
    WHERE id = $1 AND replica = $2 AND attempt = $3 AND state = 'running' AND {RELAXED}
    RETURNING conversation_id, upto_seq, started_at, tries
)
SELECT c.id, c.customer_id, c.owner, c.status, cu.name, cu.language, cu.tags,
    t.upto_seq, t.started_at, t.tries,
    ({facts_sql("c.customer_id", "c.id", "believed.trust")}) AS facts,
    CASE WHEN believed.trust >= 2 THEN ({endings_sql("c.customer_id", "c.id")}) END AS earlier,
    (SELECT jsonb_agg(jsonb_build_object('id', m.id, 'author', m.author, 'trust', m.trust,
            'text', coalesce(left(m.text, m.fold), m.text), 'below', coalesce(substr(m.text, m.fold + 1), ''),
            'files', (SELECT jsonb_agg(jsonb_build_object('name', f.name, 'media_type', f.media_type,
                        'size', f.size, 'sha256', f.sha256)) FROM files f WHERE f.message_id = m.id))
        ORDER BY m.seq)
     FROM messages m WHERE m.conversation_id = c.id AND m.seq > c.answered_seq AND m.seq <= t.upto_seq
        AND m.author IN ('customer', 'operator')) AS fresh,
    (SELECT string_agg(h.thread, ',' ORDER BY h.upto_seq, h.id)
     FROM turns h WHERE h.conversation_id = c.id AND h.thread IS NOT NULL) AS thread,
    (SELECT array_agg(a.address) FROM contacts a
     WHERE a.customer_id = c.customer_id AND a.kind = 'email' AND a.verified_at IS NOT NULL) AS verified,
    (SELECT count(*) FROM messages r WHERE r.conversation_id = c.id AND r.seq > t.upto_seq - {LOOKED_AT}
        AND r.author = 'customer' AND r.created_at > now() - interval '10 minutes') AS recent,
    (SELECT count(*) FROM messages r WHERE r.conversation_id = c.id AND r.seq > t.upto_seq - {LOOKED_AT}
        AND r.author = 'customer' AND r.created_at > now() - interval '1 hour' AND r.text = (
            SELECT l.text FROM messages l WHERE l.conversation_id = c.id AND l.seq <= t.upto_seq
            AND l.author = 'customer' ORDER BY l.seq DESC LIMIT 1)) AS repeats,
    EXISTS (SELECT 1 FROM one_time_codes o WHERE o.conversation_id = c.id AND o.used_at IS NULL
            AND o.expires_at > now()) AS code_expected,
    (SELECT array_agg(DISTINCT p.tool) FROM approvals p
     WHERE p.conversation_id = c.id AND p.settled_at IS NULL AND p.state IN ('pending', 'approved')) AS held,
    (SELECT jsonb_agg(jsonb_build_object('id', p.id, 'told', p.told, 'summary', p.summary,
            'since', p.created_at) ORDER BY p.created_at)
     FROM approvals p
     WHERE p.conversation_id = c.id AND p.state = 'pending' AND p.expires_at > now()) AS waiting,
    EXISTS (SELECT 1 FROM handoffs o
            WHERE o.conversation_id = c.id AND o.ended_at IS NOT NULL) AS handed_back,
    (SELECT jsonb_build_object('matter', o.matter, 'since', o.created_at) FROM handoffs o
     WHERE o.conversation_id = c.id AND o.ended_at IS NULL ORDER BY o.created_at LIMIT 1) AS colleague,
    c.reach_address,
    (SELECT array_agg(a.address) FROM contacts a
     WHERE a.customer_id = c.customer_id AND a.kind = 'email' AND a.verified_at IS NULL) AS claimed,
    EXISTS (SELECT 1 FROM turns h JOIN messages s ON s.turn_id = h.id
            WHERE h.conversation_id = c.id AND h.outcome = 'deferred' AND s.seq > c.answered_seq
            AND s.seq > coalesce((SELECT max(seq) FROM messages m
                WHERE m.conversation_id = c.id AND m.author = 'operator'), 0)) AS told_to_wait,
    (SELECT array_agg(DISTINCT a.tool) FROM actions a
     WHERE a.conversation_id = c.id AND a.state = 'done') AS done,
    (SELECT jsonb_agg(jsonb_build_object('tool', a.tool, 'arguments', a.arguments, 'result', a.result,
            'state', a.state)
        ORDER BY a.started_at)
     FROM turns h JOIN actions a ON a.turn_id = h.id
     WHERE h.conversation_id = c.id AND h.state = 'done' AND h.thread IS NULL
        AND h.upto_seq > c.answered_seq) AS unfinished
FROM t JOIN conversations c ON c.id = t.conversation_id JOIN customers cu ON cu.id = c.customer_id,
LATERAL (SELECT coalesce(min(b.trust), 0) AS trust FROM messages b
    WHERE b.conversation_id = c.id AND b.seq > c.answered_seq AND b.seq <= t.upto_seq
    AND b.author = 'customer') believed
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fresh:
    """A message since the last answer; `author` is customer or operator.

    `below` is what a mail folds below its answer, from the mark on: quotes that hold something new.
    """

    id: UUID
    author: str
    text: str
    trust: int
    files: tuple[Mapping[str, Any], ...]
    below: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class UnfinishedAction:
    """An action of an earlier turn that ended without an answer; `result` is None if it was interrupted
    or waits for a human (`state` held).
    """

    tool: str
    arguments: Mapping[str, Any]
    result: Mapping[str, Any] | None
    state: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Recalled:
    """What the store knows of the conversation when its turn begins."""

    conversation_id: UUID
    customer_id: UUID
    owner: str
    status: str
    name: str | None
    language: str | None
    upto_seq: int
    started_at: datetime
    fresh: tuple[Fresh, ...]
    thread: str
    verified_addresses: tuple[str, ...]
    claimed_addresses: tuple[str, ...]
    handed_back: bool
    colleague: Mapping[str, Any] | None
    """The matter that a human is waited for, as far as the model may read it, and since when; else None."""
    reach_address: str | None
    """Where the customer asked to have a human's answer sent."""
    told_to_wait: bool
    """Whether the customer was told that an answer comes later, and nobody has answered since."""
    tries: int
    """How often this was refused an answer while others had one."""
    tags: frozenset[str]
    recent: int
    """The customer's messages of the last 10 minutes in this conversation."""
    repeats: int
    """How often the last of them was written within the hour."""
    code_expected: bool
    """Whether a one-time code is outstanding."""
    held: frozenset[str]
    """Tools whose calls wait for a human in this conversation."""
    done: frozenset[str]
    waiting: tuple[Mapping[str, Any], ...]
    """What waits for a human's yes in this conversation and can still be taken back."""
    unfinished: tuple[UnfinishedAction, ...]
    facts: Mapping[str, str]
    """What is remembered of the customer, as far as this turn may know it."""
    earlier: tuple[Mapping[str, Any], ...]
    """The ends of the customer's last other conversations, where they are believed."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return every e-mail address that is known to be the customer's, or claimed to be."""
        return (*self.verified_addresses, *self.claimed_addresses)

    @property
    def trust(self) -> int:
        """Return the lowest trust of the customer's new messages: one weak message weakens the turn."""
        return min((message.trust for message in self.fresh if message.author == "customer"), default=0)


async def recall_conversation(database: Database, lease: Lease) -> Recalled:
    """Fix up to which message this turn answers, and read the conversation; raise `LeaseLost`."""
    row = await database.fetchrow(RECALL, lease.turn_id, lease.replica, lease.attempt)
    if row is None:
        raise LeaseLost("Another replica runs this turn.")
    return Recalled(
        conversation_id=row["id"],
        customer_id=row["customer_id"],
        owner=row["owner"],
        status=row["status"],
        name=row["name"],
        language=row["language"],
        upto_seq=row["upto_seq"],
        started_at=row["started_at"],
        fresh=tuple(_fresh(message) for message in row["fresh"] or ()),
        thread=row["thread"] or "",
        verified_addresses=tuple(row["verified"] or ()),
        claimed_addresses=tuple(row["claimed"] or ()),
        handed_back=row["handed_back"],
        colleague=row["colleague"],
        reach_address=row["reach_address"],
        told_to_wait=row["told_to_wait"],
        tries=row["tries"],
        tags=frozenset(row["tags"] or ()),
        recent=row["recent"],
        repeats=row["repeats"],
        code_expected=row["code_expected"],
        held=frozenset(row["held"] or ()),
        done=frozenset(row["done"] or ()),
        waiting=tuple(row["waiting"] or ()),
        unfinished=tuple(UnfinishedAction(**action) for action in row["unfinished"] or ()),
        facts=row["facts"] or {},
        earlier=tuple(ending_of(each) for each in row["earlier"] or ()),
    )


def ending_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the end of another conversation as the model reads it."""
    return {"channel": row["channel"], "on": row["on"], "ending": row["ending"] or []}


def _fresh(message: Mapping[str, Any]) -> Fresh:
    return Fresh(
        id=UUID(message["id"]),
        author=message["author"],
        text=message["text"],
        trust=message["trust"],
        files=tuple(message["files"] or ()),
        below=message["below"],
    )
