"""What is posted to the webhook."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
import json
import logging
from typing import Any

from homeassistant.components.webhook import async_handle_webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import json_bytes
from homeassistant.util.aiohttp import MockRequest
import orjson
import pytest

from custom_components.stellantis.account import receiver
from custom_components.stellantis.account.delivery import create_delivery, webhook
from custom_components.stellantis.account.receiver import Receiver
from custom_components.stellantis.api.messages import MAX_BODY, MonitorMessage
from simulator import Car

from .helpers.harness import Harness
from .helpers.logs import complaints
from .helpers.messages import attributes, encode, message

pytestmark = pytest.mark.usefixtures("polled")

OURS = "custom_components.stellantis"


async def post(harness: Harness, entry: ConfigEntry[Any], body: bytes) -> int:
    async with harness.browser.post(f"/api/webhook/{entry.data['webhook_id']}", data=body) as answer:
        status = answer.status
    await harness.settle()
    return status


def check_log(caplog: pytest.LogCaptureFixture, entry: ConfigEntry[Any], car: Car) -> None:
    """Check that what was posted made no noise and gave nothing away."""
    records = [one for one in caplog.records if one.name.startswith((OURS, "homeassistant.components.webhook"))]
    assert all(record.levelno == logging.DEBUG for record in records)
    text = "\n".join(record.getMessage() for record in records if record.name.startswith(OURS))
    secrets = (entry.data["webhook_id"], entry.data["callback_secret"], car.vin)
    assert not [secret for secret in secrets if secret in text]


async def test_the_end_of_a_forgotten_remote_has_the_car_read(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    before = harness.reads(car)
    assert await post(harness, entry, encode(**message(entry, car))) == HTTPStatus.OK
    assert harness.reads(car) == before + 1


DROPPED: Mapping[str, bytes | dict[str, Any]] = {
    "nothing": b"",
    "no JSON": b'{"type": "Remote"',
    "no text": b"\xff\xfe",
    "a number": b"42",
    "a list of lists": b"[[], [[]], null, 7]",
    "deep nesting": b"[" * 200_000,
    "deep nesting, closed": b"[" * 200_000 + b"]" * 200_000,
    "an unknown type": {"type": "Weather"},
    "no type": {"type": None},
    "no event": {"remoteEvent": None},
    "an event without id": {"remoteEvent": {"eventStatus": {"type": "Done", "status": "Success"}}},
    "an event without status": {"remoteEvent": {"remoteActionId": "0123456789abcdef", "eventStatus": {}}},
    "an event that is none": {"remoteEvent": ["Doors"]},
    "no attributes": {"attributes": None},
    "an id without an encoding": {
        "remoteEvent": {"remoteActionId": "\ud800", "eventStatus": {"type": "Done", "status": "Success"}}
    },
    "an id of a megabyte": {
        "remoteEvent": {"remoteActionId": "x" * 10**6, "eventStatus": {"type": "Done", "status": "Success"}}
    },
    "attributes that are none": {"attributes": [7, {"key": "secret"}, {"key": [], "value": {}}]},
    "too large": {"padding": "x" * MAX_BODY},
}
WRONG_SECRETS = ("", "guess", "тайна", "\ud800")


async def test_what_is_no_message_of_the_vendor_is_dropped(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    entry = await harness.add_account()
    good = message(entry, car)
    before = harness.reads(car)
    caplog.clear()

    wrong_secrets = {repr(secret): {"attributes": attributes(secret=secret, vin=car.vin)} for secret in WRONG_SECRETS}
    for name, sent in {**DROPPED, **wrong_secrets}.items():
        with subtests.test(name):
            body = sent if isinstance(sent, bytes) else encode(**{**good, **sent})
            assert await post(harness, entry, body) == HTTPStatus.OK
            assert harness.reads(car) == before

    check_log(caplog, entry, car)
    assert await post(harness, entry, encode(**good)) == HTTPStatus.OK
    assert harness.reads(car) == before + 1


async def test_a_message_of_an_unknown_car_is_dropped(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await harness.add_account()
    before = len(harness.requests("GET", "/status"))
    caplog.clear()

    body = encode(**message(entry, harness.vendor.cars["second"]))
    assert await post(harness, entry, body) == HTTPStatus.OK

    assert len(harness.requests("GET", "/status")) == before
    check_log(caplog, entry, harness.vendor.cars["second"])


async def test_a_batch_is_read_to_its_end(harness: Harness, car: Car, caplog: pytest.LogCaptureFixture) -> None:
    entry = await harness.add_account()
    before = harness.reads(car)
    caplog.clear()
    good = message(entry, car)
    batch = [good | {"type": "Weather"}, good | {"attributes": []}, 7, *[{}] * 96, good]

    assert await post(harness, entry, json.dumps(batch).encode()) == HTTPStatus.OK

    assert harness.reads(car) == before + 1
    check_log(caplog, entry, car)


POISON: tuple[Any, ...] = (
    2**64,
    -(10**30),
    10**400,
    1e300,
    float("inf"),
    float("nan"),
    "\ud800",
    "nul\0",
    "x" * 10**6,
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-14:00",
    [["deep"] * 10] * 10,
)


def poisoned(poison: Any) -> dict[str, Any]:
    """Make an event of a monitor in which each value is the same one, which no file can hold."""
    doors = {"createdAt": poison, "lockedStates": [poison], "opening": [{"identifier": poison, "state": poison}]}
    charging = {"status": poison, "plugged": poison, "remainingTime": poison, "chargingRate": poison, "type": poison}
    battery = {"load": {"capacity": poison, "residual": poison}, "health": {"capacity": poison}}
    energy = {"type": "Electric", "level": poison, "autonomy": poison, "updatedAt": poison, "charging": charging}
    status = {
        "createdAt": poison,
        poison if isinstance(poison, str) else "key": poison,
        "doorsState": doors,
        "energies": [energy | {"extension": {"electric": {"battery": battery, "charging": charging}}}],
        "odometer": {"mileage": poison, "createdAt": poison},
        "environment": {"air": {"temp": poison}},
        "drivingBehavior": {"mode": poison, "createdAt": poison},
        "privacy": {"state": poison},
        "stolen": {"state": True, "startedAt": poison, "endAt": poison},
        "alarm": {"trigger": {"type": poison, "startAt": poison}},
        "lastPosition": {"geometry": {"coordinates": [poison, poison]}, "properties": {"heading": poison}},
    }
    alerts = [{"id": poison, "type": poison, "severity": poison, "startedAt": poison}] * 5
    trip = {"id": poison, "stoppedAt": "2026-10-01T12:00:00Z", "distance": poison, "duration": poison}
    maintenance = {"daysBeforeMaintenance": poison, "mileageBeforeMaintenance": poison, "createdAt": poison}
    extensions = {"status": status, "alerts": alerts, "trip": trip, "maintenance": maintenance}
    return {
        "values": [{"data": "vehicle.energy.electric.level", "value": poison}],
        "extensions": [{"type": f"vehicle.{key}", "body": [{key: value}]} for key, value in extensions.items()],
    }


@pytest.mark.usefixtures("every_entity_enabled")
async def test_what_no_file_can_hold_is_not_taken_in(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    """Home Assistant writes its files with orjson; the recorder takes states of 255 characters."""
    entry = await harness.add_account()
    for poison in POISON:
        with subtests.test(repr(poison)[:30]):
            await harness.post(entry, car, poisoned(poison))
            known = entry.runtime_data.cars[car.vin].data.as_dict()
            assert orjson.loads(orjson.dumps(known)) == known
            for state in harness.hass.states.async_all():
                assert len(state.state) <= 255
                assert len(json_bytes(state.attributes)) < 16384
    assert complaints(caplog) == []
    await harness.call(car, "lock", "doors", "unlock")
    assert harness.state(car, "lock", "doors").state == "unlocked"


async def test_endless_lists_are_cut(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    alerts = [{"id": f"{n}", "type": f"Alert{n}", "startedAt": "2026-10-01T12:00:00Z"} for n in range(5000)]
    programs = [{"start": "PT1H", "end": "PT2H", "enabled": True, "occurence": {"day": ["Mon"]}}] * 5000
    charging = {"status": "Stopped", "schedule": {"programs": programs}}
    energies = [{"type": "Electric", "level": 50, "extension": {"electric": {"charging": charging}}}]
    extensions = [
        {"type": "vehicle.alerts", "body": [{"alerts": alerts}]},
        {"type": "vehicle.status", "body": [{"status": {"energies": energies}}]},
    ]
    await harness.post(entry, car, {"extensions": extensions})
    known = entry.runtime_data.cars[car.vin].data
    assert len(known.alerts.active) == 120
    assert len(known.charging.programs) == 100
    assert len(json_bytes(harness.state(car, "binary_sensor", "alert").attributes)) < 16384


async def test_a_mistake_costs_one_message_and_is_logged_once(
    hass: HomeAssistant, harness: Harness, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    """Here a part of an account makes it that is played by hand, with what nobody may see in its words."""
    taken: list[str] = []
    latitude = str(48 + 0.8584)

    def take(report: MonitorMessage) -> None:
        if report.monitor_id == "bad":
            raise KeyError(f"the VIN {car.vin} at {latitude}")
        taken.append(report.monitor_id)

    entry = await harness.add_account()
    await hass.config_entries.async_unload(entry.entry_id)
    played = Receiver(
        entry.data["callback_secret"],
        on_taken_in=lambda: None,
        on_remote=lambda _message: None,
        on_report=take,
        on_bell=lambda: None,
    )
    await create_delivery(hass, entry, played).async_start(lambda: None)
    caplog.clear()

    monitor = message(entry, car, type="Monitor")
    batch = [monitor | {"monitorEvent": {"monitorId": name}} for name in ("first", "bad", "second", "bad", "third")]
    for _ in range(2):
        assert await post(harness, entry, json.dumps(batch).encode()) == HTTPStatus.OK

    assert taken == ["first", "second", "third"] * 2
    assert played.received == {"monitor": 10, "failed": 4}
    [error] = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert (error.levelname, error.exc_info is None) == ("ERROR", False)
    assert "in take" in caplog.text
    assert "KeyError" in caplog.text
    assert car.vin not in caplog.text
    assert latitude not in caplog.text
    await entry._async_process_on_unload(hass)


async def test_a_batch_is_not_read_beyond_its_hundredth_message(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    before = harness.reads(car)
    batch = json.dumps([*[{}] * 100, message(entry, car)]).encode()
    assert await post(harness, entry, batch) == HTTPStatus.OK
    assert harness.reads(car) == before


async def test_a_message_may_be_large(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    before = harness.reads(car)
    room = MAX_BODY - len(encode(**message(entry, car, padding="")))
    assert await post(harness, entry, encode(**message(entry, car, padding="x" * room))) == HTTPStatus.OK
    assert harness.reads(car) == before + 1


async def post_raw(harness: Harness, entry: ConfigEntry[Any], headers: str, body: bytes, *, end: bool = False) -> bytes:
    """Post bytes as they are, hang up if it is the end, and return the first line of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", harness.browser.server.port)
    request = f"POST /api/webhook/{entry.data['webhook_id']} HTTP/1.1\r\nHost: home\r\nExpect: 100-continue\r\n"
    writer.write(f"{request}{headers}\r\n\r\n".encode())
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(body)
    if end:
        writer.write_eof()
    answer = await reader.readline()
    writer.close()
    return answer


async def test_a_message_that_breaks_off_is_no_harm(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    entry = await harness.add_account()
    caplog.clear()
    broken = (("Content-Length: 1000", b'{"type": '), ("Transfer-Encoding: chunked", b"a\r\n0123456789\r\n"))

    for headers, body in broken:
        with subtests.test(headers):
            assert await post_raw(harness, entry, headers, body, end=True) == b""

    check_log(caplog, entry, car)
    before = harness.reads(car)
    assert await post(harness, entry, encode(**message(entry, car))) == HTTPStatus.OK
    assert harness.reads(car) == before + 1


async def test_a_message_that_cannot_be_read_is_asked_for_again(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await harness.add_account()
    caplog.clear()

    answer = await post_raw(harness, entry, "Content-Encoding: gzip\r\nContent-Length: 4", b"junk")

    assert answer.split()[1] == b"500"
    check_log(caplog, entry, car)


async def test_a_message_that_does_not_end_is_asked_for_again(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "READ_TIMEOUT", 0.05)
    entry = await harness.add_account()
    caplog.clear()

    answer = await post_raw(harness, entry, "Content-Length: 1000", b"{")

    assert answer.split()[1] == b"500"
    check_log(caplog, entry, car)


async def test_a_message_that_is_too_large_is_not_read_to_its_end(harness: Harness) -> None:
    entry = await harness.add_account()
    body = b" " * (MAX_BODY + 64 * 1024)
    answer = await post_raw(harness, entry, f"Content-Length: {len(body) + 1}", body)
    assert answer.split()[1] == b"200"


async def test_a_message_may_come_through_the_cloud(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    before = harness.reads(car)
    request = MockRequest(encode(**message(entry, car)), mock_source="cloud", method="POST")

    answer = await async_handle_webhook(harness.hass, entry.data["webhook_id"], request)

    assert answer.status == HTTPStatus.OK
    await harness.settle()
    assert harness.reads(car) == before + 1


async def test_messages_are_posted_and_nothing_else(harness: Harness, subtests: pytest.Subtests) -> None:
    entry = await harness.add_account()
    for method in ("GET", "PUT"):
        with subtests.test(method):
            async with harness.browser.request(method, f"/api/webhook/{entry.data['webhook_id']}") as answer:
                assert answer.status == HTTPStatus.METHOD_NOT_ALLOWED


async def test_a_batch_leaves_time_for_others(harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have a hundred whole statuses."""
    monkeypatch.setattr(receiver, "PAUSE_AFTER", -1.0)  # whatever the machine, no message is quick enough
    entry = await harness.add_account()
    monitor = message(entry, car, type="Monitor")
    values = [{"data": "vehicle.odometer", "value": {"type": "string", "body": {"literalValue": "1"}}}]
    batch = [monitor | {"monitorEvent": {"monitorId": "0123", "values": values}} for _ in range(100)]
    seen: list[int] = []
    posting = asyncio.create_task(post(harness, entry, json.dumps(batch).encode()))
    while not posting.done():
        seen.append(entry.runtime_data.receiver.received["monitor"])
        await asyncio.sleep(0)
    assert await posting == HTTPStatus.OK
    assert len({*seen} - {0, 100}) > 50


async def test_an_account_that_is_unloaded_takes_in_nothing(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    before = harness.reads(car)
    await harness.hass.config_entries.async_unload(entry.entry_id)

    assert await post(harness, entry, encode(**message(entry, car))) == HTTPStatus.OK

    assert harness.reads(car) == before
