"""Builds what sends queued answers and letters."""

from __future__ import annotations

from channels.mail.channel import MailChannel
from orchestrator.delivery import Deliverer
from orchestrator.letters import CHANNEL as LETTERS
from orchestrator.letters import Letter
from orchestrator.message import Delivery
from orchestrator.observe import Observer
from orchestrator.store.database import Database
from orchestrator.store.deliveries import DeliveryQueue
from orchestrator.store.letters import LetterQueue
from orchestrator.store.replica import Replica


def make_deliverer(
    database: Database, *, replica: Replica, mail: MailChannel, observer: Observer
) -> Deliverer[Delivery]:
    """Return what sends answers on the channels that are queued."""
    return Deliverer(
        queue=DeliveryQueue(database), replica=replica, senders={mail.name: mail.send}, observer=observer
    )


def make_postman(
    database: Database, *, replica: Replica, mail: MailChannel, observer: Observer
) -> Deliverer[Letter]:
    """Return what sends letters: mails that are no answer, such as one-time codes."""
    return Deliverer(
        queue=LetterQueue(database), replica=replica, senders={LETTERS: mail.send_letter}, observer=observer
    )
