"""Firebase Cloud Messaging, by the library `firebase_messaging`.

The library is installed for those who have chosen push notifications only: this file is imported by
`push_notification.py`, and only when it is there.
"""

import asyncio
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
import json
import secrets
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote
from uuid import uuid4

from aiohttp import ClientError, ClientSession, ClientTimeout
from firebase_messaging import FcmPushClient, FcmPushClientConfig, FcmRegisterConfig, const
from firebase_messaging.fcmregister import FcmRegister
from firebase_messaging.proto.checkin_pb2 import AndroidCheckinResponse
from firebase_messaging.proto.mcs_pb2 import DataMessageStanza, LoginResponse
from google.protobuf.message import DecodeError, Message  # type: ignore[import-untyped]
from homeassistant.util.ssl import client_context

from ...api.lenient import as_object, parse_json
from ...const import (
    CONF_FIREBASE_API_KEY,
    CONF_FIREBASE_APP_ID,
    CONF_FIREBASE_PROJECT_ID,
    CONF_FIREBASE_SENDER_ID,
)
from ...translate import (
    FirebaseApiKeyError,
    FirebaseAppError,
    FirebaseProjectError,
    FirebaseRegistrationError,
    GoogleFailedError,
    GoogleUnreachableError,
)

type Credentials = Mapping[str, Any]
"""What makes this Home Assistant one device of a Firebase project, in the shape that the library wants."""

TIMEOUT: Final = 15.0
"""Seconds for a request to Google, for a connection, and for the answer to the login."""
REGISTER_PAUSE: Final = 1.0
"""Seconds until Google is asked again for the registration of a device, which it refuses at times for no reason."""

SILENCE: Final = 60.0
"""Seconds without a word until Google is asked for a sign of life."""
ANSWER_WITHIN: Final = 10.0
"""Seconds for Google to give it."""
MAX_REMEMBERED: Final = 100
"""How many of the latest messages the next login names, in case Google has not heard that they have arrived."""

# The library would have Google speak every ten seconds. It is enough to ask after a silence.
_CONFIG: Final = FcmPushClientConfig(
    server_heartbeat_interval=None, abort_on_sequential_error_count=None, log_warn_limit=None
)


class Client(FcmPushClient):
    """The device's connections to Google, one after the other.

    `on_message` is called with each message, decrypted; None stands for one that cannot be read, and for messages that
    Google has thrown away.

    The library's `start` connects again by itself, logs each drop as an error, and gives up without a word. `run` takes
    its place.
    """

    def __init__(
        self, values: Mapping[str, Any], credentials: Credentials, on_message: Callable[[object], None]
    ) -> None:
        """Start without a connection. `values` are the four of the Firebase project."""
        super().__init__(
            lambda message, _persistent_id, _context: on_message(message),
            _project(values),
            dict(credentials),
            config=_CONFIG,
        )
        self._on_message = on_message

    async def run(self, on_login: Callable[[], None]) -> None:
        """Connect and take in messages. Raises whatever has ended the connection.

        It is a FirebaseRegistrationError if Google does not know the device any more.
        """
        async with asyncio.timeout(TIMEOUT):
            self.reader, writer = await asyncio.open_connection(const.MCS_HOST, const.MCS_PORT, ssl=client_context())
        self.writer = writer
        try:
            async with asyncio.timeout(TIMEOUT):
                await self._login()
                answer = await self._receive_msg()
            if not isinstance(answer, LoginResponse):
                raise TypeError
            if answer.HasField("error"):
                raise FirebaseRegistrationError
            await self._handle_message(answer)
            on_login()
            await self._receive_all()
        finally:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()

    async def _receive_all(self) -> None:
        watch = asyncio.get_running_loop().create_task(self._watch())
        try:
            while True:
                if message := await self._receive_msg():
                    await self._handle_message(message)
                    del self.persistent_ids[:-MAX_REMEMBERED]
        finally:
            watch.cancel()
            await asyncio.wait([watch])

    async def _watch(self) -> None:
        """End the connection when Google stays silent although it was asked for a sign of life.

        The library's own monitor goes by the clock of the system: after that has been set back, it waits for hours.
        """
        while True:
            heard = self.input_stream_id
            await asyncio.sleep(SILENCE)
            if self.input_stream_id == heard:
                await self._send_heartbeat()
                await asyncio.sleep(ANSWER_WITHIN)
            if self.input_stream_id == heard:
                await self._reset()

    async def _reset(self) -> None:
        """End the connection, where the library would make another: after a Close, or a minute of silence."""
        if TYPE_CHECKING:
            assert self.writer
        self.writer.transport.abort()

    async def _send_msg(self, msg: Message) -> None:
        """Write without `drain`, which raises once the connection has ended: the library logs that as an error.

        There may be messages to read, and to acknowledge, after the end. asyncio would warn of each write then.
        """
        if TYPE_CHECKING:
            assert self.writer
        if not self.writer.is_closing():
            self.writer.write(self._make_packet(msg, self.first_message))

    def _handle_data_message(self, msg: DataMessageStanza) -> None:
        """Read a message; one that cannot be read costs no other.

        Google leaves out the padding of the headers at times. The library ends for good then.
        """
        for header in msg.app_data:
            if header.key in {"crypto-key", "encryption"}:
                header.value += "=="  # too much of it does no harm
        if any(header.key == "message_type" for header in msg.app_data):  # "deleted_messages"
            self._on_message(None)
            return
        try:
            super()._handle_data_message(msg)
        except Exception:  # noqa: BLE001 - there is no end to what a message can have that it should not
            self._on_message(None)


async def async_register(session: ClientSession, values: Mapping[str, Any]) -> Credentials:
    """Make a device, and register it with a Firebase project.

    These are the steps of the library's FcmRegister, which logs why one of them fails and keeps it from its caller.
    Raises GoogleUnreachableError, GoogleFailedError, FirebaseApiKeyError, FirebaseAppError, FirebaseProjectError or
    FirebaseRegistrationError.
    """
    project = _project(values)
    if not project.api_key.isprintable():  # what was copied with it does not fit into a header
        raise FirebaseApiKeyError
    keys = FcmRegister(project).generate_keys()
    gcm = await _async_register_device(session, project)
    headers = {"x-goog-api-key": project.api_key}
    headers["x-goog-firebase-installations-auth"] = await _async_install(session, project, headers)
    web = {"endpoint": const.FCM_SEND_URL + gcm["token"], "p256dh": keys["public"], "auth": keys["secret"]}
    url = f"{const.FCM_REGISTRATION}projects/{quote(project.project_id, safe='')}/registrations"
    status, answer = await _async_post_json(session, url, headers, {"web": web})
    token = answer.get("token")
    if status != HTTPStatus.OK or not isinstance(token, str):
        raise FirebaseRegistrationError
    return {"keys": keys, "gcm": gcm, "fcm": {"registration": {"token": token}}}


async def _async_check_in(session: ClientSession, project: FcmRegisterConfig) -> tuple[str, str]:
    """Check in as a new device. Return its id and its password."""
    payload = FcmRegister(project)._get_checkin_payload().SerializeToString()  # noqa: SLF001
    headers = {"Content-Type": "application/x-protobuf"}
    status, body = await _async_post(session, const.GCM_CHECKIN_URL, headers, payload)
    if status != HTTPStatus.OK:
        raise GoogleFailedError(status)
    try:
        answer = AndroidCheckinResponse.FromString(body)
    except DecodeError as err:
        raise GoogleFailedError(status) from err
    return str(answer.android_id), str(answer.security_token)


async def _async_register_device(session: ClientSession, project: FcmRegisterConfig) -> dict[str, str]:
    android_id, security_token = await _async_check_in(session, project)
    app_id = f"wp:{project.bundle_id}#{uuid4()}"
    form = {"app": project.chrome_id, "X-subtype": app_id, "device": android_id, "sender": const.GCM_SERVER_KEY_B64}
    headers = {"Authorization": f"AidLogin {android_id}:{security_token}"}
    for pause in (REGISTER_PAUSE, REGISTER_PAUSE, None):
        _, body = await _async_post(session, const.GCM_REGISTER_URL, headers, form)
        word, _, token = body.decode(errors="replace").partition("=")
        if word == "token":
            return {"token": token, "app_id": app_id, "android_id": android_id, "security_token": security_token}
        if pause is not None:
            await asyncio.sleep(pause)
    raise FirebaseRegistrationError


async def _async_install(session: ClientSession, project: FcmRegisterConfig, headers: Mapping[str, str]) -> str:
    """Make an installation of the app and return its token; it is here that Google checks the project's values."""
    fid = bytearray(secrets.token_bytes(17))
    fid[0] = 0b0111_0000 | (fid[0] & 0b1111)  # the first four bits of every id
    payload = {
        "appId": project.app_id,
        "authVersion": const.AUTH_VERSION,
        "fid": b64encode(fid).decode(),
        "sdkVersion": const.SDK_VERSION,
    }
    url = f"{const.FCM_INSTALLATION}projects/{quote(project.project_id, safe='')}/installations"
    status, answer = await _async_post_json(session, url, headers, payload)
    token = as_object(answer.get("authToken")).get("token")
    if status == HTTPStatus.OK and isinstance(token, str):
        return token
    if "API key" in str(as_object(answer.get("error")).get("message")):
        raise FirebaseApiKeyError
    raise FirebaseProjectError if status == HTTPStatus.FORBIDDEN else FirebaseAppError


async def _async_post_json(
    session: ClientSession, url: str, headers: Mapping[str, str], payload: Mapping[str, Any]
) -> tuple[int, Mapping[str, Any]]:
    """Return the status and the JSON of an answer. What is no JSON is not Google's: GoogleFailedError."""
    status, body = await _async_post(session, url, headers, json.dumps(payload))
    try:
        return status, as_object(parse_json(body))
    except ValueError as err:
        raise GoogleFailedError(status) from err


async def _async_post(
    session: ClientSession, url: str, headers: Mapping[str, str], data: str | bytes | Mapping[str, str]
) -> tuple[int, bytes]:
    """Return the status and the body of an answer.

    Raises GoogleUnreachableError; for a status that says nothing about the request, GoogleFailedError.
    """
    try:
        async with session.post(url, headers=headers, data=data, timeout=ClientTimeout(total=TIMEOUT)) as answer:
            body = await answer.read()
    except (ClientError, OSError) as err:
        raise GoogleUnreachableError(type(err).__name__) from err
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise GoogleFailedError(answer.status)
    return answer.status, body


def _project(values: Mapping[str, Any]) -> FcmRegisterConfig:
    return FcmRegisterConfig(
        project_id=values[CONF_FIREBASE_PROJECT_ID],
        app_id=values[CONF_FIREBASE_APP_ID],
        api_key=values[CONF_FIREBASE_API_KEY],
        messaging_sender_id=values[CONF_FIREBASE_SENDER_ID],
    )
