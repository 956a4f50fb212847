"""The vendor posts to a webhook of Home Assistant: through a cloudhook, or at an external https address."""

import asyncio
from collections.abc import Callable
import logging
from typing import Any, Final

from aiohttp import web
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback

from ...api.messages import MAX_BODY
from ...const import CONF_CALLBACK_SECRET, DOMAIN
from ..receiver import Receiver
from .address import Address, has_address
from .method import body_attributes

_LOGGER = logging.getLogger(__name__)

READ_TIMEOUT: Final = 30.0
_CHUNK: Final = 64 * 1024


class Webhook:
    """The webhook of one entry."""

    pushes = True
    brings_status = True

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], receiver: Receiver) -> None:
        """Start without listening. Messages go to `receiver`."""
        self._hass = hass
        self._entry = entry
        self._receiver = receiver
        self._address = Address(hass, entry)
        self._on_listening: Callable[[], None] = lambda: None

    @property
    def listening(self) -> bool:
        """Whether the vendor has an address to post to."""
        return has_address(self._hass)

    @property
    def state(self) -> dict[str, Any]:
        """Nothing that diagnostics do not show for every account."""
        return {}

    async def async_start(self, on_listening: Callable[[], None]) -> None:
        """Take in what is posted until the entry is unloaded."""
        webhook_id = self._entry.data[CONF_WEBHOOK_ID]
        webhook.async_register(
            self._hass, DOMAIN, self._entry.title, webhook_id, self._async_handle, allowed_methods=["POST"]
        )
        self._entry.async_on_unload(lambda: webhook.async_unregister(self._hass, webhook_id))
        self._on_listening = on_listening

    async def async_stop(self) -> None:
        """Do nothing: Home Assistant serves the webhook."""

    async def async_registration(self, *, lost: bool = False) -> dict[str, Any]:  # noqa: ARG002 - part of the protocol
        """Return where to post. Raises NoUrlError or NoCloudhookError if there is no address."""
        return {
            "webhook": {
                "name": "Home Assistant",
                "target": await self._address.async_url(),
                "attributes": body_attributes(self._entry.data[CONF_CALLBACK_SECRET]),
            }
        }

    def async_on_change(self, changed: Callable[[], None]) -> None:
        """Call `changed` whenever the address may be another one, until the entry is unloaded."""

        @callback
        def address_changed() -> None:
            self._on_listening()
            changed()

        self._address.async_on_change(address_changed)

    async def _async_handle(self, _hass: HomeAssistant, _webhook_id: str, request: web.Request) -> web.Response:
        """Take in what was posted. The vendor posts again, for three days, whatever is not answered by 200."""
        try:
            async with asyncio.timeout(READ_TIMEOUT):
                body = await _read(request)
        except (OSError, web.RequestPayloadError) as err:
            _LOGGER.debug("A message broke off: %r", err)
            return web.Response(status=500)
        await self._receiver.async_take_in(body)
        return web.Response()


async def _read(request: web.Request) -> bytes:
    """Read the body; of one that is longer than any message may be, read no more and return nothing."""
    stream = request.content  # once: a request through Home Assistant Cloud gives a new stream each time
    body = bytearray()
    while len(body) <= MAX_BODY and (chunk := await stream.read(_CHUNK)):
        body += chunk
    return bytes(body) if len(body) <= MAX_BODY else b""
