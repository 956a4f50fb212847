"""The vendor sends push notifications, by Firebase Cloud Messaging: only outgoing connections are needed."""

import asyncio
from base64 import b64decode
from collections.abc import Callable, Mapping
from importlib import import_module
import logging
from typing import TYPE_CHECKING, Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.requirements import (
    RequirementsNotFound,
    async_clear_install_history,
    async_process_requirements,
)

from ...api.errors import MessageError, StellantisError
from ...api.lenient import as_list, as_object
from ...api.messages import split
from ...backoff import Retry
from ...const import CONF_CALLBACK_ID, CONF_CALLBACK_SECRET, CONF_FIREBASE_CREDENTIALS, DOMAIN
from ...translate import FirebaseLibraryError, FirebaseRegistrationError, GoogleUnreachableError
from ..receiver import Receiver

if TYPE_CHECKING:
    from types import ModuleType

    from .firebase import Client, Credentials

_LOGGER = logging.getLogger(__name__)

REQUIREMENT: Final = "firebase-messaging==0.4.5"

RETRY_FIRST: Final = 5.0
RETRY_LONGEST: Final = 900.0
"""Seconds until Google is tried again: doubled by each failure, at most a quarter of an hour."""
STEADY: Final = 60.0
"""Seconds after which a connection counts as a success: some are dropped right after the login."""
TTL: Final = 72 * 3600
"""Seconds for which Google keeps a message, as long as the vendor keeps those of other callbacks."""

_STANDARD: Final = str.maketrans("-_", "+/")


class PushNotification:
    """The push notifications of one entry, and the connection to Google by which they come."""

    pushes = True
    brings_status = False

    _on_listening: Callable[[], None]
    _on_change: Callable[[], None]

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], receiver: Receiver) -> None:
        """Start without a connection. Messages go to `receiver`."""
        self._hass = hass
        self._entry = entry
        self._receiver = receiver
        self._retry = Retry(hass, self._async_connect, first=RETRY_FIRST, longest=RETRY_LONGEST)
        self._registering = asyncio.Lock()
        self._client: Client | None = None
        self._connection: asyncio.Task[None] | None = None
        self._token: str | None = None  # that the callback is registered with
        self._lost_callback: str | None = None
        self._connected_at = 0.0
        self._interrupted = False
        self.listening = False

    @property
    def state(self) -> dict[str, Any]:
        """Return how it stands with Google."""
        return {
            "registered_with_google": self._credentials is not None,
            "connection_failures": self._retry.failures,
        }

    async def async_start(self, on_listening: Callable[[], None]) -> None:
        """Get ready. The connection is made when the callback is looked at: the cars are there by then.

        Google keeps messages. They come all at once after the login, and a car that is not there yet would lose them.
        """
        self._on_listening = on_listening
        self._entry.async_on_unload(self.async_stop)
        self._entry.async_on_unload(self._hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self._async_note_stop))

    async def async_stop(self) -> None:
        """Close the connection."""
        self._retry.async_cancel()
        if self._connection:
            self._connection.cancel()
            await asyncio.wait([self._connection])

    async def async_registration(self, *, lost: bool = False) -> Mapping[str, Any]:
        """Return the device to notify. Raises a StellantisError if Google does not register it.

        The vendor deletes a callback when Google does not know its device any more, so a lost one gets another device.
        """
        callback_id = self._entry.data.get(CONF_CALLBACK_ID)
        if lost and callback_id != self._lost_callback:  # once, however often the new one cannot be registered
            await self._async_register(replacing=self._credentials)
            self._lost_callback = callback_id
            await self._async_reconnect()
        credentials = self._credentials or await self._async_register()
        self._token = _token(credentials)
        if self._connection is None:
            self._async_connect()
        return {
            "pushnotif": {
                "devices": [self._token],
                "attributes": [
                    {"type": "Header", "key": "secret", "value": self._entry.data[CONF_CALLBACK_SECRET]},
                    {"type": "Header", "key": "vin", "value": "$vin"},
                    # Otherwise each message is in it twice, and that is more than Google carries.
                    {"type": "Body", "key": "disableNotificationPayload", "value": "true"},
                    {"type": "Body", "key": "ttl", "value": str(TTL)},
                    {"type": "Body", "key": "deliveryPriority", "value": "high"},
                ],
            }
        }

    def async_on_change(self, changed: Callable[[], None]) -> None:
        """Call `changed` when another device has been registered."""
        self._on_change = changed

    # The connection to Google

    @callback
    def _async_connect(self) -> None:
        # No background task of Home Assistant's: it would be waited for wherever all work is.
        self._connection = self._hass.loop.create_task(self._async_hold_connection())

    async def _async_note_stop(self, _event: Event) -> None:
        await self.async_stop()

    async def _async_reconnect(self) -> None:
        await self.async_stop()
        self._retry.async_reset()
        self._async_set_listening(False)
        self._async_connect()

    async def _async_hold_connection(self) -> None:
        """Hold a connection until it ends, then see to the next."""
        error: StellantisError
        try:
            client = await self._async_client()
            await client.run(self._async_note_login)
        except FirebaseRegistrationError as err:
            self._async_store(None)
            error = err
        except StellantisError as err:
            error = err
        except Exception as err:  # noqa: BLE001 - whatever the library raises, the next try is due
            error = GoogleUnreachableError(type(err).__name__)
        if self.listening and self._hass.loop.time() - self._connected_at > STEADY:
            self._retry.async_reset()
        self._async_set_listening(False)
        delay = self._retry.async_schedule(error)
        if not self._interrupted:
            self._interrupted = True
            _LOGGER.info("There is no connection to Google, the next try is in %.0f s: %r", delay, error)

    async def _async_client(self) -> Client:
        """Return what connects as the device that is registered; register it first if there is none."""
        firebase = await _async_load_firebase(self._hass)
        credentials = self._credentials or await self._async_register()
        if self._token not in (None, _token(credentials)):
            self._on_change()
        if self._client is None or self._client.credentials != credentials:
            self._client = firebase.Client(self._entry.data, credentials, self._async_take_in)
        return self._client

    @callback
    def _async_note_login(self) -> None:
        self._connected_at = self._hass.loop.time()
        self._async_set_listening(True)
        if self._interrupted:
            self._interrupted = False
            _LOGGER.info("There is a connection to Google again")

    @callback
    def _async_set_listening(self, listening: bool) -> None:
        if listening != self.listening:
            self.listening = listening
            self._on_listening()

    # The device that is registered with Google

    @property
    def _credentials(self) -> Credentials | None:
        return self._entry.data.get(CONF_FIREBASE_CREDENTIALS)

    async def _async_register(self, *, replacing: Credentials | None = None) -> Credentials:
        """Register a device, unless another caller has done so meanwhile."""
        async with self._registering:
            if (credentials := self._credentials) in (None, replacing):
                credentials = await async_try_firebase(self._hass, self._entry.data)
                self._async_store(credentials)
        return credentials

    @callback
    def _async_store(self, credentials: Credentials | None) -> None:
        data = {key: value for key, value in self._entry.data.items() if key != CONF_FIREBASE_CREDENTIALS}
        if credentials:
            data[CONF_FIREBASE_CREDENTIALS] = credentials
        self._hass.config_entries.async_update_entry(self._entry, data=data)

    # What arrives

    @callback
    def _async_take_in(self, notification: object) -> None:
        """Take in a notification. One that cannot be read tells that there is something to read."""
        try:
            messages = _read(notification)
        except MessageError as err:
            _LOGGER.debug("A push notification could not be read: %s", err)
            self._receiver.take_in_bell()
        else:
            self._entry.async_create_background_task(
                self._hass, self._receiver.async_take_in_messages(messages), "take in a push notification"
            )


async def async_try_firebase(hass: HomeAssistant, values: Mapping[str, Any]) -> Credentials:
    """Register a device with a Firebase project and return its credentials, which hold a private key.

    Raises the StellantisError of the step that has failed.
    """
    firebase = await _async_load_firebase(hass)
    credentials: Credentials = await firebase.async_register(async_get_clientsession(hass), values)
    return credentials


async def _async_load_firebase(hass: HomeAssistant) -> ModuleType:
    """Install the library if that has not been done. Raises FirebaseLibraryError."""
    try:
        await async_process_requirements(hass, DOMAIN, [REQUIREMENT], False)
    except RequirementsNotFound as err:
        async_clear_install_history(hass)  # or Home Assistant does not try again
        raise FirebaseLibraryError from err
    try:
        return await hass.async_add_import_executor_job(import_module, f"{__package__}.firebase")
    except Exception as err:  # another release of protobuf raises an exception of its own
        raise FirebaseLibraryError from err


def _token(credentials: Credentials) -> str:
    token: str = credentials["fcm"]["registration"]["token"]
    return token


def _read(notification: object) -> list[object]:
    """Return what the vendor would have posted to a webhook (docs/vendor-api.md, "Three kinds of callback").

    Raises MessageError.
    """
    data = as_object(as_object(notification).get("data"))
    text = data.get("mph_message")
    if not isinstance(text, str):
        raise MessageError("no message in it")
    try:
        body = b64decode(text.translate(_STANDARD) + "==")  # too much padding does no harm
    except ValueError as err:
        raise MessageError("no base64") from err
    messages = split(body)
    is_batch = body.lstrip().startswith(b"[")  # it may tell of several cars, and have no attributes
    if is_batch and "secret" not in data:
        raise MessageError("a batch without the callback's secret")
    names = ("secret",) if is_batch else ("secret", "vin")
    headers = [{"key": key, "value": data.get(key)} for key in names if data.get(key) != f"${key}"]
    return [
        {**message, "attributes": [*as_list(message.get("attributes")), *headers]}
        if isinstance(message, dict)
        else message
        for message in messages
    ]
