"""The vendor's monitors: registered, found again, mended, renewed, removed, refused."""

from collections import Counter
from http import HTTPStatus
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault
from simulator.push.monitors import Monitor, Plan

from .helpers.callbacks import only_callback
from .helpers.harness import Harness
from .helpers.monitors import monitors

KEYS = ("doors", "energy", "events", "moving", "charging")


def changes(harness: Harness) -> Counter[str]:
    """Count the requests that changed monitors, by method."""
    methods = ("POST", "PUT", "DELETE")
    return +Counter({method: len(harness.requests(method, "/monitors*")) for method in methods})


def is_refused(harness: Harness, entry: ConfigEntry[Any]) -> bool:
    return ir.async_get(harness.hass).async_get_issue(DOMAIN, f"push_refused_{entry.entry_id}") is not None


@pytest.mark.usefixtures("three_cars")
async def test_each_car_has_its_monitors(harness: Harness, car: Car) -> None:
    await harness.add_account()
    assert monitors(harness, car).keys() == set(KEYS)
    assert monitors(harness, harness.vendor.cars["hybrid"]).keys() == set(KEYS)
    assert monitors(harness, harness.vendor.cars["combustion"]).keys() == set(KEYS) - {"charging"}
    assert {monitor.status for monitor in only_callback(harness).monitors.values()} == {"Running"}


async def test_a_restart_changes_nothing(harness: Harness) -> None:
    entry = await harness.add_account()
    before = changes(harness)
    await harness.reload(entry)
    assert changes(harness) == before


@pytest.mark.parametrize("status", ["Paused", "Failed"])
async def test_a_monitor_that_stands_still_is_set_running(harness: Harness, car: Car, status: str) -> None:
    entry = await harness.add_account()
    monitors(harness, car)["doors"].status = status
    await harness.reload(entry)
    assert monitors(harness, car)["doors"].status == "Running"
    assert changes(harness)["PUT"] == 1


async def test_a_monitor_that_is_gone_is_made_again_within_a_day(harness: Harness, car: Car) -> None:
    await harness.add_account()
    gone = monitors(harness, car)["doors"]
    del only_callback(harness).monitors[gone.id]
    await harness.pass_time(hours=25)
    assert monitors(harness, car)["doors"].plan == gone.plan


async def test_a_double_and_what_an_older_version_wanted_are_deleted(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    client_monitors = only_callback(harness).monitors
    kept = monitors(harness, car)["doors"]
    for number, label in enumerate(("Home Assistant doors 00000000", "Home Assistant windows 00000000", "Another's")):
        plan = Plan.parse({**kept.plan.body, "label": label})
        double = Monitor(id=f"double{number}", car=car, callback=kept.callback, plan=plan, scopes=kept.scopes)
        client_monitors[double.id] = double
    await harness.reload(entry)
    assert kept.id in client_monitors
    assert [one.label for one in client_monitors.values() if one.id.startswith("double")] == ["Another's"]


@pytest.mark.usefixtures("three_cars")
async def test_a_monitor_is_renewed_when_it_is_to_watch_something_else(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    before = {key: monitor.id for key, monitor in monitors(harness, car).items()}
    flow = await harness.hass.config_entries.options.async_init(entry.entry_id)
    await harness.hass.config_entries.options.async_configure(
        flow["flow_id"],
        {"pushed_poll_interval": 360, "poll_interval": 30, "charging_refresh": 15, "moving_refresh": 1},
    )
    await harness.settle()
    assert {key: monitor.id for key, monitor in monitors(harness, car).items()} == before
    assert monitors(harness, car)["charging"].plan.refresh == 900
    assert monitors(harness, car)["moving"].plan.refresh == 60
    assert changes(harness)["PUT"] == 2  # of the two cars that can be charged


async def test_they_go_with_the_entry(harness: Harness) -> None:
    entry = await harness.add_account()
    await harness.hass.config_entries.async_remove(entry.entry_id)
    assert not harness.vendor.callbacks


async def test_of_a_new_callback_monitors_are_only_listed_if_one_could_not_be_made(harness: Harness, car: Car) -> None:
    """The vendor may have made it all the same."""
    harness.vendor.faults.add(Fault(method="POST", path="*/monitors", after=True, drop=True))
    await harness.add_account()
    assert harness.requests("GET", f"/{car.id}/callbacks/*/monitors") == []
    assert len(harness.requests("POST", f"/{car.id}/callbacks/*/monitors")) == 1
    await harness.pass_time(seconds=32)
    assert len(harness.requests("GET", f"/{car.id}/callbacks/*/monitors")) == 1
    assert len(harness.requests("POST", f"/{car.id}/callbacks/*/monitors")) == len(KEYS)
    assert monitors(harness, car).keys() == set(KEYS)


async def test_a_car_that_is_added_later_has_its_monitors(harness: Harness) -> None:
    await harness.add_account()
    [later] = harness.add_cars({"later": {}}).values()
    await harness.pass_time(hours=25)
    assert monitors(harness, later).keys() == set(KEYS)


async def test_cars_that_are_added_at_once_are_one_synchronisation(harness: Harness, car: Car) -> None:
    await harness.add_account()
    cars = [car, *harness.add_cars({"first": {}, "second": {}, "third": {}}).values()]
    harness.vendor.requests.clear()
    await harness.pass_time(hours=24, seconds=2)
    assert len(harness.requests("GET", "/user/callbacks")) == 1
    assert [len(harness.requests("GET", f"/{one.id}/callbacks/*/monitors")) for one in cars] == [1, 1, 1, 1]
    assert len(harness.requests("POST", "/monitors")) == 3 * len(KEYS)


async def test_a_callback_that_is_made_again_gets_its_monitors(harness: Harness, car: Car) -> None:
    """A command finds out that the vendor has lost the callback."""
    await harness.add_account()
    harness.vendor.callbacks.clear()
    await harness.call(car, "button", "horn", "press")
    await harness.settle()
    assert monitors(harness, car).keys() == set(KEYS)


@pytest.mark.usefixtures("three_cars")
async def test_what_fails_for_a_while_is_tried_again(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    only_callback(harness).monitors.clear()
    harness.vendor.faults.add(Fault(method="GET", path="*/monitors", status=503, times=3))
    await harness.reload(entry)
    assert not only_callback(harness).monitors
    await harness.pass_time(seconds=32)
    assert monitors(harness, car).keys() == set(KEYS)


async def test_one_car_that_fails_does_not_cost_the_others(harness: Harness, car: Car, other: Car) -> None:
    entry = await harness.add_account()
    only_callback(harness).monitors.clear()
    harness.vendor.faults.add(Fault(method="GET", path="*/monitors", car=car, status=500, times=None))
    await harness.reload(entry)
    assert monitors(harness, car) == {}
    assert monitors(harness, other).keys() == set(KEYS)
    harness.vendor.faults.clear()
    await harness.pass_time(seconds=32)
    assert monitors(harness, car).keys() == set(KEYS)


async def test_after_too_many_requests_the_vendor_is_asked_when_it_allows_it(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    only_callback(harness).monitors.clear()
    harness.vendor.faults.add(Fault(method="GET", path="*/monitors", status=429, headers={"Retry-After": "600"}))
    await harness.reload(entry)
    assert not only_callback(harness).monitors
    await harness.pass_time(seconds=580)
    assert not only_callback(harness).monitors
    await harness.pass_time(seconds=602)
    assert monitors(harness, car).keys() == set(KEYS)


@pytest.mark.usefixtures("other")
async def test_a_car_that_leaves_the_account_meanwhile_is_left_alone(harness: Harness, car: Car) -> None:
    """No timer of it is left behind."""
    entry = await harness.add_account()
    harness.vendor.requests.clear()
    for monitor in monitors(harness, car).values():
        monitor.status = "Paused"
    harness.vendor.faults.add(Fault(method="PUT", path="*/status", car=car, status=403, delay=0.2))
    harness.hass.bus.async_fire(EVENT_CORE_CONFIG_UPDATE, {"external_url": harness.front.url})
    await harness.vendor.journal.changed.until(lambda: bool(harness.requests("PUT", f"/{car.id}/*")))
    harness.vendor.accounts["driver"].cars.remove(car)
    await entry.runtime_data.car_list.async_read()
    await harness.settle()
    assert not is_refused(harness, entry)


@pytest.mark.parametrize(
    ("status", "repair"),
    [(HTTPStatus.BAD_REQUEST, False), (HTTPStatus.NOT_FOUND, False), (HTTPStatus.FORBIDDEN, True)],
)
async def test_a_car_that_is_not_pushed_is_polled(
    harness: Harness, car: Car, other: Car, caplog: pytest.LogCaptureFixture, status: HTTPStatus, repair: bool
) -> None:
    """The others are pushed; what is refused is tried again, and what is said about it is said once."""
    harness.vendor.faults.add(Fault(method="POST", path="*/monitors", car=car, status=status, times=None))
    entry = await harness.add_account()
    assert monitors(harness, car) == {}
    assert monitors(harness, other).keys() == set(KEYS)
    assert is_refused(harness, entry) is repair
    harness.vendor.requests.clear()
    await harness.pass_time(minutes=31)
    assert (harness.reads(car), harness.reads(other)) == (1, 0)
    await harness.pass_time(hours=25)
    assert len([one for one in caplog.records if "does not push" in one.getMessage() and one.levelname == "INFO"]) == 1

    harness.vendor.faults.clear()
    await harness.pass_time(hours=25)
    assert monitors(harness, car).keys() == set(KEYS)
    assert not is_refused(harness, entry)


@pytest.mark.parametrize("status", [HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE])
async def test_one_answer_does_not_end_push_for_a_day(harness: Harness, car: Car, status: HTTPStatus) -> None:
    """It is followed up within a minute, and what was not pushed meanwhile is read."""
    times = 2 if status == HTTPStatus.BAD_REQUEST else 1  # then that monitor is asked for without collisions
    harness.vendor.faults.add(Fault(method="POST", path="*/monitors", car=car, status=status, times=times))
    entry = await harness.add_account()
    assert len(monitors(harness, car)) == len(KEYS) - 1
    assert not entry.runtime_data.cars[car.vin].pushed
    reads = harness.reads(car)
    harness.vendor.garage.unlock(car)
    await harness.pass_time(seconds=31)
    assert monitors(harness, car).keys() == set(KEYS)
    assert entry.runtime_data.cars[car.vin].pushed
    assert harness.reads(car) == reads + 1
    assert harness.state(car, "lock", "doors").state == "unlocked"


async def test_a_404_because_the_callback_is_gone_makes_another_one(harness: Harness, car: Car) -> None:
    """It went while the monitors were made."""
    entry = await harness.add_account()
    lost = entry.data["callback_id"]
    await harness.hass.config_entries.async_unload(entry.entry_id)
    only_callback(harness).monitors.clear()
    harness.vendor.faults.add(Fault(method="POST", path="*/monitors", status=404, times=5))
    await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()
    harness.vendor.callbacks.clear()
    await harness.pass_time(seconds=31)
    assert entry.data["callback_id"] != lost
    assert monitors(harness, car).keys() == set(KEYS)


@pytest.mark.parametrize("status", [400, 403])
async def test_a_car_whose_monitors_the_vendor_does_not_list_is_polled(
    harness: Harness, car: Car, other: Car, status: int
) -> None:
    """Nobody knows whether they push."""
    entry = await harness.add_account()
    push = entry.runtime_data.push
    harness.vendor.faults.add(Fault(method="GET", path="*/monitors", car=car, status=status, times=None))
    await harness.pass_time(hours=25)
    await harness.pass_time(seconds=31)
    harness.vendor.requests.clear()
    await harness.pass_time(minutes=31)
    assert (harness.reads(car), harness.reads(other)) == (1, 0)
    assert "Running" not in push.state(car.vin).values()
    harness.vendor.faults.clear()
    await harness.pass_time(hours=3)
    harness.vendor.requests.clear()
    await harness.pass_time(minutes=31)
    assert harness.reads(car) == 0
    assert set(push.state(car.vin).values()) == {"Running"}


async def test_a_car_whose_monitors_cannot_be_listed_for_a_moment_is_pushed(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(method="GET", path="*/monitors", car=car, status=503, times=None))
    await harness.pass_time(hours=25)
    assert entry.runtime_data.cars[car.vin].pushed


async def test_what_is_refused_is_looked_at_again_within_hours(harness: Harness, car: Car, other: Car) -> None:
    """Only for the car concerned, and less and less often."""
    harness.vendor.faults.add(Fault(method="POST", path="*/monitors", car=car, status=403, times=None))
    entry = await harness.add_account()
    for hours in (1, 2, 4, 6, 6):
        harness.vendor.requests.clear()
        await harness.pass_time(hours=hours, seconds=-20)
        assert harness.requests("GET", f"/{car.id}/*/monitors") == []
        await harness.pass_time(hours=hours, seconds=20)
        assert len(harness.requests("GET", f"/{car.id}/*/monitors")) == 1
        assert harness.requests("GET", f"/{other.id}/*/monitors") == []
        assert harness.requests("GET", "/user/callbacks") == []
    harness.vendor.faults.clear()
    await harness.pass_time(hours=6, seconds=20)
    assert monitors(harness, car).keys() == set(KEYS)
    assert not is_refused(harness, entry)


async def test_a_car_whose_monitors_may_not_be_listed_is_polled(harness: Harness, car: Car) -> None:
    """As the repair says. Nobody knows whether its monitors run; the others are pushed."""
    entry = await harness.add_account()
    assert entry.runtime_data.cars[car.vin].pushed
    harness.vendor.faults.add(Fault(method="GET", path="*/monitors", car=car, status=403, times=None))
    await harness.pass_time(hours=24, seconds=20)
    assert is_refused(harness, entry)
    reads = harness.reads(car)
    await harness.pass_time(minutes=31)
    assert harness.reads(car) == reads + 1


@pytest.mark.parametrize("status", [500, 400])
async def test_a_list_that_fails_says_nothing_of_the_monitors(harness: Harness, car: Car, status: int) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(method="GET", path="*/monitors", car=car, status=status, times=None))
    await harness.pass_time(hours=24, seconds=20)
    assert entry.runtime_data.cars[car.vin].pushed


async def test_a_car_that_is_refused_for_weeks_costs_few_requests(harness: Harness, car: Car) -> None:
    """Whichever way the vendor says no."""
    for status in (400, 403, 404):
        harness.vendor.faults.add(Fault(method="POST", path="*/monitors", status=status, times=None))
        entry = await harness.add_account()
        for _ in range(12):
            await harness.pass_time(hours=7)
        harness.vendor.requests.clear()
        for _ in range(4):
            await harness.pass_time(hours=6, seconds=20)
        assert len(harness.requests("GET", "/monitors")) in {4, 5}
        harness.vendor.faults.clear()
        await harness.hass.config_entries.async_remove(entry.entry_id)


async def test_a_car_never_has_more_than_five(harness: Harness, car: Car, caplog: pytest.LogCaptureFixture) -> None:
    """The vendor takes no more: neither with a charge limit, nor after an older version that had six."""
    entry = await harness.add_account()
    await harness.call(car, "number", "charge_limit", "set_value", value=80)
    await harness.settle()
    kept = monitors(harness, car)
    assert kept.keys() == set(KEYS)
    assert ["80"] in [trigger["data"].get("value") for trigger in kept["moving"].plan.body["triggerParam"]["triggers"]]
    plan = Plan.parse({**kept["doors"].plan.body, "label": "Home Assistant limit 00000000"})
    old = Monitor(id="old", car=car, callback=kept["doors"].callback, plan=plan, scopes=kept["doors"].scopes)
    only_callback(harness).monitors[old.id] = old
    await harness.reload(entry)
    assert monitors(harness, car).keys() == set(KEYS)
    assert [request.status for request in harness.requests("POST", "/monitors")] == [202] * 5


async def test_one_monitor_that_is_refused_does_not_cost_the_others(harness: Harness, car: Car) -> None:
    harness.vendor.faults.add(Fault(method="POST", path="*/monitors", car=car, status=400, times=2))
    await harness.add_account()
    assert len(monitors(harness, car)) == len(KEYS) - 1


async def test_without_the_scope_there_are_none_and_no_repair(harness: Harness, car: Car) -> None:
    entry = await harness.add_account(scopes=["remote:door:write", "data:position"])
    assert not only_callback(harness).monitors
    assert not is_refused(harness, entry)
    assert changes(harness) == Counter()
    reads = harness.reads(car)
    await harness.pass_time(minutes=31)
    assert harness.reads(car) == reads + 1, "it is polled as often as a car that is not pushed"
