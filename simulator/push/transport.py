"""What the ways to deliver messages have in common."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp

from simulator.base.journal import Delivery, Journal

from .messages import Message
from .subscription import Subscription

# The vendor's figures (docs/vendor-api.md, Callbacks): simulated seconds between attempts, attempts within 72 h.
RETRY_DELAY = 10.0
MAX_ATTEMPTS = 72 * 3600 // 10


class Transport:
    """Delivers messages to one kind of callback. `batches` tells whether it takes several messages at once."""

    batches = True

    _session: aiohttp.ClientSession

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def start(self, session: aiohttp.ClientSession) -> None:
        """Use this session from now on."""
        self._session = session

    def follow(self, subscription: Subscription, *, running: bool) -> None:
        """Take note that a callback is new or changed. It is `running` if it is of this kind and not stopped."""

    async def deliver(self, subscription: Subscription, messages: list[Message]) -> bool:
        """Try to deliver messages. Return false if they have to be sent again."""
        raise NotImplementedError

    def _record(
        self,
        subscription: Subscription,
        messages: list[Message],
        bodies: list[dict[str, Any]],
        *,
        url: str,
        status: int | None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Write an attempt into the journal."""
        self._journal.delivered(
            Delivery(
                kind=subscription.kind,
                url=url,
                messages=bodies,
                headers=dict(headers or {}),
                batch=len(messages) > 1,
                status=status,
                attempt=messages[0].attempts,
                at=asyncio.get_running_loop().time(),
            )
        )


def fill_in(message: Message, attributes: Mapping[str, str]) -> dict[str, Any]:
    """Make the JSON of a message that has these attributes."""
    return message.body | {"attributes": [{"key": key, "value": value} for key, value in attributes.items()]}
