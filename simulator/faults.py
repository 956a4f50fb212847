"""What can be made to go wrong, on request."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from .cars import Car
from .messages import Message


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Spoils requests to the API or the identity provider.

    `path` is a pattern (`*` spans slashes) for what follows the base: `/user/vehicles/*/status`, `/access_token`.
    `car` restricts it to the car's own routes. `times` is how often it strikes, None for always.
    It waits `delay` seconds (not sped up). Then, if given, `status`, `headers` and `body` (a string is HTML, all else
    JSON) take the place of the answer, or `drop` closes the connection. `headers` alone are added to the answer.
    With `after` the request is carried out first and its answer is what gets spoilt.
    """

    method: str | None = None
    path: str | None = None
    car: Car | None = None
    times: int | None = 1
    delay: float = 0.0
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    drop: bool = False
    after: bool = False

    def strikes(self, method: str, path: str) -> bool:
        """Tell whether the request is one to spoil."""
        return (
            self.method in {None, method}
            and (self.path is None or fnmatchcase(path, self.path))
            and (self.car is None or self.car.id in path.split("/"))
        )

    async def spoil(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer in the handler's place, or spoil its answer."""
        answer = await handler(request) if self.after else None
        await asyncio.sleep(self.delay)
        if self.drop:
            return _hang_up(request)
        if self.status is not None or self.body is not None:
            return self._response()
        answer = answer or await handler(request)
        answer.headers.update(self.headers)
        return answer

    def _response(self) -> web.Response:
        status = 200 if self.status is None else self.status
        if self.body is None:
            return web.Response(status=status, headers=self.headers)
        if isinstance(self.body, str):
            return web.Response(status=status, headers=self.headers, text=self.body, content_type="text/html")
        return web.json_response(self.body, status=status, headers=self.headers)


@dataclass(frozen=True, kw_only=True)
class MessageFault:
    """Spoils messages on their way to the callback.

    `kind` is Remote or Monitor. Of a remote `type` is Pending or Done, `status` what the message says (Accepted,
    Success, ...); of a monitor `type` is Monitor, `status` its label. What happens to the message is one of `lose`;
    `double`; `late`, in seconds (not sped up); `reorder`: kept back until the callback's next message has gone.
    """

    kind: str | None = None
    car: Car | None = None
    type: str | None = None
    status: str | None = None
    times: int | None = 1
    lose: bool = False
    double: bool = False
    late: float = 0.0
    reorder: bool = False

    def strikes(self, message: Message) -> bool:
        """Tell whether the message is one to spoil."""
        return (
            self.kind in {None, message.kind}
            and (self.car is None or self.car is message.car)
            and self.type in {None, message.type}
            and self.status in {None, message.status}
        )


@dataclass
class _Armed[F: (Fault, MessageFault)]:
    fault: F
    left: int | None

    def strike(self) -> F:
        if self.left is not None:
            self.left -= 1
        return self.fault


class Faults:
    """The faults that were asked for, first come first served."""

    def __init__(self) -> None:
        self._requests: list[_Armed[Fault]] = []
        self._messages: list[_Armed[MessageFault]] = []

    def add(self, fault: Fault | MessageFault) -> None:
        """Ask for a fault."""
        if isinstance(fault, Fault):
            self._requests.append(_Armed(fault, fault.times))
        else:
            self._messages.append(_Armed(fault, fault.times))

    def clear(self) -> None:
        """Let everything work again."""
        self._requests.clear()
        self._messages.clear()

    def for_message(self, message: Message) -> MessageFault | None:
        """Take the fault that strikes this message."""
        return _take(self._messages, lambda fault: fault.strikes(message))

    def middleware(self, base: str) -> Middleware:
        """Spoil the requests to a server whose paths start with `base`."""

        @web.middleware
        async def spoil(request: web.Request, handler: Handler) -> web.StreamResponse:
            path = request.path.removeprefix(base)
            fault = _take(self._requests, lambda fault: fault.strikes(request.method, path))
            return await (fault.spoil(request, handler) if fault else handler(request))

        return spoil


def _take[F: (Fault, MessageFault)](armed: list[_Armed[F]], strikes: Callable[[F], bool]) -> F | None:
    found = next((one for one in armed if one.left != 0 and strikes(one.fault)), None)
    return found.strike() if found else None


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
