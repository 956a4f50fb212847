"""Callbacks that are push notifications: Google brings the messages to devices that run Home Assistant's library."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
import json
import ssl
from typing import Any

import aiohttp
from firebase_messaging import FcmPushClient, FcmPushClientConfig, FcmRegisterConfig
import pytest

from simulator import Callback, Car, Certificates, Fault, MessageFault, Simulator
from simulator.google import point
from tests.helpers.browser import Client
from tests.helpers.vendor import SPEED
from tests.helpers.webhook import Webhook, subscription

UNLOCK = {"door": {"state": "Unlocked"}}
HORN = {"horn": {"state": "Activated"}}
ALL = ["Accepted", "SentToVehicle", "Success"]
SECRET = {"key": "secret", "value": "sesame"}
SILENT = {"type": "Body", "key": "disableNotificationPayload", "value": "true"}


class Device:
    """A device that is registered with Google and listens."""

    def __init__(self, simulator: Simulator, session: aiohttp.ClientSession) -> None:
        project = simulator.google.project
        self.token = ""
        self.received: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._client = FcmPushClient(
            lambda notification, _persistent_id, _context: self.received.put_nowait(notification),
            FcmRegisterConfig(project.project_id, project.app_id, project.api_key, project.sender_id),
            config=FcmPushClientConfig(monitor_interval=0.01),
            http_client_session=session,
        )

    async def start(self) -> None:
        """Register and listen."""
        self.token = await self._client.checkin_or_register()
        await self._client.start()

    async def stop(self) -> None:
        """Listen no more."""
        await self._client.stop()
        await asyncio.gather(*self._client.tasks, return_exceptions=True)

    async def messages(self, count: int) -> list[dict[str, Any]]:
        """Wait for notifications, and return the messages in them."""
        return [decode((await self.received.get())["data"]) for _ in range(count)]

    async def statuses(self, count: int) -> list[str]:
        """Wait for notifications, and return the status of each remote's message."""
        return [status_of(message) for message in await self.messages(count)]


def decode(data: dict[str, str]) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(b64decode(data["mph_message"], validate=True))
    return message


def status_of(message: dict[str, Any]) -> str:
    status: str = message["remoteEvent"]["eventStatus"]["status"]
    return status


def push(devices: list[Device], *attributes: dict[str, str]) -> dict[str, Any]:
    """Subscribe to push notifications."""
    tokens = [device.token for device in devices]
    return {"label": "mine", "callback": {"pushnotif": {"devices": tokens, "attributes": list(attributes)}}}


def monitor(*extensions: str) -> dict[str, Any]:
    """Watch the doors of a car."""
    data = {"data": "vehicle.doorsState.opening", "op": "onChange"}
    return {
        "label": "doors",
        "triggerParam": {"triggers": [{"name": "d", "data": data}], "boolExp": "d"},
        "extendedEventParam": list(extensions),
    }


@pytest.fixture
async def devices(
    simulator: Simulator, certificates: Certificates, public_context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[list[Device]]:
    """Two devices of one user."""
    point(simulator.google.endpoints, monkeypatch.setattr)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca))
    connector = aiohttp.TCPConnector(ssl=public_context)
    async with AsyncExitStack() as stack, aiohttp.ClientSession(connector=connector) as session:
        made = [Device(simulator, session) for _ in range(2)]
        for device in made:
            await device.start()
            stack.push_async_callback(device.stop)
        yield made


@pytest.fixture
def device(devices: list[Device]) -> Device:
    return devices[0]


@pytest.fixture
def car(simulator: Simulator) -> Car:
    car = simulator.cars["electric"]
    car.asleep = False
    return car


async def register(client: Client, body: dict[str, Any]) -> Callback:
    answer = await client.call("POST", "/user/callbacks", body)
    return client.browser.simulator.callbacks[answer.json["callbackId"]]


@pytest.fixture
async def callback(client: Client, device: Device) -> Callback:
    return await register(client, push([device], SECRET, SILENT))


async def send(client: Client, car: Car, callback: Callback, body: dict[str, Any] = UNLOCK) -> None:
    assert (await client.send(car, callback.id, body)).status == 202
    await client.browser.simulator.idle()


async def watch(client: Client, car: Car, callback: Callback, *extensions: str) -> None:
    path = f"/user/vehicles/{car.id}/callbacks/{callback.id}/monitors"
    assert (await client.call("POST", path, monitor(*extensions))).status == 202


async def test_a_message_is_data_that_only_an_app_reads(
    client: Client, simulator: Simulator, device: Device, callback: Callback, car: Car
) -> None:
    own = {"attributes": [{"type": "Header", "key": "vin", "value": "$vin"}]}
    await send(client, car, callback, UNLOCK | own)
    notification = await device.received.get()
    assert "notification" not in notification
    data = notification["data"]
    assert data.keys() == {"secret", "vin", "mph_message"}
    assert (data["secret"], data["vin"]) == ("sesame", car.vin)
    message = decode(data)
    assert (message["callbackId"], message["type"], message["attributes"]) == (callback.id, "Remote", [])
    assert [status_of(message), *await device.statuses(2)] == ALL
    first = simulator.deliveries[0]
    assert (first.kind, first.url, first.status, first.attempt) == ("pushnotif", device.token, 200, 1)
    assert (first.messages, first.headers) == ([message], {"secret": "sesame", "vin": car.vin})
    assert not any(one.batch for one in simulator.deliveries)


async def test_a_notification_has_the_whole_message_once_more(client: Client, device: Device, car: Car) -> None:
    callback = await register(client, push([device]))
    await send(client, car, callback, HORN | {"label": "honk"})
    notification = await device.received.get()
    assert notification["notification"]["title"] == "honk"
    assert json.loads(notification["notification"]["body"]) == decode(notification["data"])


async def test_keywords_replace_what_a_phone_shows(client: Client, device: Device, car: Car) -> None:
    keywords = {"title": "A car", "body": "does something", "disableNotificationPayload": "false"}
    attributes = [{"type": "Body", "key": key, "value": value} for key, value in keywords.items()]
    callback = await register(client, push([device], *attributes))
    await send(client, car, callback, HORN)
    notification = await device.received.get()
    assert notification["notification"] == {"title": "A car", "body": "does something"}
    assert notification["data"].keys() == {"mph_message"}


async def test_a_monitor_pushes_too(
    client: Client, simulator: Simulator, device: Device, callback: Callback, car: Car
) -> None:
    await watch(client, car, callback)
    simulator.garage.open(car, "Driver")
    [message] = await device.messages(1)
    assert message["type"] == "Monitor"
    assert message["monitorEvent"]["values"][0]["data"] == "vehicle.doorsState.opening"


async def test_firebase_keeps_a_message_as_long_as_its_keyword_says(
    client: Client, simulator: Simulator, device: Device, car: Car
) -> None:
    callback = await register(client, push([device], {"type": "Body", "key": "ttl", "value": "0"}))
    await device.stop()
    await simulator.google.changed.until(lambda: simulator.google.connected == 1)
    await send(client, car, callback)
    kept = [one for owner in simulator.google.devices.values() for one in owner.messages.values()]
    now = asyncio.get_running_loop().time()
    assert len(kept) == 3
    assert all(one.expires <= now for one in kept)


async def test_what_is_too_large_is_lost(client: Client, simulator: Simulator, device: Device) -> None:
    car = simulator.cars["combustion"]
    callback = await register(client, push([device]))
    await watch(client, car, callback, "vehicle.status")
    simulator.garage.open(car, "Driver")
    await simulator.idle()
    assert [(one.status, one.attempt) for one in simulator.deliveries] == [(400, 1)]
    await client.call("PUT", f"/user/callbacks/{callback.id}", push([device], SILENT))
    simulator.garage.open(car, "Trunk")
    [message] = await device.messages(1)
    assert message["monitorEvent"]["extensions"][0]["type"] == "vehicle.status"
    assert message == simulator.deliveries[-1].messages[0]


async def test_a_callback_without_devices_is_deleted_with_its_monitors(
    client: Client, simulator: Simulator, devices: list[Device], car: Car
) -> None:
    callback = await register(client, push(devices, SILENT))
    await watch(client, car, callback)
    first, second = devices
    simulator.google.unregister(first.token)
    await send(client, car, callback, HORN)
    assert await second.statuses(3) == ALL
    path = f"/user/callbacks/{callback.id}"
    read = (await client.call("GET", path)).json
    assert read["subscribe"]["callback"]["pushnotif"]["devices"] == [second.token]
    assert [(one.url, one.status) for one in simulator.deliveries][:3] == [
        (first.token, 404),
        (second.token, 200),
        (second.token, 200),
    ]

    simulator.google.unregister(second.token)
    sent = await client.send(car, callback.id, UNLOCK)
    await simulator.idle()
    assert (await client.call("GET", path)).status == 404
    assert simulator.callbacks == {}
    assert callback.monitors == {}
    assert simulator.deliveries[-1].status == 404
    assert sent.json["remoteActionId"]
    assert not car.locked


async def test_what_google_cannot_take_is_tried_again(
    client: Client, simulator: Simulator, device: Device, callback: Callback, car: Car
) -> None:
    await simulator.google.stop()
    await client.send(car, callback.id, UNLOCK)
    second = await simulator.wait_for_delivery(lambda one: one.attempt == 2)
    first = simulator.deliveries[0]
    assert (first.status, second.status) == (None, None)
    assert second.at - first.at >= 10 / SPEED
    await simulator.google.come_back()
    await simulator.idle()
    delivered = [one for one in simulator.deliveries if one.status == 200]
    assert [status_of(one.messages[0]) for one in delivered] == ALL
    assert not any(one.batch for one in simulator.deliveries)


async def test_a_paused_one_pushes_nothing(
    client: Client, simulator: Simulator, device: Device, callback: Callback, car: Car
) -> None:
    path = f"/user/callbacks/{callback.id}/status"
    await client.call("PUT", path, {"status": "Paused"})
    sent = await client.send(car, callback.id, UNLOCK)
    await simulator.idle()
    remote = f"/user/vehicles/{car.id}/callbacks/{callback.id}/remotes/{sent.json['remoteActionId']}"
    assert (await client.call("GET", remote)).json["status"] == "Success"
    assert simulator.deliveries == []
    await client.call("PUT", path, {"status": "Running"})
    await send(client, car, callback, HORN)
    assert {message["remoteEvent"]["remoteType"] for message in await device.messages(3)} == {"Horn"}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"lose": True}, ["Accepted", "Success"]),
        ({"double": True}, ["Accepted", "SentToVehicle", "SentToVehicle", "Success"]),
        ({"late": 0.1}, ["Accepted", "Success", "SentToVehicle"]),
        ({"reorder": True}, ["Accepted", "Success", "SentToVehicle"]),
    ],
)
async def test_messages_can_be_disturbed(
    client: Client,
    simulator: Simulator,
    device: Device,
    callback: Callback,
    car: Car,
    fault: dict[str, Any],
    expected: list[str],
) -> None:
    simulator.faults.add(MessageFault(status="SentToVehicle", **fault))
    await send(client, car, callback)
    assert await device.statuses(len(expected)) == expected


async def test_a_put_changes_the_kind_unless_it_is_refused(
    client: Client, simulator: Simulator, webhook: Webhook, device: Device, callback: Callback, car: Car
) -> None:
    path = f"/user/callbacks/{callback.id}"
    simulator.faults.add(Fault(method="PUT", path="/user/callbacks/*", status=400))
    assert (await client.call("PUT", path, subscription(webhook.url))).status == 400
    await send(client, car, callback)
    assert await device.statuses(3) == ALL
    assert (await client.call("PUT", path, subscription(webhook.url))).status == 202
    await send(client, car, callback, HORN)
    assert [status for _, status in webhook.events] == ALL
    assert device.received.empty()


async def test_a_restart_keeps_what_waits(
    client: Client, simulator: Simulator, device: Device, callback: Callback, car: Car
) -> None:
    await simulator.google.stop()
    await client.send(car, callback.id, UNLOCK)
    await simulator.wait_for_delivery(lambda one: one.status is None)
    await simulator.stop()
    await simulator.start()
    await simulator.idle()
    assert status_of(simulator.deliveries[-1].messages[0]) in ALL
    assert simulator.deliveries[-1].status == 200
