"""The estimated level of the battery, as a person sees it."""

from datetime import timedelta
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest

from simulator import Car

from .helpers.harness import Harness
from .helpers.logs import entity_complaints
from .helpers.remotes import sent
from .helpers.reports import add_talkative_car, electric

KEY: Final = "battery_level_estimated"
MINUTE: Final = timedelta(minutes=1)


class ChargingCar:
    """A car that charges 30 points an hour, by a rate of 90 km/h and 3 km for each percent."""

    def __init__(self, harness: Harness, freezer: FrozenDateTimeFactory) -> None:
        self.harness = harness
        self.freezer = freezer
        self.began = dt_util.utcnow().replace(microsecond=0)
        self.energies: list[dict[str, Any]] = []
        self.show(50)
        self.car = add_talkative_car(harness, {"energies": self.energies}, "Electric")
        self.entry: ConfigEntry[Any] | None = None

    def show(self, level: float, minutes: float = 0, *, reach: float | None = None, **charging: Any) -> None:
        """Let the car report this when it is read."""
        date = (self.began + minutes * MINUTE).isoformat()
        told = {"plugged": True, "status": "InProgress", "chargingRate": 90, "remainingTime": "PT2H", **charging}
        self.energies[:] = [electric(date, told, level=level, autonomy=3 * level if reach is None else reach)]

    async def start(self) -> None:
        self.entry = await self.harness.add_account()
        self.harness.vendor.requests.clear()

    async def report(self, level: float, minutes: float, **more: Any) -> None:
        """Have the car report this now, so many minutes after the beginning."""
        assert self.entry
        self.freezer.move_to(self.began + minutes * MINUTE)
        self.show(level, minutes, **more)
        await self.entry.runtime_data.cars[self.car.vin].async_refresh()
        await self.harness.settle()

    async def wait(self, minutes: float) -> None:
        """Let it be so many minutes after the beginning, and let the timers run off."""
        self.freezer.move_to(self.began + minutes * MINUTE)
        await self.harness.pass_time(minutes=minutes + 1)

    def shown(self, key: str) -> float | str:
        state = self.harness.state(self.car, "sensor", key).state
        return state if state in {"unknown", "unavailable"} else float(state)

    def estimated(self) -> float | str:
        return self.shown(KEY)

    def reported(self) -> float | str:
        return self.shown("battery_level")


@pytest.fixture
async def charging(harness: Harness, every_entity_enabled: None, freezer: FrozenDateTimeFactory) -> ChargingCar:
    return ChargingCar(harness, freezer)


async def test_the_level_rises_between_two_reports(charging: ChargingCar, caplog: pytest.LogCaptureFixture) -> None:
    await charging.start()
    assert charging.estimated() == 50
    for minutes, expected in ((2, 51), (4, 52), (10, 55)):
        await charging.wait(minutes)
        assert (charging.estimated(), charging.reported()) == (expected, 50)
    assert not charging.harness.reads(charging.car)
    await charging.report(53, 10)
    assert (charging.estimated(), charging.reported()) == (53, 53)
    await charging.wait(12)
    assert charging.estimated() == 54
    assert entity_complaints(caplog) == []


async def test_it_says_when_the_car_has_reported(charging: ChargingCar) -> None:
    await charging.start()
    await charging.wait(10)
    state = charging.harness.state(charging.car, "sensor", KEY)
    assert state.attributes["reported_at"] == charging.began
    assert state.attributes["unit_of_measurement"] == "%"
    assert "device_class" not in state.attributes


@pytest.mark.parametrize("status", ["Stopped", "Finished", "Failure", "Disconnected"])
async def test_a_car_that_charges_no_more_has_the_level_that_it_reported(charging: ChargingCar, status: str) -> None:
    await charging.start()
    await charging.report(54, 10, status=status)
    for minutes in (10, 20):
        await charging.wait(minutes)
        assert charging.estimated() == 54


async def test_a_pause_does_not_count(charging: ChargingCar) -> None:
    await charging.start()
    await charging.report(54, 10, status="Stopped")
    await charging.report(54, 70)
    assert charging.estimated() == 54
    await charging.wait(80)
    assert charging.estimated() == 59


async def test_it_stops_at_the_end_that_the_car_told(charging: ChargingCar) -> None:
    charging.show(50, remainingTime="PT10M")
    await charging.start()
    for minutes in (10, 15, 100):
        await charging.wait(minutes)
        assert charging.estimated() == 55


async def test_a_charge_of_which_nothing_is_heard_is_over(charging: ChargingCar) -> None:
    charging.show(10, chargingRate=9)
    await charging.start()
    await charging.wait(60)
    assert charging.estimated() == 13
    await charging.wait(12 * 60 + 1)
    assert charging.estimated() == 10


async def test_a_level_that_the_range_contradicts_is_unknown(charging: ChargingCar) -> None:
    await charging.start()
    await charging.report(100, 10, reach=0)
    await charging.wait(20)
    assert (charging.estimated(), charging.reported()) == ("unknown", "unknown")


async def test_a_car_that_never_changes_the_date_of_a_report(charging: ChargingCar) -> None:
    """What it reports was reported when it was heard."""
    await charging.start()
    charging.freezer.move_to(charging.began + 30 * MINUTE)
    charging.show(60)
    assert charging.entry
    await charging.entry.runtime_data.cars[charging.car.vin].async_refresh()
    assert charging.estimated() == 60
    await charging.wait(32)
    assert charging.estimated() == 61


async def test_after_a_restart_it_goes_on(charging: ChargingCar) -> None:
    await charging.start()
    await charging.wait(10)
    assert charging.entry
    await charging.harness.reload(charging.entry)
    assert charging.estimated() == 55
    await charging.wait(12)
    assert charging.estimated() == 56


async def test_an_unload_in_the_middle_of_a_charge_leaves_no_timer(charging: ChargingCar) -> None:
    await charging.start()
    assert charging.entry
    await charging.harness.hass.config_entries.async_unload(charging.entry.entry_id)
    await charging.wait(10)
    assert charging.estimated() == "unavailable"


async def test_the_limit_does_not_go_by_it(harness: Harness, every_entity_enabled: None) -> None:
    """A charge is stopped by what the car reports."""
    date = (dt_util.utcnow() - 20 * MINUTE).isoformat()
    energy = electric(date, {"plugged": True, "status": "InProgress", "chargingRate": 90}, level=50, autonomy=150)
    car = add_talkative_car(harness, {"energies": [energy]}, "Electric")
    await harness.add_account()
    await harness.call(car, "number", "charge_limit", "set_value", value=55)
    await harness.settle()
    assert float(harness.state(car, "sensor", KEY).state) >= 60
    assert sent(harness) == []
    assert harness.state(car, "switch", "charging").state == "on"
    energy["level"] = 55
    await harness.pass_time(minutes=31)
    assert sent(harness) == [{"charging": {"immediate": False}}]


async def test_it_is_disabled_at_first(harness: Harness, car: Car) -> None:
    await harness.add_account()
    found = er.async_get(harness.hass).async_get(harness.entity_id(car, "sensor", KEY))
    assert found
    assert found.disabled
    assert found.entity_id == f"sensor.peugeot_e_208_{KEY}"


async def test_a_car_without_a_battery_to_charge_has_none(
    harness: Harness, vendor: Any, every_entity_enabled: None
) -> None:
    combustion: Car = vendor.cars["combustion"]
    vendor.accounts["driver"].cars = [combustion]
    await harness.add_account()
    assert er.async_get(harness.hass).async_get_entity_id("sensor", "stellantis", f"{combustion.vin}_{KEY}") is None
