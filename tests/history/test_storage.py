"""What the cars did, on disk."""

from datetime import datetime, timedelta
import json
from pathlib import Path
import stat
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.stellantis.history import storage as module
from custom_components.stellantis.history.storage import (
    KEPT_FOR,
    MOST,
    SAVE_DELAY,
    HistoryStorage,
    Records,
    async_remove_history,
)

VIN = "VXXDEM00000000001"
NOW = dt_util.utcnow()


def record(at: datetime, **values: Any) -> dict[str, Any]:
    return {"started_at": at.isoformat(), **values}


def files(hass: HomeAssistant) -> list[Path]:
    """Return the files of all accounts."""
    return sorted(Path(hass.config.path(".storage")).glob("stellantis.*"))


@pytest.fixture
async def storage(hass: HomeAssistant, entry: ConfigEntry[Any]) -> HistoryStorage:
    return await loaded(hass, entry)


async def loaded(hass: HomeAssistant, entry: ConfigEntry[Any], *vins: str) -> HistoryStorage:
    storage = HistoryStorage(hass, entry)
    await storage.async_load(vins)
    return storage


async def test_what_a_car_did_is_known_after_a_restart(
    hass: HomeAssistant, entry: ConfigEntry[Any], storage: HistoryStorage
) -> None:
    charge, trip = record(NOW, energy=7.5), record(NOW, distance=12.0)
    car = storage.get(VIN)
    car.charges.add(charge)
    car.trips.add(trip)
    car.state["charging"] = {"level": 50}
    await storage.async_close()
    found = (await loaded(hass, entry)).get(VIN)
    assert (list(found.charges), list(found.trips), found.state) == ([charge], [trip], {"charging": {"level": 50}})


async def test_each_car_has_a_private_file_that_a_person_can_read_and_that_does_not_name_the_vin(
    hass: HomeAssistant, storage: HistoryStorage
) -> None:
    for vin in (VIN, "another"):
        storage.get(vin).charges.add(record(NOW, place="Home"))
    await storage.async_close()
    found = files(hass)
    assert len(found) == 2
    for path in found:
        assert path.name.startswith("stellantis.entry.")
        assert VIN not in path.name + path.read_text()
        assert json.loads(path.read_text())["data"]["charges"] == [record(NOW, place="Home")]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_car_that_has_done_nothing_has_no_file(hass: HomeAssistant, storage: HistoryStorage) -> None:
    storage.get(VIN)
    await storage.async_close()
    assert files(hass) == []


@pytest.mark.parametrize(
    "junk", [None, [], "junk", {"charges": "junk", "trips": 7, "state": []}, {"charges": [None, "junk", {}, []]}]
)
def test_what_cannot_be_read_costs_that_record_only(junk: Any) -> None:
    car = module.CarHistory(None, junk)  # type: ignore[arg-type]
    assert (list(car.charges), list(car.trips), car.state) == ([], [], {})
    good = record(NOW)
    assert list(Records([{"started_at": "junk"}, {"started_at": None}, good, 7])) == [good]


def test_records_are_sorted_and_replaced_by_their_start() -> None:
    records = Records()
    first, second, third = (record(NOW - timedelta(hours=hours)) for hours in (3, 2, 1))
    records.add(third, first)
    records.add(second)
    assert list(records) == [first, second, third]
    records.add(second | {"energy": 3})
    assert list(records) == [first, second | {"energy": 3}, third]


def test_records_are_kept_for_two_years_and_bounded_in_number() -> None:
    old, kept = record(NOW - KEPT_FOR - timedelta(hours=1)), record(NOW - KEPT_FOR + timedelta(hours=1))
    assert list(Records([old, kept])) == [kept]
    many = Records([record(NOW - timedelta(minutes=minutes)) for minutes in range(MOST + 10)])
    assert len(many) == MOST
    assert list(many)[-1] == record(NOW)


async def test_changes_are_saved_together_and_an_end_at_once(hass: HomeAssistant, storage: HistoryStorage) -> None:
    car = storage.get(VIN)
    for level in (50, 51):
        car.state["level"] = level
        car.async_schedule_save()
    await hass.async_block_till_done()
    assert files(hass) == []
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=SAVE_DELAY + 1))
    await hass.async_block_till_done()
    [path] = files(hass)
    assert json.loads(path.read_text())["data"]["state"] == {"level": 51}
    car.charges.add(record(NOW))
    await car.async_save()
    assert json.loads(path.read_text())["data"]["charges"] == [record(NOW)]


async def test_nothing_is_written_after_the_end(hass: HomeAssistant, storage: HistoryStorage) -> None:
    car = storage.get(VIN)
    await storage.async_close()
    car.charges.add(record(NOW))
    await car.async_save()
    car.async_schedule_save()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=SAVE_DELAY + 1))
    await hass.async_block_till_done()
    assert files(hass) == []


async def test_with_an_entry_the_files_of_all_its_cars_are_removed(
    hass: HomeAssistant, entry: ConfigEntry[Any], storage: HistoryStorage
) -> None:
    for vin in (VIN, "left long ago"):
        storage.get(vin).trips.add(record(NOW))
    await storage.async_close()
    others = HistoryStorage(hass, MockConfigEntry(entry_id="another"))
    others.get(VIN).trips.add(record(NOW))
    await others.async_close()
    await async_remove_history(hass, entry)
    [kept] = files(hass)
    assert kept.name.startswith("stellantis.another.")


async def test_a_car_that_comes_back_has_its_history(
    hass: HomeAssistant, entry: ConfigEntry[Any], storage: HistoryStorage
) -> None:
    storage.get(VIN).trips.add(record(NOW))
    await storage.async_close()
    for vins in ((), (VIN,)):
        assert list((await loaded(hass, entry, *vins)).get(VIN).trips) == [record(NOW)]
