"""Delivers messages to webhooks."""

import asyncio
from collections.abc import Callable, Mapping
from itertools import islice
import ssl
from typing import Any

import aiohttp
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from simulator.base.background import Tasks
from simulator.base.clock import Clock
from simulator.base.journal import Delivery, Journal
from simulator.base.words import RUNNING

from .faults import MessageFault
from .messages import Message
from .subscription import Subscription

# The vendor's figures (docs/vendor-api.md, Callbacks): simulated seconds between attempts, attempts within 72 h,
# messages in a batch.
_RETRY_DELAY = 10.0
_MAX_ATTEMPTS = 72 * 3600 // 10
_BATCH_SIZE = 100

# How many real seconds a webhook may take to answer.
_TIMEOUT = 10.0

type Publish = Callable[[Subscription, Message], None]
"""Sends a message to a webhook."""


class Deliverer:
    """Delivers messages in order and retries each until a webhook accepts it. After a failure it sends batches.

    `subscriptions` are those that exist, by id. `find_fault` returns the fault that a message is to suffer, if any.
    """

    _session: aiohttp.ClientSession

    def __init__(
        self,
        clock: Clock,
        tasks: Tasks,
        journal: Journal,
        subscriptions: Mapping[str, Subscription],
        find_fault: Callable[[Message], MessageFault | None],
    ) -> None:
        self._clock = clock
        self._tasks = tasks
        self._journal = journal
        self._subscriptions = subscriptions
        self._find_fault = find_fault

    def start(self, context: ssl.SSLContext) -> None:
        """Open the HTTP session and continue with the queues of an earlier run."""
        connector = aiohttp.TCPConnector(ssl=context, resolver=ThreadedResolver(), force_close=True)
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)
        for subscription in self._subscriptions.values():
            self._deliver(subscription)

    async def stop(self) -> None:
        """Close the session. Call this after the background tasks have been stopped. Queues are kept."""
        for subscription in self._subscriptions.values():
            subscription.worker = None
            subscription.late = 0
        await self._session.close()

    def publish(self, subscription: Subscription, message: Message) -> None:
        """Send a message, unless a fault loses, delays, holds or doubles it."""
        fault = self._find_fault(message) or MessageFault()
        if fault.lose:
            self._settle(message)
        elif fault.late:
            subscription.late += 1
            self._tasks.start(self._publish_late(subscription, message, fault.late))
        elif fault.reorder:
            subscription.held.append(message)
        else:
            self._enqueue(subscription, *[message] * (2 if fault.double else 1))

    def discard(self, subscription: Subscription) -> None:
        """Discard all messages that wait for a webhook."""
        if subscription.worker:
            subscription.worker.cancel()
            subscription.worker = None
        discarded = (*subscription.queue, *subscription.held)
        subscription.queue.clear()
        subscription.held.clear()
        self._settle(*discarded)

    async def _publish_late(self, subscription: Subscription, message: Message, delay: float) -> None:
        await asyncio.sleep(delay)
        subscription.late -= 1
        self._enqueue(subscription, message)

    def _enqueue(self, subscription: Subscription, *messages: Message) -> None:
        subscription.queue.extend((*messages, *subscription.held))
        subscription.held.clear()
        self._deliver(subscription)

    def _deliver(self, subscription: Subscription) -> None:
        if not self._is_open(subscription):
            self.discard(subscription)
        elif subscription.worker is None:
            subscription.worker = self._tasks.start(self._work(subscription))

    def _is_open(self, subscription: Subscription) -> bool:
        return subscription.status == RUNNING and subscription.id in self._subscriptions

    async def _work(self, subscription: Subscription) -> None:
        lag = False
        while subscription.queue and self._is_open(subscription):
            messages = list(islice(subscription.queue, _BATCH_SIZE if lag else 1))
            if await self._post(subscription, messages):
                self._settle(*(subscription.queue.popleft() for _ in messages))
            else:
                lag = True
                while subscription.queue and subscription.queue[0].attempts >= _MAX_ATTEMPTS:
                    self._settle(subscription.queue.popleft())
                await self._clock.sleep(_RETRY_DELAY)
        subscription.worker = None
        if not self._is_open(subscription):
            self.discard(subscription)

    def _settle(self, *messages: Message) -> None:
        for message in messages:
            message.settled = True
        self._journal.changed.fire()

    async def _post(self, subscription: Subscription, messages: list[Message]) -> bool:
        for message in messages:
            message.attempts += 1
        first, batch = messages[0], len(messages) > 1
        url = URL(subscription.target) if batch else URL(subscription.target).update_query(first.query)
        headers = {} if batch else first.headers
        bodies = [message.body for message in messages]
        status = await self._send(url, headers, bodies if batch else bodies[0])
        self._journal.delivered(
            Delivery(
                url=str(url),
                messages=bodies,
                headers=headers,
                batch=batch,
                status=status,
                attempt=first.attempts,
                at=asyncio.get_running_loop().time(),
            )
        )
        return status is not None and 200 <= status < 300  # noqa: PLR2004 - any 2xx

    async def _send(self, url: URL, headers: dict[str, str], body: Any) -> int | None:
        try:
            async with self._session.post(url, headers=headers, json=body, allow_redirects=False) as response:
                return response.status
        except aiohttp.ClientError, TimeoutError:
            return None
