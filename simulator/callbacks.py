"""Callbacks, and how messages are brought to them."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from .accounts import Account
from .faults import MessageFault
from .journal import Delivery
from .messages import Message

if TYPE_CHECKING:
    import ssl

    from .monitors import Monitor
    from .remotes import Remote
    from .world import World

RUNNING = "Running"

# The vendor's own figures: seconds of its time between attempts, attempts within 72 h, messages in a batch.
_RETRY_DELAY = 10.0
_MAX_ATTEMPTS = 72 * 3600 // 10
_BATCH_SIZE = 100

# How long a webhook may take to answer, in seconds (not sped up).
_TIMEOUT = 10.0


@dataclass(eq=False, kw_only=True)
class Callback:
    """A callback: `subscribe` as it was posted, `status` Running, Paused or Failed.

    `queue` waits to be delivered in this order; `held` follows the next message; `late` counts those on their way.
    """

    id: str
    account: Account
    client_id: str
    subscribe: dict[str, Any]
    status: str = RUNNING
    remotes: dict[str, Remote] = field(default_factory=dict)
    monitors: dict[str, Monitor] = field(default_factory=dict)
    queue: deque[Message] = field(default_factory=deque)
    held: list[Message] = field(default_factory=list)
    late: int = 0
    worker: asyncio.Task[None] | None = None

    @property
    def label(self) -> str | None:
        """Its name, given by the subscriber."""
        return self.subscribe.get("label")

    @property
    def types(self) -> list[str]:
        """What it is for: Monitor, Remote, or both, which is meant when nothing is said."""
        types: list[str] = self.subscribe.get("type", ["Monitor", "Remote"])
        return types

    @property
    def target(self) -> str:
        """Where messages go."""
        target: str = self.subscribe["callback"]["webhook"]["target"]
        return target

    @property
    def busy(self) -> bool:
        """Whether messages are still to be delivered."""
        return bool(self.queue or self.held or self.late)

    def attributes(self, own: dict[str, Any], **variables: str) -> dict[str, dict[str, str]]:
        """Fill in the attributes of a message: type (Header, Body, Query) to key to value.

        Its remote's or monitor's `own` are added to, or replace, those of the callback.
        """
        variables |= {"callbackid": self.id, "callbacklabel": self.label or ""}
        filled: dict[str, dict[str, str]] = {"Header": {}, "Body": {}, "Query": {}}
        for attribute in (
            *self.subscribe["callback"]["webhook"].get("attributes", ()),
            *own.get("callbackAttributes", {}).get("webhook", ()),
            *own.get("attributes", ()),
        ):
            value = attribute["value"]
            if value.startswith("$"):
                value = variables.get(value[1:].lower(), value)
            filled[attribute["type"]][attribute["key"]] = value
        return filled


class Deliverer:
    """Brings messages to callbacks: in order, again and again until they are taken, in batches after a lag."""

    def __init__(self, world: World, context: ssl.SSLContext) -> None:
        self._world = world
        connector = aiohttp.TCPConnector(ssl=context, resolver=ThreadedResolver(), force_close=True)
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)
        for callback in world.callbacks.values():
            self._deliver(callback)

    async def stop(self) -> None:
        """Stop once the world's tasks have been stopped. What waits in queues is for the next deliverer."""
        for callback in self._world.callbacks.values():
            callback.worker = None
            callback.late = 0
        await self._session.close()

    def publish(self, callback: Callback, message: Message) -> None:
        """Send a message, spoilt by the fault that strikes it."""
        fault = self._world.faults.for_message(message) or MessageFault()
        if fault.lose:
            self._settle(message)
        elif fault.late:
            callback.late += 1
            self._world.tasks.start(self._publish_late(callback, message, fault.late))
        elif fault.reorder:
            callback.held.append(message)
        else:
            self._enqueue(callback, *[message] * (2 if fault.double else 1))

    def discard(self, callback: Callback) -> None:
        """Give up all messages of a callback."""
        if callback.worker:
            callback.worker.cancel()
            callback.worker = None
        given_up = (*callback.queue, *callback.held)
        callback.queue.clear()
        callback.held.clear()
        self._settle(*given_up)

    async def _publish_late(self, callback: Callback, message: Message, delay: float) -> None:
        await asyncio.sleep(delay)
        callback.late -= 1
        self._enqueue(callback, message)

    def _enqueue(self, callback: Callback, *messages: Message) -> None:
        callback.queue.extend((*messages, *callback.held))
        callback.held.clear()
        self._deliver(callback)

    def _deliver(self, callback: Callback) -> None:
        if not self._is_open(callback):
            self.discard(callback)
        elif callback.worker is None:
            callback.worker = self._world.tasks.start(self._work(callback))

    def _is_open(self, callback: Callback) -> bool:
        return callback.status == RUNNING and callback.id in self._world.callbacks

    async def _work(self, callback: Callback) -> None:
        lag = False
        while callback.queue and self._is_open(callback):
            messages = list(islice(callback.queue, _BATCH_SIZE if lag else 1))
            if await self._post(callback, messages):
                self._settle(*(callback.queue.popleft() for _ in messages))
            else:
                lag = True
                while callback.queue and callback.queue[0].attempts >= _MAX_ATTEMPTS:
                    self._settle(callback.queue.popleft())
                await self._world.clock.sleep(_RETRY_DELAY)
        callback.worker = None
        if not self._is_open(callback):
            self.discard(callback)

    def _settle(self, *messages: Message) -> None:
        for message in messages:
            message.settled = True
        self._world.journal.changed.fire()

    async def _post(self, callback: Callback, messages: list[Message]) -> bool:
        for message in messages:
            message.attempts += 1
        first, batch = messages[0], len(messages) > 1
        url = URL(callback.target) if batch else URL(callback.target).update_query(first.query)
        headers = {} if batch else first.headers
        bodies = [message.body for message in messages]
        status = await self._answer(url, headers, bodies if batch else bodies[0])
        self._world.journal.delivered(
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

    async def _answer(self, url: URL, headers: dict[str, str], body: Any) -> int | None:
        try:
            async with self._session.post(url, headers=headers, json=body, allow_redirects=False) as response:
                return response.status
        except aiohttp.ClientError, TimeoutError:
            return None
