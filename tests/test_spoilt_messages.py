"""Real messages, spoilt in thousands of ways, at the webhook and the websocket.

Whatever comes, Home Assistant answers as documented, raises and logs nothing, and shows nothing absurd. Without the
secret nothing changes at all. Afterwards all that the cars report is shown.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from copy import deepcopy
from datetime import timedelta
from http import HTTPStatus
import logging
from math import isfinite
from typing import Any, Final

from aiohttp import ClientWebSocketResponse, WSMsgType
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import (
    EVENT_STATE_CHANGED,
    EVENT_STATE_REPORTED,
    MATCH_ALL,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import Event, HomeAssistant, State, callback
from homeassistant.helpers.json import json_bytes
from homeassistant.util import dt as dt_util
import orjson
import pytest
from yarl import URL

from custom_components.stellantis.api.messages import MAX_BODY
from custom_components.stellantis.const import DOMAIN
from simulator import Car

from .helpers.callbacks import only_callback
from .helpers.harness import SPEED, STANDSTILL, Harness
from .helpers.leftovers import tasks_and_timers
from .helpers.mirror import differences
from .helpers.soak import Count
from .helpers.spoilt_bodies import Body, SpoiltBodies
from .helpers.ways import WAYS, Way

SEEDS: Final = 10
BATCH: Final = 2500
SAMPLE: Final = 250
"""How many bodies one test sends, of a seed and a way, with the secret or without."""
SETTLE_EVERY: Final = 25
LONGEST_STATE: Final = 255
LARGEST_ATTRIBUTES: Final = 16384
BOUNDS: Final = {"%": (0, 100), "°C": (-60, 200), "km/h": (0, 400), "V": (0, 1000), "kW": (0, 1000)}
LARGEST: Final = 2.0**53
WORDS: Final = {
    "binary_sensor": {"on", "off"},
    "switch": {"on", "off"},
    "lock": {"locked", "unlocked", "open"},
    "climate": {"heat_cool", "off"},
    "device_tracker": {"home", "not_home"},
}
KINDS: Final = ("remote", "monitor", "unknown", "without_secret", "unreadable", "failed")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(SEEDS if metafunc.config.getoption("soak") else 1))


# The two doors


class WebhookDoor:
    """Posts bodies. Each is answered by 200; by 500, or 400, only if it cannot be unpacked."""

    def __init__(self, harness: Harness, entry: ConfigEntry[Any]) -> None:
        self._browser = harness.browser
        self._path = f"/api/webhook/{entry.data['webhook_id']}"

    async def send(self, body: Body) -> str:
        if body.too_long:
            return await self._send_with_length(body.raw, len(body.raw) + body.too_long)
        async with self._browser.post(self._path, data=body.raw, headers=body.headers) as answer:
            allowed = {HTTPStatus.OK}
            if body.lies:
                allowed |= {HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR}
            assert answer.status in allowed, (body.form, body.headers)
            return f"answered {answer.status}"

    async def _send_with_length(self, raw: bytes, length: int) -> str:
        """Tell another length than the body has, and hang up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._browser.server.port)
        head = f"POST {self._path} HTTP/1.1\r\nHost: home\r\nContent-Length: {max(0, length)}\r\n\r\n"
        writer.write(head.encode() + raw)
        writer.write_eof()
        answer = await reader.readline()
        writer.close()
        if length > len(raw) and not answer:
            return "breaks off"
        status = int(answer.split()[1])
        assert length < len(raw) or len(raw) > MAX_BODY  # one that is too large is not read to its end
        assert status in (HTTPStatus.OK, HTTPStatus.BAD_REQUEST)  # the rest of the body is no request
        return f"answered {status}"

    async def close(self) -> None:
        """Leave nothing: each POST is over."""


class WebsocketDoor:
    """Sends frames, as text or not, and waits for the answer to a ping: it comes when the frame has been taken in.

    Only a frame that is larger than any message closes the connection.
    """

    def __init__(self, harness: Harness, _entry: ConfigEntry[Any]) -> None:
        self._browser = harness.browser
        self._path = URL(only_callback(harness).target).path_qs
        self._connection: ClientWebSocketResponse | None = None
        self._sent = 0

    async def send(self, body: Body) -> str:
        if self._connection is None:
            self._connection = await self._browser.ws_connect(self._path, autoping=False)
        self._sent += 1
        kind = (WSMsgType.TEXT, WSMsgType.BINARY)[self._sent % 2]
        with suppress(ConnectionError):  # a frame that is too large is not read to its end
            await self._connection.send_frame(body.raw, kind)
            await self._connection.ping()
        frame = await self._connection.receive()
        if frame.type is WSMsgType.PONG:
            return "goes on"
        assert len(body.raw) > MAX_BODY, frame
        self._connection = None
        return "closed"

    async def close(self) -> None:
        """Close the connection."""
        if self._connection:
            await self._connection.close()


type Door = WebhookDoor | WebsocketDoor
DOORS: Final[dict[str, Callable[[Harness, ConfigEntry[Any]], Door]]] = {
    "webhook": WebhookDoor,
    "websocket": WebsocketDoor,
}


# What is sent


@pytest.fixture(params=list(DOORS))
def way(request: pytest.FixtureRequest, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> Way:
    made: Way = WAYS[request.param](harness, monkeypatch)
    return made


@pytest.fixture
async def entry(way: Way, every_entity_enabled: None) -> ConfigEntry[Any]:
    return await way.add_account()


@pytest.fixture
async def bodies(
    harness: Harness, way: Way, entry: ConfigEntry[Any], car: Car, seed: int
) -> AsyncGenerator[SpoiltBodies]:
    """Real messages of each kind to spoil, of a vendor that has no more to tell until the test has ended."""
    garage = harness.vendor.garage
    await harness.call(car, "lock", "doors", "unlock")
    await harness.call(car, "button", "horn", "press")
    garage.plug_in(car)
    garage.precondition(car, on=True)
    garage.raise_alert(car)
    garage.collide(car)
    garage.end_emergency(car)
    garage.break_in(car)
    garage.set_privacy(car, "Geolocation")
    garage.set_privacy(car, "None")
    garage.unplug(car)
    garage.open(car, "Trunk")
    garage.drive_off(car)
    garage.park(car)
    await way.arrive()
    messages = [each for delivery in harness.vendor.deliveries for each in delivery.messages]
    assert {each["type"] for each in messages} == {"Remote", "Monitor"}
    speed, harness.vendor.speed = harness.vendor.speed, STANDSTILL
    await harness.settle()
    yield SpoiltBodies(seed, messages, entry.data["callback_secret"])
    harness.vendor.speed = speed


@pytest.fixture
def number(soaked: bool) -> int:
    """How many bodies are sent."""
    return BATCH if soaked else SAMPLE


# What must be so


def absurdity(state: State) -> str | None:
    """Return what is wrong with a state, whatever has been reported."""
    if len(state.state) > LONGEST_STATE or len(json_bytes(state.attributes)) >= LARGEST_ATTRIBUTES:
        return "too long"
    if state.state in (STATE_UNKNOWN, STATE_UNAVAILABLE):
        return None
    if options := state.attributes.get("options"):
        return None if state.state in options else "no option"
    if state.domain in WORDS:
        return None if state.state in WORDS[state.domain] else "no word of this platform"
    if state.attributes.get("device_class") == "timestamp" or state.domain in ("event", "button", "image"):
        return None if dt_util.parse_datetime(state.state) else "no time"
    if unit := state.attributes.get("unit_of_measurement"):
        value, (least, most) = float(state.state), BOUNDS.get(unit, (-LARGEST, LARGEST))
        return None if isfinite(value) and least <= value <= most else "out of bounds"
    return None


def loud(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged since the last look that a normal day's log must not hold.

    aiohttp tells of each body that cannot be unpacked, whatever it was posted to.
    """
    records = [each for each in caplog.records if each.levelno >= logging.WARNING and each.name != "aiohttp.server"]
    caplog.clear()
    return [f"{each.name}: {each.getMessage()} {each.exc_text or ''}" for each in records]


def known(hass: HomeAssistant, entry: ConfigEntry[Any], car: Car) -> dict[str, Any]:
    """Return all that is known of a car and of how messages arrive, but how many of a kind have come."""
    account = entry.runtime_data
    coordinator = account.cars[car.vin]
    return {
        "status": coordinator.data.as_dict(),
        "received": dict(coordinator.received),
        "last_message": account.receiver.last_message,
        "health": account.delivery_health.state,
        "data": dict(entry.data),
        "states": {state.entity_id: state for state in hass.states.async_all()},
    }


def what_is_stored(stores: dict[str, Any]) -> dict[str, Any]:
    """Return what our files hold, as they are."""
    return {name: deepcopy(store) for name, store in stores.items() if name.startswith(DOMAIN)}


async def look_at_the_end(harness: Harness, way: Way, car: Car) -> None:
    """See whether all is shown that the car reports, twice: an odometer goes backwards only if two reports say so."""
    garage = harness.vendor.garage
    for _ in range(2):
        car.clock_ahead += timedelta(seconds=2)
        car.touch()
        garage.open(car, "Trunk")
        garage.close(car, "Trunk")
        garage.unlock(car)
        garage.plug_in(car)
        garage.precondition(car, on=False)
        garage.clear_alert(car, garage.raise_alert(car))
        await way.arrive()
    assert differences(harness, car) == {}


@pytest.mark.timeout(600)
async def test_without_the_secret_nothing_is_believed(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    harness: Harness,
    way: Way,
    entry: ConfigEntry[Any],
    car: Car,
    bodies: SpoiltBodies,
    number: int,
    count: Count,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await way.pass_time(minutes=10)  # what is to be stored has been
    door = DOORS[way.name](harness, entry)
    received = entry.runtime_data.receiver.received
    events: list[str] = []
    before, stored, timers = known(hass, entry, car), what_is_stored(hass_storage), len(tasks_and_timers())
    assert stored
    requests = len(harness.vendor.requests)

    @callback
    def note(event: Event[Any]) -> None:
        events.append(repr(event))

    stop = [
        hass.bus.async_listen(MATCH_ALL, note),
        hass.bus.async_listen(EVENT_STATE_REPORTED, note, callback(lambda _data: True)),
    ]
    caplog.clear()

    for sent in range(number):
        kinds, body = Counter(received), bodies.from_stranger()
        end = await door.send(body)
        became = received - kinds
        assert became.keys() <= {"without_secret"}, body
        count("Bodies without the secret", f"{way.name}: {body.form}", end, *became)
        if sent % SETTLE_EVERY == 0:
            await harness.settle()
            assert loud(caplog) == [], (sent, body)
            assert events == [], (sent, body)

    await door.close()
    await harness.settle()
    for each in stop:
        each()
    assert len(harness.vendor.requests) == requests
    assert known(hass, entry, car) == before
    assert len(tasks_and_timers()) == timers
    await way.pass_time(minutes=10)
    assert what_is_stored(hass_storage) == stored
    harness.vendor.speed = SPEED
    await look_at_the_end(harness, way, car)
    assert loud(caplog) == []


@pytest.mark.timeout(600)
async def test_with_the_secret_nothing_absurd_is_believed(
    hass: HomeAssistant,
    harness: Harness,
    way: Way,
    entry: ConfigEntry[Any],
    car: Car,
    bodies: SpoiltBodies,
    number: int,
    count: Count,
    caplog: pytest.LogCaptureFixture,
) -> None:
    door = DOORS[way.name](harness, entry)
    received = entry.runtime_data.receiver.received
    absurd: dict[str, Any] = {}

    @callback
    def look(event: Event[Any]) -> None:
        state: State | None = event.data["new_state"]
        if state and (wrong := absurdity(state)):
            absurd[state.entity_id] = (wrong, state)

    stop = hass.bus.async_listen(EVENT_STATE_CHANGED, look)
    caplog.clear()

    for sent in range(number):
        kinds, body = Counter(received), bodies.from_vendor()
        end = await door.send(body)
        if sent % SETTLE_EVERY == 0:
            await harness.settle()
        became = received - kinds
        assert loud(caplog) == [], (sent, body)
        assert became["failed"] == 0, (sent, body)
        assert absurd == {}, (sent, body)
        count("Bodies with the secret", f"{way.name}: {body.form}", end, *became)

    await door.close()
    await harness.settle()
    stop()
    status = entry.runtime_data.cars[car.vin].data.as_dict()
    assert orjson.loads(orjson.dumps(status)) == status
    harness.vendor.speed = SPEED
    await look_at_the_end(harness, way, car)
    assert absurd == {}
    assert loud(caplog) == []
