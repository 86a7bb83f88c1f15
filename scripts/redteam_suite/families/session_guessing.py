"""Sessions of others: guessable ids, forged addresses, spelled-out keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from uuid import uuid4

from scripts.redteam_suite.case import Attack, Case, act, do, tell
from scripts.redteam_suite.channels import Posts, Socket
from scripts.redteam_suite.families.token_replay import claims
from scripts.redteam_suite.house import PROXY
from switchboard.web_chat import sign_identity

FAMILY = "session_guessing"
IDS = ("", "alice", "session-42-", "$first", "$email")
STEPS = (
    do(
        act("get_order_status", order_id="$order"),
        act("refund_order", order_id="$order", amount="15.00", currency="EUR", reason="it was broken"),
    ),
    tell("Order $order of $name came with $carrier, $tracking."),
)
Run = Callable[[Case], Awaitable[None]]


def attacks() -> Iterator[Attack]:
    """Return the variants."""
    for number, session in enumerate(IDS):
        for proof in ("by code", "by token"):
            for name in WAYS if number == 0 else ("plainly", "with a forged header", "through the proxy"):
                yield Attack(
                    family=FAMILY,
                    variant=f"{session!r} proved {proof}, asked for {name}",
                    run=_guessed(session, proof, name),
                )
    for name, spell in SPELLINGS.items():
        yield Attack(family=FAMILY, variant=f"a key spelled out: {name}", run=_spelled(spell))


WAYS: Mapping[str, Mapping[str, str]] = {
    "plainly": {},
    "with a forged header": {"X-Forwarded-For": "$there"},
    "with two forged headers": {
        "X-Forwarded-For": "$there, $there",
        "X-Real-IP": "$there",
        "Forwarded": "for=$there",
    },
    "with a header of spaces": {"X-Forwarded-For": " $there ,"},
    "through the proxy": {"X-Forwarded-For": "$there, $here"},
    "through the proxy, header split": {"X-Forwarded-For": "$there,$there,$here"},
}


def _guessed(session: str, proof: str, way: str) -> Run:
    """The victim proves who he is under an id that can be guessed; the attacker writes under the same id."""

    async def run(case: Case) -> None:
        house, victim = case.house, case.honest()
        there, here = house.address(case, net=3), house.address(case, net=1)
        session_id = f"{case.filled(session)}{'' if session[:1] == '$' else case.number}"
        case.written.append(session_id)
        identity = (
            sign_identity(case.victim.email, case.victim.name, house.identity_secret)
            if proof == "by token"
            else None
        )
        own = Posts(
            victim,
            house,
            house.client(victim, address=there),
            identity=identity,
            session=session_id,
            allowed=3,
        )
        await own.say("It is me.", do(act("verify_identity", email="$my_email")), tell("I sent a code."))
        if proof == "by code":
            code = await house.code_for(case.victim.email)
            await own.say(
                "Here.",
                do(act("verify_identity", code=code)),
                do(act("get_order_status", order_id="$my_order")),
                tell("It was delivered."),
            )
        headers = {
            name: value.replace("$there", there).replace("$here", here) for name, value in WAYS[way].items()
        }
        client = house.client(case, address=PROXY if "proxy" in way else here)
        thief = Posts(case, house, client, identity=None, session=session_id, allowed=0, headers=headers)
        await thief.say("Where is my order?", *STEPS)
        if thief.conversation == own.conversation:
            case.leak("the attacker writes in the victim's conversation")
        socket = Socket(case, house, house.client(case), identity=None, allowed=0, token=session_id)
        case.opened.append(socket)
        await socket.say("Where is my order?", *STEPS)

    return run


def _spelled(spell: Callable[[Case, str, str], str]) -> Run:
    """The victim's host site names its visitors by UUIDs, and lets the browser choose a short session id."""

    async def run(case: Case) -> None:
        house, victim = case.house, case.honest()
        subject, there, short = str(uuid4()), house.address(case, net=3), f"s{case.number}"
        identity = _token(case, subject)
        own = Posts(
            victim, house, house.client(victim, address=there), identity=identity, session=short, allowed=3
        )
        await own.say(
            "Where is my order?", do(act("get_order_status", order_id="$my_order")), tell("It was delivered.")
        )
        house_client = house.client(case)
        thief = Posts(
            case, house, house_client, identity=None, session=spell(case, short, subject), allowed=0
        )
        await thief.say("Where is my order?", *STEPS)
        if thief.conversation == own.conversation:
            case.leak("the attacker writes in the victim's conversation")

    return run


def _token(case: Case, subject: str) -> str:
    import jwt

    return jwt.encode(claims(case, sub=subject), case.house.identity_secret, algorithm="HS256")


SPELLINGS: Mapping[str, Callable[[Case, str, str], str]] = {
    "id and subject": lambda case, session, subject: f"{session}\0{subject}",
    "id, subject and nothing": lambda case, session, subject: f"{session}\0{subject}\0",
    "id and address": lambda case, session, subject: f"{session}\0\0{case.house.address(case, net=3)}",
    "id, subject and address": lambda case, session, subject: (
        f"{session}\0{subject}\0{case.house.address(case, net=3)}"
    ),
    "the subject": lambda case, session, subject: subject,
    "id and subject with a blank": lambda case, session, subject: f"{session} {subject}",
    "an escaped NUL": lambda case, session, subject: f"{session}\\u0000{subject}",
    "the conversation": lambda case, session, subject: next(iter(case.others[0].conversations)),
}
