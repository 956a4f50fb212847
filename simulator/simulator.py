"""The simulator as a whole: servers that share a world."""

import asyncio
from functools import partial
from pathlib import Path
import socket
import ssl
from typing import Self, cast

from aiohttp import web

from . import api, control, identity
from .background import in_thread
from .callbacks import Deliverer
from .certificates import Certificates
from .tls import Terminator
from .world import World

_LOOPBACK = "127.0.0.1"

# How long a request under way may hold up the end, in seconds.
_PATIENCE = 0.1


class Simulator(World):
    """The vendor, on this machine.

    It listens on the loopback interface; `host` is its name there. `api_url` wants a client certificate, `oauth_url`
    does not; both are signed by `certificates.ca`. `garage_url` is a page, in plain HTTP. Ports are free ones if 0.
    `speed` is how many times faster than real cars these are; it may be infinite.
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
        """Base of the API."""
        return f"https://{self._host}:{self._api_port}{api.BASE}"

    @property
    def oauth_url(self) -> str:
        """Base of the identity provider."""
        return f"{self.oauth_origin}{identity.BASE}"

    @property
    def garage_url(self) -> str:
        """The page on which a person opens, plugs in and drives the cars."""
        return f"http://{_LOOPBACK}:{self._garage_port}{control.PATH}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Issue certificates where they are missing, and listen. Raise OSError when a port is taken."""
        self.certificates, mutual, ordinary, public = await in_thread(self._load)
        self.deliverer = Deliverer(self, public)
        self.monitors.resume()
        for car in self.cars.values():
            self.life.follow(car)
        try:
            self._api_port = await self._serve(api.Api(self).application(), mutual, self._api_port)
            self._oauth_port = await self._serve(identity.Identity(self).application(), ordinary, self._oauth_port)
            self.oauth_origin = f"https://{self._host}:{self._oauth_port}"
            self._garage_port = await self._serve_plainly(control.Control(self).application(), self._garage_port)
        except OSError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Hang up on everybody and drop what is in progress. A new start goes on with the same ports and state."""
        for terminator in self._terminators:
            await terminator.stop()
        await self.tasks.stop()
        self.remotes.drop()
        for runner in self._runners:
            await runner.cleanup()
        self._terminators.clear()
        self._runners.clear()
        await self.deliverer.stop()

    def _load(self) -> tuple[Certificates, ssl.SSLContext, ssl.SSLContext, ssl.SSLContext]:
        certificates = Certificates.issue(self._directory)
        return (
            certificates,
            certificates.mutual_context(),
            certificates.server_context(),
            certificates.public_context(),
        )

    async def _set_up(self, application: web.Application) -> web.AppRunner:
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=_PATIENCE)
        self._runners.append(runner)
        await runner.setup()
        return runner

    async def _serve_plainly(self, application: web.Application, port: int) -> int:
        runner = await self._set_up(application)
        await web.TCPSite(runner, _LOOPBACK, port).start()
        bound: int = runner.addresses[0][1]
        return bound

    async def _serve(self, application: web.Application, context: ssl.SSLContext, port: int) -> int:
        runner = await self._set_up(application)
        server = cast("web.Server", runner.server)  # there is one after the setup
        terminator = Terminator(context, partial(_connect, server))
        self._terminators.append(terminator)
        return terminator.start(port)


async def _connect(server: web.Server) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to a server in this process that nobody else can reach."""
    ours, theirs = socket.socketpair()
    await asyncio.get_running_loop().connect_accepted_socket(server, theirs)
    return await asyncio.open_connection(sock=ours)
