"""A business of another trade, French first, with MCP tools only: the whole gateway speaks for it."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiohttp
import aiosmtplib
import pytest

from switchboard.business_file import SHIPPED
from switchboard.web_chat import sign_identity
from tests.support.gateway import Gateway

VELO = SHIPPED.parent / "velo"
SECRET = "a secret of at least thirty-two bytes"
BROKEN_ADDRESS = "http://127.0.0.1:9/v1"


class Customer:
    """Somebody who writes in the chat, signed in or not."""

    def __init__(
        self, gateway: Gateway, http: aiohttp.ClientSession, who: tuple[str, str] | None = None
    ) -> None:
        self._gateway = gateway
        self._http = http
        self._who = who
        self._session: dict[str, str] = {}

    async def ask(self, text: str) -> dict[str, Any]:
        """Write, and return what POST /chat answers."""
        identity = {"identity": sign_identity(*self._who, SECRET)} if self._who else {}
        body = {**self._session, **identity, "message": text}
        async with self._http.post(f"{self._gateway.url}/chat", json=body) as response:
            answered = dict(await response.json())
        self._session = {"session_id": answered["session_id"]}
        return answered

    async def reply(self, text: str) -> str:
        """Write, and return the reply alone."""
        return str((await self.ask(text))["reply"])


class Operator:
    """Somebody at the desk."""

    def __init__(self, gateway: Gateway, http: aiohttp.ClientSession) -> None:
        self._url = f"{gateway.url}/api/approvals"
        self._http = http
        token = (gateway.home / "secrets" / "operator_token").read_text().strip()
        self._bearer = {"Authorization": f"Bearer {token}"}

    async def waiting(self) -> dict[str, Any]:
        """Return the one action that waits."""
        async with self._http.get(f"{self._url}?state=pending", headers=self._bearer) as response:
            (approval,) = (await response.json())["items"]
            return dict(approval)

    async def approve(self, approval: dict[str, Any]) -> None:
        """Say yes."""
        body = {"verdict": "approve", "operator": "Ann", "seen_seq": 10_000}
        async with self._http.post(
            f"{self._url}/{approval['id']}", json=body, headers=self._bearer
        ) as response:
            assert response.status == 200, await response.text()


@pytest.fixture
async def gateway(folder: Path, database_url: str) -> AsyncIterator[Gateway]:
    variables = {
        "SWITCHBOARD_BUSINESS": str(VELO),
        "SWITCHBOARD_DATABASE_URL": database_url,
        "SWITCHBOARD_IDENTITY_SECRET": SECRET,
        "SWITCHBOARD_POLICY": "",  # the business's own
        "OXLO_API_KEY": "",  # the sandbox model
    }
    async with Gateway(folder / "var", model=BROKEN_ADDRESS, variables=variables) as running:
        yield running


async def test_it_answers_in_french_with_its_own_tools_and_asks_before_it_cancels(gateway: Gateway) -> None:
    async with aiohttp.ClientSession() as http:
        visitor = Customer(gateway, http)
        assert "le dimanche de 10 h à 18 h" in await visitor.reply(
            "Bonjour, quand êtes-vous ouverts le dimanche ?"
        )
        assert "sache qui" not in await visitor.reply("Combien est la caution ?")
        assert "votre identité établie" in await visitor.reply("Ma réservation VG-4821, c'est quand ?")
        assert "bicis urbanas" in await Customer(gateway, http).reply("¿Qué bicis están libres mañana?")
        assert "city bikes" in await Customer(gateway, http).reply("Which bikes are free tomorrow?")
        assert "bikes are available" in await Customer(gateway, http).reply("What is your return policy?")

        lea = Customer(gateway, http, ("lea@example.com", "Léa Moreau"))
        told = await lea.reply("Ma réservation VG-4821, c'est quand ?")
        assert "VG-4821 commence le" in told
        assert "68,00 EUR" in told

        asked = await lea.ask("Annulez ma réservation VG-4822, je suis malade")
        assert asked["status"] == "waiting_approval", asked["reply"]
        assert "rien n'a encore été fait" in asked["reply"]
        operator = Operator(gateway, http)
        approval = await operator.waiting()
        assert (approval["tool"], approval["arguments"]["booking_id"]) == ("cancel_booking", "4822")
        await operator.approve(approval)
        async with asyncio.timeout(10):
            while "annulée" not in (told := await lea.reply("Ma réservation VG-4822 ?")):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        assert "VG-4822" in told

        assert "Je ne trouve pas" in await lea.reply("Et ma réservation VG-5107 ?")  # somebody else's

        marta = Customer(gateway, http, ("marta@example.com", "Marta Ibáñez"))
        assert "empieza el" in await marta.reply("Hola, ¿cuándo empieza mi reserva VG-5107?")


async def test_a_mail_in_french_is_answered_in_french(gateway: Gateway) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = "lea@example.com", "support@localhost"
    mail["Subject"], mail["Message-ID"] = "Question", "<one@example.com>"
    mail.set_content("Bonjour,\n\nque se passe-t-il si je rends le vélo en retard ?\n\nLéa\n")
    await aiosmtplib.send(mail, hostname="127.0.0.1", port=gateway.smtp_port, sender="lea@example.com")
    answer = await answered(gateway.home / "outbox" / "new")
    assert "chaque heure commencée coûte 6 EUR" in answer
    assert "Vélo Garonne" in answer


async def answered(outbox: Path) -> str:
    """Return the first mail that goes out: its head and its text."""
    async with asyncio.timeout(20):
        while not (found := list(outbox.glob("*"))):  # noqa: ASYNC110 - a folder has no event to wait for
            await asyncio.sleep(0.1)
    sent = email.message_from_bytes(found[0].read_bytes(), policy=email.policy.default)
    body = sent.get_body(("plain",))
    return " ".join(f"{sent['From']} {body.get_content() if body else ''}".split())
