"""Google on the loopback interface, asked by the library that Home Assistant uses, over real TLS."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from firebase_messaging import FcmPushClient, FcmPushClientConfig, FcmRegisterConfig
from firebase_messaging.fcmregister import FcmRegister
import pytest

from simulator import Certificates
from simulator.google import Fault, Google, Project, TooLarge, Unavailable, Unregistered, point

DAY = 86400
QUICK = {
    "start_seconds_before_retry_connect": 0.01,
    "reset_interval": 0.01,
    "heartbeat_ack_timeout": 0.05,
    "monitor_interval": 0.01,
    "connection_retry_count": 100,
    "abort_on_sequential_error_count": None,
}


class Phone:
    """A device with the library on it, and what it has been sent."""

    def __init__(self, project: Project, **config: Any) -> None:
        self.received: asyncio.Queue[tuple[dict[str, Any], str]] = asyncio.Queue()
        values = {**QUICK, **config}
        self.client = FcmPushClient(
            lambda message, persistent_id, _: self.received.put_nowait((message, persistent_id)),
            register_config(project),
            config=FcmPushClientConfig(**values),
        )
        self.token = ""

    async def register(self) -> None:
        self.token = await self.client.checkin_or_register()

    async def start(self) -> None:
        await self.client.start()

    async def stop(self) -> None:
        if self.client.tasks:
            await self.client.stop()
        await asyncio.gather(*self.client.tasks, return_exceptions=True)

    async def next_data(self) -> Any:
        message, _ = await self.received.get()
        return message["data"]


def register_config(project: Project) -> FcmRegisterConfig:
    return FcmRegisterConfig(project.project_id, project.app_id, project.api_key, project.sender_id)


@pytest.fixture
async def google(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Google]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca))
    running = Google()
    await running.start(certificates.server_context())
    point(running.endpoints, monkeypatch.setattr)
    # aiohttp makes its own context once, when it is imported.
    trusting = certificates.public_context()
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusting)
    yield running
    await running.stop()


@pytest.fixture
async def phone(google: Google) -> AsyncGenerator[Phone]:
    made = Phone(google.project)
    await made.register()
    yield made
    await made.stop()


async def connect(phone: Phone, google: Google) -> None:
    await phone.start()
    await connected(google)


async def connected(google: Google, devices: int = 1) -> None:
    await google.changed.until(lambda: google.connected == devices)


async def acknowledged(google: Google) -> None:
    await google.changed.until(lambda: not any(device.messages for device in google.devices.values()))


async def test_a_message_arrives_as_fcm_has_it(google: Google, phone: Phone) -> None:
    await connect(phone, google)
    await google.send(phone.token, {"answer": "42"}, {"title": "Doors", "body": "locked"}, ttl=DAY)
    message, persistent_id = await phone.received.get()
    assert message == {
        "data": {"answer": "42"},
        "from": google.project.sender_id,
        "priority": "normal",
        "fcmMessageId": message["fcmMessageId"],
        "notification": {"title": "Doors", "body": "locked"},
    }
    assert persistent_id.startswith("0:")
    await google.send(phone.token, {"answer": "43"}, ttl=DAY)
    message, _ = await phone.received.get()
    assert "notification" not in message
    await acknowledged(google)


async def test_a_message_waits_for_a_device_that_is_away(google: Google, phone: Phone) -> None:
    await google.send(phone.token, {"n": "too late"}, ttl=0)
    await google.send(phone.token, {"n": "in time"}, ttl=DAY)
    await connect(phone, google)
    assert await phone.next_data() == {"n": "in time"}
    await acknowledged(google)
    await phone.stop()
    await connected(google, 0)
    await connect(phone, google)
    await google.send(phone.token, {"n": "another"}, ttl=DAY)
    assert await phone.next_data() == {"n": "another"}


async def test_a_message_that_is_not_acknowledged_comes_again(google: Google) -> None:
    phone = Phone(google.project, send_selective_acknowledgements=False)
    await phone.register()
    await connect(phone, google)
    await google.send(phone.token, {"n": "1"}, ttl=DAY)
    _, persistent_id = await phone.received.get()
    await phone.stop()
    await connected(google, 0)
    phone.client.persistent_ids = []
    await connect(phone, google)
    assert (await phone.received.get())[1] == persistent_id
    await phone.stop()
    await connected(google, 0)
    # The library names what it has received when it logs in.
    await connect(phone, google)
    await acknowledged(google)
    await phone.stop()


async def test_a_registered_device_checks_in_again(google: Google, phone: Phone) -> None:
    assert await phone.client.checkin_or_register() == phone.token
    assert len(google.devices) == len(google.registrations) == 1


@pytest.mark.parametrize("size", [4096, 4097])
async def test_fcm_carries_4096_bytes(google: Google, phone: Phone, size: int) -> None:
    data = {"text": "x" * (size - 4)}
    if size > 4096:
        with pytest.raises(TooLarge):
            await google.send(phone.token, data, ttl=DAY)
        return
    await connect(phone, google)
    await google.send(phone.token, data, ttl=DAY)
    assert await phone.next_data() == data


async def test_who_is_not_reached(google: Google, phone: Phone) -> None:
    google.unregister(phone.token)
    with pytest.raises(Unregistered):
        await google.send(phone.token, {}, ttl=DAY)
    await google.stop()
    assert google.gone
    with pytest.raises(Unavailable):
        await google.send(phone.token, {}, ttl=DAY)


@pytest.mark.parametrize(
    ("field", "status", "code"),
    [
        ("api_key", "INVALID_ARGUMENT", "400"),
        ("project_id", "PERMISSION_DENIED", "403"),
        ("app_id", "NOT_FOUND", "404"),
    ],
)
async def test_another_project_is_refused(
    google: Google, caplog: pytest.LogCaptureFixture, field: str, status: str, code: str
) -> None:
    register = FcmRegister(register_config(replace(google.project, **{field: "another"})))
    assert await register.fcm_install() is None
    await register.close()
    assert status in caplog.text
    assert code in caplog.text


async def test_each_step_of_the_registration_can_fail(google: Google) -> None:
    register = FcmRegister(register_config(google.project))
    options = await register.gcm_check_in()
    assert options
    google.faults[Fault.REGISTER] = 1
    assert await register.gcm_register(options, retries=1) is None
    assert await register.gcm_register({**options, "securityToken": "0"}, retries=1) is None
    gcm = await register.gcm_register(options, retries=1)
    assert gcm
    installation = await register.fcm_install()
    assert installation
    keys = register.generate_keys()
    google.faults[Fault.REGISTRATION] = 1
    assert await register.fcm_register(gcm, installation, keys, retries=1) is None
    assert await register.fcm_register({"token": "?"}, installation, keys, retries=1) is None
    assert await register.fcm_register(gcm, installation, keys, retries=1)
    await register.close()


async def test_a_check_in_can_be_refused(google: Google, caplog: pytest.LogCaptureFixture) -> None:
    google.faults[Fault.CHECKIN] = 1
    register = FcmRegister(register_config(google.project))
    assert await register.gcm_check_in()
    assert "503" in caplog.text
    await register.close()


@pytest.mark.parametrize("fault", [Fault.DROP, Fault.CUT, Fault.LOGIN])
async def test_the_library_comes_back_after(google: Google, phone: Phone, fault: Fault) -> None:
    google.faults[fault] = 1
    await google.send(phone.token, {"n": "1"}, ttl=DAY)
    await phone.start()
    assert await phone.next_data() == {"n": "1"}
    assert google.faults[fault] == 0


@pytest.mark.parametrize("end", ["drop", "close"])
async def test_the_library_comes_back_after_a_connection_has_ended(google: Google, phone: Phone, end: str) -> None:
    await connect(phone, google)
    (before,) = google.connections.open
    getattr(google.connections, end)()
    await google.changed.until(lambda: google.connections.open not in ([], [before]))
    await google.send(phone.token, {"n": "1"}, ttl=DAY)
    assert await phone.next_data() == {"n": "1"}


async def test_google_comes_back(google: Google, phone: Phone) -> None:
    await connect(phone, google)
    await google.stop()
    await google.come_back()
    await connected(google)


@pytest.mark.parametrize(
    ("fault", "sentence"), [(Fault.UNPADDED, "Incorrect padding"), (Fault.GARBLED, "Decryption error")]
)
async def test_the_library_gives_up_on(
    google: Google, phone: Phone, caplog: pytest.LogCaptureFixture, fault: Fault, sentence: str
) -> None:
    google.faults[fault] = 1
    await connect(phone, google)
    await google.send(phone.token, {"n": "1"}, ttl=DAY)
    await connected(google, 0)
    assert sentence in caplog.text


async def test_a_message_can_come_twice(google: Google, phone: Phone) -> None:
    await connect(phone, google)
    google.faults[Fault.TWICE] = 1
    await google.send(phone.token, {"n": "1"}, ttl=DAY)
    first, second = await phone.received.get(), await phone.received.get()
    assert first == second


async def test_a_device_that_is_forgotten_cannot_log_in(
    google: Google, phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    google.forget_devices()
    await phone.start()
    await google.changed.until(lambda: "Received login error response" in caplog.text)
    assert google.connected == 0


async def test_heartbeats_are_answered_unless_google_is_silent(google: Google) -> None:
    phone = Phone(google.project, client_heartbeat_interval=0.05, server_heartbeat_interval=None)
    await phone.register()
    await connect(phone, google)
    (before,) = google.connections.open
    google.silent = True
    await google.changed.until(lambda: google.connections.open not in ([], [before]))
    await phone.stop()


@pytest.mark.parametrize("turns", range(4))
async def test_a_connection_that_is_still_in_its_handshake_is_dropped(google: Google, turns: int) -> None:
    """Its client would wait for the rest."""
    reader, writer = await asyncio.open_connection(google.endpoints.mcs_host, google.endpoints.mcs_port)
    for _ in range(turns):
        await asyncio.sleep(0)
    await google.stop()
    with suppress(ConnectionError):
        assert await reader.read() == b""
    writer.close()
