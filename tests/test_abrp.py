"""What the page on A Better Routeplanner says: Home Assistant sends it as the telemetry API wants it."""

from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
import json
import logging
from pathlib import Path
import re
from typing import Any, Final

from aiohttp import web
from aiohttp.test_utils import TestServer
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import Secrets, load_yaml_dict
import pytest

from custom_components.stellantis.const import DOMAIN
from simulator import Car

from .helpers.harness import Harness
from .helpers.logs import entity_complaints

PAGE: Final = Path(__file__).parents[1] / "docs" / "abrp.md"
URL: Final = "https://api.iternio.com/1/tlm/send"
TOKEN: Final = "00000000-1111"
API_KEY: Final = "00000000-0000"
FENCED: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
POSITION: Final = "jinja"
REST_COMMAND: Final = logging.getLogger("homeassistant.components.rest_command")


def blocks() -> list[tuple[str, str]]:
    """Return the language and the text of each block of the page."""
    return FENCED.findall(PAGE.read_text(encoding="utf-8"))


class Abrp:
    """A stand-in for ABRP, and the Home Assistant that tells it what a car reports."""

    def __init__(self, harness: Harness, car: Car, folder: Path) -> None:
        self.harness = harness
        self.car = car
        self.folder = folder
        self.server: TestServer | None = None
        self.requests: list[dict[str, str]] = []
        car.clock_ahead = timedelta(minutes=-10)
        car.touch()
        self.answer: Callable[[], web.Response] = lambda: web.json_response({"status": "ok", "missing": "power"})

    async def start(self, port: int | None = None) -> None:
        application = web.Application()
        application.router.add_post("/1/tlm/send", self._take)
        self.server = TestServer(application, port=port)
        await self.server.start_server()

    async def _take(self, request: web.Request) -> web.Response:
        assert request.content_type == "application/x-www-form-urlencoded"
        assert not request.query
        self.requests.append({key: str(value) for key, value in (await request.post()).items()})
        return self.answer()

    async def configure(self, *, position: bool = False) -> None:
        """Configure Home Assistant as the page says, but for the address of ABRP."""
        assert self.server
        (secrets, configuration, automation) = (text for language, text in blocks() if language == "yaml")
        configuration = configuration.replace(URL, str(self.server.make_url("/1/tlm/send")))
        if position:
            [lines] = [text for language, text in blocks() if language == POSITION]
            before = "        {{ told.tlm }}\n"
            added = "".join(f"        {line}\n" for line in lines.splitlines())
            assert automation.count(before) == 1
            automation = automation.replace(before, added + before)
        for name, text in (("secrets", secrets), ("configuration", configuration), ("automation", automation)):
            (self.folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        config = self.load("configuration") | {"automation": [self.load("automation")]}
        for component in ("system_log", "logger", "rest_command", "automation"):
            assert await async_setup_component(self.harness.hass, component, config)
        await self.harness.settle()
        [state] = self.harness.hass.states.async_all("automation")
        assert state.state == "on"

    def load(self, name: str) -> dict[str, Any]:
        return load_yaml_dict(str(self.folder / f"{name}.yaml"), Secrets(self.folder))

    async def report(self) -> None:
        """Have the car report anew, and let the seconds pass after which that is sent."""
        self.car.clock_ahead += timedelta(minutes=1)
        self.car.touch()
        [entry] = self.harness.hass.config_entries.async_loaded_entries(DOMAIN)
        await entry.runtime_data.cars[self.car.vin].async_refresh()
        await self.wait()

    async def wait(self) -> None:
        await self.harness.settle()
        await self.harness.pass_time(seconds=3)

    def telemetry(self) -> dict[str, float]:
        """Return what was sent last."""
        told: dict[str, float] = json.loads(self.requests[-1]["tlm"])
        return told


@pytest.fixture
async def abrp(harness: Harness, car: Car, tmp_path: Path, every_entity_enabled: None) -> AsyncGenerator[Abrp]:
    running = Abrp(harness, car, tmp_path)
    await running.start()
    yield running
    assert running.server
    await running.server.close()
    for installed in list(REST_COMMAND.filters):
        REST_COMMAND.removeFilter(installed)


async def test_a_report_is_sent(abrp: Abrp, every_entity_enabled: None, caplog: pytest.LogCaptureFixture) -> None:
    car = abrp.car
    car.battery_level, car.mileage, car.air_temperature, car.moving, car.speed = 62.0, 12345.6, 11.5, True, 87.0
    await abrp.harness.add_account()
    await abrp.configure()
    await abrp.report()
    assert [(each["api_key"], each["token"]) for each in abrp.requests] == [(API_KEY, TOKEN)]
    told = abrp.telemetry()
    reported_at = abrp.harness.state(car, "sensor", "battery_level").attributes["reported_at"]
    assert told == {
        "utc": int(reported_at.timestamp()),
        "soc": 62,
        "is_charging": 0,
        "est_battery_range": car.electric_autonomy,
        "odometer": 12345.6,
        "speed": 87,
        "ext_temp": 11.5,
        "capacity": car.battery_capacity / 1000,
    }
    assert 0 <= dt_util.utcnow().timestamp() - told["utc"] < 3600
    assert not entity_complaints(caplog)


async def test_a_charge_is_sent_with_the_report_that_tells_it(abrp: Abrp) -> None:
    """The entities change one after the other: what is sent is what they all say in the end."""
    abrp.car.plugged, abrp.car.battery_level = True, 50.0
    await abrp.harness.add_account()
    await abrp.configure()
    await abrp.report()
    assert abrp.telemetry()["is_charging"] == 0
    abrp.car.clock_ahead += timedelta(minutes=1)
    abrp.harness.vendor.garage.start_charging(abrp.car)
    await abrp.harness.until(abrp.car, "binary_sensor", "charging", "on")
    await abrp.wait()
    assert abrp.telemetry()["is_charging"] == 1
    # Without the entities that are disabled at first.
    assert "speed" not in abrp.telemetry()


async def test_without_a_level_nothing_is_sent(abrp: Abrp) -> None:
    abrp.car.battery_level, abrp.car.reported_level = 0.0, 100.0
    await abrp.harness.add_account()
    assert abrp.harness.state(abrp.car, "sensor", "battery_level").state == "unknown"
    await abrp.configure()
    await abrp.report()
    assert abrp.requests == []


@pytest.mark.parametrize("state", ["unknown", "unavailable"])
async def test_what_is_not_known_is_left_out(abrp: Abrp, state: str) -> None:
    await abrp.harness.add_account()
    await abrp.configure()
    for platform, key in (
        ("sensor", "electric_range"),
        ("sensor", "odometer"),
        ("sensor", "outside_temperature"),
        ("number", "usable_capacity"),
        ("binary_sensor", "charging"),
    ):
        abrp.harness.hass.states.async_set(abrp.harness.entity_id(abrp.car, platform, key), state)
    last = abrp.harness.entity_id(abrp.car, "sensor", "last_report")
    abrp.harness.hass.states.async_set(last, dt_util.utcnow().isoformat())
    await abrp.wait()
    assert set(abrp.telemetry()) == {"utc", "soc"}


async def test_distances_in_miles_are_left_out(abrp: Abrp) -> None:
    """ABRP takes kilometres."""
    hass = abrp.harness.hass
    await hass.config.async_update(unit_system="us_customary")
    await abrp.harness.add_account()
    await abrp.configure()
    await abrp.report()
    assert set(abrp.telemetry()) == {"utc", "soc", "is_charging", "capacity"}


@pytest.mark.parametrize("position", [False, True])
async def test_the_position_is_sent_only_with_its_lines(abrp: Abrp, *, position: bool) -> None:
    await abrp.harness.add_account()
    await abrp.configure(position=position)
    await abrp.report()
    told = abrp.telemetry()
    if position:
        shown = abrp.harness.state(abrp.car, "device_tracker", "location").attributes
        assert (told["lat"], told["lon"]) == (shown["latitude"], shown["longitude"])
    else:
        assert not {"lat", "lon"} & set(told)


async def test_a_hidden_position_is_not_sent(abrp: Abrp) -> None:
    abrp.car.privacy = "Geolocation"
    await abrp.harness.add_account()
    await abrp.configure(position=True)
    await abrp.report()
    assert not {"lat", "lon"} & set(abrp.telemetry())


@pytest.mark.parametrize(
    "answer",
    [
        lambda: web.Response(status=401, text="401 Unauthorized Token"),
        lambda: web.json_response({"status": "error", "result": "no such car"}),
        lambda: web.Response(status=502, text="<html>"),
    ],
    ids=["refused", "an error", "an outage"],
)
async def test_a_refusal_is_told_without_the_token(
    abrp: Abrp, answer: Callable[[], web.Response], caplog: pytest.LogCaptureFixture
) -> None:
    await abrp.harness.add_account()
    await abrp.configure()
    abrp.answer = answer
    await abrp.report()
    assert len(abrp.requests) == 1
    status = answer().status
    assert entity_complaints(caplog) == [f"ABRP has refused what the car reports: {status}"]
    assert TOKEN not in caplog.text
    assert API_KEY not in caplog.text
    abrp.answer = lambda: web.json_response({"status": "ok"})
    await abrp.report()
    assert len(abrp.requests) == 2


async def test_an_outage_ends_nothing(abrp: Abrp, caplog: pytest.LogCaptureFixture) -> None:
    await abrp.harness.add_account()
    await abrp.configure()
    assert abrp.server
    port = abrp.server.port
    await abrp.server.close()
    await abrp.report()
    assert TOKEN not in caplog.text
    await abrp.start(port)
    await abrp.report()
    assert len(abrp.requests) == 1


async def test_the_token_is_in_no_state(abrp: Abrp) -> None:
    await abrp.harness.add_account()
    await abrp.configure()
    await abrp.report()
    assert abrp.requests
    assert TOKEN not in str([state.as_dict() for state in abrp.harness.hass.states.async_all()])
