"""Builds what sends answers and notifications: together they have the smarthost's connections."""

from __future__ import annotations

from channels.mail.mail_channel import MailChannel
from orchestrator.conversation.deliverer import Deliverer
from orchestrator.conversation.delivery_queue import DeliveryQueue
from orchestrator.conversation.message import Delivery
from orchestrator.mail.notifications import CHANNEL as NOTIFICATIONS
from orchestrator.mail.notifications import Notification, Notifications
from orchestrator.observe import Observer
from orchestrator.store.database import Database
from orchestrator.store.replica import Replica
from switchboard.settings import RelaySection


def make_deliverer(
    database: Database, *, relay: RelaySection, replica: Replica, mail: MailChannel, observer: Observer
) -> Deliverer[Delivery]:
    """Build the loop that sends queued answers by mail."""
    places = relay.connections - _for_notifications(relay)
    return Deliverer(
        queue=DeliveryQueue(database),
        replica=replica,
        senders={mail.name: mail.send},
        width=places,
        per_lane=_of_one_domain(relay, places),
        doubt_pause=relay.doubt,
        observer=observer,
    )


def make_postman(
    database: Database, *, relay: RelaySection, replica: Replica, mail: MailChannel, observer: Observer
) -> Deliverer[Notification]:
    """Build the loop that sends codes and follow-ups."""
    places = _for_notifications(relay)
    return Deliverer(
        name="notifications",
        queue=Notifications(database),
        replica=replica,
        senders={NOTIFICATIONS: mail.send_notification},
        width=places,
        per_lane=_of_one_domain(relay, places),
        doubt_pause=relay.doubt,
        observer=observer,
    )


def _for_notifications(relay: RelaySection) -> int:
    """Return how many connections notifications have: a code must not wait behind answers that hang."""
    return max(1, relay.connections // 4)


def _of_one_domain(relay: RelaySection, places: int) -> int:
    """Return how many of the places one domain may have: a third stays for others."""
    return min(relay.per_domain, max(1, places * 2 // 3))
