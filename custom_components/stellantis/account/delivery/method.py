"""What every way has in common by which the vendor's messages come."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol


class DeliveryMethod(Protocol):
    """One way for the vendor's messages to come (docs/delivery.md).

    `pushes` is whether the vendor sends messages at all; if not, its callback is kept paused. `brings_status` is
    whether there is room in a message for what the car reports; if not, a message only says that there is something to
    read.
    """

    @property
    def pushes(self) -> bool:
        """Whether the vendor sends messages this way."""

    @property
    def brings_status(self) -> bool:
        """Whether a message has room for a status."""

    @property
    def listening(self) -> bool:
        """Whether messages can arrive now, as far as that can be told from here."""

    @property
    def state(self) -> dict[str, Any]:
        """What diagnostics show of it, without a secret."""

    async def async_start(self, on_listening: Callable[[], None]) -> None:
        """Take in messages until the entry is unloaded; `on_listening` is called when `listening` has changed."""

    async def async_stop(self) -> None:
        """Close what has to be waited for."""

    async def async_registration(self, *, lost: bool = False) -> Mapping[str, Any]:
        """Return what the callback is registered with: `callback` in the body of `POST /user/callbacks`.

        `lost` is whether the vendor has lost the callback that was registered before. Raises a StellantisError if the
        vendor has nowhere to send to.
        """

    def async_on_change(self, changed: Callable[[], None]) -> None:
        """Call `changed` whenever the registration may be another one, until the entry is unloaded."""


def body_attributes(secret: str) -> list[dict[str, str]]:
    """Return the attributes by which a message is known to be the vendor's, and of which car it tells.

    Only attributes of type Body are filled in when messages come in batches.
    """
    return [
        {"type": "Body", "key": "secret", "value": secret},
        {"type": "Body", "key": "vin", "value": "$vin"},
    ]
