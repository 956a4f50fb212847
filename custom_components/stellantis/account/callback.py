"""Home Assistant's webhook and the vendor's callback, kept in step; the monitors follow.

There is one callback for each entry. It belongs to the entry: found again by its label, repaired, never duplicated,
deleted when the entry is removed. A reload or restart deletes nothing.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
import hmac
import logging
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from hass_nabucasa import CloudError
from hass_nabucasa.iot_base import NotConnected
from homeassistant.components import webhook
from homeassistant.const import CONF_WEBHOOK_ID, EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.network import NoURLAvailableError, get_url

from ..api.client import StellantisClient
from ..api.errors import MessageError, NoDataError, RateLimitError, StellantisError
from ..api.lenient import as_object
from ..api.messages import Message, MonitorMessage, RemoteMessage, parse
from ..const import CONF_CALLBACK_ID, CONF_CALLBACK_SECRET, CONF_CLOUDHOOK_URL, DOMAIN
from ..repairs import async_hide_issue, async_show_issue
from ..translate import AUTHENTICATION_ERRORS, NoCloudhookError, NoUrlError

if TYPE_CHECKING:
    from .account import Account, StellantisConfigEntry

_LOGGER = logging.getLogger(__name__)

_CLOUD_ERRORS: Final = (CloudError, NotConnected, TimeoutError, ValueError)

MAX_BODY: Final = 2 * 1024 * 1024
"""Bytes of a message or a batch of them: a hundred whole statuses, with room to spare."""
READ_TIMEOUT: Final = 30.0
RETRY_FIRST: Final = 30.0
RETRY_MOST: Final = 3600.0
"""Seconds until the vendor is tried again: doubled by each failure, at most an hour."""


class Callback:
    """The callback of one account."""

    def __init__(self, account: Account) -> None:
        """Start with what the entry remembers; nothing is listening yet."""
        self._account = account
        self._hass = account.hass
        self._entry = account.entry
        self._webhook_id: str = account.entry.data[CONF_WEBHOOK_ID]
        self._secret: str = account.entry.data[CONF_CALLBACK_SECRET]
        self._reconciling = asyncio.Lock()
        self._failures = 0
        self._in_step = False
        self._was_in_step = False
        self._received: Counter[str] = Counter()
        self._missed = False
        self._cancel_retry: CALLBACK_TYPE | None = None

    @property
    def state(self) -> dict[str, Any]:
        """How it is doing, without a secret."""
        return {"in_step": self._in_step, "failures": self._failures, "received": dict(self._received)}

    @callback
    def async_listen(self) -> None:
        """Take in messages from now on."""
        webhook.async_register(
            self._hass, DOMAIN, self._entry.title, self._webhook_id, self._async_handle, allowed_methods=["POST"]
        )
        self._entry.async_on_unload(lambda: webhook.async_unregister(self._hass, self._webhook_id))

    @callback
    def async_keep(self) -> None:
        """Keep the vendor's callback in step with Home Assistant's address from now on."""
        on_unload = self._entry.async_on_unload
        on_unload(self._async_cancel_retry)
        on_unload(self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._async_config_changed))
        if "cloud" in self._hass.config.components:
            from homeassistant.components import cloud  # noqa: PLC0415 - it needs more than every installation has

            on_unload(cloud.async_listen_connection_change(self._hass, self._async_cloud_changed))
            on_unload(cloud.async_listen_cloudhook_change(self._hass, self._webhook_id, self._async_cloudhook_changed))
        self.async_step()

    async def async_id(self) -> str:
        """Return the callback's id; registers the callback if that has not been done yet."""
        return self._entry.data.get(CONF_CALLBACK_ID) or await self.async_repair()

    async def async_repair(self) -> str:
        """Find, create or mend the vendor's callback, and return its id; the monitors follow.

        Raises NoUrlError if there is nowhere to post to, or another StellantisError.
        """
        callback_id = await self._async_repair()
        self.async_step()
        return callback_id

    async def _async_repair(self) -> str:
        async with self._reconciling:
            url = await self._async_url()
            callback_id = await self._async_reconcile(url)
            self._async_remember(CONF_CALLBACK_ID, callback_id)
            return callback_id

    async def _async_url(self) -> str:
        """Return the address that the vendor posts to: the cloudhook, else the external https address."""
        if "cloud" in self._hass.config.components:
            from homeassistant.components import cloud  # noqa: PLC0415 - see above

            if cloud.async_active_subscription(self._hass):
                try:
                    hook: str = await cloud.async_get_or_create_cloudhook(self._hass, self._webhook_id)
                except (cloud.CloudNotAvailable, *_CLOUD_ERRORS) as err:
                    if CONF_CLOUDHOOK_URL not in self._entry.data:
                        raise NoCloudhookError from err
                    hook = self._entry.data[CONF_CLOUDHOOK_URL]
                self._async_remember(CONF_CLOUDHOOK_URL, hook)
                async_hide_issue(self._hass, self._entry, "no_url")
                return hook
        url = external_url(self._hass)
        if url is None:
            async_show_issue(self._hass, self._entry, "no_url")
            raise NoUrlError
        async_hide_issue(self._hass, self._entry, "no_url")
        return f"{url}{webhook.async_generate_path(self._webhook_id)}"

    async def _async_reconcile(self, url: str) -> str:
        client = self._account.client
        wanted = self._subscription(url)
        ours = [found for found in await client.callbacks() if found.label == _label(self._entry)]
        # Of several, the one that remotes under way report to.
        ours.sort(key=lambda found: found.id != self._entry.data.get(CONF_CALLBACK_ID))
        for extra in ours[1:]:
            await _async_delete(client, extra.id)
        if not ours:
            callback_id = await client.create_callback(wanted)
            self._missed = True
            _LOGGER.info("The callback has been registered with the vendor")
            return callback_id
        kept = ours[0]
        if _differs(kept.subscription, wanted):
            await client.update_callback(kept.id, wanted)
            self._missed = True
            _LOGGER.info("The vendor's callback has been mended")
        if kept.status != "Running":
            await client.resume_callback(kept.id)
            self._missed = True
            _LOGGER.info("The vendor's callback was %s and is running again", kept.status)
        return kept.id

    def _subscription(self, url: str) -> dict[str, Any]:
        """Return what the callback is registered with (contract, "Callbacks").

        Only attributes of type Body are filled in when messages come in batches.
        """
        return {
            "label": _label(self._entry),
            "type": ["Monitor", "Remote"],
            "callback": {
                "webhook": {
                    "name": "Home Assistant",
                    "target": url,
                    "attributes": [
                        {"type": "Body", "key": "secret", "value": self._secret},
                        {"type": "Body", "key": "vin", "value": "$vin"},
                    ],
                }
            },
        }

    @callback
    def _async_config_changed(self, event: Event[Any]) -> None:
        if "external_url" in event.data:
            self.async_step()

    @callback
    def _async_cloud_changed(self, _state: object) -> None:
        self.async_step()

    @callback
    def _async_cloudhook_changed(self, hook: dict[str, Any] | None) -> None:
        # Any integration's cloudhook brings us here.
        if hook is None or hook.get("cloudhook_url") != self._entry.data.get(CONF_CLOUDHOOK_URL):
            self.async_step()

    @callback
    def _async_retry(self, _now: datetime) -> None:
        self._cancel_retry = None
        self.async_step()

    @callback
    def async_step(self) -> None:
        """Bring the callback and its monitors in step, in a task that ends with the entry."""
        self._async_cancel_retry()
        self._entry.async_create_background_task(self._hass, self._async_try_repair(), "keep the callback in step")

    async def _async_try_repair(self) -> None:
        try:
            callback_id = await self._async_repair()
            async with self._reconciling:
                await self._account.monitors.async_reconcile(callback_id)
        except NoUrlError:
            _LOGGER.info("No https address: ends of remotes are asked for, not pushed, and cars are polled")
            self._account.monitors.stop()
            self._in_step = False
        except AUTHENTICATION_ERRORS:
            self._entry.async_start_reauth(self._hass)
        except StellantisError as err:
            doublings = min(self._failures, 10)  # without an end they would overflow after some weeks
            delay = min(RETRY_FIRST * 2.0**doublings, RETRY_MOST)
            if isinstance(err, RateLimitError):
                delay = max(delay, err.retry_after)
            if self._failures == 0:
                _LOGGER.info(
                    "The callback or its monitors could not be registered, the next try is in %.0f s: %r", delay, err
                )
            self._failures += 1
            self._in_step = False
            self._async_cancel_retry()
            self._cancel_retry = async_call_later(self._hass, delay, self._async_retry)
        else:
            await self._async_catch_up()

    async def _async_catch_up(self) -> None:
        """Read every car once after a time in which its reports may have been lost."""
        missed = (self._was_in_step and (self._missed or self._failures > 0)) or not self._account.complete
        self._in_step, self._was_in_step, self._missed, self._failures = True, True, False, 0
        if missed:
            await self._account.async_catch_up()

    @callback
    def _async_cancel_retry(self) -> None:
        if self._cancel_retry:
            self._cancel_retry()
            self._cancel_retry = None

    @callback
    def _async_remember(self, key: str, value: str) -> None:
        if self._entry.data.get(key) != value:
            self._hass.config_entries.async_update_entry(self._entry, data={**self._entry.data, key: value})

    async def _async_handle(self, _hass: HomeAssistant, _webhook_id: str, request: web.Request) -> web.Response:
        """Take in what was posted. The vendor posts again, for three days, whatever is not answered by 200."""
        try:
            async with asyncio.timeout(READ_TIMEOUT):
                body = await _read(request)
        except (OSError, web.RequestPayloadError) as err:
            _LOGGER.debug("A message broke off: %r", err)
            return web.Response(status=500)
        try:
            messages = parse(body)
        except MessageError as err:
            _LOGGER.debug("Something was posted that is no message: %s", err)
            self._received["unreadable"] += 1
            messages = []
        for message in messages:
            self._handle(message)
        return web.Response()

    def _handle(self, message: Message) -> None:
        # What was posted may be text that cannot be encoded.
        secret = message.attributes.get("secret", "").encode(errors="replace")
        if not hmac.compare_digest(secret, self._secret.encode()):
            self._received["without_secret"] += 1
            _LOGGER.debug("A message without the callback's secret was dropped")
        elif isinstance(message, RemoteMessage):
            self._received["remote"] += 1
            self._account.commands.handle(message)
        elif isinstance(message, MonitorMessage):
            self._received["monitor"] += 1
            self._account.monitors.handle(message)
        else:
            self._received["unknown"] += 1
            _LOGGER.debug("A message of an unknown type was dropped")


def external_url(hass: HomeAssistant) -> str | None:
    """Return the address of Home Assistant that the vendor can post to, without a cloud; None if there is none."""
    try:
        return get_url(hass, allow_internal=False, allow_cloud=False, allow_ip=False, require_ssl=True)
    except NoURLAvailableError:
        return None


def has_url(hass: HomeAssistant) -> bool:
    """Tell whether the vendor can post to this Home Assistant."""
    if "cloud" in hass.config.components:
        from homeassistant.components import cloud  # noqa: PLC0415 - it needs more than every installation has

        if cloud.async_active_subscription(hass):
            return True
    return external_url(hass) is not None


async def async_delete_cloudhook(hass: HomeAssistant, entry: StellantisConfigEntry) -> None:
    """Delete the cloudhook of an entry that is being removed."""
    if CONF_CLOUDHOOK_URL in entry.data and "cloud" in hass.config.components:
        from homeassistant.components import cloud  # noqa: PLC0415 - it needs more than every installation has

        try:
            await cloud.async_delete_cloudhook(hass, entry.data[CONF_WEBHOOK_ID])
        except (cloud.CloudNotAvailable, *_CLOUD_ERRORS) as err:
            _LOGGER.warning("The cloudhook could not be deleted: %r", err)


async def async_delete_callback(entry: StellantisConfigEntry, client: StellantisClient) -> None:
    """Delete the callback of an entry that is given up. Raises a StellantisError."""
    for found in await client.callbacks():
        if found.label == _label(entry):
            await _async_delete(client, found.id)


async def _async_delete(client: StellantisClient, callback_id: str) -> None:
    try:
        await client.delete_callback(callback_id)
    except NoDataError:
        _LOGGER.debug("The callback had been deleted before")


async def _read(request: web.Request) -> bytes:
    """Read the body, and no more of it than any message may have."""
    stream = request.content
    body = bytearray()
    while len(body) <= MAX_BODY and (chunk := await stream.read(64 * 1024)):
        body += chunk
    return bytes(body) if len(body) <= MAX_BODY else b""


def _label(entry: StellantisConfigEntry) -> str:
    return f"Home Assistant {entry.entry_id}"


def _differs(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Tell whether a callback is not what it should be, as far as the vendor shows it."""
    theirs, ours = _essence(found), _essence(wanted)
    return any(their is not None and their != our for their, our in zip(theirs, ours, strict=True))


def _essence(subscription: Mapping[str, Any]) -> tuple[object, ...]:
    """Return what matters of a subscription; the order of a list does not, and None stands for what is not shown."""
    hook = as_object(as_object(subscription.get("callback")).get("webhook"))
    types, attributes = subscription.get("type"), hook.get("attributes")
    return (
        hook.get("target"),
        sorted(map(str, types)) if isinstance(types, list) else None,
        sorted(str([each.get(key) for key in ("type", "key", "value")]) for each in map(as_object, attributes))
        if isinstance(attributes, list)
        else None,
    )
