"""The requests that the simulator received and the messages that it posted, for tests to read."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
import json
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from multidict import CIMultiDict, MultiDict

from .clock import Signal


@dataclass(kw_only=True)
class Request:
    """A request to the API or the identity provider, secrets included.

    `path` is the full path (`/connectedcar/v4/user`). `body` is parsed JSON, the fields of a form, text, or None when
    empty. `status` is None until the request is answered, and stays None if the connection was dropped.
    `at` is the event loop's time in seconds.
    """

    method: str
    path: str
    query: MultiDict[str]
    headers: CIMultiDict[str]
    body: Any
    status: int | None = None
    answered: bool = False
    at: float


@dataclass(kw_only=True)
class Delivery:
    """One attempt to deliver messages to a callback, secrets included.

    `kind` is webhook, websocket or pushnotif. `url` is where it went: the target, or the token of a device. `headers`
    are the attributes of type Header. `batch` tells whether the messages were sent as a JSON array.
    `status` is the HTTP status that the webhook or Google answered, 200 for a frame that was sent through an open
    websocket, None if there was no answer or no connection. `attempt` starts at 1. `at` is the event loop's time in
    seconds.
    """

    kind: str
    url: str
    messages: list[dict[str, Any]]
    headers: dict[str, str]
    batch: bool
    status: int | None
    attempt: int
    at: float


@dataclass(kw_only=True)
class Connection:
    """One attempt of the vendor to open a websocket, secrets included.

    `status` is 101 once it is open, another HTTP status if the server refuses it, None if there was no answer. `at` is
    the event loop's time in seconds.
    """

    url: str
    status: int | None
    at: float


type Entry = Request | Delivery | Connection


ENTRY = web.RequestKey("entry", Request)


@dataclass(eq=False)
class Journal:
    """Requests, deliveries and connections in order. `listener` is called with each of them once it has ended."""

    requests: list[Request] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    changed: Signal = field(default_factory=Signal)
    listener: Callable[[Entry], None] = lambda _entry: None

    def delivered(self, delivery: Delivery) -> None:
        """Record an attempt to deliver messages."""
        self.deliveries.append(delivery)
        self.listener(delivery)
        self.changed.fire()

    def connected(self, connection: Connection) -> None:
        """Record an attempt to open a websocket."""
        self.connections.append(connection)
        self.listener(connection)
        self.changed.fire()

    async def wait_for_request(self, method: str, path_suffix: str, *, after: int = 0) -> Request:
        """Wait for an answered request, skipping the first `after` matching ones."""

        def find() -> Request | None:
            matching = (
                request
                for request in self.requests
                if request.answered and request.method == method and request.path.endswith(path_suffix)
            )
            return next((request for skip, request in enumerate(matching) if skip >= after), None)

        return await self.changed.until(find)

    async def wait_for_delivery(self, predicate: Callable[[Delivery], bool]) -> Delivery:
        """Wait for a delivery that fulfils `predicate`. Past deliveries count."""
        return await self.changed.until(lambda: next(filter(predicate, self.deliveries), None))

    def middleware(self) -> Middleware:
        """Record each request and the status of its answer."""

        @web.middleware
        async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
            entry = request[ENTRY] = Request(
                method=request.method,
                path=request.path,
                query=MultiDict(request.query),
                headers=CIMultiDict(request.headers),
                body=await _read_body(request),
                at=asyncio.get_running_loop().time(),
            )
            self.requests.append(entry)
            self.changed.fire()
            status = web.HTTPInternalServerError.status_code
            try:
                response = await handler(request)
                status = response.status
            finally:
                dropped = request.transport is None or request.transport.is_closing()
                entry.status = None if dropped else status
                entry.answered = True
                self.listener(entry)
                self.changed.fire()
            return response

        return record


async def _read_body(request: web.Request) -> Any:
    if request.content_type == "application/x-www-form-urlencoded":
        return dict(await request.post())
    text = await request.text()
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text
