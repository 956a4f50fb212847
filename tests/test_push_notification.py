"""Messages that come as push notifications, through a Google of the simulator's and the library that asks it."""

import asyncio
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import timedelta
import json
import logging
import sys
import time
from typing import Any, Final
from unittest.mock import Mock

from aiohttp import web
from firebase_messaging import const, fcmpushclient
from firebase_messaging.proto.mcs_pb2 import DataMessageStanza
from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlowContext, ConfigFlowResult
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util import package
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed, get_schema_suggested_value
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.stellantis import coordinator
from custom_components.stellantis.account import async_try_firebase
from custom_components.stellantis.account.delivery import firebase, push_notification
from custom_components.stellantis.api.errors import StellantisError
from custom_components.stellantis.translate import error_key
from simulator import Car, Fault
from simulator.google import Fault as GoogleFault
from simulator.google import Google, Project
from simulator.google.envelope import make_stanza
from simulator.google.packets import pack

from .helpers.callbacks import changes, only_callback
from .helpers.harness import Harness, mistakes
from .helpers.held import Held

VALUES: Final = {f"firebase_{key}": value for key, value in asdict(Project()).items()}
FOREVER: Final = 10**6
LOCK: Final = ("lock", "doors")
LIBRARY: Final = "firebase_messaging"
OURS: Final = "custom_components.stellantis"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask Google again at once where it refuses a device for no reason."""
    monkeypatch.setattr(firebase, "REGISTER_PAUSE", 0.0)


class Phone:
    """An account whose messages come as push notifications."""

    def __init__(self, harness: Harness, google: Google) -> None:
        self.harness = harness
        self.google = google

    async def add_account(self, **changes: Any) -> ConfigEntry[Any]:
        entry = await self.harness.add_account(delivery="push_notification", **VALUES, **changes)
        await self.connected()
        return entry

    async def connected(self, devices: int = 1) -> None:
        """Wait until so many devices are connected, and have had all their messages."""
        await self.google.changed.until(lambda: self.google.connected == devices and not self.kept())

    async def gone(self) -> None:
        await self.google.changed.until(lambda: not self.google.connected)

    def kept(self) -> int:
        """Return how many messages wait for connected devices, or are not acknowledged."""
        return sum(len(device.messages) for device in self.google.devices.values() if device.connection)

    async def send(self, **data: str) -> None:
        """Send a notification to the device that the vendor knows, and wait until it has been taken in."""
        [token] = only_callback(self.harness).devices
        await self.google.send(token, data, ttl=3600)
        await self.google.changed.until(lambda: not self.kept())
        await self.harness.settle()

    async def retry(self) -> None:
        """Let the time pass after which Google is tried again."""
        await self.harness.pass_time(minutes=16)


@pytest.fixture
def phone(harness: Harness, google: Google) -> Phone:
    return Phone(harness, google)


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what a normal day's log must not hold: of ours, of the library, and of asyncio."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING and record.name.startswith((OURS, LIBRARY, "asyncio"))
    ]


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what has been told of the connection."""
    return [record.getMessage() for record in caplog.records if "connection to Google" in record.getMessage()]


def bells(entry: ConfigEntry[Any], car: Car) -> int:
    count: int = entry.runtime_data.cars[car.vin].received["bell"]
    return count


async def test_the_end_of_a_remote_arrives(harness: Harness, phone: Phone, car: Car) -> None:
    await phone.add_account()
    harness.vendor.requests.clear()
    await harness.call(car, *LOCK, "unlock")
    assert harness.state(car, *LOCK).state == "unlocked"
    assert not harness.requests("GET", "/remotes/*")


async def test_what_a_car_reports_arrives_as_a_bell(harness: Harness, phone: Phone, car: Car) -> None:
    entry = await phone.add_account()
    harness.vendor.garage.unlock(car)
    await harness.until(car, *LOCK, "unlocked")
    assert bells(entry, car) >= 1


async def test_what_the_callback_is_registered_with(harness: Harness, phone: Phone) -> None:
    entry = await phone.add_account()
    [token] = phone.google.registrations
    assert only_callback(harness).subscribe["callback"] == {
        "pushnotif": {
            "devices": [token],
            "attributes": [
                {"type": "Header", "key": "secret", "value": entry.data["callback_secret"]},
                {"type": "Header", "key": "vin", "value": "$vin"},
                {"type": "Body", "key": "disableNotificationPayload", "value": "true"},
                {"type": "Body", "key": "ttl", "value": "259200"},
                {"type": "Body", "key": "deliveryPriority", "value": "high"},
            ],
        }
    }


async def test_a_restart_registers_nothing_again(harness: Harness, phone: Phone) -> None:
    entry = await phone.add_account()
    device, made = only_callback(harness).devices, changes(harness)
    await harness.reload(entry)
    await phone.connected()
    assert only_callback(harness).devices == device
    assert len(phone.google.devices) == 1
    assert changes(harness) == made


async def test_what_comes_while_home_assistant_is_away_is_not_lost(harness: Harness, phone: Phone, car: Car) -> None:
    entry = await phone.add_account()
    await harness.hass.config_entries.async_unload(entry.entry_id)
    await phone.gone()
    harness.vendor.garage.unlock(car)
    await harness.vendor.idle()
    await harness.hass.config_entries.async_setup(entry.entry_id)
    await phone.connected()
    await harness.settle()
    assert bells(entry, car) >= 1


async def test_what_has_arrived_is_not_sent_again(phone: Phone, car: Car) -> None:
    entry = await phone.add_account()
    google = phone.google
    google.faults[GoogleFault.DEAF] = 1
    [token] = only_callback(phone.harness).devices
    await google.send(token, {"mph_message": "lost"}, ttl=3600)
    await google.changed.until(lambda: not google.faults[GoogleFault.DEAF])
    assert phone.kept() == 1
    google.connections.drop()
    await failed(entry, 1)
    await phone.retry()
    await phone.connected()
    await phone.send(mph_message="found")
    assert entry.runtime_data.receiver.received == {"unreadable": 2}


def report(entry: ConfigEntry[Any], *data: str, vin: str | None = None, monitor_id: str = "1") -> dict[str, str]:
    """Return the data of a notification by which a car tells that this has changed."""
    values = [{"data": each, "value": {}} for each in data]
    message = {"type": "Monitor", "monitorEvent": {"monitorId": monitor_id, "values": values}}
    attributes = {"secret": entry.data["callback_secret"], **({"vin": vin} if vin else {})}
    return {**attributes, "mph_message": encode(message)}


def reads(harness: Harness, car: Car) -> list[int]:
    """Return how often a car's status, alerts and trips have been read."""
    return [len(harness.requests("GET", f"/{car.id}/{part}")) for part in ("status", "alerts", "trips")]


async def test_a_storm_of_reports_is_answered_by_few_reads(harness: Harness, phone: Phone, car: Car) -> None:
    entry = await phone.add_account()
    harness.vendor.requests.clear()
    [token] = only_callback(harness).devices
    for _ in range(1000):
        await phone.google.send(token, report(entry, "vehicle.alert", "vehicle.trip.stop", vin=car.vin), ttl=3600)
    await phone.send()
    await harness.pass_time(seconds=3)
    assert bells(entry, car) == 1001
    assert max(reads(harness, car)) <= 2
    assert len(entry.runtime_data.delivery._client.persistent_ids) == firebase.MAX_REMEMBERED


async def test_a_report_during_a_slow_read_has_the_car_read_again(harness: Harness, phone: Phone, car: Car) -> None:
    entry = await phone.add_account()
    [token] = only_callback(harness).devices
    slow = Held(path="*/status", car=car)
    harness.vendor.faults.add(slow)
    await phone.google.send(token, report(entry, vin=car.vin), ttl=3600)
    await slow.held.wait()
    harness.vendor.requests.clear()
    car.locked = False
    await phone.google.send(token, report(entry, vin=car.vin), ttl=3600)
    await phone.google.changed.until(lambda: not phone.kept())
    async_fire_time_changed(harness.hass, dt_util.utcnow() + timedelta(seconds=3))  # while the first read goes on
    await asyncio.sleep(0)
    slow.let_go.set()
    await harness.settle()
    await harness.pass_time(seconds=3)
    assert reads(harness, car)[0] == 1
    assert harness.state(car, *LOCK).state == "unlocked"


async def test_several_reports_while_the_vendor_fails_count_as_one_failure(
    harness: Harness, phone: Phone, car: Car, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await phone.add_account()
    harness.vendor.faults.add(Fault(path="*/status", status=503, times=1))
    harness.vendor.requests.clear()
    for _ in range(5):
        await phone.send(**report(entry, vin=car.vin))
        await harness.pass_time(seconds=3)
    assert reads(harness, car)[0] == 1
    assert harness.state(car, *LOCK).state == "locked"
    car.locked = False
    await harness.pass_time(seconds=62)
    assert harness.state(car, *LOCK).state == "unlocked"
    monkeypatch.setattr(coordinator, "RETRY_FIRST", 0.0)  # a minute after a failure a report is enough
    harness.vendor.faults.add(Fault(path="*/status", status=503, times=1))
    await phone.send(**report(entry, vin=car.vin))
    await harness.pass_time(seconds=3)
    car.locked = True
    await phone.send(**report(entry, vin=car.vin))
    await harness.pass_time(seconds=3)
    assert harness.state(car, *LOCK).state == "locked"


async def test_nothing_is_read_again_after_an_unload_during_a_read(harness: Harness, phone: Phone, car: Car) -> None:
    entry = await phone.add_account()
    slow = Held(path="*/status", car=car)
    harness.vendor.faults.add(slow)
    [token] = only_callback(harness).devices
    for _ in range(2):
        await phone.google.send(token, report(entry, vin=car.vin), ttl=3600)
    await slow.held.wait()
    await phone.google.changed.until(lambda: not phone.kept())
    harness.vendor.requests.clear()
    running = entry.runtime_data.cars[car.vin]
    await running.async_shutdown()
    slow.let_go.set()
    await harness.settle()
    await harness.pass_time(hours=1)
    assert reads(harness, car)[0] == 0


async def test_many_messages_before_an_end_of_the_connection_are_taken_in(
    phone: Phone, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await phone.add_account()
    [connection] = phone.google.connections.open
    [registration] = phone.google.registrations.values()
    data = report(entry, vin=car.vin)
    for _ in range(30):
        stanza = make_stanza(phone.google.project, registration, data, None, 60, phone.google.faults)
        connection.write(pack(stanza))
    connection.close()
    await failed(entry, 1)
    assert bells(entry, car) == 30
    assert complaints(caplog) == []


# What goes wrong with one message


@pytest.mark.parametrize("fault", [GoogleFault.UNPADDED, GoogleFault.CUT, GoogleFault.TWICE])
async def test_a_message_arrives_in_spite_of(
    harness: Harness,
    phone: Phone,
    car: Car,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    fault: GoogleFault,
) -> None:
    monkeypatch.setattr(push_notification, "RETRY_FIRST", 0.01)
    await phone.add_account()
    phone.google.faults[fault] = 1
    await harness.call(car, *LOCK, "unlock")
    assert harness.state(car, *LOCK).state == "unlocked"
    assert phone.google.faults[fault] == 0
    assert complaints(caplog) == []


async def test_a_message_that_cannot_be_decrypted_costs_no_other_and_is_a_bell(
    harness: Harness, phone: Phone, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await phone.add_account()
    (connection,) = phone.google.connections.open
    phone.google.faults[GoogleFault.GARBLED] = 1
    await phone.send(mph_message="lost")
    assert bells(entry, car) == 1
    await harness.call(car, *LOCK, "unlock")
    assert phone.google.connections.open == [connection]
    assert entry.runtime_data.receiver.received["unreadable"] == 1
    assert complaints(caplog) == []


async def test_messages_that_google_has_thrown_away_are_a_bell(harness: Harness, phone: Phone, car: Car) -> None:
    entry = await phone.add_account()
    [device] = phone.google.devices.values()
    stanza = DataMessageStanza(category="org.chromium.linux", persistent_id="0:1")
    setattr(stanza, "from", "google.com")
    stanza.app_data.add(key="message_type", value="deleted_messages")
    harness.vendor.requests.clear()
    phone.google.connections.post(device, stanza, 60)
    await phone.connected()
    await harness.settle()
    assert bells(entry, car) == 1
    assert reads(harness, car) == [1, 1, 1]  # nobody knows what they were about


def encode(message: object) -> str:
    return b64encode(json.dumps(message).encode()).decode()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"mph_message": "x"},
        {"mph_message": "no base64 é"},
        {"mph_message": b64encode(b"no JSON").decode()},
        {"something": "else"},
    ],
)
async def test_a_notification_without_a_message_is_a_bell(
    phone: Phone, car: Car, caplog: pytest.LogCaptureFixture, data: dict[str, str]
) -> None:
    entry = await phone.add_account()
    await phone.send(**data)
    assert bells(entry, car) == 1
    assert complaints(caplog) == []


@pytest.mark.parametrize(
    "spell",
    [
        lambda text: text,
        lambda text: text.rstrip("="),
        lambda text: urlsafe_b64encode(b64decode(text)).decode().rstrip("="),
        lambda text: encode([json.loads(b64decode(text)), "junk", None, {}]),
    ],
    ids=["padded", "unpadded", "url-safe", "batch"],
)
@pytest.mark.parametrize("vin", ["", "$vin", None])
async def test_a_message_is_read_however_it_is_spelled(
    harness: Harness, phone: Phone, car: Car, spell: Callable[[str], str], vin: str | None
) -> None:
    entry = await phone.add_account()
    [monitor, *_] = only_callback(harness).monitors.values()
    # The question marks make base64 differ from its url-safe form.
    message = {"type": "Monitor", "label": "??>>~~", "monitorEvent": {"monitorId": monitor.id, "values": []}}
    data = {"secret": entry.data["callback_secret"], "mph_message": spell(encode(message))}
    await phone.send(**data if vin is None else {**data, "vin": vin or car.vin})
    assert entry.runtime_data.receiver.received["monitor"] == 1
    assert bells(entry, car) == 1


async def test_a_message_without_the_secret_is_dropped(harness: Harness, phone: Phone, car: Car) -> None:
    entry = await phone.add_account()
    for secret in ({}, {"secret": "guessed"}):
        await phone.send(mph_message=encode({"type": "Monitor", "monitorEvent": {"monitorId": "1"}}), **secret)
    assert entry.runtime_data.receiver.received == {"without_secret": 2}
    assert bells(entry, car) == 0


async def test_a_report_that_names_no_car_is_a_bell_for_all(
    harness: Harness, phone: Phone, car: Car, other: Car
) -> None:
    entry = await phone.add_account()
    await phone.send(**report(entry, "vehicle.alert"))
    await phone.send(**report(entry, vin="VR3ANOTHERACCOUNT"))
    assert (bells(entry, car), bells(entry, other)) == (1, 1)


async def test_a_batch_is_of_several_cars_whichever_the_notification_names(
    harness: Harness, phone: Phone, car: Car, other: Car
) -> None:
    entry = await phone.add_account()
    monitors = {monitor.car: monitor for monitor in only_callback(harness).monitors.values()}
    messages = [{"type": "Monitor", "monitorEvent": {"monitorId": monitors[each].id}} for each in (car, other)]
    await phone.send(secret=entry.data["callback_secret"], vin=car.vin, mph_message=encode(messages))
    assert (bells(entry, car), bells(entry, other)) == (1, 1)


async def test_a_batch_without_the_callbacks_attributes_is_a_bell(phone: Phone, car: Car) -> None:
    """The vendor leaves them out of a batch that it posts."""
    entry = await phone.add_account()
    await phone.send(mph_message=encode([{"type": "Monitor", "monitorEvent": {"monitorId": "1"}}]))
    assert entry.runtime_data.receiver.received == {"unreadable": 1}
    assert bells(entry, car) == 1


# What goes wrong with the connection


async def drop(google: Google) -> None:
    google.connections.drop()


async def close(google: Google) -> None:
    google.connections.close()


async def go_away(google: Google) -> None:
    await google.stop()
    await google.come_back()


@pytest.mark.parametrize("end", [drop, close, go_away])
async def test_a_connection_that_has_ended_is_made_again(
    harness: Harness,
    phone: Phone,
    car: Car,
    caplog: pytest.LogCaptureFixture,
    end: Callable[[Google], Awaitable[None]],
) -> None:
    entry = await phone.add_account()
    caplog.set_level(logging.INFO)
    await end(phone.google)
    await failed(entry, 1)
    await phone.retry()
    await phone.connected()
    await harness.call(car, *LOCK, "unlock")
    assert [text.split(",")[0] for text in told(caplog)] == [
        "There is no connection to Google",
        "There is a connection to Google again",
    ]
    assert complaints(caplog) == []
    assert entry.runtime_data.delivery.listening


async def test_google_is_tried_again_with_growing_delays_for_as_long_as_it_is_gone(
    harness: Harness, phone: Phone, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await phone.add_account()
    caplog.set_level(logging.INFO)
    delivery = entry.runtime_data.delivery
    await phone.google.stop()
    for failures in range(1, 12):
        await failed(entry, failures)
        await phone.retry()
    await failed(entry, 12)
    assert delivery.state == {"registered_with_google": True, "connection_failures": 12}
    assert not delivery.listening
    await phone.google.come_back()
    await phone.retry()
    await phone.connected()
    await harness.call(car, *LOCK, "unlock")
    assert len(told(caplog)) == 2
    assert complaints(caplog) == []


async def failed(entry: ConfigEntry[Any], failures: int) -> None:
    """Wait until so many tries in a row have failed."""
    connection: asyncio.Task[None] = entry.runtime_data.delivery._connection
    await asyncio.wait([connection])
    assert entry.runtime_data.delivery.state["connection_failures"] == failures


async def test_a_connection_that_is_dropped_after_each_login_is_made_less_and_less_often(
    phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await phone.add_account()
    phone.google.faults[GoogleFault.DROP] = FOREVER
    phone.google.connections.drop()
    for failures in range(1, 5):
        await failed(entry, failures)
        await phone.retry()
    assert complaints(caplog) == []


@pytest.mark.parametrize("hours", [0, -2, 2])
async def test_a_silent_google_is_noticed_whatever_becomes_of_the_clock(
    phone: Phone, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    monkeypatch.setattr(firebase, "SILENCE", 0.01)
    monkeypatch.setattr(firebase, "ANSWER_WITHIN", 0.05)
    entry = await phone.add_account()
    monkeypatch.setattr(fcmpushclient, "time", Mock(time=lambda: time.time() + hours * 3600))
    phone.google.silent = True
    await failed(entry, 1)
    assert complaints(caplog) == []


async def test_a_login_that_is_not_answered_is_given_up(
    harness: Harness, phone: Phone, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firebase, "TIMEOUT", 0.1)
    monkeypatch.setattr(push_notification, "RETRY_FIRST", 0.01)
    phone.google.faults[GoogleFault.SILENCE] = 1
    await phone.add_account()
    assert complaints(caplog) == []


async def test_a_login_that_google_closes_is_tried_again(
    phone: Phone, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_notification, "RETRY_FIRST", 0.01)
    phone.google.faults[GoogleFault.CLOSE] = 1
    await phone.add_account()
    assert len(phone.google.devices) == 1
    assert complaints(caplog) == []


async def test_a_connection_that_has_lasted_is_made_again_soon(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_notification, "STEADY", -1)
    entry = await phone.add_account()
    for _ in range(3):
        await phone.send()
        phone.google.connections.drop()
        await failed(entry, 1)
        await phone.retry()
        await phone.connected()


async def test_a_packet_that_means_nothing_costs_nothing(harness: Harness, phone: Phone, car: Car) -> None:
    await phone.add_account()
    [connection] = phone.google.connections.open
    connection.write(bytes([5, 0]))
    await harness.call(car, *LOCK, "unlock")
    assert phone.google.connections.open == [connection]


@pytest.mark.parametrize("packet", [bytes([99, 0]), bytes([8, 3, 255, 255, 255])], ids=["tag", "message"])
async def test_a_packet_that_nobody_knows_costs_one_connection(
    phone: Phone, caplog: pytest.LogCaptureFixture, packet: bytes
) -> None:
    entry = await phone.add_account()
    [connection] = phone.google.connections.open
    connection.write(packet)
    await failed(entry, 1)
    await phone.retry()
    await phone.connected()
    assert complaints(caplog) == []


@pytest.mark.parametrize(
    "where", ["connected", "between two tries", "before the login", "while it shakes hands", "while it registers"]
)
async def test_nothing_is_left_after_an_unload(
    harness: Harness, phone: Phone, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    google, before = phone.google, asyncio.all_tasks()
    accepted = asyncio.Event()
    deaf = await asyncio.start_server(lambda _reader, _writer: accepted.set(), "127.0.0.1", 0)
    match where:
        case "while it shakes hands":
            monkeypatch.setattr(const, "MCS_PORT", deaf.sockets[0].getsockname()[1])
        case "before the login":
            google.faults[GoogleFault.SILENCE] = 1
        case "between two tries":
            google.faults[GoogleFault.DROP] = 1
        case "while it registers":
            google.faults[GoogleFault.REGISTER] = 1
            monkeypatch.setattr(firebase, "REGISTER_PAUSE", 60)
    adding = asyncio.create_task(harness.add_account(delivery="push_notification", **VALUES))
    match where:
        case "connected":
            await phone.connected()
        case "before the login":
            await google.changed.until(lambda: google.faults[GoogleFault.SILENCE] == 0)
        case "while it shakes hands":
            await accepted.wait()
        case "between two tries":
            await google.changed.until(lambda: google.faults[GoogleFault.DROP] == 0)
        case "while it registers":
            await google.changed.until(lambda: google.faults[GoogleFault.REGISTER] == 0)
    [entry] = harness.hass.config_entries.async_entries(OURS.rpartition(".")[2])
    assert await harness.hass.config_entries.async_unload(entry.entry_id)
    await adding
    assert entry.state is ConfigEntryState.NOT_LOADED
    await phone.gone()
    assert {task for task in asyncio.all_tasks() - before if "hold_connection" in str(task)} == set()
    assert complaints(caplog) == []
    deaf.close()
    deaf.close_clients()
    await deaf.wait_closed()


async def test_home_assistant_stops(hass: HomeAssistant, phone: Phone) -> None:
    await phone.add_account()
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    await phone.gone()


# The device that is registered


async def test_a_refused_login_makes_another_device_and_the_vendor_is_told(
    harness: Harness, phone: Phone, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await phone.add_account()
    [before] = only_callback(harness).devices
    phone.google.forget_devices()
    await failed(entry, 1)
    await phone.retry()  # refused
    await failed(entry, 2)
    phone.google.faults[GoogleFault.CHECKIN] = 1
    await phone.retry()
    await failed(entry, 3)
    await phone.retry()
    await phone.connected()
    await harness.settle()
    [after] = only_callback(harness).devices
    assert after != before
    assert list(phone.google.registrations) == [after]
    await harness.call(car, *LOCK, "unlock")
    assert harness.state(car, *LOCK).state == "unlocked"
    assert complaints(caplog) == []


async def test_a_callback_that_has_vanished_with_its_device_comes_back_with_another(
    harness: Harness, phone: Phone, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await phone.add_account()
    [before] = only_callback(harness).devices
    phone.google.unregister(before)
    harness.vendor.garage.unlock(car)
    await harness.vendor.idle()
    assert harness.vendor.callbacks == {}
    await harness.call(car, *LOCK, "lock")
    await harness.settle()
    [after] = only_callback(harness).devices
    assert after != before
    await phone.connected()
    assert only_callback(harness).monitors
    assert harness.state(car, *LOCK).state == "locked"
    assert entry.data["firebase_credentials"]["fcm"]["registration"]["token"] == after
    assert complaints(caplog) == []


async def test_one_device_is_enough_while_the_vendor_takes_no_callback(harness: Harness, phone: Phone) -> None:
    entry = await phone.add_account()
    harness.vendor.callbacks.clear()
    harness.vendor.faults.add(Fault(method="POST", path="*/user/callbacks", status=503, times=3))
    entry.runtime_data.callback.async_schedule_reconcile()
    for _ in range(4):
        await harness.settle()
        await harness.pass_time(hours=1)
    assert only_callback(harness).devices == list(phone.google.registrations)[1:]
    assert len(phone.google.devices) == 2


async def test_the_registration_is_tried_again_until_google_answers(
    harness: Harness, google: Google, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    phone = Phone(harness, google)
    await google.stop()
    entry = await harness.add_account(delivery="push_notification", **VALUES)
    assert entry.state is ConfigEntryState.LOADED
    assert (await harness.failure(harness.call(car, *LOCK, "lock"))).translation_key == "google_unreachable"
    await google.come_back()
    await harness.pass_time(hours=1)
    await phone.connected()
    await harness.call(car, *LOCK, "lock")
    assert complaints(caplog) == []


async def test_who_asks_at_the_same_time_gets_the_same_device(phone: Phone) -> None:
    entry = await phone.add_account()
    phone.google.forget_devices()
    await failed(entry, 1)
    await phone.retry()  # refused
    await failed(entry, 2)
    first, second = await asyncio.gather(*(entry.runtime_data.delivery.async_registration() for _ in range(2)))
    assert first == second
    assert len(phone.google.devices) == 1


# The values of the Firebase project


REFUSALS: Final[dict[str, tuple[dict[str, Any], GoogleFault | None, str]]] = {
    "api key": ({"firebase_api_key": "another"}, None, "firebase_api_key_refused"),
    "app": ({"firebase_app_id": "another"}, None, "firebase_app_refused"),
    "project": ({"firebase_project_id": "another"}, None, "firebase_project_refused"),
    "check-in": ({}, GoogleFault.CHECKIN, "google_failed"),
    "device": ({}, GoogleFault.REGISTER, "firebase_registration_refused"),
    "registration": ({}, GoogleFault.REGISTRATION, "firebase_registration_refused"),
}


async def refusal(hass: HomeAssistant, **values: str) -> str:
    with pytest.raises(StellantisError) as raised:
        await async_try_firebase(hass, {**VALUES, **values})
    assert VALUES["firebase_api_key"] not in repr(raised.value)
    return error_key(raised.value)


@pytest.mark.parametrize("case", REFUSALS)
async def test_each_refusal_has_a_name_of_its_own(
    hass: HomeAssistant, google: Google, caplog: pytest.LogCaptureFixture, case: str
) -> None:
    values, fault, key = REFUSALS[case]
    if fault:
        google.faults[fault] = FOREVER
    assert await refusal(hass, **values) == key
    assert complaints(caplog) == []


async def test_a_device_that_google_refuses_at_first_is_registered(hass: HomeAssistant, google: Google) -> None:
    google.faults[GoogleFault.REGISTER] = 2
    credentials = await async_try_firebase(hass, VALUES)
    assert list(google.registrations) == [credentials["fcm"]["registration"]["token"]]


async def test_google_cannot_be_reached(hass: HomeAssistant, google: Google) -> None:
    await google.stop()
    assert await refusal(hass) == "google_unreachable"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("GCM_CHECKIN_URL", "google_failed"),
        ("GCM_REGISTER_URL", "firebase_registration_refused"),
        ("FCM_INSTALLATION", "google_failed"),
        ("FCM_REGISTRATION", "google_failed"),
    ],
)
@pytest.mark.parametrize("status", [200, 404])
async def test_an_answer_that_is_none_is_a_refusal(
    hass: HomeAssistant, google: Google, monkeypatch: pytest.MonkeyPatch, name: str, key: str, status: int
) -> None:
    """As of a proxy that answers in the place of Google."""

    async def answer_with_a_page(_request: web.Request) -> web.Response:
        return web.Response(status=status, text="<html>Welcome</html>")

    portal = web.Application()
    portal.router.add_post("/{path:.*}", answer_with_a_page)
    runner = web.AppRunner(portal)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setattr(const, name, f"http://127.0.0.1:{runner.addresses[0][1]}/")
    assert await refusal(hass) == key
    await runner.cleanup()


async def test_a_library_that_cannot_be_installed_is_tried_again(
    harness: Harness, google: Google, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_notification, "REQUIREMENT", "firebase-messaging==0.0.0")
    tries: list[str] = []
    monkeypatch.setattr(package, "install_package", lambda requirement, **_: tries.append(requirement))
    for _ in range(2):
        assert await refusal(harness.hass) == "firebase_library"
    assert len(tries) == 6  # Home Assistant tries three times


async def test_a_library_that_cannot_be_imported_is_as_good_as_none(
    hass: HomeAssistant, google: Google, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, firebase.__name__, None)
    assert await refusal(hass) == "firebase_library"


async def test_whatever_goes_wrong_the_next_try_is_due(
    phone: Phone, google: Google, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await phone.add_account()
    monkeypatch.setattr(const, "MCS_PORT", 2**16)  # no port: an OverflowError
    google.connections.drop()
    await failed(entry, 1)
    await phone.retry()
    await failed(entry, 2)
    monkeypatch.setattr(const, "MCS_PORT", google.endpoints.mcs_port)
    await phone.retry()
    await phone.connected()
    assert complaints(caplog) == []


async def test_what_is_left_of_a_removed_account_has_no_private_key(
    harness: Harness, phone: Phone, hass_storage: dict[str, Any]
) -> None:
    entry = await phone.add_account()
    harness.vendor.faults.add(Fault(path="*", status=503, times=None))
    await harness.hass.config_entries.async_remove(entry.entry_id)
    await harness.settle()
    stored = json.dumps(hass_storage["stellantis.removals"])
    assert entry.data["client_secret"] in stored
    assert entry.data["firebase_credentials"]["keys"]["private"] not in stored


# The form


def shown(flow: ConfigFlowResult) -> dict[str, Any]:
    """Return what the form is filled in with."""
    schema = flow["data_schema"]
    assert schema
    return {str(key): get_schema_suggested_value(schema.schema, str(key)) for key in schema.schema}


async def begin(harness: Harness, entry: ConfigEntry[Any] | None = None, **changes: Any) -> ConfigFlowResult:
    """Fill in the first form, to add an account or to change this one."""
    context = ConfigFlowContext(source="reconfigure", entry_id=entry.entry_id) if entry else {"source": "user"}
    flow = await harness.hass.config_entries.flow.async_init("stellantis", context=context)
    return await harness.submit(flow, harness.form(**{"delivery": "push_notification", **changes}))


async def test_an_account_is_added_with_a_device(harness: Harness, phone: Phone, car: Car) -> None:
    flow = await begin(harness)
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "firebase")
    padded = {key: f" {value} " for key, value in VALUES.items()}
    result = await harness.consent(await harness.submit(flow, padded))
    entry: ConfigEntry[Any] = result["result"]
    assert {key: entry.data[key] for key in VALUES} == VALUES
    await phone.connected()
    await harness.settle()
    assert only_callback(harness).devices == list(phone.google.registrations)
    await harness.call(car, *LOCK, "unlock")


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({"firebase_api_key": "another"}, {"firebase_api_key": "firebase_api_key_refused"}),
        ({"firebase_app_id": "another"}, {"firebase_app_id": "firebase_app_refused"}),
        ({"firebase_project_id": "another"}, {"firebase_project_id": "firebase_project_refused"}),
        ({"firebase_sender_id": " "}, {"firebase_sender_id": "required"}),
    ],
)
async def test_a_mistake_is_told_at_its_field(
    harness: Harness, google: Google, value: dict[str, str], error: dict[str, str]
) -> None:
    typed = {**VALUES, **value}
    flow = await harness.submit(await begin(harness), typed)
    assert (flow["step_id"], flow["errors"]) == ("firebase", error)
    assert shown(flow) == {key: each.strip() for key, each in typed.items()}
    assert (await harness.submit(flow, VALUES))["type"] is FlowResultType.EXTERNAL_STEP


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"firebase_project_id": "https://console.example/project/cars?x=1#y"}, "firebase_project_id"),
        ({"firebase_project_id": "cars/../cars"}, "firebase_project_id"),
        ({"firebase_api_key": "AIza\u200bSy"}, "firebase_api_key"),
        ({"firebase_api_key": "AIza\nSy"}, "firebase_api_key"),
    ],
)
async def test_a_value_that_was_copied_badly_is_told_at_its_field(
    harness: Harness, google: Google, value: dict[str, str], field: str
) -> None:
    flow = await harness.submit(await begin(harness), {**VALUES, **value})
    assert list(flow["errors"] or ()) == [field]


async def test_the_form_can_be_left_and_come_back_to(harness: Harness, google: Google) -> None:
    flow = await begin(harness)
    for typed in ({**VALUES, "firebase_app_id": "another"}, None):
        flow = await harness.hass.config_entries.flow.async_configure(flow["flow_id"], typed)
        assert flow["step_id"] == "firebase"
    assert shown(flow) == {**VALUES, "firebase_app_id": "another"}
    assert (await harness.submit(flow, VALUES))["type"] is FlowResultType.EXTERNAL_STEP


async def test_an_absent_google_is_told(harness: Harness, google: Google) -> None:
    await google.stop()
    flow = await harness.submit(await begin(harness), VALUES)
    assert flow["errors"] == {"base": "google_unreachable"}
    await google.come_back()
    assert (await harness.submit(flow, VALUES))["type"] is FlowResultType.EXTERNAL_STEP


async def test_a_failing_google_is_told(harness: Harness, google: Google) -> None:
    google.faults[GoogleFault.CHECKIN] = 1
    flow = await harness.submit(await begin(harness), VALUES)
    assert flow["errors"] == {"base": "google_failed"}
    assert (flow["description_placeholders"] or {})["status"] == "503"


async def test_files_are_looked_at_first(harness: Harness, google: Google) -> None:
    flow = await begin(harness, certificate_path="missing.pem")
    assert (flow["step_id"], mistakes(flow)) == ("user", {"certificate_path": "file_missing"})


async def change(harness: Harness, entry: ConfigEntry[Any], values: dict[str, str] | None, **changes: Any) -> None:
    flow = await begin(harness, entry, **changes)
    if values:
        assert shown(flow) == ({key: entry.data.get(key) for key in VALUES})
        flow = await harness.submit(flow, values)
    flow = await harness.consent(flow)
    assert flow["reason"] == "reconfigure_successful"
    await harness.settle()


async def test_the_way_can_be_changed_to_push_notifications_and_back(harness: Harness, phone: Phone, car: Car) -> None:
    entry = await harness.add_account()
    await change(harness, entry, VALUES)
    await phone.connected()
    assert only_callback(harness).kind == "pushnotif"
    await harness.call(car, *LOCK, "unlock")
    await change(harness, entry, None, delivery="webhook")
    await phone.gone()
    assert only_callback(harness).kind == "webhook"
    assert "firebase_credentials" not in entry.data
    await harness.call(car, *LOCK, "lock")


async def test_an_unchanged_project_keeps_its_device(harness: Harness, phone: Phone) -> None:
    entry = await phone.add_account()
    await change(harness, entry, VALUES)
    await phone.connected()
    assert len(phone.google.devices) == 1


async def test_a_device_that_google_has_replaced_meanwhile_stays(harness: Harness, phone: Phone) -> None:
    entry = await phone.add_account()
    flow = await harness.submit(await begin(harness, entry), VALUES)
    phone.google.forget_devices()
    await failed(entry, 1)
    await phone.retry()  # refused
    await failed(entry, 2)
    await phone.retry()
    await phone.connected()
    await harness.settle()
    await harness.consent(flow)
    await harness.settle()
    await phone.connected()
    assert only_callback(harness).devices == list(phone.google.registrations)
    assert len(phone.google.devices) == 1


async def test_signing_in_again_keeps_the_device(harness: Harness, phone: Phone) -> None:
    entry = await phone.add_account()
    entry.async_start_reauth(harness.hass)
    await harness.settle()
    [flow] = harness.hass.config_entries.flow.async_progress()
    result = await harness.consent(await harness.hass.config_entries.flow.async_configure(flow["flow_id"], {}))
    assert result["reason"] == "reauth_successful"
    await phone.connected()
    assert len(phone.google.devices) == 1


# Secrets


def words(value: object) -> set[str]:
    """Return all texts in the credentials."""
    if isinstance(value, Mapping):
        return {word for each in value.values() for word in words(each)}
    return {str(value)}


@pytest.fixture
async def diagnostics(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "diagnostics", {})


async def test_no_secret_is_shown(
    hass: HomeAssistant,
    diagnostics: None,
    hass_client: ClientSessionGenerator,
    harness: Harness,
    phone: Phone,
    car: Car,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    entry = await phone.add_account()
    await harness.call(car, *LOCK, "unlock")
    phone.google.faults[GoogleFault.GARBLED] = 1
    await phone.send(mph_message="lost")
    phone.google.forget_devices()
    await failed(entry, 1)
    await phone.retry()
    await failed(entry, 2)
    await phone.retry()
    await phone.connected()
    shown = str(await get_diagnostics_for_config_entry(hass, hass_client, entry))
    delivery = entry.runtime_data.delivery
    secrets = words(entry.data["firebase_credentials"]) | {entry.data["callback_secret"], car.vin}
    secrets |= set(VALUES.values()) - {VALUES["firebase_sender_id"]}
    logged = [record.getMessage() for record in caplog.records if record.name.startswith((OURS, LIBRARY))]
    assert logged
    for text in (shown, *logged, repr(delivery), repr(delivery._client), str(delivery.state)):
        assert {secret for secret in secrets if secret in text} == set()
