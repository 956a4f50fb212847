"""Delivers messages as push notifications, through Firebase Cloud Messaging."""

from base64 import b64encode
from http import HTTPStatus
import json
from typing import Any

from simulator.base.journal import Journal
from simulator.google import Google, TooLarge, Unavailable, Unregistered

from .messages import Message
from .subscription import Subscription
from .transport import Transport, fill_in

# How many seconds Firebase keeps a message for a device that is away, unless the keyword `ttl` says otherwise.
_TTL = 28 * 24 * 3600


class PushNotifications(Transport):
    """Sends each message to all devices of a callback. A device that has been unregistered leaves the callback's list.

    A message that is too large for Firebase is lost.
    """

    batches = False

    def __init__(self, journal: Journal, google: Google) -> None:
        super().__init__(journal)
        self._google = google

    async def deliver(self, subscription: Subscription, messages: list[Message]) -> bool:
        """Send one message to the devices. Return false if Google could not be reached."""
        [message] = messages
        attributes = subscription.attributes(message)
        body = fill_in(message, {})
        text = json.dumps(body, separators=(",", ":"))
        data = attributes["Header"] | {"mph_message": b64encode(text.encode()).decode()}
        keywords = attributes["Body"]
        notification = _make_notification(message, text, keywords)
        reached = True
        for device in subscription.devices:
            status = await self._send(device, data, notification, int(keywords.get("ttl", _TTL)))
            if status == HTTPStatus.NOT_FOUND:
                subscription.remove_device(device)
            reached = reached and status is not None
            self._record(subscription, messages, [body], url=device, status=status, headers=attributes["Header"])
        return reached

    async def _send(
        self, device: str, data: dict[str, str], notification: dict[str, str] | None, ttl: int
    ) -> HTTPStatus | None:
        """Return what Firebase answers, None if it cannot be reached."""
        try:
            await self._google.send(device, data, notification, ttl=ttl)
        except Unregistered:
            return HTTPStatus.NOT_FOUND
        except TooLarge:
            return HTTPStatus.BAD_REQUEST
        except Unavailable:
            return None
        return HTTPStatus.OK


def _make_notification(message: Message, text: str, keywords: dict[str, Any]) -> dict[str, str] | None:
    """Make what a phone would show, which has the whole message in it once more; None if the app wants none."""
    if keywords.get("disableNotificationPayload") == "true":
        return None
    return {"title": keywords.get("title", message.label), "body": keywords.get("body", text)}
