"""Google on the loopback interface."""

import asyncio
from collections.abc import Mapping
import ssl
from typing import cast

from aiohttp import web

from simulator.base.clock import Signal

from .endpoints import Endpoints
from .envelope import make_stanza
from .mcs import Connections
from .state import Device, Faults, Project, Registration, TooLarge, Unavailable, Unregistered
from .web import Web

_LOOPBACK = "127.0.0.1"

# How many bytes of a message FCM carries.
_LARGEST = 4096


class Google:
    """Firebase Cloud Messaging for one project. Tests may read and set every public attribute.

    `faults` are those to come. `changed` fires when a request is answered, and when a device logs in, acknowledges a
    message or hangs up: the vendor's own signal, so that one can wait for what depends on both. While it is stopped,
    the ports, devices and messages are kept.
    """

    def __init__(self, changed: Signal | None = None) -> None:
        self.project = Project()
        self.faults = Faults()
        self.changed = changed or Signal()
        self.devices: dict[int, Device] = {}
        self.registrations: dict[str, Registration] = {}
        self.connections = Connections(self.devices, self.faults, self.changed)
        self._web = Web(self.project, self.devices, self.registrations, self.faults)
        self._context: ssl.SSLContext | None = None
        self._runner: web.AppRunner | None = None
        self._listeners: list[asyncio.Server] = []
        self._web_port = self._mcs_port = 0

    @property
    def gone(self) -> bool:
        """Whether it refuses all connections."""
        return not self._listeners

    @property
    def connected(self) -> int:
        """How many devices are logged in."""
        return len(self.connections.open)

    @property
    def silent(self) -> bool:
        """Whether it neither sends nor answers heartbeats."""
        return self.connections.silent

    @silent.setter
    def silent(self, silent: bool) -> None:
        self.connections.silent = silent

    @property
    def endpoints(self) -> Endpoints:
        """Where it listens."""
        origin = f"https://{_LOOPBACK}:{self._web_port}"
        return Endpoints(
            checkin=f"{origin}/checkin",
            register=f"{origin}/c2dm/register3",
            installations=f"{origin}/v1/",
            registrations=f"{origin}/v1/",
            send=f"{origin}/fcm/send/",
            mcs_host=_LOOPBACK,
            mcs_port=self._mcs_port,
        )

    async def start(self, context: ssl.SSLContext) -> None:
        """Listen, with the TLS context of a server. Raise OSError if a port is taken."""
        self._context = context
        await self.come_back()

    async def come_back(self) -> None:
        """Listen again, where it has listened before."""
        application = self._web.application()
        application.on_response_prepare.append(self._note_response)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        server = cast("web.Server", self._runner.server)  # set by `setup`
        loop = asyncio.get_running_loop()
        serving = await loop.create_server(server, _LOOPBACK, self._web_port, ssl=self._context)
        self._listeners.append(serving)
        connecting = await asyncio.start_server(self.connections.accept, _LOOPBACK, self._mcs_port, ssl=self._context)
        self._listeners.append(connecting)
        self._web_port, self._mcs_port = _port(serving), _port(connecting)

    async def stop(self) -> None:
        """Be gone: drop all connections and refuse new ones until `come_back`."""
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            await _close(listener)
        await self.connections.stop()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def send(
        self, token: str, data: Mapping[str, str], notification: Mapping[str, str] | None = None, *, ttl: int
    ) -> None:
        """Send a message to the device of a token, which may be away for `ttl` seconds. Raise PushError."""
        if self.gone:
            raise Unavailable
        if not (registration := self.registrations.get(token)):
            raise Unregistered
        fields = [*data.items(), *(notification or {}).items()]
        if sum(len(name.encode()) + len(value.encode()) for name, value in fields) > _LARGEST:
            raise TooLarge
        stanza = make_stanza(self.project, registration, data, notification, ttl, self.faults)
        self.connections.post(registration.device, stanza, ttl)

    async def _note_response(self, _request: web.Request, _response: web.StreamResponse) -> None:
        self.changed.fire()

    def unregister(self, token: str) -> None:
        """Forget a token, as if its device had removed the app."""
        del self.registrations[token]

    def forget_devices(self) -> None:
        """Forget all devices and tokens: none can log in any more."""
        self.connections.drop()
        self.devices.clear()
        self.registrations.clear()


def _port(listener: asyncio.Server) -> int:
    port: int = listener.sockets[0].getsockname()[1]
    return port


async def _close(listener: asyncio.Server) -> None:
    """Refuse new connections, and drop all others: those too that are still in their TLS handshake."""
    for each in listener.sockets:
        asyncio.get_running_loop().remove_reader(each.fileno())
    # A connection that was accepted just before gets a transport only now, and none once the listener is closed.
    await asyncio.sleep(0)
    listener.close()
    listener.abort_clients()
