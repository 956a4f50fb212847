"""What is known of an account's cars, on disk."""

from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.stellantis.account.storage import SAVE_DELAY, CarStorage, StoredCar, async_remove_storage

from .parts import make_vehicle

KEY = "stellantis.entry"


class Cars:
    """What is known of the cars now, and how often that was asked for."""

    def __init__(self) -> None:
        self.known: dict[str, StoredCar] = {}
        self.collected = 0

    def collect(self) -> dict[str, StoredCar]:
        self.collected += 1
        return dict(self.known)


@pytest.fixture
def cars() -> Cars:
    return Cars()


@pytest.fixture
def storage(hass: HomeAssistant, hass_storage: dict[str, Any], entry: ConfigEntry[Any], cars: Cars) -> CarStorage:
    return CarStorage(hass, entry, cars.collect)


def write(hass_storage: dict[str, Any], data: object) -> None:
    """Leave this file behind."""
    hass_storage[KEY] = {"version": 1, "minor_version": 1, "key": KEY, "data": data}


async def pass_time(hass: HomeAssistant, seconds: float) -> None:
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds))
    await hass.async_block_till_done()


async def test_there_is_nothing_at_first(storage: CarStorage) -> None:
    await storage.async_load()
    assert storage.vehicles == []
    assert storage.get("one") == {}


async def test_what_was_saved_is_loaded(
    hass: HomeAssistant, entry: ConfigEntry[Any], storage: CarStorage, cars: Cars
) -> None:
    cars.known["one"] = {"vehicle": make_vehicle("one").as_dict(), "wake_ups": {"count": 3}}
    await storage.async_close()
    loaded = CarStorage(hass, entry, dict)
    await loaded.async_load()
    assert loaded.vehicles == [make_vehicle("one")]
    assert loaded.get("one")["wake_ups"] == {"count": 3}


@pytest.mark.parametrize(
    "junk", [None, "junk", [], {}, {"one": None}, {"one": "junk"}, {"one": {"vehicle": 7}}, {"one": {"vehicle": {}}}]
)
async def test_what_cannot_be_read_is_no_car(hass_storage: dict[str, Any], storage: CarStorage, junk: object) -> None:
    write(hass_storage, junk)
    await storage.async_load()
    assert storage.vehicles == []
    assert storage.get("one").get("status") is None


async def test_one_car_that_cannot_be_read_does_not_cost_the_others(
    hass_storage: dict[str, Any], storage: CarStorage
) -> None:
    write(hass_storage, {"one": {"vehicle": None}, "two": {"vehicle": make_vehicle("two").as_dict()}})
    await storage.async_load()
    assert storage.vehicles == [make_vehicle("two")]


async def test_a_car_that_has_left_is_known_when_it_comes_back(storage: CarStorage) -> None:
    storage.put("one", {"wake_ups": {"count": 3}})
    assert storage.get("one") == {"wake_ups": {"count": 3}}


async def test_a_car_that_reports_all_the_time_is_saved_within_a_minute(
    hass: HomeAssistant, hass_storage: dict[str, Any], storage: CarStorage, cars: Cars
) -> None:
    storage.async_schedule_save()
    cars.known["one"] = {"wake_ups": 1}
    await pass_time(hass, SAVE_DELAY / 2)
    storage.async_schedule_save()
    assert KEY not in hass_storage
    cars.known["one"] = {"wake_ups": 2}
    await pass_time(hass, SAVE_DELAY + 1)
    assert hass_storage[KEY]["data"] == {"one": {"wake_ups": 2}}
    assert cars.collected == 1


async def test_it_is_saved_again_after_the_next_report(
    hass: HomeAssistant, hass_storage: dict[str, Any], storage: CarStorage, cars: Cars
) -> None:
    storage.async_schedule_save()
    await pass_time(hass, SAVE_DELAY + 1)
    cars.known["one"] = {"wake_ups": 3}
    await pass_time(hass, 2 * SAVE_DELAY)
    assert hass_storage[KEY]["data"] == {}, "nobody has said that there is news"
    storage.async_schedule_save()
    await pass_time(hass, 3 * SAVE_DELAY)
    assert hass_storage[KEY]["data"] == {"one": {"wake_ups": 3}}


async def test_after_it_is_closed_nothing_is_saved(
    hass: HomeAssistant, hass_storage: dict[str, Any], storage: CarStorage, cars: Cars
) -> None:
    """The cars are taken down by then: what is known of them must not be overwritten."""
    storage.async_schedule_save()
    cars.known["one"] = {"wake_ups": 1}
    await storage.async_close()
    assert hass_storage[KEY]["data"] == {"one": {"wake_ups": 1}}
    cars.known.clear()
    storage.async_schedule_save()
    await pass_time(hass, 2 * SAVE_DELAY)
    assert hass_storage[KEY]["data"] == {"one": {"wake_ups": 1}}
    assert cars.collected == 1


async def test_what_is_reported_after_it_is_closed_is_not_saved(
    hass: HomeAssistant, hass_storage: dict[str, Any], storage: CarStorage, cars: Cars
) -> None:
    await storage.async_close()
    cars.known["one"] = {"wake_ups": 1}
    storage.async_schedule_save()
    await pass_time(hass, 2 * SAVE_DELAY)
    assert hass_storage[KEY]["data"] == {}


async def test_the_file_goes_with_the_entry(
    hass: HomeAssistant, hass_storage: dict[str, Any], entry: ConfigEntry[Any], storage: CarStorage
) -> None:
    await storage.async_close()
    assert KEY in hass_storage
    await async_remove_storage(hass, entry)
    assert KEY not in hass_storage
