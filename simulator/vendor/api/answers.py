"""What all answers of the API share: the shape of errors, and the rate limit headers."""

from itertools import count
from typing import Any
import uuid

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from simulator.base.clock import timestamp

_DAILY_LIMIT = 10000
_BURST_LIMIT = 50


class ApiError(Exception):
    """An error answer. The `code` in its body is the HTTP status and two digits. `body` replaces the whole body."""

    def __init__(self, status: int, message: str, body: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = body or {
            "code": status * 100,
            "uuid": str(uuid.uuid4()),
            "message": message,
            "timestamp": timestamp("milliseconds"),
        }


def rate_limits() -> Middleware:
    """Add the rate limit headers to every answer. The simulator enforces no limit."""
    calls = count(1)

    @web.middleware
    async def add_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        limits = {
            "X-RateLimit-Limit-1": _DAILY_LIMIT,
            "X-RateLimit-Remaining-1": max(_DAILY_LIMIT - next(calls), 0),
            "X-RateLimit-Limit-2": _BURST_LIMIT,
            "X-RateLimit-Remaining-2": _BURST_LIMIT - 1,
        }
        for name, value in limits.items():
            response.headers.setdefault(name, str(value))
        return response

    return add_headers


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors into answers of the vendor's shape."""
    try:
        return await handler(request)
    except ApiError as error:
        return web.json_response(error.body, status=error.status)
    except web.HTTPException as error:
        answer = ApiError(error.status, error.reason)
        return web.json_response(answer.body, status=answer.status)
