"""Delivers messages to webhooks."""

from typing import Any

import aiohttp
from yarl import URL

from .messages import Message
from .subscription import Subscription
from .transport import Transport, fill_in


class Webhooks(Transport):
    """Posts messages. They are delivered when the webhook answers 2xx."""

    async def deliver(self, subscription: Subscription, messages: list[Message]) -> bool:
        """Post a message with all its attributes, or a batch with those of type Body only."""
        attributes = [subscription.attributes(message) for message in messages]
        bodies = [fill_in(message, own["Body"]) for message, own in zip(messages, attributes, strict=True)]
        url, headers = URL(subscription.target), {}
        if single := len(messages) == 1:
            url, headers = url.update_query(attributes[0]["Query"]), attributes[0]["Header"]
        status = await self._post(url, headers, bodies[0] if single else bodies)
        self._record(subscription, messages, bodies, url=str(url), status=status, headers=headers)
        return status is not None and 200 <= status < 300  # noqa: PLR2004 - any 2xx

    async def _post(self, url: URL, headers: dict[str, str], body: Any) -> int | None:
        try:
            async with self._session.post(url, headers=headers, json=body, allow_redirects=False) as response:
                return response.status
        except aiohttp.ClientError, TimeoutError:
            return None
