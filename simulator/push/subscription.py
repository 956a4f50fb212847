"""What an app subscribes to: where messages go, and which ones wait to be delivered."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from simulator.base.words import RUNNING

from .messages import Message


@dataclass(eq=False, kw_only=True)
class Subscription:
    """The part of a callback that delivery needs.

    `subscribe` is the body as posted, `status` Running, Paused or Failed. `queue` holds the messages to deliver, in
    this order. `held` are messages that a fault keeps back until the next one. `late` counts messages that a fault
    delays. `worker` is the task that delivers, while there is something to deliver.
    """

    id: str
    subscribe: dict[str, Any]
    status: str = RUNNING
    queue: deque[Message] = field(default_factory=deque)
    held: list[Message] = field(default_factory=list)
    late: int = 0
    worker: asyncio.Task[None] | None = None

    @property
    def label(self) -> str | None:
        """The label that the app has given to the callback."""
        return self.subscribe.get("label")

    @property
    def types(self) -> list[str]:
        """What the callback receives: Monitor, Remote, or both. Both is the default."""
        types: list[str] = self.subscribe.get("type", ["Monitor", "Remote"])
        return types

    @property
    def kind(self) -> str:
        """The kind of callback: webhook, websocket or pushnotif."""
        [kind] = self.subscribe["callback"]
        return f"{kind}"

    @property
    def target(self) -> str:
        """The URL of the webhook or the websocket."""
        target: str = self._parameters["target"]
        return target

    @property
    def devices(self) -> list[str]:
        """The devices that push notifications go to."""
        devices: list[str] = self._parameters["devices"]
        return devices

    @property
    def unreachable(self) -> bool:
        """Whether this is a callback for push notifications whose last device has been unregistered."""
        return self.kind == "pushnotif" and not self.devices

    @property
    def busy(self) -> bool:
        """Whether any message is to be delivered. One that is `held` is not, until there is a next one."""
        return bool(self.queue or self.late)

    @property
    def _parameters(self) -> dict[str, Any]:
        parameters: dict[str, Any] = self.subscribe["callback"][self.kind]
        return parameters

    def accepts(self, callback_attributes: dict[str, Any]) -> bool:
        """Tell whether the `callbackAttributes` of a remote or a monitor are for this kind of callback."""
        return callback_attributes.keys() <= {self.kind}

    def remove_device(self, device: str) -> None:
        """Take a device off the list, in a new body: a test may still look at the one that was posted."""
        devices = [one for one in self.devices if one != device]
        self.subscribe = self.subscribe | {"callback": {self.kind: self._parameters | {"devices": devices}}}

    def attributes(self, message: Message) -> dict[str, dict[str, str]]:
        """Return the attributes of a message by type (Header, Body, Query) and key, with variables filled in.

        Those of the remote or monitor are added to those of the callback; for the same type and key they replace the
        callback's.
        """
        variables = {"callbackid": self.id, "callbacklabel": self.label or "", **message.variables}
        filled: dict[str, dict[str, str]] = {"Header": {}, "Body": {}, "Query": {}}
        for attribute in (
            *self._parameters.get("attributes", ()),
            *message.own.get("callbackAttributes", {}).get(self.kind, ()),
            *message.own.get("attributes", ()),
        ):
            value = attribute["value"]
            if value.startswith("$"):
                value = variables.get(value[1:].lower(), value)
            filled[attribute.get("type", "Header")][attribute["key"]] = value
        return filled
