"""What a status does not hold, the maintenance, the alerts and the last trip: read by themselves, and tried again."""

from copy import deepcopy
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
import pytest

from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault
from simulator.vendor.accounts import SCOPES

from .helpers.callbacks import only_callback
from .helpers.harness import Harness
from .helpers.held import Held
from .helpers.logs import complaints

DETAILS: Final = {
    "maintenance": ("sensor", "maintenance_days", "210"),
    "alerts": ("binary_sensor", "alert", "on"),
    "trips": ("sensor", "last_trip_distance", "12.0"),
}
ONCE: Final = (
    pytest.param({"status": 500}, id="500"),
    pytest.param({"status": 429}, id="429"),
    pytest.param({"status": 403}, id="403"),
    pytest.param({"drop": True, "times": 2}, id="drop"),  # twice, for aiohttp repeats a request at once
    pytest.param({"body": "<html>Maintenance</html>"}, id="HTML"),
    pytest.param({"body": [1, 2]}, id="a list"),
    pytest.param({"body": {"junk": {}}}, id="junk"),
    pytest.param({"body": {}}, id="an empty object"),
    pytest.param({"status": 204}, id="204"),
)


@pytest.fixture
async def busy(harness: Harness, car: Car) -> Car:
    """A car that has something to tell in each detail."""
    harness.vendor.garage.raise_alert(car)
    harness.vendor.garage.drive_off(car)
    harness.vendor.garage.park(car)
    car.trips[-1].distance = 12.0
    return car


def is_known(harness: Harness, car: Car, detail: str) -> bool:
    platform, key, state = DETAILS[detail]
    try:
        return harness.state(car, platform, key).state == state
    except AssertionError:
        return False


def reads(harness: Harness, car: Car) -> dict[str, int]:
    return {detail: len(harness.requests("GET", f"/{car.id}/{detail}")) for detail in DETAILS}


@pytest.mark.parametrize("fault", ONCE)
@pytest.mark.parametrize("detail", DETAILS)
async def test_a_detail_that_fails_once_is_read_a_minute_later_and_only_that(
    harness: Harness, busy: Car, detail: str, fault: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    harness.vendor.faults.add(Fault(path=f"*/{detail}", car=busy, **fault))
    await harness.add_account()
    assert not is_known(harness, busy, detail)
    harness.vendor.requests.clear()
    await harness.pass_time(seconds=40)
    assert reads(harness, busy) == dict.fromkeys(DETAILS, 0)
    await harness.pass_time(seconds=62)
    # After a 429 nothing else is read for a while, so the later ones had to wait too.
    later = set(list(DETAILS)[list(DETAILS).index(detail) :]) if fault.get("status") == 429 else {detail}
    assert reads(harness, busy) == {each: int(each in later) for each in DETAILS}
    assert all(is_known(harness, busy, each) for each in DETAILS)
    assert complaints(caplog) == []


async def test_the_vendor_says_when_a_detail_may_be_read_again(harness: Harness, busy: Car) -> None:
    harness.vendor.faults.add(Fault(path="*/maintenance", car=busy, status=429, headers={"Retry-After": "600"}))
    await harness.add_account()
    harness.vendor.requests.clear()
    await harness.pass_time(seconds=580)
    assert reads(harness, busy) == dict.fromkeys(DETAILS, 0)
    await harness.pass_time(seconds=602)
    assert reads(harness, busy) == dict.fromkeys(DETAILS, 1)


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 204}])
async def test_a_detail_that_never_works_is_asked_for_ever_more_seldom(
    harness: Harness, busy: Car, fault: dict[str, Any]
) -> None:
    harness.vendor.faults.add(Fault(path="*/alerts", car=busy, times=None, **fault))
    await harness.add_account()
    harness.vendor.requests.clear()
    for minutes in (1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360):
        await harness.pass_time(minutes=minutes, seconds=-20)
        assert reads(harness, busy)["alerts"] == 0
        await harness.pass_time(minutes=minutes, seconds=2)
        assert reads(harness, busy)["alerts"] == 1
        harness.vendor.requests.clear()
    harness.vendor.faults.clear()
    await harness.pass_time(minutes=361)
    assert is_known(harness, busy, "alerts")


@pytest.mark.parametrize("pushed", [True, False])
@pytest.mark.parametrize("detail", ["maintenance", "trips"])
async def test_a_detail_that_the_vendor_does_not_have_is_asked_for_daily(
    harness: Harness, busy: Car, detail: str, pushed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Many cars never have a maintenance."""
    if not pushed:
        harness.refuse_push()
    harness.vendor.faults.add(Fault(path=f"*/{detail}", car=busy, status=404, times=2))
    await harness.add_account()
    harness.vendor.requests.clear()
    await harness.pass_time(hours=23)
    assert reads(harness, busy)[detail] == 0
    for known in (False, True):
        await harness.pass_time(hours=25)
        assert is_known(harness, busy, detail) is known
    assert complaints(caplog) == []


@pytest.mark.parametrize("answer", [{"status": 204}, {"status": 404, "body": "<html>Not found</html>"}])
async def test_alerts_that_are_known_do_not_end_with_an_answer_that_says_nothing(
    harness: Harness, busy: Car, answer: dict[str, Any]
) -> None:
    entry = await harness.add_account()
    assert is_known(harness, busy, "alerts")
    harness.vendor.faults.add(Fault(path="*/alerts", car=busy, **answer))
    await harness.reload(entry)
    assert is_known(harness, busy, "alerts")


async def test_an_alert_that_the_vendor_forgets_for_a_while_is_told_within_a_day(harness: Harness, car: Car) -> None:
    harness.vendor.garage.raise_alert(car)
    body = {"code": 40400, "message": "No alert for the moment"}
    harness.vendor.faults.add(Fault(path="*/alerts", status=404, body=body))
    await harness.add_account()
    assert harness.state(car, "binary_sensor", "alert").state == "off"

    await harness.pass_time(hours=25)

    assert harness.state(car, "binary_sensor", "alert").state == "on"


async def test_a_car_without_any_says_so_at_once(harness: Harness, car: Car) -> None:
    """An answer without content most likely means that there are none."""
    harness.vendor.faults.add(Fault(path="*/alerts", car=car, status=204, times=None))
    await harness.add_account()
    assert harness.state(car, "binary_sensor", "alert").state == "off"


@pytest.mark.parametrize("pushed", [True, False])
async def test_the_daily_round_is_followed_up_too(harness: Harness, busy: Car, pushed: bool) -> None:
    """Of a car that is pushed, the maintenance alone is read again."""
    if not pushed:
        harness.refuse_push()
    await harness.add_account()
    harness.vendor.requests.clear()
    harness.vendor.faults.add(Fault(path="*/maintenance", car=busy, status=503))
    await harness.pass_time(hours=24, seconds=2)
    assert reads(harness, busy) == {"maintenance": 1, "alerts": int(not pushed), "trips": int(not pushed)}
    harness.vendor.requests.clear()
    await harness.pass_time(seconds=62)
    assert reads(harness, busy) == {"maintenance": 1, "alerts": 0, "trips": 0}


async def test_what_is_read_after_a_time_without_messages_is_followed_up(harness: Harness, busy: Car) -> None:
    await harness.add_account()
    harness.vendor.garage.clear_alert(busy, busy.alerts[0])
    await harness.vendor.idle()
    await harness.settle()
    only_callback(harness).status = "Paused"
    harness.vendor.garage.raise_alert(busy)
    harness.vendor.faults.add(Fault(path="*/alerts", car=busy, status=503))
    harness.vendor.faults.add(Fault(path="*/status", car=busy, status=204))
    await harness.hass.config.async_update(external_url=harness.front.url)
    await harness.settle()
    harness.vendor.requests.clear()
    await harness.pass_time(seconds=62)
    assert reads(harness, busy) == {"maintenance": 0, "alerts": 1, "trips": 0}
    assert harness.reads(busy) == 1
    assert is_known(harness, busy, "alerts")


async def stop_for(harness: Harness, entry: ConfigEntry[Any], **time: float) -> None:
    """Unload an account, let time pass, and forget what has been asked so far."""
    assert await harness.hass.config_entries.async_unload(entry.entry_id)
    await harness.pass_time(**time)
    harness.vendor.requests.clear()


async def start(harness: Harness, entry: ConfigEntry[Any]) -> None:
    assert await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()


async def test_of_a_car_that_has_reported_nothing_no_detail_is_read_after_a_restart(
    harness: Harness, busy: Car
) -> None:
    """It is left to the daily round, for which all of them count as not read yet."""
    entry = await harness.add_account()
    await stop_for(harness, entry, hours=11)

    await start(harness, entry)

    assert [request.path.rpartition("/")[2] for request in harness.requests("GET", "*")] == [
        "vehicles",
        "status",
        "callbacks",
        "monitors",
    ]
    assert all(is_known(harness, busy, each) for each in DETAILS)
    await harness.pass_time(hours=24, seconds=2)
    assert reads(harness, busy) == dict.fromkeys(DETAILS, 1)
    assert len(harness.requests("GET", f"/{busy.id}/collisions")) == 1


async def test_of_a_car_that_has_reported_something_all_details_are_read_after_a_restart(
    harness: Harness, busy: Car
) -> None:
    entry = await harness.add_account()
    await stop_for(harness, entry, minutes=1)
    harness.set_clock(busy)
    harness.vendor.garage.clear_alert(busy, busy.alerts[0])

    await start(harness, entry)

    assert harness.state(busy, "binary_sensor", "alert").state == "off"
    assert reads(harness, busy) == dict.fromkeys(DETAILS, 1)
    assert len(harness.requests("GET", f"/{busy.id}/collisions")) == 1


async def test_what_was_read_long_ago_is_read_after_a_restart(harness: Harness, busy: Car) -> None:
    entry = await harness.add_account()
    await stop_for(harness, entry, hours=13)
    await start(harness, entry)
    assert reads(harness, busy) == dict.fromkeys(DETAILS, 1)


@pytest.mark.parametrize(("detail", "status"), [("maintenance", 503), ("alerts", 404), ("trips", 404)])
async def test_what_could_not_be_read_is_read_after_a_restart(
    harness: Harness, busy: Car, detail: str, status: int
) -> None:
    fault = Fault(path=f"*/{detail}", car=busy, status=status, times=None)
    harness.vendor.faults.add(fault)
    entry = await harness.add_account()
    harness.vendor.faults.remove(fault)
    await stop_for(harness, entry, minutes=1)

    await start(harness, entry)

    assert is_known(harness, busy, detail)
    assert reads(harness, busy) == {each: int(each == detail) for each in DETAILS}


async def test_a_car_that_has_no_maintenance_is_not_asked_for_it_after_a_restart(harness: Harness, busy: Car) -> None:
    """Many cars never have any."""
    harness.vendor.faults.add(Fault(path="*/maintenance", car=busy, status=404, times=None))
    entry = await harness.add_account()
    await stop_for(harness, entry, minutes=1)
    await start(harness, entry)
    assert reads(harness, busy) == dict.fromkeys(DETAILS, 0)


async def test_what_was_due_before_a_restart_is_read_after_it(harness: Harness, car: Car) -> None:
    """A collision for which no system of the car reacts is found on the day after a drive."""
    entry = await harness.add_account()
    harness.set_clock(car, seconds=30)
    harness.vendor.garage.drive_off(car)
    car.mileage += 12
    harness.vendor.garage.park(car)
    await harness.vendor.idle()
    await harness.settle()
    await stop_for(harness, entry, minutes=1)

    await start(harness, entry)

    assert len(harness.requests("GET", f"/{car.id}/collisions")) == 1
    assert reads(harness, car) == dict.fromkeys(DETAILS, 0)


@pytest.mark.parametrize("answer", [{"status": 503}, {"status": 404, "body": {"code": 40400}}, {"body": {}}])
async def test_if_nobody_knows_whether_a_car_has_reported_something_all_details_are_read_after_a_restart(
    harness: Harness, busy: Car, answer: dict[str, Any]
) -> None:
    entry = await harness.add_account()
    await stop_for(harness, entry, minutes=1)
    harness.vendor.faults.add(Fault(path="*/status", car=busy, **answer))
    await start(harness, entry)
    assert reads(harness, busy) == dict.fromkeys(DETAILS, 1)


async def test_with_a_new_scope_there_is_more_to_be_read_after_a_restart(harness: Harness, busy: Car) -> None:
    scopes = [scope for scope in SCOPES if scope != "data:alert"]
    entry = await harness.add_account(scopes=scopes)
    assert reads(harness, busy)["alerts"] == 0

    await harness.reconfigure(entry, scopes=list(SCOPES))

    assert reads(harness, busy)["alerts"] == 1
    assert is_known(harness, busy, "alerts")


async def test_without_the_scopes_there_is_nothing_to_follow_up(harness: Harness, car: Car) -> None:
    await harness.add_account(scopes=["remote:door:write", "data:position"])
    harness.vendor.requests.clear()
    for minutes in (2, 4, 8):
        await harness.pass_time(minutes=minutes)
    assert reads(harness, car) == dict.fromkeys(DETAILS, 0)


async def test_a_car_without_trips_is_no_failure(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.requests.clear()
    await harness.pass_time(minutes=2)
    assert reads(harness, car) == dict.fromkeys(DETAILS, 0)


async def test_an_account_that_is_unloaded_reads_nothing_more(harness: Harness, busy: Car) -> None:
    harness.vendor.faults.add(Fault(path="*/alerts", car=busy, status=503))
    entry = await harness.add_account()
    await harness.hass.config_entries.async_unload(entry.entry_id)
    harness.vendor.requests.clear()
    await harness.pass_time(hours=1)
    assert harness.vendor.requests == []


@pytest.mark.usefixtures("other")
async def test_a_car_that_has_left_is_not_read_again(harness: Harness, busy: Car) -> None:
    """Though a read of it was under way."""
    entry = await harness.add_account()
    car = entry.runtime_data.cars[busy.vin]
    harness.vendor.faults.add(Fault(path="*/maintenance", car=busy, status=503, delay=0.2))
    reading = harness.hass.async_create_task(car.async_read_details())
    await harness.vendor.journal.changed.until(lambda: bool(harness.requests("GET", f"/{busy.id}/maintenance")))
    await car.async_shutdown()
    await reading
    harness.vendor.requests.clear()
    await harness.pass_time(hours=1)
    assert reads(harness, busy)["maintenance"] == 0


async def test_after_a_drive_a_car_that_is_polled_is_asked_for_its_trip_and_alerts(harness: Harness, car: Car) -> None:
    """Nothing pushes them."""
    await harness.add_account(delivery="polling")
    before = reads(harness, car)
    await harness.pass_time(minutes=16)
    assert reads(harness, car) == before

    harness.vendor.garage.drive_off(car)
    harness.vendor.garage.park(car)
    harness.vendor.garage.raise_alert(car)
    car.trips[-1].distance = 12.0
    car.mileage += 12
    await harness.pass_time(minutes=32)

    assert is_known(harness, car, "trips")
    assert is_known(harness, car, "alerts")
    assert reads(harness, car) == {**before, "alerts": before["alerts"] + 1, "trips": before["trips"] + 1}


async def test_what_a_car_pushes_before_it_is_read_after_a_restart_is_a_report_too(
    harness: Harness, busy: Car, other: Car
) -> None:
    """It may have driven while Home Assistant was down, and the list of cars is long."""
    entry = await harness.add_account()
    await stop_for(harness, entry, minutes=1)
    first, second = (busy, other) if busy is harness.vendor.accounts["driver"].cars[0] else (other, busy)
    held = Held(path="*/status", car=first)
    harness.vendor.faults.add(held)
    starting = harness.hass.async_create_task(harness.hass.config_entries.async_setup(entry.entry_id))
    await held.held.wait()
    harness.set_clock(second)
    harness.vendor.garage.unlock(second)
    await harness.vendor.idle()
    held.let_go.set()
    assert await starting
    await harness.settle()
    assert reads(harness, second) == dict.fromkeys(DETAILS, 1)
    assert reads(harness, first) == dict.fromkeys(DETAILS, 0)


async def test_what_happens_while_details_are_read_is_read_after_a_restart(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    held = Held(path="*/collisions", car=car)
    harness.vendor.faults.add(held)
    harness.set_clock(car, seconds=1)
    harness.vendor.garage.collide(car, "Front")
    await held.held.wait()
    harness.set_clock(car, seconds=2)
    harness.vendor.garage.end_emergency(car)
    harness.set_clock(car, seconds=3)
    harness.vendor.garage.collide(car, "Rear")
    await harness.vendor.idle()
    held.let_go.set()
    await harness.settle()
    await stop_for(harness, entry, seconds=1)

    await start(harness, entry)

    assert len(harness.requests("GET", f"/{car.id}/collisions")) == 1
    assert reads(harness, car) == dict.fromkeys(DETAILS, 0)


async def test_what_was_read_after_a_restart_is_not_read_after_the_next_one(
    harness: Harness, busy: Car, hass_storage: dict[str, Any]
) -> None:
    """Home Assistant unloads nothing when it stops, and what is read may be no news."""
    entry = await harness.add_account()
    await stop_for(harness, entry, minutes=1)
    key = f"{DOMAIN}.{entry.entry_id}"
    del hass_storage[key]["data"][busy.vin]["details"]  # as an older version has stored it
    await start(harness, entry)
    assert reads(harness, busy) == dict.fromkeys(DETAILS, 1)
    await harness.pass_time(seconds=61)
    written = deepcopy(hass_storage[key])
    await stop_for(harness, entry, minutes=1)
    hass_storage[key] = written
    await start(harness, entry)
    assert reads(harness, busy) == dict.fromkeys(DETAILS, 0)
    assert harness.requests("GET", f"/{busy.id}/collisions") == []
