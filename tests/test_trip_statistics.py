"""The long-term statistics of trips: each trip once, at the hour in which it began."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import partial
import hashlib
from itertools import accumulate, batched
import logging
import random
from typing import Any
from uuid import uuid4

from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.components.recorder.statistics import list_statistic_ids, statistics_during_period
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from hypothesis import HealthCheck, given, settings
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.stellantis.api.trips import read_trip
from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.history import storage
from custom_components.stellantis.history.statistics import TripStatistics
from custom_components.stellantis.history.trips import ENERGIES, Trips
from simulator import Car

from .helpers.harness import Harness
from .helpers.trip_strategies import Month, months
from .helpers.trips import described, drive, get_trips, rfc_3339, tell


@pytest.fixture
async def auto_enable_custom_integrations(
    recorder_mock: Recorder, hass: HomeAssistant, enable_custom_integrations: None
) -> None:
    """Keep a history, which has to begin before anything else."""
    # SQLAlchemy would log each statement, even after the log capture has ended.
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)


@pytest.fixture
def hour() -> datetime:
    """Return the beginning of this hour."""
    return dt_util.utcnow().replace(minute=0, second=0, microsecond=0)


async def list_ours(harness: Harness) -> list[Any]:
    """Return what is known of the statistics of trips."""
    known = await get_instance(harness.hass).async_add_executor_job(list_statistic_ids, harness.hass)
    return [each for each in known if each["source"] == "stellantis"]


async def read_all(harness: Harness, vin: str) -> dict[str, list[Any]]:
    """Return the rows of all statistics of a car, as `read` does."""
    await async_wait_recording_done(harness.hass)
    car = hashlib.sha256(vin.encode()).hexdigest()[:12]
    ids = {f"{DOMAIN}:{car}_{key}": key for key in ("distance", "electricity", "fuel")}
    types: Any = {"state", "sum"}
    start = datetime.fromtimestamp(0, UTC)
    found = await get_instance(harness.hass).async_add_executor_job(
        partial(statistics_during_period, harness.hass, start, None, {*ids}, "hour", None, types)
    )
    return {
        key: [(datetime.fromtimestamp(row["start"], UTC), row["state"], row["sum"]) for row in found.get(each, [])]
        for each, key in ids.items()
    }


async def read(harness: Harness, key: str) -> list[tuple[datetime, float | None, float | None]]:
    """Return the rows of a statistic: the hour, what it adds, and the sum."""
    await harness.settle()
    await async_wait_recording_done(harness.hass)
    ask = get_instance(harness.hass).async_add_executor_job
    ids = {each["statistic_id"] for each in await list_ours(harness) if each["statistic_id"].endswith(f"_{key}")}
    start = datetime.fromtimestamp(0, UTC)
    types: Any = {"state", "sum"}
    rows = await ask(partial(statistics_during_period, harness.hass, start, None, ids, "hour", None, types))
    return [
        (datetime.fromtimestamp(row["start"], UTC), row["state"], row["sum"]) for each in rows.values() for row in each
    ]


def electricity(kilowatt_hours: float) -> dict[str, Any]:
    return {"energyConsumptions": [{"type": "Electric", "consumption": kilowatt_hours}]}


async def test_each_trip_counts_at_the_hour_in_which_it_began(harness: Harness, car: Car, hour: datetime) -> None:
    before = hour - timedelta(hours=30)
    drive(car, before + timedelta(minutes=50), 10.0, **electricity(2.0))
    drive(car, before + timedelta(minutes=5), 5.0, **electricity(1.5))
    drive(car, hour - timedelta(hours=3), 20.0, energyConsumptions=[], endEnergies=[])
    await harness.add_account()
    assert await read(harness, "distance") == [(before, 15.0, 15.0), (hour - timedelta(hours=3), 20.0, 35.0)]
    assert await read(harness, "electricity") == [(before, 3.5, 3.5)]
    assert await read(harness, "fuel") == []
    [distance] = [each for each in await list_ours(harness) if each["statistic_id"].endswith("_distance")]
    assert distance["name"] == "Peugeot e-208: distance driven"
    assert (distance["source"], distance["unit_class"]) == ("stellantis", "distance")
    assert distance["statistics_unit_of_measurement"] == "km"
    assert car.vin.lower() not in distance["statistic_id"]


async def test_a_trip_that_comes_late_raises_all_later_sums(harness: Harness, car: Car, hour: datetime) -> None:
    first, last = hour - timedelta(hours=9), hour - timedelta(hours=2)
    drive(car, first, 10.0)
    drive(car, last, 20.0)
    entry = await harness.add_account()
    late = drive(car, hour - timedelta(hours=5), 5.0)
    for _ in range(2):
        await tell(harness, entry, car, described(car, late))
    assert await read(harness, "distance") == [
        (first, 10.0, 10.0),
        (hour - timedelta(hours=5), 5.0, 15.0),
        (last, 20.0, 35.0),
    ]


async def test_a_trip_that_began_at_another_hour_counts_once(harness: Harness, car: Car, hour: datetime) -> None:
    drive(car, hour - timedelta(hours=9), 10.0)
    moved = drive(car, hour - timedelta(hours=5), 5.0)
    entry = await harness.add_account()
    assert len(await read(harness, "distance")) == 2
    begun = rfc_3339(hour - timedelta(hours=6))
    await tell(harness, entry, car, {**described(car, moved), "startedAt": begun, "updatedAt": rfc_3339(hour)})
    assert await read(harness, "distance") == [
        (hour - timedelta(hours=9), 10.0, 10.0),
        (hour - timedelta(hours=6), 5.0, 15.0),
        (hour - timedelta(hours=5), 0.0, 15.0),
    ]


async def test_statistics_that_are_lost_are_written_again(harness: Harness, car: Car, hour: datetime) -> None:
    drive(car, hour - timedelta(hours=9), 10.0)
    entry = await harness.add_account()
    before = await read(harness, "distance")
    ours = [each["statistic_id"] for each in await list_ours(harness)]
    get_instance(harness.hass).async_clear_statistics(ours)
    assert await read(harness, "distance") == []
    car.trips.clear()
    await harness.reload(entry)
    assert await read(harness, "distance") == before


async def test_sums_go_on_where_trips_are_kept_no_longer(
    harness: Harness, car: Car, hour: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So they do after the account has been removed and added again."""
    first = hour - timedelta(days=20)
    drive(car, first, 10.0, **electricity(2.0))
    drive(car, hour - timedelta(hours=5), 20.0, **electricity(3.0))
    entry = await harness.add_account()
    used = harness.state(car, "sensor", "electricity_used").state
    monkeypatch.setattr(storage, "KEPT_FOR", timedelta(days=10))
    del car.trips[0]
    await harness.reload(entry)
    drive(car, hour - timedelta(hours=3), 1.0, **electricity(1.0))
    await tell(harness, entry, car)
    rows = [(first, 10.0, 10.0), (hour - timedelta(hours=5), 20.0, 30.0), (hour - timedelta(hours=3), 1.0, 31.0)]
    assert await read(harness, "distance") == rows
    assert len(await get_trips(harness, car)) == 2
    assert float(harness.state(car, "sensor", "electricity_used").state) == float(used) + 1.0
    await harness.hass.config_entries.async_remove(entry.entry_id)
    await harness.add_account()
    assert await read(harness, "distance") == rows


async def test_the_trips_of_an_hour_are_forgotten_together(
    harness: Harness, car: Car, hour: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the statistics would lose one of them."""
    long_ago = hour - timedelta(days=20)
    drive(car, long_ago, 10.0)
    drive(car, long_ago + timedelta(minutes=59, seconds=59), 7.0)
    entry = await harness.add_account()
    rows = [(long_ago, 17.0, 17.0)]
    assert await read(harness, "distance") == rows
    # Between the two.
    monkeypatch.setattr(storage, "KEPT_FOR", dt_util.utcnow() - long_ago - timedelta(minutes=30))
    car.trips.clear()
    await harness.reload(entry)
    assert await read(harness, "distance") == rows


async def test_an_unload_while_statistics_are_read_leaves_nothing(harness: Harness, car: Car, hour: datetime) -> None:
    drive(car, hour - timedelta(hours=9), 10.0)
    entry = await harness.add_account()
    await tell(harness, entry, car, described(car, drive(car, hour - timedelta(hours=5), 5.0)))
    assert await harness.hass.config_entries.async_unload(entry.entry_id)
    await harness.reload(entry)
    assert [total for _, _, total in await read(harness, "distance")] == [10.0, 15.0]


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_the_order_each_trip_counts_once(harness: Harness, car: Car, hour: datetime, seed: int) -> None:
    """Forty trips, told up to three times, in any order, and not whole at first."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    distances = [round(chance.uniform(0.5, 80), 1) for _ in range(40)]
    trips = [
        drive(
            car,
            hour - timedelta(hours=5 * number + chance.randrange(3), minutes=chance.randrange(60)),
            distance,
            minutes=90,
            **electricity(round(distance * chance.uniform(0.1, 0.25), 2)),
        )
        for number, distance in enumerate(distances, 1)
    ]
    told = [described(car, trip) for trip in trips for _ in range(chance.randrange(1, 4))]
    chance.shuffle(told)
    bare = [each | {"energyConsumptions": [], "endEnergies": []} for each in told if chance.random() < 0.5]
    car.trips.clear()
    entry = await harness.add_account()
    kept, used = entry.runtime_data.trips[car.vin], 0.0
    for batch in batched(bare + told, 7, strict=False):
        kept.async_add([trip for each in batch if (trip := read_trip(each))])
        before, used = used, kept.used("electricity") or 0.0
        assert used >= before
    assert len(kept.all) == len(trips)
    for key, values in (
        ("distance", distances),
        ("electricity", [trip.reported["energyConsumptions"][0]["consumption"] for trip in trips]),
    ):
        rows = await read(harness, key)
        hours, states, sums = zip(*rows, strict=True)
        assert sum(states) == pytest.approx(sum(values), abs=0.01)
        assert sums[-1] == pytest.approx(sum(values), abs=0.01)
        assert list(sums) == sorted(sums)
        assert len(set(hours)) == len(hours)
    assert used == pytest.approx(sums[-1], abs=0.01)


# Trips that hurt


@pytest.fixture
async def entry(harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch) -> ConfigEntry[Any]:
    """An account whose cars keep their trips for ever."""
    monkeypatch.setattr(storage, "KEPT_FOR", timedelta(days=365 * 100))
    return await harness.add_account()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(month=months())
async def test_the_statistics_of_trips_that_hurt_have_no_hole_and_no_double(
    harness: Harness, entry: ConfigEntry[Any], month: Month
) -> None:
    trips, batches = month
    vin = uuid4().hex
    statistics = TripStatistics(harness.hass, entry, vin, "Car")
    history = entry.runtime_data.history.get(vin)
    kept = Trips(harness.hass, entry, history, statistics, capacity=lambda: None, keep_positions=False)
    for batch in batches:
        if not batch:
            kept = Trips(harness.hass, entry, history, statistics, capacity=lambda: None, keep_positions=False)
        kept.async_add(filter(None, map(read_trip, batch)))
    await harness.settle()
    written = await read_all(harness, vin)
    for key in ("distance", *ENERGIES):
        hours: dict[datetime, float] = defaultdict(float)
        for trip in trips:
            if value := getattr(trip, key):
                hours[trip.started_at.replace(minute=0)] += value
        rows = written[key]
        assert len({hour for hour, _, _ in rows}) == len(rows)
        assert {hour: state for hour, state, _ in rows if state} == pytest.approx(hours, abs=0.001)
        assert [total for _, _, total in rows] == pytest.approx([*accumulate(state or 0.0 for _, state, _ in rows)])
