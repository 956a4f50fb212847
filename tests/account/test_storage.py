"""What is known of an account's cars, on disk."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
import json
import logging
import math
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.stellantis.account import storage as module
from custom_components.stellantis.account.storage import (
    SAVE_DELAY,
    SAVE_DELAY_MOVING,
    CarStorage,
    StoredCar,
    async_remove_storage,
)

from .parts import make_vehicle

KEY = "stellantis.entry"


class Cars:
    """What is known of the cars now, and how often that was asked for."""

    def __init__(self) -> None:
        self.known: dict[str, StoredCar] = {}
        self.collected = 0

    def collect(self) -> Iterator[tuple[str, StoredCar]]:
        self.collected += 1
        yield from self.known.items()


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
    loaded = CarStorage(hass, entry, list)
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
    assert storage.get("one")["wake_ups"] == {"count": 3}


async def test_a_car_that_has_left_is_remembered_over_restarts_for_three_months(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entry: ConfigEntry[Any],
    storage: CarStorage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vehicle = make_vehicle("one")
    storage.put("one", {"vehicle": vehicle.as_dict(), "wake_ups": {"count": 3}})
    await storage.async_close()
    for days, there in ((0, True), (89, True), (91, False)):
        now = dt_util.utcnow() + timedelta(days=days)
        monkeypatch.setattr(module, "utcnow", lambda now=now: now)
        loaded = CarStorage(hass, entry, list)
        await loaded.async_load()
        assert loaded.get("one")["wake_ups"] == {"count": 3}
        assert (loaded.vehicles, loaded.vehicles_that_left) == ([], [vehicle])
        await loaded.async_close()
        assert ("one" in hass_storage[KEY]["data"]) is there


async def test_what_is_stored_of_a_car_that_is_not_there_at_the_moment_is_kept(
    hass_storage: dict[str, Any], storage: CarStorage, cars: Cars
) -> None:
    """Even if what it is cannot be read."""
    write(hass_storage, {"one": {"wake_ups": {"count": 3}}, "two": {"wake_ups": {"count": 4}}})
    await storage.async_load()
    assert storage.vins == ["one", "two"]
    cars.known["two"] = {"wake_ups": {"count": 5}}
    await storage.async_close()
    data = hass_storage[KEY]["data"]
    assert data["one"]["wake_ups"] == {"count": 3}
    assert data["two"] == {"wake_ups": {"count": 5}}


LONE_SURROGATE = json.loads('"\\ud800"')
DEEP: Any = []
for _ in range(1000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    "spoilt",
    [
        2**64,
        -(2**63) - 1,
        10**400,
        LONE_SURROGATE,
        {LONE_SURROGATE: 1},
        {7: 1},
        object(),
        {1, 2},
        DEEP,
        math.nan,
        math.inf,
    ],
    ids=lambda spoilt: str(type(spoilt)),
)
async def test_a_value_that_cannot_be_written_costs_itself_only(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entry: ConfigEntry[Any],
    storage: CarStorage,
    cars: Cars,
    spoilt: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is told once, without a word of what it is."""
    good = {"count": 3, "level": 0.5, "name": "Citroën", "on": True, "none": None, "pair": (1, 2), "days": ["Mon"]}
    for _ in range(3):
        cars.known = {
            "one": {
                "vehicle": make_vehicle("one").as_dict(),
                "status": {"bad": spoilt, "list": [1, spoilt, 2], "good": good},
                "wake_ups": {"count": 3},
            },
            "two": {"wake_ups": {"count": 4}},
            LONE_SURROGATE: {"wake_ups": {"count": 5}},
        }
        await storage.async_save()
    loaded = CarStorage(hass, entry, list)
    await loaded.async_load()
    assert loaded.vehicles == [make_vehicle("one")]
    one = loaded.get("one")
    assert one["wake_ups"] == {"count": 3}
    assert one["status"]["good"] == good | {"pair": [1, 2]}
    assert [each for each in one["status"]["list"] if isinstance(each, int)] == [1, 2]
    assert loaded.get("two") == {"wake_ups": {"count": 4}}
    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.getMessage() for record in told] == [
        "Not all that is known of a car can be saved, the rest is: part of status"
    ]
    assert hass_storage[KEY]["data"].keys() == {"one", "two"}


async def test_what_can_be_written_is_written_as_it_is(
    hass_storage: dict[str, Any], storage: CarStorage, cars: Cars, caplog: pytest.LogCaptureFixture
) -> None:
    car = {"numbers": [2**64 - 1, -(2**63), 0.1, None, True], "texts": {"é": "\U0001f697", "": []}}
    cars.known["one"] = {"status": car}
    await storage.async_close()
    assert hass_storage[KEY]["data"] == {"one": {"status": car}}
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_what_is_saved_at_once_does_not_wait(
    hass: HomeAssistant, hass_storage: dict[str, Any], storage: CarStorage, cars: Cars
) -> None:
    """And later news are saved as ever, although a write cancels the timer of a later one."""
    storage.async_schedule_save()
    cars.known["one"] = {"wake_ups": 1}
    await storage.async_save()
    assert hass_storage[KEY]["data"] == {"one": {"wake_ups": 1}}
    cars.known["one"] = {"wake_ups": 2}
    storage.async_schedule_save()
    await pass_time(hass, SAVE_DELAY + 1)
    assert hass_storage[KEY]["data"] == {"one": {"wake_ups": 2}}
    await storage.async_close()
    cars.known["one"] = {"wake_ups": 3}
    await storage.async_save()
    assert hass_storage[KEY]["data"] == {"one": {"wake_ups": 2}}


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


async def test_a_shorter_delay_wins(
    hass: HomeAssistant, hass_storage: dict[str, Any], storage: CarStorage, cars: Cars
) -> None:
    storage.async_schedule_save(SAVE_DELAY_MOVING)
    cars.known["one"] = {"wake_ups": 1}
    await pass_time(hass, SAVE_DELAY + 1)
    assert KEY not in hass_storage
    storage.async_schedule_save()
    storage.async_schedule_save(SAVE_DELAY_MOVING)
    await pass_time(hass, SAVE_DELAY + 1)
    assert hass_storage[KEY]["data"] == {"one": {"wake_ups": 1}}
    cars.known["one"] = {"wake_ups": 2}
    storage.async_schedule_save(SAVE_DELAY_MOVING)
    await pass_time(hass, SAVE_DELAY_MOVING + 1)
    assert hass_storage[KEY]["data"] == {"one": {"wake_ups": 2}}


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


async def test_those_who_save_while_it_is_written_share_one_write(
    hass_storage: dict[str, Any], storage: CarStorage, cars: Cars
) -> None:
    """It holds what was known when each of them asked."""
    cars.known = {vin: {"wake_ups": 1} for vin in ("one", "two")}
    first = asyncio.create_task(storage.async_save())
    await asyncio.sleep(0)
    cars.known = {vin: {"wake_ups": 2} for vin in ("one", "two")}
    await asyncio.gather(first, *(storage.async_save() for _ in range(3)))
    assert hass_storage[KEY]["data"] == cars.known
    assert cars.collected == 2


async def test_other_tasks_have_their_turn_after_each_car(storage: CarStorage, cars: Cars) -> None:
    cars.known = {str(number): {} for number in range(5)}
    saving = asyncio.create_task(storage.async_save())
    turns = 0
    while not saving.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > len(cars.known)


@pytest.mark.parametrize("turns", range(3))
async def test_what_is_not_written_because_somebody_gave_up_is_written_later(
    hass: HomeAssistant, hass_storage: dict[str, Any], storage: CarStorage, cars: Cars, turns: int
) -> None:
    cars.known = {vin: {"wake_ups": 1} for vin in ("one", "two", "three")}
    storage.async_schedule_save()
    saving = asyncio.create_task(storage.async_save())
    for _ in range(turns + 1):
        await asyncio.sleep(0)
    saving.cancel()
    await asyncio.wait([saving])
    assert KEY not in hass_storage
    await pass_time(hass, SAVE_DELAY + 1)
    assert hass_storage[KEY]["data"] == cars.known


async def test_what_is_to_be_saved_later_is_saved_when_home_assistant_stops(
    hass: HomeAssistant, hass_storage: dict[str, Any], storage: CarStorage, cars: Cars
) -> None:
    await storage.async_load()
    cars.known["one"] = {"wake_ups": 1}
    storage.async_schedule_save()
    await hass.async_stop(force=True)
    assert hass_storage[KEY]["data"] == {"one": {"wake_ups": 1}}


async def test_what_is_saved_already_is_not_saved_again_when_home_assistant_stops(
    hass: HomeAssistant, storage: CarStorage, cars: Cars
) -> None:
    await storage.async_load()
    storage.async_schedule_save()
    await storage.async_save()
    await hass.async_stop(force=True)
    assert cars.collected == 1


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


async def test_who_gives_up_while_another_one_writes_does_not_lose_what_it_has_changed(
    hass: HomeAssistant, hass_storage: dict[str, Any], storage: CarStorage, cars: Cars
) -> None:
    cars.known = {vin: {"wake_ups": 1} for vin in ("one", "two", "three")}
    first = asyncio.create_task(storage.async_save())
    await asyncio.sleep(0)
    cars.known["one"] = {"wake_ups": 2}
    second = asyncio.create_task(storage.async_save())
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.wait([first, second])
    await pass_time(hass, SAVE_DELAY + 1)
    assert hass_storage[KEY]["data"]["one"] == {"wake_ups": 2}


async def test_what_is_being_written_when_somebody_gives_up_does_not_replace_what_is_written_after_it(
    hass_storage: dict[str, Any], storage: CarStorage, cars: Cars, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that writes to the disk cannot be cancelled."""
    began, released = asyncio.Event(), asyncio.Event()
    write_to_disk = Store._async_write_data

    async def write_in_thread(self: Store[Any], data: dict[str, Any]) -> None:
        began.set()
        await released.wait()
        await write_to_disk(self, data)

    threads: list[asyncio.Task[None]] = []

    async def write_slowly(*args: Any) -> None:
        threads.append(asyncio.create_task(write_in_thread(*args)))
        await asyncio.shield(threads[0])

    cars.known = {"one": {"wake_ups": 1}}
    with monkeypatch.context() as slow:
        slow.setattr(Store, "_async_write_data", write_slowly)
        first = asyncio.create_task(storage.async_save())
        await began.wait()
    first.cancel()
    await asyncio.wait([first])
    cars.known = {"one": {"wake_ups": 2}}
    second = asyncio.create_task(storage.async_save())
    for _ in range(20):
        await asyncio.sleep(0)
    released.set()
    await asyncio.gather(second, *threads)
    assert hass_storage[KEY]["data"] == cars.known
