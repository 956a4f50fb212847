"""The simulator: the servers of the API, the identity provider, Google and the garage page."""

import asyncio
from functools import partial
from pathlib import Path
import socket
import ssl
from typing import Self, cast

from aiohttp import web

from .base.background import in_thread
from .base.certificates import Certificates
from .base.tls import Terminator
from .page import page
from .vendor import identity
from .vendor.api.api import Api
from .vendor.api.call import BASE
from .vendor.world import World

_LOOPBACK = "127.0.0.1"

# How many seconds a server waits for open requests when it stops.
_SHUTDOWN_TIMEOUT = 0.1


class Simulator(World):
    """The vendor on this machine. All servers listen on the loopback interface.

    `host` is the host in the URLs. The API requires a client certificate, the identity provider does not; the
    certificates of both are signed by `certificates.ca`. The garage page is plain HTTP. A port of 0 means a free one.
    `speed` is the number of simulated seconds per real second; it may be infinite.
    """

    certificates: Certificates

    def __init__(
        self,
        directory: Path,
        *,
        host: str = _LOOPBACK,
        api_port: int = 0,
        oauth_port: int = 0,
        garage_port: int = 0,
        speed: float = 1.0,
    ) -> None:
        super().__init__(speed)
        self._directory = directory
        self._host = host
        self._api_port = api_port
        self._oauth_port = oauth_port
        self._garage_port = garage_port
        self._runners: list[web.AppRunner] = []
        self._terminators: list[Terminator] = []

    @property
    def api_url(self) -> str:
        """The base URL of the API."""
        return f"https://{self._host}:{self._api_port}{BASE}"

    @property
    def oauth_url(self) -> str:
        """The base URL of the identity provider."""
        return f"{self.oauth_origin}{identity.BASE}"

    @property
    def garage_url(self) -> str:
        """The URL of the garage page."""
        return f"http://{_LOOPBACK}:{self._garage_port}{page.PATH}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Issue missing certificates and start the servers. Raise OSError if a port is taken."""
        self.certificates, mutual, ordinary, public = await in_thread(self._load)
        try:
            await self.google.start(ordinary)
            self.deliverer.start(public)
            self.monitors.resume()
            for car in self.cars.values():
                self.life.follow(car)
            self._api_port = await self._serve_tls(Api(self).application(), mutual, self._api_port)
            self._oauth_port = await self._serve_tls(identity.Identity(self).application(), ordinary, self._oauth_port)
            self.oauth_origin = f"https://{self._host}:{self._oauth_port}"
            self._garage_port = await self._serve_http(page.Page(self).application(), self._garage_port)
        except OSError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close all connections and drop the remotes in progress. `start` continues with the same ports and state."""
        for terminator in self._terminators:
            await terminator.stop()
        await self.tasks.stop()
        self.remotes.drop()
        for runner in self._runners:
            await runner.cleanup()
        self._terminators.clear()
        self._runners.clear()
        await self.deliverer.stop()
        await self.google.stop()

    def _load(self) -> tuple[Certificates, ssl.SSLContext, ssl.SSLContext, ssl.SSLContext]:
        certificates = Certificates.issue(self._directory)
        return (
            certificates,
            certificates.mutual_context(),
            certificates.server_context(),
            certificates.public_context(),
        )

    async def _set_up(self, application: web.Application) -> web.AppRunner:
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=_SHUTDOWN_TIMEOUT)
        self._runners.append(runner)
        await runner.setup()
        return runner

    async def _serve_http(self, application: web.Application, port: int) -> int:
        runner = await self._set_up(application)
        await web.TCPSite(runner, _LOOPBACK, port).start()
        bound: int = runner.addresses[0][1]
        return bound

    async def _serve_tls(self, application: web.Application, context: ssl.SSLContext, port: int) -> int:
        runner = await self._set_up(application)
        server = cast("web.Server", runner.server)  # set by `runner.setup`
        terminator = Terminator(context, partial(_connect, server))
        self._terminators.append(terminator)
        return terminator.start(port)


async def _connect(server: web.Server) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to a server of this process through a socket pair, so that it needs no port of its own."""
    ours, theirs = socket.socketpair()
    await asyncio.get_running_loop().connect_accepted_socket(server, theirs)
    return await asyncio.open_connection(sock=ours)
