"""Delivers messages to callbacks."""

import asyncio
from collections.abc import Callable, Mapping
from itertools import islice
import ssl

import aiohttp
from aiohttp.resolver import ThreadedResolver

from simulator.base.background import Tasks
from simulator.base.clock import Clock
from simulator.base.journal import Journal
from simulator.base.words import RUNNING

from .faults import MessageFault
from .messages import Message
from .subscription import Subscription
from .transport import MAX_ATTEMPTS, RETRY_DELAY, Transport

# How many messages a batch has at most (docs/vendor-api.md, Callbacks).
_BATCH_SIZE = 100

# How many real seconds a webhook may take to answer, and a websocket to open.
_TIMEOUT = 10.0

type Publish = Callable[[Subscription, Message], None]
"""Sends a message to a callback."""


class Deliverer:
    """Delivers messages in order and retries each until it is taken. After a failure it sends batches.

    `subscriptions` are those that exist, by id; `transports` deliver to them, by kind of callback. `find_fault` returns
    the fault that a message is to suffer, if any. `delete` deletes a callback without devices.
    """

    def __init__(
        self,
        clock: Clock,
        tasks: Tasks,
        journal: Journal,
        subscriptions: Mapping[str, Subscription],
        transports: Mapping[str, Transport],
        find_fault: Callable[[Message], MessageFault | None],
        delete: Callable[[Subscription], None],
    ) -> None:
        self._clock = clock
        self._tasks = tasks
        self._journal = journal
        self._subscriptions = subscriptions
        self._transports = transports
        self._find_fault = find_fault
        self._delete = delete
        self._session: aiohttp.ClientSession | None = None

    def start(self, context: ssl.SSLContext) -> None:
        """Open the HTTP session and continue with the queues of an earlier run."""
        connector = aiohttp.TCPConnector(ssl=context, resolver=ThreadedResolver(), force_close=True)
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)
        for transport in self._transports.values():
            transport.start(self._session)
        for subscription in self._subscriptions.values():
            self.follow(subscription)
            self._deliver(subscription)

    async def stop(self) -> None:
        """Close the session. Call this after the background tasks have been stopped. Queues are kept."""
        for subscription in self._subscriptions.values():
            subscription.worker = None
            subscription.late = 0
        if self._session:
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
            self._journal.changed.fire()
        else:
            message.drop = fault.drop
            self._enqueue(subscription, *[message] * (2 if fault.double else 1))

    def follow(self, subscription: Subscription) -> None:
        """Take note that a callback is new, changed or deleted. One that is not running gets none of its messages."""
        running = self._is_open(subscription)
        for kind, transport in self._transports.items():
            transport.follow(subscription, running=running and kind == subscription.kind)
        if not running:
            self._discard(subscription)

    def _discard(self, subscription: Subscription) -> None:
        """Discard all messages that wait."""
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
            self._discard(subscription)
        elif subscription.worker is None:
            subscription.worker = self._tasks.start(self._work(subscription))

    def _is_open(self, subscription: Subscription) -> bool:
        return subscription.status == RUNNING and subscription.id in self._subscriptions

    async def _work(self, subscription: Subscription) -> None:
        lag = False
        while subscription.queue and self._is_open(subscription) and not subscription.unreachable:
            transport = self._transports[subscription.kind]
            messages = list(islice(subscription.queue, _BATCH_SIZE if lag and transport.batches else 1))
            for message in messages:
                message.attempts += 1
            if await transport.deliver(subscription, messages):
                self._settle(*(subscription.queue.popleft() for _ in messages))
            else:
                lag = True
                while subscription.queue and subscription.queue[0].attempts >= MAX_ATTEMPTS:
                    self._settle(subscription.queue.popleft())
                await self._clock.sleep(RETRY_DELAY)
        subscription.worker = None
        if not self._is_open(subscription):
            self._discard(subscription)
        elif subscription.unreachable:
            self._delete(subscription)

    def _settle(self, *messages: Message) -> None:
        for message in messages:
            message.settled = True
        self._journal.changed.fire()
