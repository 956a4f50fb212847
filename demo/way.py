"""The ways by which the vendor's messages can reach Home Assistant, in the form's words."""

from enum import StrEnum


class Way(StrEnum):
    """A way."""

    WEBHOOK = "webhook"
    WEBSOCKET = "websocket"
    PUSH_NOTIFICATION = "push_notification"
    POLLING = "polling"
