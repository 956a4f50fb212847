"""The vendor connects to a websocket of Home Assistant, at an external https address."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
import hmac
import logging
from typing import TYPE_CHECKING, Any, Final

from aiohttp import WSCloseCode, WSMessage, WSMsgType, hdrs, web
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.http import HomeAssistantView, current_request, request_handler_factory
from homeassistant.util.async_ import create_eager_task
from homeassistant.util.hass_dict import HassKey

from ...api.messages import MAX_BODY
from ...const import CONF_CALLBACK_SECRET, DOMAIN
from ...issues import Issue, async_hide_issue, async_show_issue
from ...translate import NoUrlError
from ..receiver import Receiver
from .address import async_on_external_url, external_url
from .method import body_attributes

_LOGGER = logging.getLogger(__name__)

MAX_CONNECTIONS: Final = 4
"""Connections of one entry. After a drop the vendor connects again before the heartbeat notices that one is dead."""
HEARTBEAT: Final = 30.0
"""Seconds without a word until the vendor is asked whether it is still there; it has half of them to answer."""
CLOSE_TIMEOUT: Final = 5.0
"""Seconds for the vendor to agree that a connection is closed."""

_PATH: Final = f"/api/{DOMAIN}"
_MESSAGES: Final = frozenset({WSMsgType.TEXT, WSMsgType.BINARY})
_FRAMES: Final = _MESSAGES | {WSMsgType.PING, WSMsgType.PONG}


class Websocket:
    """The websocket of one entry: the connections that the vendor has opened."""

    pushes = True
    brings_status = True

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], receiver: Receiver) -> None:
        """Start without listening. Messages go to `receiver`."""
        self._hass = hass
        self._entry = entry
        self._receiver = receiver
        secret: str = entry.data[CONF_CALLBACK_SECRET]
        self._webhook_id: str = entry.data[CONF_WEBHOOK_ID]
        self._login = _derive(secret, "websocket login")
        self._password = _derive(secret, "websocket password")
        self._credentials = _join(self._webhook_id, self._login, self._password)
        self._sockets: dict[web.WebSocketResponse, asyncio.Transport] = {}
        self._room = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._on_listening: Callable[[], None] = lambda: None

    @property
    def listening(self) -> bool:
        """Whether the vendor has an address to connect to; it may connect only when it has something to say."""
        return external_url(self._hass) is not None

    @property
    def state(self) -> dict[str, Any]:
        """How many connections are open."""
        return {"connections": len(self._sockets)}

    async def async_start(self, on_listening: Callable[[], None]) -> None:
        """Take in what the vendor sends until the entry is unloaded."""

        async def stop(_event: Event[Any]) -> None:
            await self.async_stop()

        self._on_listening = on_listening
        self._room = MAX_CONNECTIONS
        _running(self._hass).add(self)
        self._entry.async_on_unload(self.async_stop)
        # Home Assistant does not unload entries when it stops.
        self._entry.async_on_unload(self._hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, stop))

    async def async_stop(self) -> None:
        """Close all connections."""
        _running(self._hass).discard(self)
        self._room = 0
        self._make_room()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def async_registration(self, *, lost: bool = False) -> dict[str, Any]:  # noqa: ARG002 - part of the protocol
        """Return where to connect. Raises NoUrlError if there is no external https address."""
        base = external_url(self._hass)
        if base is None:
            async_show_issue(self._hass, self._entry, Issue.NO_URL)
            raise NoUrlError
        async_hide_issue(self._hass, self._entry, Issue.NO_URL)
        path = f"{_PATH}/{self._webhook_id}?login={self._login}&password={self._password}"
        return {
            "websocket": {
                "target": f"wss{base.removeprefix('https')}{path}",
                "attributes": body_attributes(self._entry.data[CONF_CALLBACK_SECRET]),
            }
        }

    def async_on_change(self, changed: Callable[[], None]) -> None:
        """Call `changed` whenever the address may be another one, until the entry is unloaded."""

        @callback
        def address_changed() -> None:
            self._on_listening()
            changed()

        async_on_external_url(self._hass, self._entry, address_changed)

    def is_meant_by(self, webhook_id: str, login: str, password: str) -> bool:
        """Tell whether a request is for this entry. How long that takes does not tell which of the three is wrong."""
        return hmac.compare_digest(_join(webhook_id, login, password), self._credentials)

    async def async_serve(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        """Open a connection, and take in what comes until it ends."""
        await socket.prepare(request)
        if TYPE_CHECKING:
            assert request.transport
        reading = self._start(self._async_read(socket, request.transport), "read a websocket")
        # The request is cancelled when the connection is lost. What was sent before has arrived, as the vendor sees it.
        await asyncio.shield(reading)

    async def _async_read(self, socket: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        """Take in one frame after the other: the next ones wait at the vendor's."""
        current_request.set(None)  # or the timers and tasks that a message starts would keep the connection in memory
        self._sockets[socket] = transport
        self._make_room()
        _LOGGER.debug("The vendor has connected, %d connections are open", len(self._sockets))
        try:
            while (frame := await _receive(socket)).type in _FRAMES:
                if frame.type in _MESSAGES:
                    await self._receiver.async_take_in(frame.data)
        except OSError:
            await _close(socket, transport)
        finally:
            self._sockets.pop(socket, None)
            _LOGGER.debug("A connection of the vendor was closed, %d are open", len(self._sockets))

    def _make_room(self) -> None:
        """Close the oldest connections, as many as there are too many."""
        while len(self._sockets) > self._room:
            oldest = next(iter(self._sockets))
            self._start(_close(oldest, self._sockets.pop(oldest)), "close a websocket")

    def _start(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Start what `async_stop` waits for. Home Assistant does not: a connection lasts."""
        task = create_eager_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _receive(socket: web.WebSocketResponse) -> WSMessage:
    """Wait for the next frame. Raises OSError if the vendor is not there any more.

    The heartbeat of aiohttp sets its timer again while a connection is being closed.
    """
    try:
        frame = await socket.receive(HEARTBEAT)
    except TimeoutError:
        await socket.ping()
        frame = await socket.receive(HEARTBEAT / 2)
    if frame.type is WSMsgType.PING:
        with suppress(OSError):  # the vendor may have gone: what it has sent before is still to be read
            await socket.pong(frame.data)
    return frame


async def _close(socket: web.WebSocketResponse, transport: asyncio.Transport) -> None:
    """Close a connection. If the vendor does not take in what is sent, a goodbye would wait forever: cut it off."""
    try:
        async with asyncio.timeout(2 * CLOSE_TIMEOUT):  # aiohttp's own limit begins after the goodbye
            await socket.close(code=WSCloseCode.GOING_AWAY)
    except TimeoutError:
        transport.abort()


def _derive(secret: str, label: str) -> str:
    """Derive what stands in the address, and so in a proxy's log: each message has to carry the secret itself."""
    return hmac.digest(secret.encode(), label.encode(), "sha256").hex()


def _join(webhook_id: str, login: str, password: str) -> bytes:
    """Make one value of the three; none of ours has a line break. What was sent may have no encoding."""
    return f"{webhook_id}\n{login}\n{password}".encode(errors="replace")


class _View(HomeAssistantView):
    """The address of all entries' websockets. To whoever is not the vendor it does not exist."""

    url = f"{_PATH}/{{webhook_id}}"
    name = f"api:{DOMAIN}"
    requires_auth = False

    def __init__(self, running: set[Websocket]) -> None:
        """Serve the websockets in `running`."""
        self._running = running

    def register(self, hass: HomeAssistant, _app: web.Application, router: web.UrlDispatcher) -> None:
        """Take requests of any method: the router answers others with 405, which tells that the path exists."""
        router.add_route(hdrs.METH_ANY, self.url, request_handler_factory(hass, self, self._async_handle))

    async def _async_handle(self, request: web.Request, webhook_id: str) -> web.WebSocketResponse:
        """Look for credentials first: what else is wrong with a request is nothing to tell a stranger."""
        given = (webhook_id, request.query.get("login", ""), request.query.get("password", ""))
        meant = [websocket for websocket in self._running if websocket.is_meant_by(*given)]
        if not meant or request.method != hdrs.METH_GET:
            raise web.HTTPNotFound
        socket = _new_socket(request)
        # aiohttp raises ValueError for a key that is no ASCII.
        if not (request.headers.get(hdrs.SEC_WEBSOCKET_KEY, "").isascii() and socket.can_prepare(request)):
            raise web.HTTPNotFound
        await meant[0].async_serve(request, socket)
        return socket


def _new_socket(request: web.Request) -> web.WebSocketResponse:
    """Make a websocket that passes on frames as they were sent: one that is no UTF-8 would end the connection."""
    offered = request.headers.get(hdrs.SEC_WEBSOCKET_PROTOCOL, "")
    return web.WebSocketResponse(
        timeout=CLOSE_TIMEOUT,
        autoping=False,
        # The vendor documents no subprotocol. Some clients hang up if none of theirs is accepted.
        protocols=[each.strip() for each in offered.split(",")],
        compress=False,
        max_msg_size=MAX_BODY,
        decode_text=False,
    )


RUNNING: HassKey[set[Websocket]] = HassKey(f"{DOMAIN}_websockets")


def _running(hass: HomeAssistant) -> set[Websocket]:
    """Return the websockets of all entries that run. The first call adds their view, which cannot be taken away."""
    if RUNNING not in hass.data:
        hass.data[RUNNING] = set()
        hass.http.register_view(_View(hass.data[RUNNING]))
    return hass.data[RUNNING]
