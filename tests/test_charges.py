"""What charges take and cost, as a person sees it."""

from copy import deepcopy
from datetime import datetime, timedelta
import json
import random
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, EventStateChangedData, State, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault, MessageFault

from .helpers.harness import Harness
from .helpers.logs import complaints
from .helpers.reports import electric as report_energy
from .helpers.reports import position

HERE: Final = {"latitude": 48.8584, "longitude": 2.2945}
ATTRIBUTES: Final = ("from", "to", "energy", "duration", "average_power", "place", "cost")


class Charger:
    """A car that a test lets charge: it is polled, and its battery holds 50 kWh."""

    def __init__(self, harness: Harness, car: Car, entry: ConfigEntry[Any]) -> None:
        self.harness = harness
        self.car = car
        self.entry = entry
        self.told: list[State] = []
        self.began = dt_util.utcnow().replace(microsecond=0) - timedelta(hours=10)
        self.listen()

    def listen(self) -> None:
        @callback
        def hear(event: Event[EventStateChangedData]) -> None:
            state = event.data["new_state"]
            if state and state.state not in {"unknown", "unavailable"}:
                self.told.append(state)

        entity_id = self.harness.entity_id(self.car, "event", "charge")
        async_track_state_change_event(self.harness.hass, entity_id, hear)

    async def report(self, hours: float, status: str, level: float, **more: Any) -> None:
        """Have the car report its charging so many hours after the beginning."""
        show(self.car, self.began + timedelta(hours=hours), status, level, **more)
        await self.entry.runtime_data.cars[self.car.vin].async_refresh()
        await self.harness.settle()

    async def set_options(self, **options: Any) -> None:
        """Choose options; what was told until then is heard again by a new entity."""
        self.harness.hass.config_entries.async_update_entry(self.entry, options=options)
        await self.harness.reload(self.entry)

    async def get(self, **data: Any) -> list[dict[str, Any]]:
        """Call the action."""
        return await get(self.harness, self.entry, self.car, **data)

    @property
    def events(self) -> list[str]:
        """Which events were heard, each once."""
        return list({state.state: str(state.attributes["event_type"]) for state in self.told}.values())

    def sensor(self, key: str) -> str:
        return self.harness.state(self.car, "sensor", key).state


async def get(harness: Harness, entry: ConfigEntry[Any], car: Car, **data: Any) -> list[dict[str, Any]]:
    """Call the action of a car."""
    device = dr.async_get(harness.hass).async_get_device_by_identifier((DOMAIN, car.vin), entry.entry_id)
    assert device
    answer: Any = await harness.hass.services.async_call(
        DOMAIN, "get_charges", {"device_id": device.id, **data}, blocking=True, return_response=True
    )
    charges: list[dict[str, Any]] = answer["charges"]
    return charges


def show(car: Car, at: datetime, status: str, level: float, *, plugged: bool = True, **energy: Any) -> None:
    """Let a car report this when it is read."""
    date = at.isoformat()
    values = {"level": level, "autonomy": 300, **energy}
    energies = [report_energy(date, {"plugged": plugged, "status": status}, **values)]
    energies[0]["extension"]["electric"].pop("battery")
    body = {"createdAt": date, "energies": energies, "lastPosition": position(date)}
    body["odometer"] = {"createdAt": date, "mileage": 1000.0}
    car.report = lambda _car: body


@pytest.fixture
async def charger(harness: Harness, car: Car, every_entity_enabled: None, polled: None) -> Charger:
    hass = harness.hass
    await hass.config.async_update(**HERE, currency="EUR")
    assert await async_setup_component(hass, "zone", {"zone": {"name": "Work", "latitude": 40, "longitude": 2}})
    show(car, dt_util.utcnow() - timedelta(hours=11), "Disconnected", 40, plugged=False)
    charger = Charger(harness, car, await harness.add_account())
    await harness.call(car, "number", "usable_capacity", "set_value", value=50)
    return charger


async def test_a_charge_from_its_begin_to_its_end(charger: Charger, caplog: pytest.LogCaptureFixture) -> None:
    assert charger.sensor("energy_charged") == "0.0"
    assert charger.sensor("last_charge_energy") == "unknown"
    await charger.report(0, "InProgress", 40)
    await charger.report(1, "InProgress", 50)
    assert charger.sensor("energy_charged") == "5.0"
    await charger.report(2, "Finished", 60)
    assert charger.events == ["started", "finished"]
    started, finished = charger.told[0].attributes, charger.told[-1].attributes
    home = charger.harness.hass.config.location_name
    assert [started[name] for name in ATTRIBUTES] == [40, None, None, None, None, home, None]
    assert [finished[name] for name in ATTRIBUTES] == [40, 60, 10, 7200, 5, home, None]
    assert charger.sensor("energy_charged") == "10.0"
    assert charger.sensor("last_charge_energy") == "10.0"
    assert charger.sensor("last_charge_duration") == "120.0"
    [charge] = await charger.get()
    assert charge == {
        "started_at": dt_util.as_local(charger.began).isoformat(),
        "ended_at": dt_util.as_local(charger.began + timedelta(hours=2)).isoformat(),
        "result": "finished",
        **{name: finished[name] for name in ATTRIBUTES},
    }
    assert complaints(caplog) == []


async def test_a_restart_in_the_middle_and_after_loses_nothing(charger: Charger) -> None:
    await charger.report(0, "InProgress", 40)
    await charger.harness.reload(charger.entry)
    await charger.report(1, "InProgress", 50)
    await charger.harness.reload(charger.entry)
    assert charger.sensor("energy_charged") == "5.0"
    await charger.report(2, "Stopped", 60)
    await charger.harness.reload(charger.entry)
    assert charger.events == ["started", "interrupted"]
    assert charger.sensor("energy_charged") == "10.0"
    assert charger.sensor("last_charge_energy") == "10.0"
    assert [charge["energy"] for charge in await charger.get()] == [10]


async def test_after_a_crash_in_the_middle_the_energy_does_not_dip(
    charger: Charger, hass_storage: dict[str, Any]
) -> None:
    await charger.report(0, "InProgress", 40)
    await charger.report(1, "InProgress", 50)
    await charger.harness.pass_time(minutes=2)
    disk = deepcopy(hass_storage)
    await charger.harness.hass.config_entries.async_unload(charger.entry.entry_id)
    hass_storage.clear()
    hass_storage.update(disk)
    charger.harness.vendor.faults.add(Fault(path="*", status=503, times=None))
    await charger.harness.hass.config_entries.async_setup(charger.entry.entry_id)
    await charger.harness.settle()
    assert charger.sensor("energy_charged") == "5.0"
    charger.harness.vendor.faults.clear()
    await charger.report(2, "Finished", 60)
    assert [charge["energy"] for charge in await charger.get()] == [10]
    assert charger.events == ["started", "finished"]


async def test_what_happens_while_home_assistant_starts_is_told(charger: Charger) -> None:
    hass = charger.harness.hass
    await hass.config_entries.async_unload(charger.entry.entry_id)
    show(charger.car, charger.began, "InProgress", 40)
    await hass.config_entries.async_setup(charger.entry.entry_id)
    await charger.harness.settle()
    assert charger.events == ["started"]


async def test_the_simulated_car_charges_as_it_says(
    harness: Harness, car: Car, every_entity_enabled: None, caplog: pytest.LogCaptureFixture
) -> None:
    """Pushed by the vendor, with the figures of the car itself."""
    car.plugged, car.battery_level = True, 90.0
    await harness.add_account()
    capacity = float(harness.state(car, "number", "usable_capacity").state)
    await harness.call(car, "switch", "charging", "turn_on")
    await harness.until(car, "sensor", "charging_status", "finished")
    await harness.vendor.idle()
    await harness.settle()
    taken = (100 - 90) * capacity / 100
    assert float(harness.state(car, "sensor", "energy_charged").state) == pytest.approx(taken, rel=0.01)
    event = harness.state(car, "event", "charge")
    assert event.attributes["event_type"] == "finished"
    assert event.attributes["energy"] == pytest.approx(taken, rel=0.01)
    assert complaints(caplog) == []


async def reach(harness: Harness, car: Car, level: float) -> None:
    """Wait until the car has reported at least this level."""
    async for state in harness.changes(car, "sensor", "battery_level"):
        if state.state not in {"unknown", "unavailable"} and float(state.state) >= level:
            return


@pytest.mark.parametrize(
    "fault",
    [
        {"double": True},
        {"reorder": True, "times": 3},
        {"late": 0.05},
        {"lose": True, "times": 3},
    ],
    ids=str,
)
async def test_charges_that_hurt_add_up(
    harness: Harness, car: Car, every_entity_enabled: None, fault: dict[str, Any]
) -> None:
    """Messages are disturbed, levels jump back, the account is reloaded, and the car pauses and drives in between."""
    car.battery_level, car.charging_power = 20.0, 100_000.0
    garage, entry = harness.vendor.garage, await harness.add_account()
    harness.hass.config_entries.async_update_entry(entry, options={"charging_refresh": 1})
    await harness.reload(entry)
    shown: list[float] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        if state and state.state not in {"unknown", "unavailable"}:
            shown.append(float(state.state))

    async_track_state_change_event(harness.hass, harness.entity_id(car, "sensor", "energy_charged"), note)
    taken = 0.0
    for _ in range(2):
        before = car.battery_level
        garage.start_charging(car)
        await harness.until(car, "sensor", "charging_status", "in_progress")
        harness.vendor.faults.add(MessageFault(kind="Monitor", **{"times": None, **fault}))
        await reach(harness, car, before + 10)
        car.reported_level = before + 5
        await harness.until(car, "sensor", "battery_level", str(before + 5))
        car.reported_level = None
        await reach(harness, car, before + 15)
        harness.vendor.faults.clear()
        garage.stop_charging(car)
        await harness.until(car, "sensor", "charging_status", "stopped")
        await harness.reload(entry)
        garage.start_charging(car)
        await harness.until(car, "sensor", "charging_status", "in_progress")
        await reach(harness, car, car.battery_level + 5)
        garage.unplug(car)
        await harness.until(car, "sensor", "charging_status", "disconnected")
        taken += car.battery_level - before
        car.battery_level, car.mileage = 20.0, car.mileage + 50
        car.touch()
        await entry.runtime_data.cars[car.vin].async_refresh()
        await harness.settle()
    capacity = car.battery_capacity / 1000
    assert shown == sorted(shown)
    assert shown[-1] == pytest.approx(taken * capacity / 100, rel=0.01)
    [latest, first] = await get(harness, entry, car)
    assert latest["energy"] + first["energy"] == pytest.approx(shown[-1], abs=0.01)
    assert latest["result"] == first["result"] == "interrupted"


async def test_without_a_capacity_no_energy_is_shown(harness: Harness, car: Car, polled: None) -> None:
    show(car, dt_util.utcnow() - timedelta(hours=11), "Disconnected", 40)
    charger = Charger(harness, car, await harness.add_account())
    assert harness.state(car, "number", "usable_capacity").state == "unknown"
    await charger.report(0, "InProgress", 40)
    await charger.report(1, "Finished", 60)
    assert charger.sensor("energy_charged") == "unknown"
    assert charger.sensor("last_charge_energy") == "unknown"
    [charge] = await charger.get()
    assert (charge["to"], charge["energy"], charge["average_power"]) == (60, None, None)


async def test_a_capacity_that_is_set_is_on_disk(charger: Charger, hass_storage: dict[str, Any]) -> None:
    [stored] = [value for key, value in hass_storage.items() if key.startswith(f"{DOMAIN}.{charger.entry.entry_id}.")]
    assert stored["data"]["state"]["charging"]["set_capacity"] == 50
    await charger.harness.reload(charger.entry)
    assert charger.harness.state(charger.car, "number", "usable_capacity").state == "50.0"


async def test_a_charge_is_on_disk_at_its_end(charger: Charger, hass_storage: dict[str, Any]) -> None:
    await charger.report(0, "InProgress", 40)
    await charger.report(1, "Finished", 60)
    [stored] = [value for key, value in hass_storage.items() if key.startswith(f"{DOMAIN}.{charger.entry.entry_id}.")]
    [charge], [told] = stored["data"]["charges"], await charger.get()
    for date in ("started_at", "ended_at"):
        told[date] = dt_util.as_utc(datetime.fromisoformat(told[date])).isoformat()
    assert charge == told
    assert charger.car.vin not in json.dumps(stored)


# Cost


async def test_the_cost_follows_the_price_and_the_loss(charger: Charger) -> None:
    set_price = charger.harness.hass.states.async_set
    set_price("sensor.price", "0.2")
    await charger.set_options(energy_price_entity="sensor.price", charging_loss=20)
    assert charger.sensor("last_charge_cost") == "unknown"
    await charger.report(0, "InProgress", 40)
    await charger.report(1, "InProgress", 50)  # 6.25 kWh at the meter
    for nonsense in ("unavailable", "cheap", "nan", "inf"):
        set_price("sensor.price", nonsense)
    await charger.report(2, "InProgress", 60)
    charger.harness.hass.states.async_remove("sensor.price")
    set_price("sensor.price", "0.4")
    await charger.report(3, "InProgress", 60)
    await charger.report(4, "Finished", 60)
    cost = charger.harness.state(charger.car, "sensor", "last_charge_cost")
    assert (cost.state, cost.attributes["unit_of_measurement"]) == ("2.5", "EUR")
    assert charger.sensor("energy_charged") == "12.5"


async def test_the_price_of_an_interval_is_weighted_by_time(charger: Charger, freezer: Any) -> None:
    set_price = charger.harness.hass.states.async_set
    set_price("sensor.price", "0.2")
    await charger.set_options(energy_price_entity="sensor.price")
    charger.began = dt_util.utcnow()
    await charger.report(0, "InProgress", 40)
    freezer.tick(timedelta(minutes=45))
    set_price("sensor.price", "0.4")
    freezer.tick(timedelta(minutes=15))
    await charger.report(1, "Finished", 60)
    assert float(charger.sensor("last_charge_cost")) == pytest.approx(10 * (0.2 * 0.75 + 0.4 * 0.25), rel=0.01)


async def test_the_price_during_a_pause_is_not_paid(charger: Charger, freezer: Any) -> None:
    set_price = charger.harness.hass.states.async_set
    set_price("sensor.price", "0.4")
    await charger.set_options(energy_price_entity="sensor.price")
    charger.began = dt_util.utcnow()
    await charger.report(0, "InProgress", 40)
    freezer.tick(timedelta(hours=1))
    await charger.report(1, "Stopped", 50)
    freezer.tick(timedelta(hours=3))
    set_price("sensor.price", "0.1")
    await charger.report(4, "InProgress", 50)
    freezer.tick(timedelta(hours=1))
    await charger.report(5, "Finished", 60)
    [charge] = await charger.get()
    assert charge["cost"] == pytest.approx(5 * 0.4 + 5 * 0.1, rel=0.01)


@pytest.mark.parametrize(
    ("price", "unit"),
    [
        ("0.25", None),
        ("0.25", "EUR/kWh"),
        ("250", "EUR/MWh"),
        ("25", "ct/kWh"),
        ("25", "c€/kWh"),
        ("25", "Cent/kWh"),
        ("25", "¢/kWh"),
        ("25", "öre/kWh"),
        ("0.00025", "€/Wh"),
    ],
)
async def test_a_price_is_read_in_its_unit(charger: Charger, price: str, unit: str | None) -> None:
    charger.harness.hass.states.async_set("sensor.price", price, {"unit_of_measurement": unit} if unit else {})
    await charger.set_options(energy_price_entity="sensor.price")
    await charger.report(0, "InProgress", 40)
    await charger.report(1, "Finished", 60)
    assert charger.sensor("last_charge_cost") == "2.5"


@pytest.mark.parametrize(
    ("options", "moved"),
    [({"energy_price_zone": "zone.work"}, False), ({"energy_price_zone": "zone.gone"}, False), ({}, True)],
)
async def test_elsewhere_a_charge_has_no_cost(charger: Charger, options: dict[str, str], moved: bool) -> None:
    charger.harness.hass.states.async_set("sensor.price", "0.2")
    await charger.set_options(energy_price_entity="sensor.price", **options)
    if moved:
        await charger.harness.hass.config.async_update(latitude=10, longitude=10)
        await charger.harness.settle()
    await charger.report(0, "InProgress", 40)
    await charger.report(1, "Finished", 60)
    [charge] = await charger.get()
    assert (charge["energy"], charge["cost"]) == (10, None)
    assert charge["place"] == (None if moved else charger.harness.hass.config.location_name)


async def test_a_price_that_is_never_known_makes_no_cost(charger: Charger) -> None:
    await charger.set_options(energy_price_entity="sensor.price")
    await charger.report(0, "InProgress", 40)
    await charger.report(1, "Finished", 60)
    assert charger.sensor("last_charge_cost") == "unknown"
    assert charger.sensor("last_charge_energy") == "10.0"


async def test_without_a_price_there_is_no_sensor_of_the_cost(charger: Charger) -> None:
    registry = er.async_get(charger.harness.hass)
    assert not registry.async_get_entity_id("sensor", DOMAIN, f"{charger.car.vin}_last_charge_cost")


async def test_a_driver_who_hides_the_position_hides_the_place(charger: Charger) -> None:
    charger.harness.hass.states.async_set("sensor.price", "0.2")
    await charger.set_options(energy_price_entity="sensor.price")
    await charger.report(0, "Stopped", 40)
    body = charger.car.report(charger.car)
    body["privacy"] = {"createdAt": body["createdAt"], "state": "Geolocation"}
    await charger.entry.runtime_data.cars[charger.car.vin].async_refresh()
    await charger.report(1, "InProgress", 40)
    await charger.report(2, "Finished", 60)
    [charge] = await charger.get()
    assert (charge["place"], charge["cost"], charge["energy"]) == (None, None, 10)


# The action


async def test_charges_of_a_time_newest_first(charger: Charger) -> None:
    for number in range(3):
        await charger.report(3 * number, "InProgress", 40 + number)
        await charger.report(3 * number + 1, "Disconnected", 50, plugged=False)
    starts = [charger.began + timedelta(hours=hours) for hours in (6, 3, 0)]
    assert [charge["started_at"] for charge in await charger.get()] == [
        dt_util.as_local(start).isoformat() for start in starts
    ]
    late = await charger.get(start=starts[1].isoformat(), end=starts[0].isoformat())
    assert [charge["started_at"] for charge in late] == [dt_util.as_local(starts[1]).isoformat()]
    local = dt_util.as_local(starts[1]).replace(tzinfo=None)
    assert len(await charger.get(start=local.isoformat())) == 2
    assert await charger.get(end=starts[2].isoformat()) == []


async def test_what_is_no_car_has_no_charges(charger: Charger) -> None:
    with pytest.raises(ServiceValidationError):
        await charger.harness.hass.services.async_call(
            DOMAIN, "get_charges", {"device_id": "nothing"}, blocking=True, return_response=True
        )


# The ends of an account, of a car, and of a charge that nobody hears of


async def test_a_charge_of_which_nothing_is_heard_ends(charger: Charger) -> None:
    charger.began = dt_util.utcnow() - timedelta(minutes=10)
    await charger.report(0, "InProgress", 40)
    await charger.report(0.1, "InProgress", 45)
    await charger.harness.pass_time(hours=11)
    assert charger.events == ["started"]
    await charger.harness.pass_time(hours=13)
    assert charger.events == ["started", "interrupted"]
    assert charger.sensor("last_charge_energy") == "2.5"


async def test_a_charge_while_home_assistant_was_down_is_known_afterwards(charger: Charger) -> None:
    await charger.report(0, "Disconnected", 40, plugged=False, autonomy=120)
    assert await charger.harness.hass.config_entries.async_unload(charger.entry.entry_id)
    show(charger.car, charger.began + timedelta(hours=8), "Finished", 80, autonomy=240)
    await charger.harness.hass.config_entries.async_setup(charger.entry.entry_id)
    await charger.harness.settle()
    assert charger.events == ["finished"]
    assert (charger.sensor("energy_charged"), charger.sensor("last_charge_duration")) == ("20.0", "unknown")
    [charge] = await charger.get()
    assert charge == {
        "started_at": dt_util.as_local(charger.began).isoformat(),
        "ended_at": dt_util.as_local(charger.began + timedelta(hours=8)).isoformat(),
        "from": 40,
        "to": 80,
        "energy": 20,
        "duration": None,
        "average_power": None,
        "place": charger.harness.hass.config.location_name,
        "cost": None,
        "result": "finished",
    }


@pytest.mark.parametrize("seed", range(4))
async def test_random_charges_add_up(
    charger: Charger, seed: int, freezer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Gaps, restarts, reports twice and of earlier, levels that jump back, pauses, and a charge that nobody hears."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    charger.began = dt_util.utcnow().replace(microsecond=0)
    hours, level, taken, total = 0.0, 20.0, 0.0, 0.0

    async def say(status: str, *, back: float = 0, at: float | None = None, plugged: bool = True) -> None:
        nonlocal total
        freezer.move_to(charger.began + timedelta(hours=hours, seconds=1))
        now = hours if at is None else at
        await charger.report(now, status, level - back, autonomy=3 * level, plugged=plugged)
        before, total = total, float(charger.sensor("energy_charged"))
        assert total >= before

    await say("Disconnected", plugged=False)
    for number in range(4):
        heard = number != 2
        if heard:
            await say("InProgress")
        for _ in range(chance.randrange(2, 6)):
            hours, gained = hours + chance.uniform(0.1, 2), chance.choice([2.0, 3.0, 4.0])
            level, taken = level + gained, taken + gained
            trouble = chance.choice(["lost", "back", "twice", "late", "restart", "pause", "none"]) if heard else "lost"
            if trouble == "restart":
                await charger.harness.reload(charger.entry)
            elif trouble == "pause":
                await say("Stopped")
                hours += 1
            if trouble != "lost":
                await say("InProgress", back=4 if trouble == "back" else 0)
            if trouble in {"twice", "late"}:
                await say("InProgress", at=hours - (0.05 if trouble == "late" else 0))
        if not heard:
            level, taken = level + 6, taken + 6
        hours += 0.1
        await say("Finished")
        hours += 5
        await say("Disconnected", plugged=False)
        hours += 1
    charges = await charger.get()
    assert len(charges) == 4
    assert total == pytest.approx(taken / 2, rel=0.01)  # of 50 kWh
    assert sum(charge["energy"] for charge in charges) == pytest.approx(taken / 2, rel=0.01)
    assert [charge["duration"] is None for charge in charges] == [False, True, False, False]
    assert complaints(caplog) == []


async def test_a_car_that_leaves_during_a_charge_leaves_no_timer(charger: Charger, other: Car) -> None:
    car_list = charger.entry.runtime_data.car_list
    await charger.report(0, "InProgress", 40)
    charger.harness.vendor.accounts["driver"].cars.remove(charger.car)
    await car_list.async_read()
    assert await car_list.async_let_go(charger.car.vin)
    await charger.harness.pass_time(hours=13)
    assert charger.events == ["started"]


async def test_home_assistant_takes_the_sensors_for_its_energy_dashboard(charger: Charger) -> None:
    state = charger.harness.state(charger.car, "sensor", "energy_charged")
    wanted = {"device_class": "energy", "state_class": "total_increasing", "unit_of_measurement": "kWh"}
    assert {key: state.attributes[key] for key in wanted} == wanted


async def test_the_duration_is_disabled_at_first(harness: Harness, car: Car, polled: None) -> None:
    show(car, dt_util.utcnow(), "Stopped", 40)
    await harness.add_account()
    registry = er.async_get(harness.hass)
    disabled = {
        key
        for key in ("energy_charged", "last_charge_energy", "last_charge_duration")
        if (entry := registry.async_get(harness.entity_id(car, "sensor", key))) and entry.disabled
    }
    assert disabled == {"last_charge_duration"}
