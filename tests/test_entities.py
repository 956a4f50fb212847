"""Which entities a car has, and when they are unknown or unavailable."""

from typing import Final

from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault

from .conftest import House

WAKE_UP: Final = {"button wake_up"}
SIGNALS: Final = {"button horn", "button flash_lights", "switch lights"}
DOORS: Final = {"lock doors"}
CHARGING: Final = {"switch charging"}
PRECONDITIONING: Final = {"climate preconditioning"}
ALL: Final = WAKE_UP | SIGNALS | DOORS | CHARGING | PRECONDITIONING

DATA_SCOPE: Final = "data:telemetry"


def entities(house: House, car: Car) -> set[str]:
    """Return the entities of a car, as platform and key."""
    return {
        f"{entry.domain} {entry.unique_id.removeprefix(f'{car.vin}_')}"
        for entry in er.async_get(house.hass).entities.values()
        if entry.platform == DOMAIN and entry.unique_id.startswith(car.vin)
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("electric", ALL),
        ("hybrid", WAKE_UP | DOORS | CHARGING | PRECONDITIONING),
        ("combustion", WAKE_UP | DOORS | SIGNALS),
    ],
)
async def test_a_car_has_what_it_can_do(house: House, name: str, expected: set[str]) -> None:
    await house.add_account()
    assert entities(house, house.vendor.cars[name]) == expected


async def test_a_car_that_does_not_say_what_it_can_do_has_what_the_scopes_allow(house: House) -> None:
    for car in house.vendor.cars.values():
        car.capabilities = None
    await house.add_account()
    assert entities(house, house.vendor.cars["electric"]) == ALL
    assert entities(house, house.vendor.cars["hybrid"]) == ALL
    assert entities(house, house.vendor.cars["combustion"]) == ALL - CHARGING


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("remote:door:write", DOORS),
        ("remote:horn:write", {"button horn"}),
        ("remote:lights:write", {"button flash_lights", "switch lights"}),
        ("remote:wakeup:write", WAKE_UP),
        ("remote:charging:write", CHARGING),
        ("remote:preconditioning:write", PRECONDITIONING),
    ],
)
async def test_without_its_scope_there_is_no_entity(house: House, car: Car, scope: str, expected: set[str]) -> None:
    """Whether the car says what it can do or not."""
    [silent] = house.add_cars({"silent": {}}).values()
    silent.capabilities = None
    await house.add_account(scopes=[DATA_SCOPE, scope])
    assert entities(house, car) == entities(house, silent) == expected


async def test_what_can_only_be_scheduled_is_no_switch(house: House) -> None:
    shapes: dict[str, tuple[object, bool]] = {
        "neither": (False, False),
        "neither start nor stop": ({"start": False, "stop": False}, False),
        "only start": ({"start": True, "stop": False}, True),
        "only stop": ({"start": False, "stop": True}, True),
        "both": (True, True),
        "not said": (None, True),
    }
    cars = house.add_cars({name: {} for name in shapes})
    for name, car in cars.items():
        assert car.capabilities
        for remote in ("charging", "preconditioning"):
            car.capabilities["remote"][remote]["parameters"] = {"immediate": shapes[name][0]}
    await house.add_account()
    scheduled = {name for name, car in cars.items() if entities(house, car) == ALL - CHARGING - PRECONDITIONING}
    assert scheduled == {name for name, (_, there) in shapes.items() if not there}
    assert all(entities(house, cars[name]) == ALL for name in shapes.keys() - scheduled)


async def test_what_a_car_has_never_said_is_unknown(house: House, car: Car) -> None:
    """The vendor answers 404 for a car that it has no data of."""
    house.vendor.faults.add(Fault(path="*/status", car=car, status=404, times=None))
    await house.add_account()
    states = {entity: house.state(car, *entity.split()).state for entity in entities(house, car)}
    assert states == {**dict.fromkeys(ALL, "unknown"), "switch lights": "off"}


async def test_a_car_fails_alone_and_all_of_it(house: House, car: Car) -> None:
    """Two polls in a row may fail, the third one makes everything unavailable; an answer brings it back."""
    other = house.vendor.cars["hybrid"]
    await house.add_account()
    house.vendor.faults.add(Fault(path="*/status", car=car, status=503, times=3))
    for expected in ("locked", "locked", "unavailable"):
        await house.pass_time(minutes=31)
        assert house.state(car, "lock", "doors").state == expected
    assert {house.state(car, *entity.split()).state for entity in entities(house, car)} == {"unavailable"}
    assert house.state(other, "lock", "doors").state == "locked"
    await house.pass_time(minutes=31)
    assert house.state(car, "lock", "doors").state == "locked"
    assert house.state(car, "switch", "charging").state == "off"


async def test_without_a_scope_for_data_nothing_is_read_and_remotes_work(house: House, car: Car) -> None:
    await house.add_account(scopes=["remote:door:write"])
    assert house.state(car, "lock", "doors").state == "unknown"
    for _ in range(3):
        await house.pass_time(minutes=31)
    await house.call(car, "lock", "doors", "unlock")
    assert house.state(car, "lock", "doors").state == "unlocked"
    assert house.reads(car) == 0
