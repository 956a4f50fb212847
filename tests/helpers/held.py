"""An answer of the vendor that comes when a test wants it to."""

import asyncio
from dataclasses import dataclass, field
from typing import override

from aiohttp import web
from aiohttp.typedefs import Handler

from simulator import Fault


@dataclass(frozen=True, kw_only=True)
class Held(Fault):
    """Holds an answer back until it is let go."""

    held: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    @override
    async def spoil(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        self.held.set()
        await self.let_go.wait()
        return answer if self.status is None else web.Response(status=self.status)
