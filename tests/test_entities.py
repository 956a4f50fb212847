"""Which entities a car has, and when they are unknown or unavailable."""

from typing import Final

from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault

from .helpers.harness import Harness
from .helpers.reports import ALL as EVERYTHING
from .helpers.reports import LATER, add_talkative_car, answer, doors

WAKE_UP: Final = {"button wake_up"}
SIGNALS: Final = {"button horn", "button flash_lights", "switch lights"}
DOORS: Final = {"lock doors"}
CHARGING: Final = {"switch charging", "number charge_limit"}
DELAY: Final = {"time charging_start"}
PREFERENCES: Final = {"select charging_level", "select charging_type"}
PRECONDITIONING: Final = {"climate preconditioning"}
PROGRAMS: Final = {"calendar preconditioning"}
FIRST_PROGRAM: Final = {"switch preconditioning_program_1"}
THEFT: Final = {"switch immobilization", "switch stolen"}
ALL: Final = WAKE_UP | SIGNALS | DOORS | CHARGING | DELAY | PRECONDITIONING | PROGRAMS | THEFT

DATA_SCOPE: Final = "data:telemetry"


# It has the platform of a remote and is none: it is in tests/test_charges.py.
CAPACITY: Final = "number usable_capacity"

# The platforms of remotes, and those of reports.
REMOTES: Final = {"button", "calendar", "climate", "lock", "number", "select", "switch", "time"}
REPORTS: Final = {"binary_sensor", "device_tracker", "event", "sensor"}


def entities(harness: Harness, car: Car, platforms: set[str] = REMOTES) -> set[str]:
    """Return the entities of a car, as platform and key."""
    return {
        f"{entry.domain} {entry.unique_id.removeprefix(f'{car.vin}_')}"
        for entry in er.async_get(harness.hass).entities.values()
        if entry.platform == DOMAIN and entry.unique_id.startswith(car.vin) and entry.domain in platforms
    } - {CAPACITY}


def states(harness: Harness, car: Car, platforms: set[str]) -> dict[str, str]:
    """Return the states of the entities that are not disabled."""
    registry = er.async_get(harness.hass)
    return {
        entity: harness.state(car, *entity.split()).state
        for entity in entities(harness, car, platforms)
        if (found := registry.async_get(harness.entity_id(car, *entity.split()))) and not found.disabled
    }


async def test_a_car_has_what_it_can_do(harness: Harness, three_cars: list[Car]) -> None:
    await harness.add_account()
    assert {car.name: entities(harness, car) for car in three_cars} == {
        "electric": ALL | PREFERENCES | FIRST_PROGRAM,
        "hybrid": WAKE_UP | DOORS | CHARGING | DELAY | PRECONDITIONING | PROGRAMS | FIRST_PROGRAM | THEFT,
        "combustion": WAKE_UP | DOORS | SIGNALS | THEFT,
    }


@pytest.mark.usefixtures("three_cars")
async def test_a_car_that_does_not_say_what_it_can_do_has_what_the_scopes_allow(harness: Harness) -> None:
    for car in harness.vendor.cars.values():
        car.capabilities = None
    await harness.add_account()
    assert entities(harness, harness.vendor.cars["electric"]) == ALL | FIRST_PROGRAM
    assert entities(harness, harness.vendor.cars["hybrid"]) == ALL | FIRST_PROGRAM
    assert entities(harness, harness.vendor.cars["combustion"]) == ALL - CHARGING - DELAY


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("remote:door:write", DOORS),
        ("remote:horn:write", {"button horn"}),
        ("remote:lights:write", {"button flash_lights", "switch lights"}),
        ("remote:wakeup:write", WAKE_UP),
        ("remote:charging:write", CHARGING | DELAY),
        ("remote:preconditioning:write", PRECONDITIONING | PROGRAMS),
        ("remote:navigation:write", set()),
    ],
)
async def test_without_its_scope_there_is_no_entity(harness: Harness, car: Car, scope: str, expected: set[str]) -> None:
    """Whether the car says what it can do or not."""
    [silent] = harness.add_cars({"silent": {}}).values()
    silent.capabilities = None
    await harness.add_account(scopes=[DATA_SCOPE, scope])
    assert entities(harness, car) - PREFERENCES - FIRST_PROGRAM == entities(harness, silent) == expected | THEFT


async def test_what_can_only_be_scheduled_is_no_switch(harness: Harness) -> None:
    shapes: dict[str, tuple[object, bool]] = {
        "neither": (False, False),
        "neither start nor stop": ({"start": False, "stop": False}, False),
        "only start": ({"start": True, "stop": False}, True),
        "only stop": ({"start": False, "stop": True}, True),
        "both": (True, True),
        "not said": (None, True),
    }
    cars = harness.add_cars({name: {} for name in shapes})
    for name, car in cars.items():
        assert car.capabilities
        for remote in ("charging", "preconditioning"):
            car.capabilities["remote"][remote]["parameters"] = {"immediate": shapes[name][0]}
    await harness.add_account()
    scheduled = {name for name, car in cars.items() if entities(harness, car) == ALL - CHARGING - PRECONDITIONING}
    assert scheduled == {name for name, (_, there) in shapes.items() if not there}
    assert all(entities(harness, cars[name]) == ALL for name in shapes.keys() - scheduled)


async def test_what_a_car_has_never_said_is_unknown(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    """The vendor answers 404 for a car that it has no data of."""
    harness.vendor.faults.add(Fault(path="*/status", car=car, status=404, times=None))
    await harness.add_account()
    assert states(harness, car, REMOTES) == {
        **dict.fromkeys(ALL - THEFT | PREFERENCES, "unknown"),
        "calendar preconditioning": "off",
        "number charge_limit": "100",
        "switch lights": "off",
    }
    assert not [
        record for record in caplog.records if "fetching" in record.getMessage() and record.levelname == "ERROR"
    ]


async def test_a_car_fails_alone_and_all_of_it(harness: Harness, car: Car, other: Car) -> None:
    """Two polls in a row may fail, the third one makes everything unavailable; an answer brings it back."""
    harness.refuse_push()
    await harness.add_account()
    harness.vendor.faults.add(Fault(path="*/status", car=car, status=503, times=3))
    for expected in ("locked", "locked", "unavailable"):
        await harness.pass_time(minutes=31)
        assert harness.state(car, "lock", "doors").state == expected
    assert set(states(harness, car, REMOTES | REPORTS).values()) == {"unavailable"}
    assert harness.state(other, "lock", "doors").state == "locked"
    await harness.pass_time(minutes=31)
    assert harness.state(car, "lock", "doors").state == "locked"
    assert harness.state(car, "switch", "charging").state == "off"


async def test_without_a_scope_for_data_nothing_is_read_and_remotes_work(harness: Harness, car: Car) -> None:
    await harness.add_account(scopes=["remote:door:write"])
    assert harness.state(car, "lock", "doors").state == "unknown"
    for _ in range(3):
        await harness.pass_time(minutes=31)
    await harness.call(car, "lock", "doors", "unlock")
    assert harness.state(car, "lock", "doors").state == "unlocked"
    assert harness.reads(car) == 0


async def test_a_car_that_reports_nothing_has_nothing_to_show(harness: Harness) -> None:
    [car] = harness.add_cars({"silent": {}}).values()
    for name in ("alerts", "maintenance", "trips"):
        answer(harness, car, name, {})
    await harness.add_account()
    assert entities(harness, car, REPORTS) == {
        *("binary_sensor alert", "binary_sensor preconditioning", "event alert", "event remote"),
        "sensor wake_ups_this_month",
    }


async def test_what_has_been_reported_is_there_once(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    """Whenever the car reports it, however often, and after a reload."""
    harness.refuse_push()
    [car] = harness.add_cars({"shy": {}}).values()
    entry = await harness.add_account()
    car.report = lambda _car: EVERYTHING
    for minutes in (31, 62):
        await harness.pass_time(minutes=minutes)
    late = entities(harness, car, REPORTS)
    assert {"sensor odometer", "binary_sensor trunk", "device_tracker location"} <= late
    car.report = lambda _car: EVERYTHING | {"doorsState": doors(LATER, closed=("Driver",))}
    await harness.pass_time(minutes=93)
    await harness.reload(entry)
    assert entities(harness, car, REPORTS) == late
    assert harness.state(car, "binary_sensor", "door_driver").state == "off"
    assert "does not generate unique IDs" not in caplog.text


async def test_a_car_that_comes_late_or_comes_back_has_all_it_reports(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    await harness.add_account()
    late = add_talkative_car(harness)
    await harness.pass_time(hours=25)
    found = entities(harness, late, REPORTS)
    assert {"sensor odometer", "binary_sensor trunk", "device_tracker location", "event alert"} <= found
    await harness.lose(late)
    assert entities(harness, late, REPORTS) == set()
    harness.vendor.accounts["driver"].cars.append(late)
    await harness.pass_time(hours=25)
    assert entities(harness, late, REPORTS) == found
    assert harness.state(late, "sensor", "odometer").state == "12345.6"
    assert "does not generate unique IDs" not in caplog.text


async def test_what_arrives_late_of_a_car_that_is_gone_brings_nothing_back(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    [gone] = harness.add_cars({"gone": {}}).values()
    await harness.pass_time(hours=25)
    coordinator = entry.runtime_data.cars[gone.vin]
    await harness.lose(gone)
    coordinator.async_report(entry.runtime_data.cars[car.vin].data)
    await harness.settle()
    assert entities(harness, gone, REPORTS) == set()


async def test_the_ids_of_entities_do_not_follow_the_language(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    registry = er.async_get(harness.hass)

    def ids() -> dict[str, str]:
        return {each.id: each.entity_id for each in er.async_entries_for_config_entry(registry, entry.entry_id)}

    before = ids()
    assert harness.entity_id(car, "lock", "doors") == "lock.peugeot_e_208_doors"
    for language, name in (("fr", "Portes"), ("hu", "Ajtók"), ("en", "Doors")):
        harness.hass.config.language = language
        await harness.reload(entry)
        assert harness.state(car, "lock", "doors").name == f"Peugeot e-208 {name}"
        assert ids() == before
