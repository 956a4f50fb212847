"""What the vendor posts to the webhook: read it, check its secret, hand it over."""

import asyncio
from collections import Counter
from collections.abc import Callable
import hmac
import logging
import traceback
from typing import Any, Final

from aiohttp import web
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback

from ..api.errors import MessageError
from ..api.messages import MAX_BODY, Message, MonitorMessage, RemoteMessage, parse, split
from ..const import CONF_CALLBACK_SECRET, DOMAIN

_LOGGER = logging.getLogger(__name__)

READ_TIMEOUT: Final = 30.0
_CHUNK: Final = 64 * 1024


class Receiver:
    """The webhook of one entry. `received` counts what has arrived, by its kind."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        *,
        on_remote: Callable[[RemoteMessage], None],
        on_report: Callable[[MonitorMessage], None],
    ) -> None:
        """Hand messages about remotes to `on_remote`, reports of cars to `on_report`."""
        self._hass = hass
        self._entry = entry
        self._secret: bytes = entry.data[CONF_CALLBACK_SECRET].encode()
        self._on_remote = on_remote
        self._on_report = on_report
        self._mistakes: set[tuple[str, int]] = set()
        self.received: Counter[str] = Counter()

    @callback
    def async_listen(self) -> None:
        """Take in messages until the entry is unloaded."""
        webhook_id = self._entry.data[CONF_WEBHOOK_ID]
        webhook.async_register(
            self._hass, DOMAIN, self._entry.title, webhook_id, self._async_handle, allowed_methods=["POST"]
        )
        self._entry.async_on_unload(lambda: webhook.async_unregister(self._hass, webhook_id))

    async def _async_handle(self, _hass: HomeAssistant, _webhook_id: str, request: web.Request) -> web.Response:
        """Take in what was posted. The vendor posts again, for three days, whatever is not answered by 200."""
        try:
            async with asyncio.timeout(READ_TIMEOUT):
                body = await _read(request)
        except (OSError, web.RequestPayloadError) as err:
            _LOGGER.debug("A message broke off: %r", err)
            return web.Response(status=500)
        try:
            messages = split(body)
        except MessageError as err:
            _LOGGER.debug("Something was posted that is no message: %s", err)
            self.received["unreadable"] += 1
            return web.Response()
        for message in messages:
            self._take_in(message)
            await asyncio.sleep(0)  # a batch has a hundred messages, and each concerns all entities of a car
        return web.Response()

    def _take_in(self, message: object) -> None:
        """Take in one message."""
        try:
            self._hand_over(parse(message))
        except Exception as err:  # noqa: BLE001 - a mistake of ours may cost one message, but not the others
            self.received["failed"] += 1
            self._log_mistake(err)

    def _log_mistake(self, err: Exception) -> None:
        """Log an exception that nobody has foreseen: once, for a reminder of the vendor would repeat it each minute."""
        *_, (frame, line) = traceback.walk_tb(err.__traceback__)
        place = (frame.f_code.co_filename, line)
        level = logging.DEBUG if place in self._mistakes else logging.ERROR
        self._mistakes.add(place)
        # The exception's own text may hold what nobody may see, such as a VIN or a position.
        shown = MessageError(type(err).__name__).with_traceback(err.__traceback__)
        _LOGGER.log(level, "A message of the vendor could not be taken in", exc_info=shown)

    def _hand_over(self, message: Message) -> None:
        # The text that was posted may have no encoding, such as half a surrogate pair.
        secret = message.attributes.get("secret", "").encode(errors="replace")
        if not hmac.compare_digest(secret, self._secret):
            self.received["without_secret"] += 1
            _LOGGER.debug("A message without the callback's secret was dropped")
        elif isinstance(message, RemoteMessage):
            self.received["remote"] += 1
            self._on_remote(message)
        elif isinstance(message, MonitorMessage):
            self.received["monitor"] += 1
            self._on_report(message)
        else:
            self.received["unknown"] += 1
            _LOGGER.debug("A message of an unknown type was dropped")


async def _read(request: web.Request) -> bytes:
    """Read the body; of one that is longer than any message may be, read no more and return nothing."""
    stream = request.content  # once: a request through Home Assistant Cloud gives a new stream each time
    body = bytearray()
    while len(body) <= MAX_BODY and (chunk := await stream.read(_CHUNK)):
        body += chunk
    return bytes(body) if len(body) <= MAX_BODY else b""
