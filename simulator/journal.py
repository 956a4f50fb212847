"""Everything that was said to the simulator and by it, for tests to read."""

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

    `path` is whole (`/connectedcar/v4/user`); `body` is parsed JSON, a form's fields, text, or None when empty.
    `status` is None until it is answered, and for good when the connection was dropped. `at` is loop time in seconds.
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
    """One attempt to post messages to a webhook.

    `headers` are those of the callback's attributes, `batch` says that the messages went out as an array.
    `status` is None when nobody answered, `attempt` starts at 1, `at` is loop time in seconds.
    """

    url: str
    messages: list[dict[str, Any]]
    headers: dict[str, str]
    batch: bool
    status: int | None
    attempt: int
    at: float


ENTRY = web.RequestKey("entry", Request)


@dataclass(eq=False)
class Journal:
    """Requests and deliveries in order. `listener` hears of each once it is over."""

    requests: list[Request] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    changed: Signal = field(default_factory=Signal)
    listener: Callable[[Request | Delivery], None] = lambda _entry: None

    def delivered(self, delivery: Delivery) -> None:
        """Keep an attempt to deliver."""
        self.deliveries.append(delivery)
        self.listener(delivery)
        self.changed.fire()

    async def wait_for_request(self, method: str, path_suffix: str, *, after: int = 0) -> Request:
        """Wait for an answered request, skipping the first `after` that match."""

        def find() -> Request | None:
            matching = (
                request
                for request in self.requests
                if request.answered and request.method == method and request.path.endswith(path_suffix)
            )
            return next((request for skip, request in enumerate(matching) if skip >= after), None)

        return await self.changed.until(find)

    async def wait_for_delivery(self, predicate: Callable[[Delivery], bool]) -> Delivery:
        """Wait for a delivery that fulfils `predicate`; one that is over counts."""
        return await self.changed.until(lambda: next(filter(predicate, self.deliveries), None))

    def middleware(self) -> Middleware:
        """Keep each request, and how it was answered."""

        @web.middleware
        async def keep(request: web.Request, handler: Handler) -> web.StreamResponse:
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

        return keep


async def _read_body(request: web.Request) -> Any:
    if request.content_type == "application/x-www-form-urlencoded":
        return dict(await request.post())
    text = await request.text()
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text
