"""Delivers messages through websockets. The vendor is the client."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
import json
import socket

import aiohttp
from yarl import URL

from simulator.base.background import Tasks
from simulator.base.clock import Clock
from simulator.base.journal import Connection, Journal

from .faults import ConnectionFault
from .messages import Message
from .subscription import Subscription
from .transport import MAX_ATTEMPTS, RETRY_DELAY, Transport, fill_in

# How many real seconds to wait for the answer when a websocket is closed.
_CLOSE_TIMEOUT = aiohttp.ClientWSTimeout(ws_close=2.0)


class _Line:
    """The connection to the target of one callback.

    `keeper` is the task that opens it again. `reader` is the task that answers pings and notices the end; it exists
    while the connection is open. `pongs` counts the pings that the server has answered. `ended` becomes true when the
    line is given up for good.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self.keeper: asyncio.Task[None] | None = None
        self.reader: asyncio.Task[None] | None = None
        self.opening = asyncio.Lock()
        self.websocket: aiohttp.ClientWebSocketResponse | None = None
        self.pongs = 0
        self.ended = False

    @property
    def is_open(self) -> bool:
        """Whether a frame can be sent."""
        return self.websocket is not None and not self.websocket.closed

    def end(self) -> None:
        """Close the connection for good."""
        self.ended = True
        for task in (self.keeper, self.reader):
            if task:
                task.cancel()

    def drop(self) -> None:
        """Lose the connection, as when the network fails: neither side closes it."""
        if self.websocket:
            connection = self.websocket.get_extra_info("socket")
            self.websocket = None
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Websockets(Transport):
    """Keeps a connection to each callback of this kind. A message is delivered when it was sent on an open one.

    `find_fault` returns the fault that an attempt to connect is to suffer, if any.
    """

    def __init__(
        self, journal: Journal, clock: Clock, tasks: Tasks, find_fault: Callable[[], ConnectionFault | None]
    ) -> None:
        super().__init__(journal)
        self._clock = clock
        self._tasks = tasks
        self._find_fault = find_fault
        self._lines: dict[str, _Line] = {}

    def start(self, session: aiohttp.ClientSession) -> None:
        """Use this session from now on. The connections of the one before are gone."""
        super().start(session)
        self._lines.clear()

    def follow(self, subscription: Subscription, *, running: bool) -> None:
        """Connect to the target, or close the connection to one that is no longer wanted."""
        line = self._lines.get(subscription.id)
        if line and not (running and line.target == subscription.target):
            del self._lines[subscription.id]
            line.end()
            line = None
        if running:
            line = line or self._lines.setdefault(subscription.id, _Line(subscription.target))
            if line.keeper is None or line.keeper.done():
                line.keeper = self._tasks.start(self._keep(line))

    def drop(self, subscription: Subscription) -> None:
        """Lose the connection to a callback. It is opened again after the usual delay."""
        self._lines[subscription.id].drop()

    def is_connected(self, subscription: Subscription) -> bool:
        """Tell whether the connection to a callback is open."""
        line = self._lines.get(subscription.id)
        return line is not None and line.is_open

    async def flush(self, subscription: Subscription) -> None:
        """Wait until the server has read all that was sent: it answers a ping in its turn. The connection is open."""
        line = self._lines[subscription.id]
        answered = line.pongs
        if line.websocket:
            await line.websocket.ping()
        await self._journal.changed.until(lambda: line.pongs > answered or not line.is_open)

    async def deliver(self, subscription: Subscription, messages: list[Message]) -> bool:
        """Send a message, or a batch, as one text frame. Only attributes of type Body are filled in."""
        self.follow(subscription, running=True)
        line = self._lines[subscription.id]
        bodies = [fill_in(message, subscription.attributes(message)["Body"]) for message in messages]
        text = json.dumps(bodies if len(bodies) > 1 else bodies[0])
        drops = {message.drop for message in messages}
        for message in messages:
            message.drop = ""
        if "before" in drops:
            line.drop()
            sent = False
        else:
            sent = await self._connect(line) and await _send(line, text)
        if "after" in drops:
            line.drop()
        self._record(subscription, messages, bodies, url=line.target, status=HTTPStatus.OK if sent else None)
        return sent

    async def _keep(self, line: _Line) -> None:
        """Keep a line open. Give up after 72 h without a connection; the next message begins anew."""
        failures = 0
        while failures < MAX_ATTEMPTS:
            if await self._connect(line) and line.reader:
                failures = 0
                await asyncio.wait((line.reader,))
            else:
                failures += 1
            await self._clock.tick(RETRY_DELAY)

    async def _connect(self, line: _Line) -> bool:
        """Open a line unless it is open. Tell whether it is."""
        async with line.opening:
            if not (line.is_open or line.ended):
                status = await self._open(line)
                self._journal.connected(
                    Connection(url=line.target, status=status, at=asyncio.get_running_loop().time())
                )
            return line.is_open

    async def _open(self, line: _Line) -> int | None:
        """Try to open a line. Return the HTTP status of the answer, if there is one."""
        fault = self._find_fault() or ConnectionFault()
        if fault.unreachable:
            return None
        try:
            if fault.no_upgrade:
                async with self._session.get(URL(line.target), allow_redirects=False) as response:
                    return response.status
            websocket = await self._session.ws_connect(
                line.target, timeout=_CLOSE_TIMEOUT, max_msg_size=0, autoping=False
            )
        except aiohttp.WSServerHandshakeError as error:
            return error.status
        except aiohttp.ClientError, TimeoutError:
            return None
        if line.ended:
            await websocket.close()
            return None
        line.websocket = websocket
        line.reader = self._tasks.start(self._read(line, websocket))
        return HTTPStatus.SWITCHING_PROTOCOLS

    async def _read(self, line: _Line, websocket: aiohttp.ClientWebSocketResponse) -> None:
        """Read until the connection ends, and answer pings. What the server says is ignored."""
        try:
            async for frame in websocket:
                if frame.type is aiohttp.WSMsgType.PING:
                    await _pong(websocket, frame.data)
                elif frame.type is aiohttp.WSMsgType.PONG:
                    line.pongs += 1
                    self._journal.changed.fire()
        finally:
            if line.websocket is websocket:
                line.websocket = None
            self._journal.changed.fire()
            await websocket.close()


async def _pong(websocket: aiohttp.ClientWebSocketResponse, data: bytes) -> None:
    with suppress(aiohttp.ClientError):  # there may be frames to read from a server that has gone
        await websocket.pong(data)


async def _send(line: _Line, text: str) -> bool:
    try:
        if line.websocket:
            await line.websocket.send_str(text)
            return True
    except aiohttp.ClientError:
        pass
    return False
