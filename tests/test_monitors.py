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
from simulator.monitors import Monitor, Plan

from .conftest import House
from .test_webhook import only_callback

KEYS = ("doors", "energy", "events", "moving", "charging")


def monitors(house: House, car: Car) -> dict[str, Monitor]:
    """Return the vendor's monitors of a car, by what follows "Home Assistant" in their labels."""
    found = [monitor for monitor in only_callback(house).monitors.values() if monitor.car is car]
    made = {monitor.label.split()[2]: monitor for monitor in found}
    assert len(made) == len(found)
    return made


def changes(house: House) -> Counter[str]:
    """Count the requests that changed monitors, by method."""
    methods = ("POST", "PUT", "DELETE")
    return +Counter({method: len(house.requests(method, "/monitors*")) for method in methods})


def is_refused(house: House, entry: ConfigEntry[Any]) -> bool:
    return ir.async_get(house.hass).async_get_issue(DOMAIN, f"push_refused_{entry.entry_id}") is not None


async def test_each_car_has_its_monitors(house: House, car: Car) -> None:
    await house.add_account()
    assert monitors(house, car).keys() == set(KEYS)
    assert monitors(house, house.vendor.cars["hybrid"]).keys() == set(KEYS)
    assert monitors(house, house.vendor.cars["combustion"]).keys() == set(KEYS) - {"charging"}
    assert {monitor.status for monitor in only_callback(house).monitors.values()} == {"Running"}


async def test_a_restart_changes_nothing(house: House) -> None:
    entry = await house.add_account()
    before = changes(house)
    await house.reload(entry)
    assert changes(house) == before


@pytest.mark.parametrize("status", ["Paused", "Failed"])
async def test_a_monitor_that_stands_still_is_set_running(house: House, car: Car, status: str) -> None:
    entry = await house.add_account()
    monitors(house, car)["doors"].status = status
    await house.reload(entry)
    assert monitors(house, car)["doors"].status == "Running"
    assert changes(house)["PUT"] == 1


async def test_a_monitor_that_is_gone_is_made_again_within_a_day(house: House, car: Car) -> None:
    await house.add_account()
    gone = monitors(house, car)["doors"]
    del only_callback(house).monitors[gone.id]
    await house.pass_time(hours=25)
    assert monitors(house, car)["doors"].plan == gone.plan


async def test_a_double_and_what_an_older_version_wanted_are_deleted(house: House, car: Car) -> None:
    entry = await house.add_account()
    client_monitors = only_callback(house).monitors
    kept = monitors(house, car)["doors"]
    for number, label in enumerate(("Home Assistant doors 00000000", "Home Assistant windows 00000000", "Another's")):
        plan = Plan.parse({**kept.plan.body, "label": label})
        double = Monitor(id=f"double{number}", car=car, callback=kept.callback, plan=plan, scopes=kept.scopes)
        client_monitors[double.id] = double
    await house.reload(entry)
    assert kept.id in client_monitors
    assert [one.label for one in client_monitors.values() if one.id.startswith("double")] == ["Another's"]


async def test_a_monitor_is_renewed_when_it_is_to_watch_something_else(house: House, car: Car) -> None:
    entry = await house.add_account()
    before = {key: monitor.id for key, monitor in monitors(house, car).items()}
    flow = await house.hass.config_entries.options.async_init(entry.entry_id)
    await house.hass.config_entries.options.async_configure(
        flow["flow_id"],
        {"pushed_poll_interval": 360, "poll_interval": 30, "charging_refresh": 15, "moving_refresh": 1},
    )
    await house.settle()
    assert {key: monitor.id for key, monitor in monitors(house, car).items()} == before
    assert monitors(house, car)["charging"].plan.refresh == 900
    assert monitors(house, car)["moving"].plan.refresh == 60
    assert changes(house)["PUT"] == 2  # of the two cars that can be charged


async def test_they_go_with_the_entry(house: House) -> None:
    entry = await house.add_account()
    await house.hass.config_entries.async_remove(entry.entry_id)
    assert not house.vendor.callbacks


async def test_a_car_that_is_added_later_has_its_monitors(house: House) -> None:
    await house.add_account()
    [later] = house.add_cars({"later": {}}).values()
    await house.pass_time(hours=25)
    assert monitors(house, later).keys() == set(KEYS)


async def test_a_callback_that_is_made_again_gets_its_monitors(house: House, car: Car) -> None:
    """A command finds out that the vendor has lost the callback."""
    await house.add_account()
    house.vendor.callbacks.clear()
    await house.call(car, "button", "horn", "press")
    await house.settle()
    assert monitors(house, car).keys() == set(KEYS)


async def test_what_fails_for_a_while_is_tried_again(house: House, car: Car) -> None:
    house.vendor.faults.add(Fault(method="GET", path="*/monitors", status=503, times=3))
    await house.add_account()
    assert not only_callback(house).monitors
    await house.pass_time(seconds=32)
    assert monitors(house, car).keys() == set(KEYS)


async def test_one_car_that_fails_does_not_cost_the_others(house: House, car: Car) -> None:
    house.vendor.faults.add(Fault(method="GET", path="*/monitors", car=car, status=500, times=None))
    await house.add_account()
    assert monitors(house, car) == {}
    assert monitors(house, house.vendor.cars["hybrid"]).keys() == set(KEYS)
    house.vendor.faults.clear()
    await house.pass_time(seconds=32)
    assert monitors(house, car).keys() == set(KEYS)


async def test_after_too_many_requests_the_vendor_is_asked_when_it_allows_it(house: House, car: Car) -> None:
    house.vendor.faults.add(Fault(method="GET", path="*/monitors", status=429, headers={"Retry-After": "600"}))
    await house.add_account()
    assert not only_callback(house).monitors
    await house.pass_time(seconds=580)
    assert not only_callback(house).monitors
    await house.pass_time(seconds=602)
    assert monitors(house, car).keys() == set(KEYS)


async def test_a_car_that_leaves_the_account_meanwhile_is_left_alone(house: House, car: Car) -> None:
    """No timer of it is left behind."""
    entry = await house.add_account()
    house.vendor.requests.clear()
    for monitor in monitors(house, car).values():
        monitor.status = "Paused"
    house.vendor.faults.add(Fault(method="PUT", path="*/status", car=car, status=403, delay=0.2))
    house.hass.bus.async_fire(EVENT_CORE_CONFIG_UPDATE, {"external_url": house.front.url})
    await house.vendor.journal.changed.until(lambda: bool(house.requests("PUT", f"/{car.id}/*")))
    house.vendor.accounts["driver"].cars.remove(car)
    await entry.runtime_data.async_read_cars()
    await house.settle()
    assert not is_refused(house, entry)


@pytest.mark.parametrize(
    ("status", "repair"),
    [(HTTPStatus.BAD_REQUEST, False), (HTTPStatus.NOT_FOUND, False), (HTTPStatus.FORBIDDEN, True)],
)
async def test_a_car_that_is_not_pushed_is_polled(
    house: House, car: Car, caplog: pytest.LogCaptureFixture, status: HTTPStatus, repair: bool
) -> None:
    """The others are pushed; what is refused is tried again, and what is said about it is said once."""
    house.vendor.faults.add(Fault(method="POST", path="*/monitors", car=car, status=status, times=None))
    entry = await house.add_account()
    other = house.vendor.cars["hybrid"]
    assert monitors(house, car) == {}
    assert monitors(house, other).keys() == set(KEYS)
    assert is_refused(house, entry) is repair
    house.vendor.requests.clear()
    await house.pass_time(minutes=31)
    assert (house.reads(car), house.reads(other)) == (1, 0)
    await house.pass_time(hours=25)
    assert len([one for one in caplog.records if "does not push" in one.getMessage() and one.levelname == "INFO"]) == 1

    house.vendor.faults.clear()
    await house.pass_time(hours=25)
    assert monitors(house, car).keys() == set(KEYS)
    assert not is_refused(house, entry)


async def test_one_monitor_that_is_refused_does_not_cost_the_others(house: House, car: Car) -> None:
    house.vendor.faults.add(Fault(method="POST", path="*/monitors", car=car, status=400))
    await house.add_account()
    assert len(monitors(house, car)) == len(KEYS) - 1


async def test_without_the_scope_there_are_none_and_no_repair(house: House) -> None:
    entry = await house.add_account(scopes=["remote:door:write", "data:position"])
    assert not only_callback(house).monitors
    assert not is_refused(house, entry)
    assert changes(house) == Counter()
