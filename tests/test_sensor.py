"""The sensors."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.sensor import DEVICE_CLASS_STATE_CLASSES, DEVICE_CLASS_UNITS, SensorEntityDescription
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.stellantis import sensor
from custom_components.stellantis.api.status import Battery, Charging, Status
from simulator import Car, Fault

from .helpers.harness import Harness
from .helpers.logs import entity_complaints
from .helpers.reports import ALL, CHARGING, DATE, LATER, add_talkative_car, answer, electric, fuel, trip

# What few people want of the car that reports everything: state, unit, device class, state class.
RARE: Final[dict[str, tuple[str, str | None, str | None, str | None]]] = {
    "acceleration": ("-1.5", "m/s²", None, "measurement"),
    "charging_mode": ("quick", None, "enum", None),
    "coolant_level": ("80", "%", None, "measurement"),
    "coolant_temperature": ("58.0", "°C", "temperature", "measurement"),
    "engine_air_temperature": ("24.0", "°C", "temperature", "measurement"),
    "engine_speed": ("1800.0", "rpm", None, "measurement"),
    "fuel_consumption": ("5.4", "L/100km", None, "measurement"),
    "fuel_consumption_total": ("203.6531", "L", "volume", "total_increasing"),
    "gear": ("ratio3", None, "enum", None),
    "ignition": ("start", None, "enum", None),
    "oil_level": ("75", "%", None, "measurement"),
    "oil_temperature": ("67.0", "°C", "temperature", "measurement"),
    "preconditioning_starting_cause": ("scheduled", None, "enum", None),
    "service_type": ("hybrid", None, "enum", None),
}

# All that it shows.
EXPECTED: Final[dict[str, tuple[str, str | None, str | None, str | None]]] = {
    **RARE,
    "auxiliary_battery": ("93.0", "%", None, "measurement"),
    "average_consumption": ("10.41", "L/100km", None, "measurement"),
    "battery_capacity": ("46.0", "kWh", "energy_storage", "measurement"),
    "battery_energy": ("28.0", "kWh", "energy_storage", "measurement"),
    "battery_health": ("96", "%", None, "measurement"),
    "battery_level": ("61.5", "%", "battery", "measurement"),
    "charging_end": ("unknown", None, "timestamp", None),  # it is long past
    "charging_power_level": ("level2", None, "enum", None),
    "charging_rate": ("24", "km/h", "speed", "measurement"),
    "charging_status": ("in_progress", None, "enum", None),
    "drive_mode": ("zev_eco", None, "enum", None),
    "electric_range": ("187", "km", "distance", "measurement"),
    "electricity_used": ("0.8", "kWh", "energy", "total_increasing"),
    "fuel_level": ("40", "%", None, "measurement"),
    "fuel_range": ("280", "km", "distance", "measurement"),
    "fuel_used": ("1.9", "L", "volume", "total_increasing"),
    "last_trip_consumption": ("1.9", "L", "volume", None),
    "last_trip_distance": ("18.25", "km", "distance", "measurement"),
    "last_trip_duration": ("30.5", "min", "duration", "measurement"),
    "maintenance_days": ("-3", "d", "duration", "measurement"),
    "maintenance_distance": ("8200.0", "km", "distance", "measurement"),
    "next_charge": ("unknown", None, "timestamp", None),
    "odometer": ("12345.6", "km", "distance", "total_increasing"),
    "outside_temperature": ("11.5", "°C", "temperature", "measurement"),
    "privacy": ("none", None, "enum", None),
    "speed": ("42.0", "km/h", "speed", "measurement"),
}

# They are in tests/test_charges.py.
CHARGES: Final = {"energy_charged", "last_charge_duration", "last_charge_energy"}
# It is in tests/test_estimated_level.py.
ESTIMATED: Final = "battery_level_estimated"

DISABLED: Final = {
    *RARE,
    "auxiliary_battery",
    "battery_capacity",
    "battery_energy",
    "battery_health",
    "charging_power_level",
    "drive_mode",
    "last_report",
    "last_trip_consumption",
    "speed",
}


def keys(harness: Harness, car: Car) -> set[str]:
    """Return the keys of a car's sensors."""
    return {
        entry.unique_id.removeprefix(f"{car.vin}_")
        for entry in er.async_get(harness.hass).entities.values()
        if entry.domain == "sensor" and entry.unique_id.startswith(car.vin)
    }


def state(harness: Harness, car: Car, key: str) -> str:
    return harness.state(car, "sensor", key).state


async def test_all_that_a_car_can_report(
    harness: Harness, every_entity_enabled: None, caplog: pytest.LogCaptureFixture
) -> None:
    car = add_talkative_car(harness)
    await harness.add_account()
    assert keys(harness, car) == {*EXPECTED, *CHARGES, ESTIMATED, "last_report", "wake_ups_this_month"}
    shown = {key: harness.state(car, "sensor", key) for key in EXPECTED}
    told = {
        key: (
            found.state,
            *(found.attributes.get(name) for name in ("unit_of_measurement", "device_class", "state_class")),
        )
        for key, found in shown.items()
    }
    assert told == EXPECTED
    assert dt_util.parse_datetime(state(harness, car, "last_report"))
    assert entity_complaints(caplog) == []


@pytest.mark.usefixtures("three_cars", "every_entity_enabled")
async def test_what_the_engines_of_different_cars_tell(harness: Harness) -> None:
    """Each has what it reports, also after a restart without an answer; an electric car has no engine."""
    cars = harness.vendor.cars
    rare = {
        "electric": {"charging_mode": "no", "ignition": "stop"},
        "hybrid": {
            "charging_mode": "no",
            "coolant_level": "80",
            "coolant_temperature": "58.0",
            "engine_air_temperature": "24.0",
            "engine_speed": "0.0",
            "ignition": "stop",
            "oil_level": "75",
            "oil_temperature": "67.0",
            "service_type": "hybrid",
        },
        # Its sensors of coolant and air say 215 °C.
        "combustion": {
            "fuel_consumption": "0.0",
            "fuel_consumption_total": "776.0091",
            "ignition": "stop",
            "oil_temperature": "67.0",
        },
    }
    entry = await harness.add_account()
    for _ in range(2):
        for name, expected in rare.items():
            car = cars[name]
            assert {key: state(harness, car, key) for key in keys(harness, car) & RARE.keys()} == expected
        harness.vendor.faults.add(Fault(path="*/status", status=503, times=None))
        await harness.reload(entry)


@pytest.mark.parametrize("described", [*sensor.SENSORS, *sensor.TRIPS], ids=lambda described: described.key)
def test_home_assistant_can_keep_statistics(described: SensorEntityDescription) -> None:
    if described.device_class is None:
        assert described.state_class
        return
    allowed = DEVICE_CLASS_STATE_CLASSES[described.device_class]
    assert described.state_class is None or described.state_class in allowed
    units = DEVICE_CLASS_UNITS.get(described.device_class, {None})
    assert described.native_unit_of_measurement in units
    assert described.suggested_unit_of_measurement in {*units, None}


async def test_what_only_some_people_want_is_disabled(harness: Harness) -> None:
    car = add_talkative_car(harness)
    await harness.add_account()
    registry = er.async_get(harness.hass)
    entries = {key: registry.async_get(harness.entity_id(car, "sensor", key)) for key in (*EXPECTED, "last_report")}
    assert {key for key, entry in entries.items() if entry and entry.disabled} == DISABLED


async def test_words_that_nobody_has_heard_of_are_unknown(
    harness: Harness, every_entity_enabled: None, caplog: pytest.LogCaptureFixture
) -> None:
    status = ALL | {
        "energies": [
            electric(charging={"status": "Levitating", "chargingPowerLevel": "Level9", "chargingMode": "Warp"})
        ],
        "drivingBehavior": {"createdAt": LATER, "mode": "Flying"},
        "ignition": {"createdAt": LATER, "type": "Kicked"},
        "privacy": {"createdAt": LATER, "state": "Paranoid"},
        "service": {"createdAt": LATER, "type": "Steam"},
        "transmission": {"createdAt": LATER, "gearbox": {"ratio": "Ratio99"}},
    }
    car = add_talkative_car(harness, status)
    await harness.add_account()
    for key in (
        "charging_mode",
        "charging_power_level",
        "charging_status",
        "drive_mode",
        "gear",
        "ignition",
        "privacy",
        "service_type",
    ):
        assert state(harness, car, key) == "unknown"
    assert entity_complaints(caplog) == []


async def test_what_a_car_begins_to_report_appears_and_stays(harness: Harness) -> None:
    harness.refuse_push()
    [car] = harness.add_cars({"shy": {}}).values()
    await harness.add_account()
    blocks: dict[str, dict[str, Any]] = {
        "odometer": {"odometer": {"createdAt": LATER, "mileage": 7.0}},
        "outside_temperature": {"environment": {"air": {"createdAt": LATER, "temp": 8}}},
    }
    assert not keys(harness, car) & blocks.keys()
    report: dict[str, Any] = {}
    car.report = lambda _car: report
    for key, block in blocks.items():
        report.clear()
        report.update(block)
        await harness.pass_time(minutes=31)
        assert key in keys(harness, car)
    report.clear()
    await harness.pass_time(minutes=31)
    assert (state(harness, car, "odometer"), state(harness, car, "outside_temperature")) == ("7.0", "8")


def this_minute() -> datetime:
    return dt_util.utcnow().replace(second=0, microsecond=0)


@pytest.mark.parametrize(
    ("charging", "hours"),
    [
        ({"remainingTime": "PT1H0M29S"}, 1),
        ({"remainingTime": "PT59M31S"}, 1),
        ({"remainingTime": "PT0S"}, None),
        ({"status": "Finished"}, None),
        ({"status": "Disconnected"}, None),
    ],
)
async def test_the_end_of_charging_is_known_while_it_charges(
    harness: Harness, charging: dict[str, Any], hours: int | None
) -> None:
    now = this_minute()
    car = add_talkative_car(harness, {"energies": [electric(now.isoformat(), CHARGING | charging)]}, "Electric")
    await harness.add_account()
    expected = "unknown" if hours is None else (now + timedelta(hours=hours)).isoformat()
    assert state(harness, car, "charging_end") == expected


async def test_the_end_of_charging_passes_though_nothing_is_reported(
    harness: Harness, freezer: FrozenDateTimeFactory
) -> None:
    now = this_minute()
    report = electric(now.isoformat(), CHARGING | {"remainingTime": "PT10M"})
    car = add_talkative_car(harness, {"energies": [report]}, "Electric")
    await harness.add_account()
    harness.vendor.requests.clear()
    assert state(harness, car, "charging_end") == (now + timedelta(minutes=10)).isoformat()
    freezer.move_to(now + timedelta(minutes=9, seconds=59))
    async_fire_time_changed(harness.hass)
    assert state(harness, car, "charging_end") != "unknown"
    freezer.move_to(now + timedelta(minutes=10))
    await harness.pass_time(minutes=11)
    assert state(harness, car, "charging_end") == "unknown"
    assert not harness.reads(car)


async def test_an_end_of_charging_that_is_put_off_passes_later(
    harness: Harness, freezer: FrozenDateTimeFactory
) -> None:
    now = this_minute()
    energies = [electric(now.isoformat(), CHARGING | {"remainingTime": "PT10M"})]
    car = add_talkative_car(harness, {"energies": energies}, "Electric")
    entry = await harness.add_account()
    energies[0] = electric(now.isoformat(), CHARGING | {"remainingTime": "PT20M"})
    await entry.runtime_data.cars[car.vin].async_refresh()
    for minutes, passed in ((10, False), (20, True)):
        freezer.move_to(now + timedelta(minutes=minutes))
        await harness.pass_time(minutes=21)
        assert (state(harness, car, "charging_end") == "unknown") is passed


async def test_when_a_charge_begins_the_next_one_is_a_day_later(
    harness: Harness, freezer: FrozenDateTimeFactory
) -> None:
    await harness.hass.config.async_set_time_zone("UTC")
    start = this_minute() + timedelta(minutes=10)
    charging = CHARGING | {"status": "Stopped", "nextDelayedTime": f"PT{start.hour}H{start.minute}M"}
    car = add_talkative_car(harness, {"energies": [electric(charging=charging)]}, "Electric")
    await harness.add_account()
    assert state(harness, car, "next_charge") == start.isoformat()
    for days in (0, 1):
        freezer.move_to(start + timedelta(days=days))
        await harness.pass_time(days=days, minutes=11)
        assert state(harness, car, "next_charge") == (start + timedelta(days=days + 1)).isoformat()


@pytest.mark.parametrize(
    ("status", "expected"), [("InProgress", "24"), ("Stopped", "0"), ("Finished", "0"), ("Disconnected", "0")]
)
async def test_a_car_that_does_not_charge_has_no_charging_rate(harness: Harness, status: str, expected: str) -> None:
    car = add_talkative_car(harness, {"energies": [electric(charging=CHARGING | {"status": status})]}, "Electric")
    await harness.add_account()
    assert state(harness, car, "charging_rate") == expected


async def test_a_level_that_the_range_contradicts_is_unknown(harness: Harness, car: Car, other: Car) -> None:
    """Some hybrids report a full battery when it is empty."""
    for empty in (car, other):
        empty.battery_level, empty.reported_level = 0.0, 100.0
    entry = await harness.add_account()
    for empty in (car, other):
        assert (state(harness, empty, "battery_level"), state(harness, empty, "electric_range")) == ("unknown", "0")
    car.battery_level, car.reported_level = 50.0, None
    harness.vendor.garage.stop_charging(car)
    harness.vendor.garage.unlock(car)
    await harness.until(car, "sensor", "battery_level", "50.0")
    event = {"values": [{"data": "vehicle.energy.electric.autonomy", "value": {"body": {"literalValue": "0"}}}]}
    await harness.post(entry, car, event)
    assert (state(harness, car, "battery_level"), state(harness, car, "electric_range")) == ("unknown", "0.0")


async def test_a_level_says_when_the_car_has_reported_it(harness: Harness) -> None:
    """The date of the level itself: a newer report of something else does not make it younger."""
    harness.refuse_push()
    later = {"type": "Electric", "updatedAt": LATER, "charging": {"plugged": False, "status": "Disconnected"}}
    car = add_talkative_car(harness)
    await harness.add_account()
    car.report = lambda _car: {"energies": [fuel(LATER), later]}
    await harness.pass_time(minutes=31)
    dates = {
        key: harness.state(car, "sensor", key).attributes["reported_at"] for key in ("battery_level", "fuel_level")
    }
    assert dates == {"battery_level": dt_util.parse_datetime(DATE), "fuel_level": dt_util.parse_datetime(LATER)}
    assert "reported_at" not in harness.state(car, "sensor", "odometer").attributes


def test_a_level_that_was_stored_without_a_date_of_its_own_has_none() -> None:
    """As before energies had dates of their own."""
    date = dt_util.parse_datetime(DATE)
    assert date
    stored = Status(battery=Battery(at=date, level=50.0)).as_dict()
    [described] = [each for each in sensor.SENSORS if each.key == "battery_level"]
    assert described.reported_at
    assert described.reported_at(Status.restore(stored)) == date
    del stored["version"]
    assert described.reported_at(Status.restore(stored)) is None


@pytest.mark.usefixtures("every_entity_enabled")
async def test_the_last_report_is_the_cars(harness: Harness, car: Car) -> None:
    """What a remote has switched is assumed, and the lights are never reported."""
    for block in tuple(car.dates):
        car.dates[block] = DATE
    old = dt_util.parse_datetime(DATE)
    assert old
    car.report = lambda _car: ALL
    await harness.add_account()
    assert dt_util.parse_datetime(state(harness, car, "last_report")) == old
    await harness.call(car, "switch", "lights", "turn_on")
    await harness.call(car, "lock", "doors", "lock")
    await harness.vendor.idle()
    await harness.settle()
    assert dt_util.parse_datetime(state(harness, car, "last_report")) == old


@pytest.mark.usefixtures("every_entity_enabled")
async def test_a_report_of_a_clock_that_is_ahead_is_from_now(harness: Harness, car: Car) -> None:
    car.clock_ahead = timedelta(hours=2)
    car.touch()
    before = dt_util.utcnow().replace(microsecond=0)
    await harness.add_account()
    last = dt_util.parse_datetime(state(harness, car, "last_report"))
    assert last
    assert before <= last <= dt_util.utcnow()


PARIS: Final = ZoneInfo("Europe/Paris")


def next_charge(monkeypatch: pytest.MonkeyPatch, now: str, at: timedelta, **charging: Any) -> datetime | None:
    monkeypatch.setattr(dt_util, "now", lambda: datetime.fromisoformat(now).astimezone(PARIS))
    reported = {"status": "Stopped", "plugged": True, **charging}
    return sensor._next_charge(
        Status(charging=Charging(at=datetime(2026, 1, 1, tzinfo=UTC), delayed_start=at, **reported))
    )


@pytest.mark.parametrize(
    ("now", "at", "expected"),
    [
        pytest.param("2026-06-01T12:00+02:00", {"hours": 22, "minutes": 30}, "2026-06-01T22:30+02:00", id="today"),
        pytest.param("2026-06-01T23:00+02:00", {"hours": 22, "minutes": 30}, "2026-06-02T22:30+02:00", id="tomorrow"),
        pytest.param("2026-06-01T22:30+02:00", {"hours": 22, "minutes": 30}, "2026-06-02T22:30+02:00", id="now"),
        pytest.param("2026-12-31T23:00+01:00", {"minutes": 1}, "2027-01-01T00:01+01:00", id="new year"),
        pytest.param("2026-03-28T23:00+01:00", {"hours": 6}, "2026-03-29T06:00+02:00", id="summer begins"),
        pytest.param(
            "2026-03-29T01:30+01:00", {"hours": 2, "minutes": 30}, "2026-03-29T03:30+02:00", id="no such hour"
        ),
        pytest.param("2026-10-24T23:00+02:00", {"hours": 6}, "2026-10-25T06:00+01:00", id="summer ends"),
        pytest.param("2026-10-25T02:50+02:00", {"hours": 3}, "2026-10-25T03:00+01:00", id="an hour more"),
        pytest.param("2026-10-25T02:10+01:00", {"hours": 2}, "2026-10-26T02:00+01:00", id="second time"),
        pytest.param("2026-10-25T02:10+01:00", {"hours": 2, "minutes": 5}, "2026-10-26T02:05+01:00", id="hour twice"),
    ],
)
def test_the_next_charge_is_at_its_hour_of_the_clock(
    monkeypatch: pytest.MonkeyPatch, now: str, at: dict[str, int], expected: str
) -> None:
    assert next_charge(monkeypatch, now, timedelta(**at)) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "charging",
    [{"status": "InProgress"}, {"status": "Finished"}, {"status": None}, {"plugged": False}, {"plugged": None}],
)
def test_a_charge_that_waits_for_nothing_has_no_next_one(
    monkeypatch: pytest.MonkeyPatch, charging: dict[str, Any]
) -> None:
    assert next_charge(monkeypatch, "2026-06-01T12:00+02:00", timedelta(hours=22), **charging) is None


@pytest.mark.parametrize("fine", [False, True])
async def test_a_hybrid_may_report_a_consumption_in_centilitres(
    harness: Harness, other: Car, every_entity_enabled: None, *, fine: bool
) -> None:
    other.fine_consumption = fine
    other.battery_level = 0.0
    entry = await harness.add_account()
    harness.vendor.garage.drive_off(other)
    await harness.vendor.wait_for_report(lambda: other.trip is not None and other.trip.distance > 1)
    harness.vendor.garage.park(other)
    await harness.vendor.idle()
    await harness.settle()
    trip = other.trips[-1]
    assert trip.before.fuel
    assert trip.after
    assert trip.after.fuel
    litres = (trip.before.fuel - trip.after.fuel) * other.tank / 100
    assert float(state(harness, other, "last_trip_consumption")) == pytest.approx(litres, abs=0.001)
    await harness.reload(entry)
    assert float(state(harness, other, "last_trip_consumption")) == pytest.approx(litres, abs=0.001)


async def test_the_next_charge_of_a_car_that_waits(harness: Harness) -> None:
    await harness.hass.config.async_set_time_zone("Europe/Paris")
    car = add_talkative_car(harness, {"energies": [electric(charging=CHARGING | {"status": "Stopped"})]}, "Electric")
    await harness.add_account()
    start = dt_util.parse_datetime(state(harness, car, "next_charge"))
    assert start
    assert timedelta() < start - dt_util.utcnow() <= timedelta(days=1, hours=1)
    assert start.astimezone(PARIS).strftime("%H:%M:%S") == "22:30:00"


@pytest.mark.parametrize(
    ("kinetic", "expected"),
    [
        ({"moving": True, "speed": 50}, "50"),
        ({"moving": False, "speed": 50}, "0"),
        ({"moving": False}, "0"),
        ({"moving": True}, "unknown"),
    ],
)
async def test_a_car_that_does_not_move_has_no_speed(
    harness: Harness, every_entity_enabled: None, kinetic: dict[str, Any], expected: str
) -> None:
    car = add_talkative_car(harness)
    await harness.add_account()
    car.report = lambda _car: {"kinetic": {"createdAt": LATER, **kinetic}}
    await harness.pass_time(minutes=31)
    assert state(harness, car, "speed") == expected


@pytest.mark.parametrize(
    ("motorization", "used", "expected"),
    [
        ("Electric", {"Electric": 3.25}, ("3.25", "kWh", "energy")),
        ("Hybrid", {"Electric": 3.25, "Fuel": 0.5}, ("0.5", "L", "volume")),
        ("Thermic", {"Fuel": 1.5}, ("1.5", "L", "volume")),
    ],
)
async def test_the_consumption_of_a_trip_is_that_of_the_motor(
    harness: Harness,
    every_entity_enabled: None,
    motorization: str,
    used: dict[str, float],
    expected: tuple[str, ...],
) -> None:
    [car] = harness.add_cars({"driven": {}}).values()
    car.motorization = motorization
    answer(harness, car, "trips", [trip(**used)])
    await harness.add_account()
    shown = harness.state(car, "sensor", "last_trip_consumption")
    assert (shown.state, *(shown.attributes[name] for name in ("unit_of_measurement", "device_class"))) == expected
