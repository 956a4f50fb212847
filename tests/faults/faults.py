"""In which ways a request is disturbed."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from typing import Any, Final, override
import uuid

from aiohttp import web
from aiohttp.typedefs import Handler
from homeassistant.util import dt as dt_util

from simulator import Fault

from .requests import Step, template

RETRY_AFTER: Final = timedelta(minutes=2)
_HTML: Final = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


def _error(status: int, **more: Any) -> dict[str, Any]:
    """Return an answer as the API writes it."""
    body = {
        "code": status * 100,
        "uuid": str(uuid.uuid4()),
        "message": "Something is wrong.",
        "timestamp": dt_util.utcnow().isoformat(timespec="milliseconds"),
    }
    return {"status": status, "body": body, **more}


def _in_words() -> str:
    return format_datetime(dt_util.utcnow() + RETRY_AFTER, usegmt=True)


# A vendor that acts and does not say so is worse than one that does not act. So of two answers that say the same, one
# comes after the request has been carried out: 500 before, 502 after.
FAULTS: Final[Mapping[str, Callable[[str], Mapping[str, Any]]]] = {
    "drop before": lambda _elsewhere: {"drop": True},
    "drop after": lambda _elsewhere: {"drop": True, "after": True},
    "hang before": lambda _elsewhere: {"hang": True},
    "hang after": lambda _elsewhere: {"hang": True, "after": True},
    "400": lambda _elsewhere: _error(400),
    "401": lambda _elsewhere: _error(401),
    "403": lambda _elsewhere: _error(403),
    "404": lambda _elsewhere: _error(404),
    "409": lambda _elsewhere: _error(409),
    "429 seconds": lambda _elsewhere: _error(429, headers={"Retry-After": f"{RETRY_AFTER.total_seconds():.0f}"}),
    "429 date": lambda _elsewhere: _error(429, headers={"Retry-After": _in_words()}),
    "429 alone": lambda _elsewhere: _error(429),
    "500": lambda _elsewhere: _error(500),
    "502 HTML": lambda _elsewhere: {"status": 502, "body": _HTML, "after": True},
    "503": lambda _elsewhere: _error(503),
    "204": lambda _elsewhere: {"status": 204, "after": True},
    "garbage": lambda _elsewhere: {"body": b'\xff\x00{"_embedded": [', "after": True},
    "redirect": lambda elsewhere: {"status": 307, "headers": {"Location": elsewhere}},
    "slow drip": lambda _elsewhere: {"drip": 0.01},
}
"""What can be done to a request, by name; it is told the address of another host."""

ACTED: Final = frozenset({"drop after", "hang after", "502 HTML", "204", "garbage", "slow drip"})
"""The faults of which the client does not learn what the vendor has done."""

LENGTHS: Final[Mapping[str, int | None]] = {"once": 1, "lasting": None}
"""How often a request is disturbed."""


@dataclass(frozen=True, kw_only=True)
class Disturbance(Fault):
    """Disturbs one step of a recorded run. Where a client would wait for long, `let_time_pass` has it give up."""

    step: Step
    let_time_pass: Callable[[], None] = field(compare=False)

    @override
    def matches(self, method: str, path: str) -> bool:
        return method == self.step.method and template(path) == self.step.path

    @override
    async def spoil(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.hang or self.drip:
            asyncio.get_running_loop().call_soon(self.let_time_pass)
        return await super().spoil(request, handler)
