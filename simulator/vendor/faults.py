"""Faults that a test can inject into requests, messages and connections."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from simulator.cars.car import Car
from simulator.push.faults import ConnectionFault, MessageFault
from simulator.push.messages import Message

GATEWAY_REFUSAL: Mapping[str, str] = {
    "httpCode": "401",
    "httpMessage": "Unauthorized",
    "moreInformation": "Cannot pass the security checks that are required by the target API or operation.",
}
"""What the gateway in front of the API, and of the identity provider, answers when it refuses a valid token."""

# How many real seconds pass between two looks whether a client has closed its connection.
_LOOK_EVERY = 0.01


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Disturbs matching requests to the API or the identity provider. A criterion that is None matches every request.

    `path` is a pattern for the path below the base: `/user/vehicles/*/status`, `/access_token`. `*` spans slashes.
    `car` matches the routes of one car. `times` is how many requests the fault disturbs, None for all, after it has let
    `skip` of them pass.
    First the fault waits `delay` real seconds. Then `drop` closes the connection, or `hang` never answers, or `status`,
    `headers` and `body` (HTML if a string, bytes as they are, else JSON) replace the answer. `headers` without status
    and body are added to the real answer. With `drip`, the real answer comes one byte at a time, with so many real
    seconds between them.
    With `after`, the request is carried out before the fault acts; otherwise a replaced answer means that it never is.
    """

    method: str | None = None
    path: str | None = None
    car: Car | None = None
    times: int | None = 1
    skip: int = 0
    delay: float = 0.0
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    drop: bool = False
    hang: bool = False
    drip: float = 0.0
    after: bool = False

    def matches(self, method: str, path: str) -> bool:
        """Tell whether the fault applies to a request."""
        return (
            self.method in {None, method}
            and (self.path is None or fnmatchcase(path, self.path))
            and (self.car is None or self.car.id in path.split("/"))
        )

    async def spoil(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request instead of the handler, or change the handler's answer."""
        response = await handler(request) if self.after else None
        await asyncio.sleep(self.delay)
        if self.drop:
            return _hang_up(request)
        if self.hang:
            await _wait_for_the_end(request)
            return web.Response()
        if self.status is not None or self.body is not None:
            return self._response()
        response = response or await handler(request)
        response.headers.update(self.headers)
        return await _drip(request, response, self.drip) if self.drip else response

    def _response(self) -> web.Response:
        status = 200 if self.status is None else self.status
        if self.body is None:
            return web.Response(status=status, headers=self.headers)
        if isinstance(self.body, bytes):
            headers = {"Content-Type": "application/json", **self.headers}
            return web.Response(status=status, headers=headers, body=self.body)
        if isinstance(self.body, str):
            return web.Response(status=status, headers=self.headers, text=self.body, content_type="text/html")
        return web.json_response(self.body, status=status, headers=self.headers)


def gateway_refusal(*, times: int | None = 2, path: str = "/user*", car: Car | None = None) -> Fault:
    """Make a fault that has the gateway in front of the API refuse valid tokens for some requests."""
    return Fault(path=path, car=car, times=times, status=401, body=GATEWAY_REFUSAL)


def token_error(error: str, *, status: int = 400, times: int | None = 1, description: str | None = None) -> Fault:
    """Make a fault that has the identity provider answer token requests with an error of OAuth2."""
    body = {"error": error} | ({"error_description": description} if description else {})
    return Fault(method="POST", path="/access_token", times=times, status=status, body=body)


@dataclass
class _Counted[F: (Fault, MessageFault, ConnectionFault)]:
    """A fault, how many times it still applies, None for always, and how often it lets pass before."""

    fault: F
    left: int | None
    skip: int = 0

    def lets_pass(self) -> bool:
        self.skip -= 1
        return self.skip >= 0

    def use(self) -> F:
        if self.left is not None:
            self.left -= 1
        return self.fault


class Faults:
    """The injected faults. If several match, the oldest applies."""

    def __init__(self) -> None:
        self._requests: list[_Counted[Fault]] = []
        self._messages: list[_Counted[MessageFault]] = []
        self._connections: list[_Counted[ConnectionFault]] = []

    def add(self, fault: Fault | MessageFault | ConnectionFault) -> None:
        """Inject a fault."""
        match fault:
            case Fault():
                self._requests.append(_Counted(fault, fault.times, fault.skip))
            case MessageFault():
                self._messages.append(_Counted(fault, fault.times))
            case ConnectionFault():
                self._connections.append(_Counted(fault, fault.times))

    def remove(self, fault: Fault) -> None:
        """Remove a fault of requests; ignore one that is not injected."""
        self._requests = [one for one in self._requests if one.fault is not fault]

    def __contains__(self, fault: Fault) -> bool:
        """Tell whether a fault of requests is injected."""
        return any(one.fault is fault for one in self._requests)

    def clear(self) -> None:
        """Remove all faults."""
        self._requests.clear()
        self._messages.clear()
        self._connections.clear()

    def for_message(self, message: Message) -> MessageFault | None:
        """Return the fault that applies to a message, and count its use."""
        return _take(self._messages, lambda fault: fault.matches(message))

    def for_connection(self) -> ConnectionFault | None:
        """Return the fault that applies to an attempt to open a websocket, and count its use."""
        return _take(self._connections, lambda _fault: True)

    def middleware(self, base: str) -> Middleware:
        """Apply faults to the requests of a server. `base` is the start of its paths."""

        @web.middleware
        async def disturb(request: web.Request, handler: Handler) -> web.StreamResponse:
            path = request.path.removeprefix(base)
            fault = _take(self._requests, lambda fault: fault.matches(request.method, path))
            return await (fault.spoil(request, handler) if fault else handler(request))

        return disturb


def _take[F: (Fault, MessageFault, ConnectionFault)](
    faults: list[_Counted[F]], matches: Callable[[F], bool]
) -> F | None:
    found = next((one for one in faults if one.left != 0 and matches(one.fault) and not one.lets_pass()), None)
    return found.use() if found else None


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _is_connected(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()


async def _wait_for_the_end(request: web.Request) -> None:
    """Wait until the client has closed the connection."""
    while _is_connected(request):  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(_LOOK_EVERY)


async def _drip(request: web.Request, response: web.StreamResponse, pause: float) -> web.StreamResponse:
    """Send an answer one byte at a time, until the client has closed the connection."""
    body = response.body if isinstance(response, web.Response) and isinstance(response.body, bytes) else b""
    slow = web.StreamResponse(status=response.status, headers={**response.headers, "Content-Length": str(len(body))})
    await slow.prepare(request)
    for byte in body:
        if not _is_connected(request):
            break
        await slow.write(bytes([byte]))
        await asyncio.sleep(pause)
    return slow
