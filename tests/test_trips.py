"""The trips of a car: kept once each, shown as a calendar, as sensors and by an action."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from simulator import Car, Fault

from .helpers.harness import Harness
from .helpers.logs import complaints
from .helpers.trips import LYON, PARIS, SEA, described, drive, get_trips, rfc_3339, tell


@pytest.fixture
def now() -> datetime:
    """Return the time at which a test begins, in whole seconds as the vendor's."""
    return dt_util.utcnow().replace(microsecond=0)


@pytest.fixture
async def zones(hass: HomeAssistant) -> None:
    """Live in Paris and work in Lyon."""
    await hass.config.async_update(latitude=PARIS[1], longitude=PARIS[0])
    work = {"name": "Work", "latitude": LYON[1], "longitude": LYON[0], "radius": 200}
    assert await async_setup_component(hass, "zone", {"zone": [work]})


async def events(harness: Harness, car: Car, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Return the events of a car's calendar of trips."""
    calendar = harness.entity_id(car, "calendar", "trips")
    answer = await harness.hass.services.async_call(
        "calendar",
        "get_events",
        {"entity_id": calendar, "start_date_time": start, "end_date_time": end},
        blocking=True,
        return_response=True,
    )
    assert answer
    found: list[dict[str, Any]] = answer[calendar]["events"]  # type: ignore[index,call-overload,assignment]
    return found


def reads(harness: Harness, car: Car) -> int:
    """Return how often the trips of a car have been read."""
    return len(harness.requests("GET", f"/{car.id}/trips"))


def begins(trips: list[dict[str, Any]]) -> list[datetime]:
    return [datetime.fromisoformat(trip["started_at"]) for trip in trips]


@pytest.mark.usefixtures("zones")
async def test_the_trips_of_a_month_are_read_once_at_set_up(harness: Harness, car: Car, now: datetime) -> None:
    drive(car, now - timedelta(days=40))
    drive(car, now - timedelta(days=20))
    faults = [{"fault": "DataLacking", "cause": "GeoPrivacy"}]
    drive(car, now - timedelta(hours=3), km=30.0, minutes=30, faults=faults)
    await harness.add_account()
    newest, oldest = await get_trips(harness, car)
    assert newest == {
        "started_at": dt_util.as_local(now - timedelta(hours=3)).isoformat(),
        "ended_at": dt_util.as_local(now - timedelta(hours=2, minutes=30)).isoformat(),
        "distance": 30.0,
        "duration": 1800,
        "electricity": pytest.approx(car.battery_capacity / 1000 * 0.05, abs=0.001),
        "fuel": None,
        "average_speed": 60.0,
        "from": "test home",
        "to": "Work",
        "faults": [{"fault": "data_lacking", "cause": "geo_privacy"}],
    }
    assert begins([oldest]) == [now - timedelta(days=20)]
    assert oldest["faults"] == []
    assert reads(harness, car) == 1
    assert "recorder" not in harness.hass.config.components  # which trips can do without


async def test_a_span_can_be_asked_for(harness: Harness, car: Car, now: datetime) -> None:
    for hours in (50, 40, 30):
        drive(car, now - timedelta(hours=hours))
    await harness.add_account()
    span = {"start": now - timedelta(hours=40), "end": now - timedelta(hours=30)}
    assert begins(await get_trips(harness, car, **span)) == [now - timedelta(hours=40)]
    assert len(await get_trips(harness, car, start=now - timedelta(hours=40))) == 2
    # A time without a zone is that of the house.
    local = dt_util.as_local(now - timedelta(hours=40)).replace(tzinfo=None)
    assert begins(await get_trips(harness, car, end=local.isoformat(" "))) == [now - timedelta(hours=50)]


async def test_a_trip_that_is_pushed_costs_no_request(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.requests.clear()
    harness.vendor.garage.drive_off(car)
    harness.vendor.garage.park(car)
    await harness.vendor.idle()
    await harness.settle()
    assert len(await get_trips(harness, car)) == 1
    assert reads(harness, car) == 0
    # Once more with the daily round, for the vendor may have completed it; and then no more.
    for _ in range(2):
        await harness.pass_time(hours=25)
        assert reads(harness, car) == 1


async def test_a_report_that_only_brings_a_trip_along_costs_no_request(
    harness: Harness, car: Car, now: datetime
) -> None:
    """Whatever happens, the latest trip comes with it."""
    entry = await harness.add_account()
    harness.vendor.requests.clear()
    trip = described(car, drive(car, now - timedelta(hours=1)))
    value = {"type": "Literal", "body": {"literalValue": "None"}}
    extensions = [
        {"type": "vehicle.status", "body": [{"status": car.status()}]},
        {"type": "vehicle.trip", "body": [{"trip": trip}]},
    ]
    await harness.post(entry, car, {"values": [{"data": "privacy.state", "value": value}], "extensions": extensions})
    assert begins(await get_trips(harness, car)) == [now - timedelta(hours=1)]
    await harness.pass_time(hours=25)
    assert reads(harness, car) == 0


async def test_a_trip_that_is_not_brought_along_is_read(harness: Harness, car: Car, now: datetime) -> None:
    entry = await harness.add_account()
    drive(car, now - timedelta(hours=1))
    harness.vendor.requests.clear()
    await tell(harness, entry, car)
    assert begins(await get_trips(harness, car)) == [now - timedelta(hours=1)]
    assert reads(harness, car) == 1


async def test_many_ends_of_trips_at_once_cost_two_requests(harness: Harness, car: Car, now: datetime) -> None:
    entry = await harness.add_account()
    drive(car, now - timedelta(hours=2))
    before = reads(harness, car)
    for _ in range(10):
        await tell(harness, entry, car)
    assert reads(harness, car) == before + 1
    assert len(await get_trips(harness, car)) == 1
    drive(car, now - timedelta(hours=1))
    await harness.pass_time(minutes=2)
    assert reads(harness, car) == before + 2
    assert len(await get_trips(harness, car)) == 2


async def test_an_unload_leaves_no_read_of_trips_behind(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    for _ in range(2):
        await tell(harness, entry, car)
    before = reads(harness, car)
    assert await harness.hass.config_entries.async_unload(entry.entry_id)
    await harness.pass_time(minutes=2)
    assert reads(harness, car) == before


async def test_a_trip_is_kept_once_however_often_it_is_told(harness: Harness, car: Car, now: datetime) -> None:
    trip = drive(car, now - timedelta(hours=5), used=10.0)
    entry = await harness.add_account()
    used = harness.state(car, "sensor", "electricity_used").state
    whole = described(car, trip)
    await tell(harness, entry, car, whole)
    await tell(harness, entry, car, {**whole, "id": "another id, but it began at the same time"})
    # What an incomplete or an outdated report leaves out is as it was.
    await tell(harness, entry, car, {**whole, "energyConsumptions": [], "updatedAt": None})
    await tell(harness, entry, car, {**whole, "distance": 1.0, "updatedAt": rfc_3339(now - timedelta(days=9))})
    [kept] = await get_trips(harness, car)
    assert kept["distance"] == 12.0
    assert harness.state(car, "sensor", "electricity_used").state == used


async def test_what_the_vendor_corrects_is_taken_in(harness: Harness, car: Car, now: datetime) -> None:
    trip = drive(car, now - timedelta(hours=5), used=10.0)
    entry = await harness.add_account()
    used = float(harness.state(car, "sensor", "electricity_used").state)
    later = rfc_3339(now - timedelta(hours=1))
    more, less = ([{"type": "Electric", "consumption": each}] for each in (6.0, 2.0))
    begun = rfc_3339(now - timedelta(hours=6))
    await tell(harness, entry, car, {**described(car, trip), "updatedAt": later, "energyConsumptions": more})
    assert float(harness.state(car, "sensor", "electricity_used").state) == 6.0 > used
    await tell(
        harness,
        entry,
        car,
        {**described(car, trip), "updatedAt": later, "energyConsumptions": less, "startedAt": begun, "duration": 4800},
    )
    [kept] = await get_trips(harness, car)
    assert (kept["electricity"], kept["duration"]) == (2.0, 4800)
    assert begins([kept]) == [now - timedelta(hours=6)]
    assert float(harness.state(car, "sensor", "electricity_used").state) == 6.0  # it never decreases
    drive(car, now - timedelta(hours=3), used=0.0, energyConsumptions=[{"type": "Electric", "consumption": 5.0}])
    await tell(harness, entry, car)
    assert float(harness.state(car, "sensor", "electricity_used").state) == 7.0


async def test_a_trip_that_moves_while_it_is_told_is_kept_once(harness: Harness, car: Car, now: datetime) -> None:
    """Its id stands twice in one answer."""
    trip = drive(car, now - timedelta(hours=5))
    drive(car, now - timedelta(hours=4))
    car.trips[-1].id = trip.id
    drive(car, now - timedelta(hours=2))
    entry = await harness.add_account()
    expected = [now - timedelta(hours=2), now - timedelta(hours=4)]
    assert begins(await get_trips(harness, car)) == expected
    car.trips.clear()
    await harness.reload(entry)
    assert begins(await get_trips(harness, car)) == expected


async def test_a_clock_that_is_years_behind_counts_nothing_twice(harness: Harness, car: Car, now: datetime) -> None:
    used: dict[str, Any] = {"energyConsumptions": [{"type": "Electric", "consumption": 2.0}]}
    old = drive(car, now - timedelta(days=4000), **used)
    drive(car, now - timedelta(hours=2), **used)
    entry = await harness.add_account()
    for _ in range(2):
        await tell(harness, entry, car, described(car, old))
    assert begins(await get_trips(harness, car)) == [now - timedelta(hours=2)]
    assert harness.state(car, "sensor", "electricity_used").state == "2.0"


async def test_a_trip_that_comes_late_finds_its_place(harness: Harness, car: Car, now: datetime) -> None:
    drive(car, now - timedelta(hours=2))
    entry = await harness.add_account()
    late = drive(car, now - timedelta(hours=9))
    await tell(harness, entry, car, described(car, late))
    assert begins(await get_trips(harness, car)) == [now - timedelta(hours=2), now - timedelta(hours=9)]


async def test_trips_outlive_a_restart_and_the_vendors_memory(harness: Harness, car: Car, now: datetime) -> None:
    drive(car, now - timedelta(hours=5), used=10.0)
    entry = await harness.add_account()
    before, used = await get_trips(harness, car), harness.state(car, "sensor", "electricity_used").state
    car.trips.clear()
    await harness.reload(entry)
    assert await get_trips(harness, car) == before
    assert harness.state(car, "sensor", "electricity_used").state == used


async def test_a_broken_trip_costs_that_trip_only(
    harness: Harness, car: Car, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    drive(car, now - timedelta(hours=9), stoppedAt="junk", done=None)
    drive(car, now - timedelta(hours=8), id=None)
    drive(car, now - timedelta(hours=7), distance="far", duration=[], kinetic=7, startPosition={"geometry": 3})
    drive(car, now - timedelta(hours=6), done=False)
    drive(car, now - timedelta(hours=5))
    await harness.add_account()
    good, bare = await get_trips(harness, car)
    assert begins([good, bare]) == [now - timedelta(hours=5), now - timedelta(hours=7)]
    assert (bare["distance"], bare["duration"], bare["average_speed"]) == (None, None, None)
    assert complaints(caplog) == []


async def test_units_are_those_that_the_numbers_fit(harness: Harness, other: Car, now: datetime) -> None:
    fuel = [{"type": "Fuel", "consumption": 25.616, "avgConsumption": 826.32}]
    drive(other, now - timedelta(hours=2), km=3.1, minutes=12, energyConsumptions=fuel)
    drive(other, now - timedelta(hours=1), km=18000.0, minutes=30, energyConsumptions=[])
    await harness.add_account()
    metres, centilitres = await get_trips(harness, other)
    assert (metres["distance"], metres["average_speed"], metres["fuel"]) == (18.0, 36.0, None)
    assert centilitres["fuel"] == pytest.approx(0.25616)
    assert harness.state(other, "sensor", "fuel_used").state == "0.256"
    average = harness.state(other, "sensor", "average_consumption")
    assert (average.state, average.attributes["unit_of_measurement"]) == ("8.26", "L/100km")


async def test_what_trips_add_up_to(harness: Harness, car: Car, now: datetime) -> None:
    for days, km, kilowatt_hours in ((29, 100.0, 20.0), (3, 50.0, 7.0), (2, 10.0, None), (1, None, 3.0)):
        consumption = [{"type": "Electric", "consumption": kilowatt_hours}]
        drive(car, now - timedelta(days=days), km or 0.0, minutes=60, energyConsumptions=consumption, endEnergies=[])
        if km is None:
            car.trips[-1].reported["distance"] = None
    await harness.add_account()
    used = harness.state(car, "sensor", "electricity_used")
    assert (used.state, used.attributes["state_class"]) == ("30.0", "total_increasing")
    average = harness.state(car, "sensor", "average_consumption")
    assert (average.state, average.attributes["unit_of_measurement"]) == ("18.0", "kWh/100km")


def silent_of_capacity(car: Car) -> None:
    """Let a car report no capacity."""
    whole = car.report

    def report(reporting: Car) -> dict[str, Any]:
        status = whole(reporting)
        for energy in status["energies"]:
            energy["extension"]["electric"].pop("battery", None)
        return status

    car.report = report


async def test_electricity_is_that_of_the_levels_if_no_consumption_is_told(
    harness: Harness, car: Car, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    reported: list[dict[str, Any]] = [
        {"energyConsumptions": []},
        {"energyConsumptions": [], "endEnergies": [{"type": "Electric", "level": 80.0}]},
        {"energyConsumptions": [], "endEnergies": [{"type": "Electric", "level": 81.0}]},
        {"energyConsumptions": [], "endEnergies": [{"type": "Electric", "level": 1.0}]},  # 36 kWh for 12 km
        {"energyConsumptions": [], "startEnergies": [{"type": "Electric", "level": 0.0, "autonomy": 132}]},
        {"energyConsumptions": [{"type": "Electric", "consumption": 1.5}]},
    ]
    for hours, values in enumerate(reported, 1):
        drive(car, now - timedelta(hours=hours), **values)
    entry = await harness.add_account()
    assert car.battery_capacity == 46000
    assert [trip["electricity"] for trip in await get_trips(harness, car)] == [2.3, 0.0, None, None, None, 1.5]
    assert harness.state(car, "sensor", "electricity_used").state == "3.8"
    assert harness.state(car, "sensor", "average_consumption").state == "10.56"
    # What the vendor tells later counts.
    later = described(car, car.trips[0])
    consumption = [{"type": "Electric", "consumption": 2.8}]
    await tell(harness, entry, car, {**later, "energyConsumptions": consumption, "updatedAt": rfc_3339(now)})
    assert harness.state(car, "sensor", "electricity_used").state == "4.3"
    # And it stays when it is left out again.
    await tell(harness, entry, car, {**later, "updatedAt": rfc_3339(now + timedelta(seconds=1))})
    assert (await get_trips(harness, car))[0]["electricity"] == 2.8
    assert complaints(caplog) == []


@pytest.mark.parametrize(
    ("before", "after", "used"),
    [
        ((100.0, 0), (63.0, 0), None),
        ((80.0, 40), (47.0, 0), None),
        ((30.0, 900), (20.0, 20), None),
        ((60.0, 6), (40.0, 4), 9.2),
        ((9.0, 1), (5.0, 0), 1.84),
    ],
)
async def test_levels_that_the_range_contradicts_tell_no_electricity(
    harness: Harness,
    car: Car,
    now: datetime,
    before: tuple[float, int],
    after: tuple[float, int],
    used: float | None,
) -> None:
    """Hybrids whose battery is empty report any level."""
    start, end = ([{"type": "Electric", "level": level, "autonomy": reach}] for level, reach in (before, after))
    drive(car, now - timedelta(hours=1), 60.0, energyConsumptions=[], startEnergies=start, endEnergies=end)
    await harness.add_account()
    [trip] = await get_trips(harness, car)
    assert trip["electricity"] == used


async def test_electricity_follows_levels_that_the_vendor_corrects(harness: Harness, car: Car, now: datetime) -> None:
    entry = await harness.add_account()
    told = described(car, drive(car, now - timedelta(hours=2), energyConsumptions=[]))
    car.trips.clear()  # it is only pushed
    used = []
    for seconds, level in ((10, 80.0), (20, 75.0), (30, 75.0), (15, 60.0)):  # the last one is late
        at = rfc_3339(now - timedelta(hours=1) + timedelta(seconds=seconds))
        await tell(
            harness, entry, car, {**told, "endEnergies": [{"type": "Electric", "level": level}], "updatedAt": at}
        )
        [trip] = await get_trips(harness, car)
        used.append((trip["electricity"], harness.state(car, "sensor", "electricity_used").state))
        await harness.reload(entry)
    assert used == [(0.0, "0.0"), (2.3, "2.3"), (2.3, "2.3"), (2.3, "2.3")]
    # What the vendor has told of the consumption counts, even if it was told earlier.
    consumption = [{"type": "Electric", "consumption": 1.9}]
    at = rfc_3339(now - timedelta(hours=1))
    await tell(harness, entry, car, {**told, "energyConsumptions": consumption, "updatedAt": at})
    assert [trip["electricity"] for trip in await get_trips(harness, car)] == [1.9]


async def test_what_trips_used_is_known_once_the_capacity_is(harness: Harness, car: Car, now: datetime) -> None:
    silent_of_capacity(car)
    for hours in (5, 3):
        drive(car, now - timedelta(hours=hours), energyConsumptions=[])
    entry = await harness.add_account()
    assert [trip["electricity"] for trip in await get_trips(harness, car)] == [None, None]
    await harness.call(car, "number", "usable_capacity", "set_value", value=40)
    await harness.settle()
    assert harness.state(car, "sensor", "electricity_used").state == "4.0"
    # Another capacity is for the trips to come.
    await harness.call(car, "number", "usable_capacity", "set_value", value=80)
    await tell(harness, entry, car, described(car, drive(car, now - timedelta(hours=1), energyConsumptions=[])))
    assert [trip["electricity"] for trip in await get_trips(harness, car)] == [4.0, 2.0, 2.0]
    await harness.reload(entry)
    assert harness.state(car, "sensor", "electricity_used").state == "8.0"


async def test_without_trips_nothing_is_shown_of_them(harness: Harness, car: Car) -> None:
    await harness.add_account()
    for platform, key in (("calendar", "trips"), ("sensor", "electricity_used"), ("sensor", "average_consumption")):
        with pytest.raises(AssertionError):
            harness.entity_id(car, platform, key)
    assert await get_trips(harness, car) == []


async def test_a_trip_that_cannot_be_read_from_the_disk_costs_that_trip_only(
    harness: Harness, car: Car, now: datetime, hass_storage: dict[str, Any]
) -> None:
    for hours in (9, 7, 5, 3):
        drive(car, now - timedelta(hours=hours))
    entry = await harness.add_account()
    assert await harness.hass.config_entries.async_unload(entry.entry_id)
    [stored] = [file["data"] for file in hass_storage.values() if "trips" in file["data"]]
    stored["trips"][0]["ended_at"] = "junk"
    del stored["trips"][1]["id"]
    stored["trips"].append("junk")
    car.trips.clear()
    await harness.reload(entry)
    drive(car, now - timedelta(hours=1))
    await tell(harness, entry, car)
    assert begins(await get_trips(harness, car)) == [now - timedelta(hours=hours) for hours in (1, 3, 5)]


async def test_totals_are_those_of_the_trips_if_they_are_not_on_the_disk(
    harness: Harness, car: Car, now: datetime, hass_storage: dict[str, Any]
) -> None:
    drive(car, now - timedelta(hours=9), energyConsumptions=[{"type": "Electric", "consumption": 4.0}])
    entry = await harness.add_account()
    assert await harness.hass.config_entries.async_unload(entry.entry_id)
    [stored] = [file["data"] for file in hass_storage.values() if "trips" in file["data"]]
    del stored["state"]
    await harness.reload(entry)
    assert harness.state(car, "sensor", "electricity_used").state == "4.0"


# The calendar


@pytest.mark.usefixtures("zones")
async def test_the_calendar_has_an_event_for_each_trip(harness: Harness, car: Car, now: datetime) -> None:
    drive(
        car,
        now - timedelta(hours=5),
        startEnergies=[{"type": "Electric", "level": 80}, {"type": "Fuel", "level": 41}],
        endEnergies=[{"type": "Electric", "level": 75}],
        energyConsumptions=[{"type": "Electric", "consumption": 2.35}, {"type": "Fuel", "consumption": 0.1}],
        faults=[{"fault": "DataLacking", "cause": "Connection"}, {"fault": "NewWord"}],
    )
    drive(car, now - timedelta(hours=4), stopPosition=None)
    drive(car, now - timedelta(hours=3), minutes=0, distance=None, startPosition=None, energyConsumptions=[])
    car.trips[-1].stop = SEA
    await harness.add_account()
    assert harness.state(car, "calendar", "trips").state == "off"
    whole, halfway, bare = await events(harness, car, now - timedelta(days=1), now)
    assert whole == {
        "start": (now - timedelta(hours=5)).isoformat(),
        "end": (now - timedelta(hours=4, minutes=40)).isoformat(),
        "summary": "12.0 km: test home → Work",
        "description": "Duration: 20 min\nElectricity: 2.4 kWh\nFuel: 0.10 L\nBattery: 80 % → 75 %\nTank: 41 % → …\n"
        "Incomplete: data of the way is missing, no connection\nIncomplete: new_word",
        "location": "Work",
    }
    assert halfway["summary"] == "12.0 km: test home → …"
    assert bare["summary"] == "Trip"
    assert bare["description"].startswith("Duration: 0 min\nElectricity: 2.3 kWh\nBattery: 80 % → 75 %")
    assert len(await events(harness, car, now - timedelta(hours=4, minutes=50), now - timedelta(hours=4))) == 1


@pytest.mark.usefixtures("zones")
async def test_the_calendar_writes_numbers_as_its_language_does(harness: Harness, car: Car, now: datetime) -> None:
    harness.hass.config.language = "fr"
    used = [{"type": "Electric", "consumption": 2.35}, {"type": "Fuel", "consumption": 0.1}]
    drive(car, now - timedelta(hours=5), energyConsumptions=used)
    await harness.add_account()
    [trip] = await events(harness, car, now - timedelta(days=1), now)
    assert trip["summary"] == "12,0 km\N{NO-BREAK SPACE}: test home → Work"
    assert {"2,4 kWh", "0,10 L"} <= {line.rpartition(": ")[2] for line in trip["description"].splitlines()}


@pytest.mark.usefixtures("zones")
@pytest.mark.parametrize(
    ("minutes", "place"), [(0, "Work"), (4, "Work"), (6, None), (-1, None)], ids=["at once", "soon", "later", "before"]
)
async def test_a_trip_ended_where_the_car_is(
    harness: Harness, car: Car, now: datetime, minutes: int, place: str | None
) -> None:
    """Many cars do not say where a trip ended."""
    reported_at = now - timedelta(minutes=30)
    car.position, car.dates["lastPosition"] = LYON, rfc_3339(reported_at)
    entry = await harness.add_account()
    trip = drive(car, reported_at - timedelta(minutes=minutes + 20), stopPosition=None)
    await tell(harness, entry, car, described(car, trip))
    [kept] = await get_trips(harness, car)
    assert (kept["from"], kept["to"]) == ("test home", place)
    # It does not move with the car.
    car.position = PARIS
    car.touch()
    await tell(harness, entry, car, {**described(car, trip), "updatedAt": rfc_3339(now)})
    [kept] = await get_trips(harness, car)
    assert kept["to"] == place


@pytest.mark.parametrize("keep", [True, False])
async def test_positions_are_kept_only_if_wished_for(harness: Harness, car: Car, now: datetime, keep: bool) -> None:
    drive(car, now - timedelta(hours=5))
    entry = await harness.add_account()
    day = now - timedelta(days=1), now
    [event] = await events(harness, car, *day)
    assert "48.8584" not in event["description"]
    harness.hass.config_entries.async_update_entry(entry, options={"keep_positions": True})
    await harness.reload(entry)
    [event] = await events(harness, car, *day)
    assert event["description"].endswith("From: 48.8584, 2.2945\nTo: 45.764, 4.8357")
    car.trips.clear()
    harness.hass.config_entries.async_update_entry(entry, options={"keep_positions": keep})
    await harness.reload(entry)
    [event] = await events(harness, car, *day)
    assert ("48.8584" in event["description"]) is keep


async def test_miles_are_shown_where_people_drive_miles(harness: Harness, car: Car, now: datetime) -> None:
    await harness.hass.config.async_update(unit_system="us_customary")
    drive(car, now - timedelta(hours=5), km=16.1)
    await harness.add_account()
    [event] = await events(harness, car, now - timedelta(days=1), now)
    assert event["summary"] == "10.0 mi"


def last_sunday(month: int) -> date:
    """Return the last Sunday of a month of last year, on which the clocks of Europe change in March and October."""
    last = date(dt_util.utcnow().year - 1, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


@pytest.mark.parametrize(
    ("month", "clock", "minutes", "end", "shown"),
    [
        (12, "23:50", 30, "00:20+01:00", "00:20+01:00"),
        (10, "01:50", 60, "02:50+02:00", "02:50+02:00"),  # ten minutes before the clocks go back
        # By the clock, an event must not end before it begins.
        (10, "02:50", 20, "02:10+01:00", "02:51+02:00"),
        (3, "01:50", 20, "03:10+02:00", "03:10+02:00"),
    ],
    ids=["over midnight", "until the clocks go back", "while the clocks go back", "while the clocks go forward"],
)
async def test_a_trip_is_as_long_as_it_took(
    harness: Harness, car: Car, month: int, clock: str, minutes: int, end: str, shown: str
) -> None:
    await harness.hass.config.async_set_time_zone("Europe/Paris")
    day = last_sunday(month)
    begin = datetime.combine(day, time.fromisoformat(clock), ZoneInfo("Europe/Paris")).astimezone(dt_util.UTC)
    last_day = day + timedelta(days=clock == "23:50")
    ended, stops = (datetime.combine(last_day, time.fromisoformat(each)) for each in (end, shown))
    trip = drive(car, begin, minutes=minutes)
    car.trips.clear()
    entry = await harness.add_account()
    await tell(harness, entry, car, described(car, trip))
    [kept] = await get_trips(harness, car)
    assert kept["duration"] == minutes * 60
    assert datetime.fromisoformat(kept["ended_at"]) == ended
    [event] = await events(harness, car, begin - timedelta(hours=1), begin + timedelta(days=1))
    start, stop = (datetime.fromisoformat(event[key]).astimezone(dt_util.UTC) for key in ("start", "end"))
    assert (start, stop) == (begin, stops)


async def test_the_vendors_limit_is_respected(harness: Harness, car: Car, now: datetime) -> None:
    drive(car, now - timedelta(hours=5))
    few = {"X-RateLimit-Limit-1": "100", "X-RateLimit-Remaining-1": "9"}
    harness.vendor.faults.add(Fault(headers=few, times=None))
    await harness.add_account()
    assert reads(harness, car) == 0
    harness.vendor.faults.clear()
    await harness.pass_time(hours=2)
    assert begins(await get_trips(harness, car)) == [now - timedelta(hours=5)]
