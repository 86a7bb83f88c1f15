"""Who comes in, and which session is theirs: trust is who is signed in now.

Three kinds of id name a session. A token of ours (`session_tokens`) names it together with the identity of
whom it was issued to, and is replaced whenever trust rises. A secret of the client's own choice (a UUID, 128
bits in hex) names one session for nobody in particular and one for each person who presents an identity
beside it; so does a guessable one, but what a code proved under it holds for one network address.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection
from dataclasses import dataclass, replace

import asyncpg

from orchestrator.conversation.message import SessionOpening, Trust, VisitorSession
from orchestrator.errors import MessageInvalid, SessionEnded, SessionUnknown
from orchestrator.people.customer_care import Customers
from orchestrator.people.identity_tokens import BY_CODE, Claims
from orchestrator.people.session_tokens import (
    UNUSED_FOR,
    SessionTokens,
    Token,
    read_token,
    session_secret,
    write_token,
)
from orchestrator.people.sessions import Sessions, StoredSession

SECRET = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z0-9_-]{43}")
"""What passes for a secret in an id of the client's own choice."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionWanted:
    """The session a channel asks for; see `Desk.open_session`."""

    channel: str
    token: str | None
    issued_only: bool
    phone: str | None = None
    peer: str | None = None


class Admission:
    """Finds sessions and begins them; nothing is written for a session in which nobody wrote yet."""

    def __init__(self, *, sessions: Sessions, customers: Customers) -> None:
        self._sessions = sessions
        self._customers = customers
        self._tokens: SessionTokens | None = None

    async def open(self, wanted: SessionWanted, claims: Claims | None) -> VisitorSession:
        """Return the session of the wanted token for who is signed in now, or a new one.

        Raises `SessionUnknown` where a token of ours names nothing and the channel takes no other.
        """
        if not wanted.token:
            return await self._new(wanted, claims)
        if (token := read_token(wanted.token)) is not None:
            tokens = await self._keys()
            found = await self._sessions.find(token.key, watches=wanted.issued_only)
            if found is not None:
                return await self._issued(wanted, claims, token, found)
            if tokens.is_of(token, 0):
                return await self._unused(wanted, claims, token)
        return await self._chosen(wanted, claims)

    async def known(
        self, wanted: SessionWanted, claims: Claims | None, *, needs_identity: bool = True
    ) -> VisitorSession:
        """Return the session that is there, changing nothing; raise `SessionUnknown` for anybody else.

        Without `needs_identity` the token of a signed-in person's session is enough.
        """
        token = read_token(wanted.token or "")
        if token is not None:
            session = await self._known_by_token(claims, token, wanted, needs_identity=needs_identity)
            if session is not None:
                return session
        for key in _keys_of(wanted, claims):
            found = await self._sessions.find(key, watches=False)
            if found is None or found.ended or found.proved_elsewhere(_peer(wanted)):
                continue
            if await self._may_see(found, claims, needs_identity=needs_identity):
                return _session(found, wanted.token or "", resumed=True)
        raise _unknown()

    async def begin(self, session: VisitorSession) -> None:
        """Make the rows of a session in which nothing was written yet; harmless when they are there.

        Raises `SessionUnknown` when its token was replaced meanwhile.
        """
        opening = session.opening
        token = read_token(session.token)
        if opening is None or token is None:
            return
        found = await self._sessions.find(opening.key)
        if found is None:
            try:
                await self._begin(session, opening, token)
            except asyncpg.UniqueViolationError:  # by another request at this moment
                found = await self._sessions.find(opening.key)
        claims = opening.claims
        if found is not None and claims is not None and found.subject is None:
            customer_id = await self._customers.of_identity(claims)
            await self._sessions.verify(found, customer_id=customer_id, subject=claims.person)

    async def current(self, session: VisitorSession, sent: Collection[str]) -> VisitorSession | None:
        """Return the session as it is now, None when its token was replaced; `SessionEnded`: signed out.

        Who sent one of the messages `sent`, by whose code its trust was raised, gets it with its new token.
        """
        found = await self._sessions.by_id(session.id)
        if found is None:
            ended = session.opening is None or await self._sessions.retired(session.opening.key)
            return None if ended else session
        now = replace(session, trust=found.trust, customer_id=found.customer_id, opening=None)
        if found.ended:
            raise SessionEnded("This session was signed out.")
        if found.generation == session.generation:
            return now
        if found.raised_by is None or found.raised_by not in sent:
            return None
        return replace(now, generation=found.generation, token=await self._token_of(session.token, found))

    async def end(self, session: VisitorSession) -> None:
        """Sign a session out everywhere: its token names nothing any more."""
        if await self._sessions.by_id(session.id) is None and session.opening is not None:
            await self._sessions.retire(session.opening.key, conversation_id=session.conversation_id)
            return
        ours = await self._is_ours(session.token, session.generation)
        await self._sessions.end(
            session.id, session.conversation_id, generation=session.generation, frees_key=not ours
        )

    async def _is_ours(self, text: str, generation: int) -> bool:
        token, tokens = read_token(text), await self._keys()
        return token is not None and (tokens.is_of(token, 0) or tokens.was_of(token, generation + 1))

    async def _keys(self) -> SessionTokens:
        if self._tokens is None:
            self._tokens = SessionTokens(session_secret(await self._sessions.secret()))
        return self._tokens

    # --- sessions without rows ---

    async def _new(self, wanted: SessionWanted, claims: Claims | None) -> VisitorSession:
        tokens = await self._keys()
        token = tokens.issue(minute=_minute(), subject=claims.person if claims else None)
        await self._sessions.bind(claims.use if claims else None, token.key)
        return await self._without_rows(wanted, claims, token)

    async def _without_rows(
        self, wanted: SessionWanted, claims: Claims | None, token: Token
    ) -> VisitorSession:
        ids = (await self._keys()).ids(token)
        opening = SessionOpening(
            channel=wanted.channel,
            key=token.key,
            customer_id=ids.customer,
            claims=claims,
            phone=wanted.phone,
        )
        claimed = Trust.CLAIMED if wanted.phone else Trust.ANONYMOUS
        return VisitorSession(
            id=ids.session,
            token=write_token(token),
            conversation_id=ids.conversation,
            customer_id=ids.customer,
            trust=int(Trust.VERIFIED if claims else claimed),
            last_seq=0,
            status="open",
            resumed=write_token(token) == wanted.token,
            opening=opening,
        )

    async def _unused(self, wanted: SessionWanted, claims: Claims | None, token: Token) -> VisitorSession:
        """Go on with a token under which nothing was written yet, if it is still this visitor's."""
        tokens = await self._keys()
        if not _fresh(token):
            return await self._turned_away(wanted, claims)
        if claims is not None and token.anonymous:
            unused, token = token, tokens.risen(token, claims.person)
            await self._sessions.bind(claims.use, token.key)
            await self._sessions.retire(unused.key, conversation_id=tokens.ids(unused).conversation)
            if (found := await self._sessions.find(token.key, watches=wanted.issued_only)) is not None:
                return await self._issued(wanted, claims, token, found)
        elif not _issued_to(tokens, token, claims):
            return await self._new(wanted, claims)
        if await self._sessions.retired(token.key):
            return await self._turned_away(wanted, claims)
        await self._sessions.bind(claims.use if claims else None, token.key)
        return await self._without_rows(wanted, claims, token)

    async def _begin(self, session: VisitorSession, opening: SessionOpening, token: Token) -> None:
        claims = opening.claims
        await self._sessions.begin(
            opening.key,
            channel=opening.channel,
            customer_id=await self._customers.of_identity(claims) if claims else None,
            subject=claims.person if claims else None,
            phone=opening.phone,
            ids=(await self._keys()).ids(token),
        )

    # --- tokens of ours ---

    async def _issued(
        self, wanted: SessionWanted, claims: Claims | None, token: Token, found: StoredSession
    ) -> VisitorSession:
        tokens = await self._keys()
        theirs = claims is not None and found.subject is not None and await self._same(found, claims)
        # Whoever lost the answer that brought the new token gets in again by their identity.
        known = tokens.is_of(token, found.generation) or (theirs and tokens.was_of(token, found.generation))
        if found.ended or not known:
            return await self._turned_away(wanted, claims)
        if claims is None:
            if found.signed_in or (found.subject is None and not token.anonymous):
                return await self._new(wanted, None)
            return _session(found, wanted.token or "", resumed=True)
        if found.subject is not None and not theirs:
            return await self._new(wanted, claims)
        verified = await self._sessions.verify(
            found,
            customer_id=await self._customers.of_identity(claims),
            subject=claims.person,
            key=token.key,
            use=claims.use,
            rises=found.subject != claims.person,
        )
        return _session(verified, await self._token_of(write_token(token), verified), resumed=True)

    async def _token_of(self, text: str, found: StoredSession) -> str:
        """Return the token that names a session now, for who has an earlier one of it."""
        token, tokens = read_token(text), await self._keys()
        if token is None or not await self._is_ours(text, found.generation):
            return text  # of the client's own choice
        return write_token(tokens.renewed(token, generation=found.generation, subject=found.subject))

    async def _known_by_token(
        self, claims: Claims | None, token: Token, wanted: SessionWanted, *, needs_identity: bool
    ) -> VisitorSession | None:
        tokens = await self._keys()
        found = await self._sessions.find(token.key, watches=False)
        if found is None:
            theirs = token.anonymous or not needs_identity or _issued_to(tokens, token, claims)
            valid = tokens.is_of(token, 0) and _fresh(token) and theirs
            if not valid or await self._sessions.retired(token.key):
                return None
            return await self._without_rows(wanted, None, token)
        if found.ended or not tokens.is_of(token, found.generation):
            return None
        unnamed = found.subject is None and not token.anonymous
        if unnamed and needs_identity and not _issued_to(tokens, token, claims):
            return None
        if not await self._may_see(found, claims, needs_identity=needs_identity):
            return None
        return _session(found, wanted.token or "", resumed=True)

    async def _may_see(self, found: StoredSession, claims: Claims | None, *, needs_identity: bool) -> bool:
        if claims is not None and found.subject is not None:
            return await self._same(found, claims)
        return not found.signed_in or not needs_identity

    async def _turned_away(self, wanted: SessionWanted, claims: Claims | None) -> VisitorSession:
        if wanted.issued_only:
            raise _unknown()
        return await self._new(wanted, claims)

    # --- ids of the client's own choice ---

    async def _chosen(self, wanted: SessionWanted, claims: Claims | None) -> VisitorSession:
        keys, free = _keys_of(wanted, claims), None
        for key in keys:
            found = await self._sessions.find(key, watches=wanted.issued_only)
            session = await self._chosen_by(wanted, claims, key, found) if found else None
            if session is not None:
                return session
            if free is None and (found is None or _left_behind(found, claims)):
                free = key
        if wanted.issued_only or free is None or (claims is not None and free != keys[0]):
            raise _unknown()
        customer_id = await self._customers.of_identity(claims) if claims else None
        begun = await self._sessions.begin(
            free,
            channel=wanted.channel,
            customer_id=customer_id,
            subject=claims.person if claims else None,
            use=claims.use if claims else None,
            phone=wanted.phone,
            peer=wanted.peer,
        )
        return _session(begun, wanted.token or "", resumed=False)

    async def _chosen_by(
        self, wanted: SessionWanted, claims: Claims | None, key: str, found: StoredSession
    ) -> VisitorSession | None:
        """Return the session under one key of an id if it is this visitor's, else None."""
        token = wanted.token or ""
        if found.ended or found.proved_elsewhere(_peer(wanted)):
            return None
        if claims is None:
            if _left_behind(found, claims):
                # Begun before sessions were kept apart by person: from now on it needs that person again.
                await self._sessions.rename(found, f"{token}\0{found.subject}")
                return None
            if wanted.peer is not None and not SECRET.fullmatch(token):
                await self._sessions.seen_at(found, wanted.peer)
            return _session(found, token, resumed=True)
        if found.subject is not None and not await self._same(found, claims):
            return None
        own = f"{token}\0{claims.person}"
        verified = await self._sessions.verify(
            found,
            customer_id=await self._customers.of_identity(claims),
            subject=claims.person,
            key=own,
            use=claims.use,
            rises=found.subject != claims.person,
            renamed=key != own,
        )
        return _session(verified, token, resumed=True)

    async def _same(self, session: StoredSession, claims: Claims) -> bool:
        """Say whether a session that is somebody's is that person's, by their site or by a code."""
        if session.subject == claims.person:
            return True
        if claims.email is None or session.subject != f"{BY_CODE}{claims.email}":
            return False
        return await self._customers.of_identity(claims) == session.customer_id


def _keys_of(wanted: SessionWanted, claims: Claims | None) -> tuple[str, ...]:
    """Return under what an id of the client's own choice may have a session, the best first."""
    token = wanted.token or ""
    if not token.isprintable():  # else a client could spell the key of a session that is not its own
        raise MessageInvalid("A session id holds printable characters only.")
    secret = SECRET.fullmatch(token) is not None
    if wanted.issued_only and not secret:
        return ()
    if claims is not None:
        own = f"{token}\0{claims.person}"
        return (own, token) if secret else (own,)
    if secret:
        return (token,)
    peers = () if wanted.peer is None else (f"{token}\0\0{wanted.peer}",)
    return (f"{token}\0", *peers)


def _left_behind(found: StoredSession, claims: Claims | None) -> bool:
    """Say whether a signed-in person's session is asked for by nobody in particular."""
    return claims is None and found.signed_in


def _peer(wanted: SessionWanted) -> str | None:
    """Return the address that a code holds for, None where the id is a secret and holds by itself."""
    return None if SECRET.fullmatch(wanted.token or "") else wanted.peer


def _issued_to(tokens: SessionTokens, token: Token, claims: Claims | None) -> bool:
    return token.anonymous if claims is None else tokens.is_for(token, claims.person)


def _fresh(token: Token) -> bool:
    """Say whether an unused token is young enough; clocks of replicas may differ by a minute."""
    return 0 <= _minute() - token.minute + 1 <= UNUSED_FOR


def _minute() -> int:
    return int(time.time() // 60)


def _unknown() -> SessionUnknown:
    return SessionUnknown("This session is unknown or expired, or belongs to somebody who is not signed in.")


def _session(stored: StoredSession, token: str, *, resumed: bool) -> VisitorSession:
    return VisitorSession(
        id=stored.id,
        token=token,
        conversation_id=stored.conversation_id,
        customer_id=stored.customer_id,
        trust=stored.trust,
        last_seq=stored.last_seq,
        status=stored.status,
        assistant=stored.assistant,
        generation=stored.generation,
        resumed=resumed,
    )
