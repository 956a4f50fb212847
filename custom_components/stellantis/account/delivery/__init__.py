"""The ways by which the vendor's messages come: one protocol, one file for each."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ...const import CONF_DELIVERY, Delivery
from ..receiver import Receiver
from .address import async_delete_cloudhook, external_url, has_address
from .method import DeliveryMethod
from .polling import Polling
from .push_notification import PushNotification, async_try_firebase
from .webhook import Webhook
from .websocket import Websocket

__all__ = [
    "DeliveryMethod",
    "async_delete_cloudhook",
    "async_try_firebase",
    "create_delivery",
    "external_url",
    "possible_deliveries",
]


def possible_deliveries(hass: HomeAssistant) -> list[Delivery]:
    """Return the ways that this Home Assistant can have: a cloudhook carries no websocket."""
    addresses = {Delivery.WEBHOOK: has_address(hass), Delivery.WEBSOCKET: external_url(hass) is not None}
    return [each for each in Delivery if addresses.get(each, True)]


def create_delivery(hass: HomeAssistant, entry: ConfigEntry[Any], receiver: Receiver) -> DeliveryMethod:
    """Make the way that an entry's user has chosen; messages go to `receiver`."""
    match entry.data[CONF_DELIVERY]:
        case Delivery.PUSH_NOTIFICATION:
            return PushNotification(hass, entry, receiver)
        case Delivery.POLLING:
            return Polling(hass, entry)
        case Delivery.WEBSOCKET:
            return Websocket(hass, entry, receiver)
        case _:
            return Webhook(hass, entry, receiver)
