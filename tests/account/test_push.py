"""Which monitors the vendor is asked for, and what becomes of the reports that they push."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.stellantis.account.delivery import create_delivery
from custom_components.stellantis.account.push import Push
from custom_components.stellantis.api.client import StellantisClient
from custom_components.stellantis.api.errors import (
    AuthenticationError,
    BadRequestError,
    ForbiddenError,
    NoDataError,
    RateLimitError,
    StellantisError,
    VendorError,
)
from custom_components.stellantis.api.messages import MonitorMessage
from custom_components.stellantis.api.monitors import EMERGENCY_CALL, Monitor, UserMonitor
from custom_components.stellantis.api.scopes import Scope
from custom_components.stellantis.const import DEFAULT_OPTIONS, DOMAIN
from custom_components.stellantis.coordinator import VehicleCoordinator

from .parts import make_car, make_receiver

KEYS = ["doors", "energy", "events", "moving", "charging"]


class Vendor:
    """Plays the API: keeps the monitors of each car, and refuses requests as `refusals` says, by key or car."""

    can_read_status = False

    def __init__(self) -> None:
        self.scopes: set[str] = {scope for scope in Scope if scope is not Scope.COLLISION}
        self.kept: dict[str, dict[str, UserMonitor]] = {"id of one": {}, "id of two": {}}
        self.refusals: dict[str, StellantisError] = {}
        self.asked: list[str] = []

    async def monitors(self, vehicle_id: str, _callback_id: str) -> list[UserMonitor]:
        self._note("list", vehicle_id)
        return list(self.kept[vehicle_id].values())

    async def create_monitor(self, vehicle_id: str, callback_id: str, monitor: Monitor) -> str:
        self._note("create", _subject(monitor))
        monitor_id = f"{monitor.key} of {vehicle_id}, {callback_id}"
        self.keep(vehicle_id, UserMonitor(id=monitor_id, label=monitor.label, status="Running"))
        return monitor_id

    async def update_monitor(self, vehicle_id: str, _callback_id: str, monitor_id: str, monitor: Monitor) -> None:
        self._note("update", _subject(monitor))
        self.keep(vehicle_id, replace(self.kept[vehicle_id][monitor_id], label=monitor.label))

    async def set_monitor_status(self, vehicle_id: str, _callback_id: str, monitor_id: str, status: str) -> None:
        self._note(f"set {status}", monitor_id)
        self.kept[vehicle_id][monitor_id] = replace(self.kept[vehicle_id][monitor_id], status=status)

    async def delete_monitor(self, vehicle_id: str, _callback_id: str, monitor_id: str) -> None:
        self._note("delete", monitor_id)
        del self.kept[vehicle_id][monitor_id]

    def keep(self, vehicle_id: str, monitor: UserMonitor) -> None:
        self.kept[vehicle_id][monitor.id] = monitor

    def _note(self, request: str, subject: str) -> None:
        self.asked.append(f"{request} {subject}")
        if subject in self.refusals:
            raise self.refusals[subject]


def _subject(monitor: Monitor) -> str:
    more = {"doors": "collisions", "moving": "a limit"}
    return f"{monitor.key} with {more[monitor.key]}" if monitor.plain else monitor.key


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
async def cars(
    hass: HomeAssistant, entry: ConfigEntry[Any], vendor: Vendor
) -> AsyncGenerator[dict[str, VehicleCoordinator]]:
    made = {vin: make_car(hass, entry, vendor, vin) for vin in ("one", "two")}
    yield made
    for car in made.values():
        await car.async_shutdown()


class Limits(dict[str, int]):
    """The charge limits of some cars, by VIN."""

    def of(self, car: VehicleCoordinator) -> int | None:
        return self.get(car.vehicle.vin)


@pytest.fixture
def limits() -> Limits:
    return Limits()


@pytest.fixture
def looks() -> list[str | None]:
    """What the account was told to look at again, or to read."""
    return []


@pytest.fixture
def gaps() -> list[str]:
    """The cars whose monitors were told not to have been as wanted."""
    return []


@pytest.fixture
def push(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    vendor: Vendor,
    cars: dict[str, VehicleCoordinator],
    limits: Limits,
    looks: list[str | None],
    gaps: list[str],
) -> Push:
    delivery = create_delivery(hass, entry, make_receiver())
    client = cast("StellantisClient", vendor)
    return Push(
        hass,
        entry,
        client,
        cars,
        DEFAULT_OPTIONS,
        delivery,
        charge_limit=limits.of,
        reconcile=looks.append,
        catch_up=lambda car: looks.append(f"read {car.vehicle.vin}"),
        on_gap=lambda car: gaps.append(car.vehicle.vin),
    )


def pushed(cars: dict[str, VehicleCoordinator]) -> list[bool]:
    return [car.pushed for car in cars.values()]


def has_repair(hass: HomeAssistant) -> bool:
    return ir.async_get(hass).async_get_issue(DOMAIN, "push_refused_entry") is not None


def report(mileage: float, monitor_id: str = "a monitor", **attributes: str) -> MonitorMessage:
    status = {"odometer": {"mileage": mileage, "createdAt": "2020-05-04T12:00:00Z"}}
    return MonitorMessage(
        attributes=attributes,
        date=datetime(2020, 5, 4, 12, tzinfo=UTC),
        monitor_id=monitor_id,
        refresh=False,
        event={"extensions": [{"type": "vehicle.status", "body": [{"status": status}]}]},
    )


def mileage(car: VehicleCoordinator) -> float | None:
    return car.data.odometer.mileage if car.data.odometer else None


async def test_every_car_gets_its_monitors_once(
    push: Push, vendor: Vendor, cars: dict[str, VehicleCoordinator]
) -> None:
    assert pushed(cars) == [False, False]
    await push.async_reconcile("callback")
    created = [f"create {key}" for key in KEYS]
    assert vendor.asked == ["list id of one", *created, "list id of two", *created]
    assert pushed(cars) == [True, True]
    assert push.state("one") == dict.fromkeys(KEYS, "Running")
    vendor.asked.clear()
    await push.async_reconcile("callback")
    assert vendor.asked == ["list id of one", "list id of two"]


async def test_the_limit_of_a_car_is_monitored_while_there_is_one(push: Push, vendor: Vendor, limits: Limits) -> None:
    """By a monitor that is there anyway: the vendor takes no sixth. Only the car concerned is asked about."""
    limits["one"] = 80
    await push.async_reconcile("callback")
    assert vendor.asked.count("create moving with a limit") == 1
    assert len(vendor.kept["id of one"]) == len(vendor.kept["id of two"]) == 5
    vendor.asked.clear()
    limits["one"] = 90
    assert await push.async_reconcile("callback", {"one"})
    assert vendor.asked == ["list id of one", "update moving with a limit"]
    vendor.asked.clear()
    limits.clear()
    assert await push.async_reconcile("callback", {"one"})
    assert vendor.asked == ["list id of one", "update moving"]


async def test_the_sixth_monitor_of_an_older_version_is_deleted_first(
    push: Push, vendor: Vendor, limits: Limits
) -> None:
    await push.async_reconcile("callback")
    vendor.keep("id of one", UserMonitor(id="old", label="Home Assistant limit 01234567", status="Running"))
    limits["one"] = 80
    vendor.asked.clear()
    await push.async_reconcile("callback", {"one"})
    assert vendor.asked == ["list id of one", "delete old", "update moving with a limit"]


async def test_of_two_with_one_key_the_one_that_needs_no_change_is_kept(push: Push, vendor: Vendor) -> None:
    await push.async_reconcile("callback")
    kept = vendor.kept["id of one"]
    old = UserMonitor(id="old", label="Home Assistant doors 01234567", status="Running")
    vendor.kept["id of one"] = {"old": old, **kept}
    vendor.asked.clear()
    await push.async_reconcile("callback")
    assert vendor.asked == ["list id of one", "delete old", "list id of two"]


@pytest.mark.parametrize(
    ("error", "repair"), [(ForbiddenError(), True), (BadRequestError(400, {}), False), (NoDataError(), False)]
)
async def test_a_monitor_that_is_refused_has_the_car_polled(
    hass: HomeAssistant,
    push: Push,
    vendor: Vendor,
    cars: dict[str, VehicleCoordinator],
    error: StellantisError,
    repair: bool,
) -> None:
    vendor.refusals["doors"] = error
    await push.async_reconcile("callback")
    assert pushed(cars) == [False, False]
    assert push.state("one") == {**dict.fromkeys(KEYS, "Running"), "doors": type(error).__name__}
    assert has_repair(hass) is repair
    vendor.refusals.clear()
    await push.async_reconcile("callback")
    assert pushed(cars) == [True, True]
    assert not has_repair(hass)


@pytest.mark.parametrize("error", [BadRequestError(400, {}), ForbiddenError()])
async def test_a_car_does_without_the_monitor_of_its_limit(
    hass: HomeAssistant,
    push: Push,
    vendor: Vendor,
    cars: dict[str, VehicleCoordinator],
    limits: Limits,
    looks: list[str | None],
    error: StellantisError,
) -> None:
    limits["one"] = 80
    vendor.refusals["moving with a limit"] = error
    await push.async_reconcile("callback")
    assert pushed(cars) == [True, True]
    assert push.state("one") == {**dict.fromkeys(KEYS, "Running"), "limit": type(error).__name__}
    assert not has_repair(hass)
    assert looks == []

    vendor.refusals.clear()
    await push.async_reconcile("callback")
    assert push.state("one") == dict.fromkeys(KEYS, "Running")
    assert looks == [], "no report can have been lost"


@pytest.mark.parametrize("error", [BadRequestError(400, {}), ForbiddenError()])
async def test_a_car_does_without_the_trigger_of_collisions(
    hass: HomeAssistant,
    push: Push,
    vendor: Vendor,
    cars: dict[str, VehicleCoordinator],
    looks: list[str | None],
    error: StellantisError,
) -> None:
    """What its doors report goes on being pushed, and what is not pushed is not missed."""
    vendor.scopes.add(Scope.COLLISION)
    vendor.refusals["doors with collisions"] = error
    await push.async_reconcile("callback")
    assert pushed(cars) == [True, True]
    assert push.state("one") == {**dict.fromkeys(KEYS, "Running"), "collision": type(error).__name__}
    assert not has_repair(hass)
    assert "vehicle.doorsState.opening" in push.watched(cars["one"])
    assert EMERGENCY_CALL not in push.watched(cars["one"])

    vendor.refusals.clear()
    vendor.asked.clear()
    await push.async_reconcile("callback")
    assert [asked for asked in vendor.asked if "list" not in asked] == ["update doors with collisions"] * 2
    assert push.state("one") == dict.fromkeys(KEYS, "Running")
    assert EMERGENCY_CALL in push.watched(cars["one"])
    assert looks == [], "no report can have been lost"


async def test_a_failure_of_one_car_does_not_cost_the_others(
    push: Push, vendor: Vendor, cars: dict[str, VehicleCoordinator]
) -> None:
    vendor.refusals["id of one"] = VendorError(500)
    assert not await push.async_reconcile("callback")
    assert pushed(cars) == [False, True]
    assert not await push.async_reconcile("callback", {"two"}), "one is still to be tried again"
    vendor.refusals.clear()
    assert not await push.async_reconcile("callback", {"one"}), "it has a time at which it is tried again"
    assert await push.async_reconcile("callback")
    assert pushed(cars) == [True, True]


async def test_a_failure_of_one_monitor_does_not_cost_the_others(
    push: Push, vendor: Vendor, cars: dict[str, VehicleCoordinator]
) -> None:
    vendor.refusals["doors"] = VendorError(500)
    assert not await push.async_reconcile("callback")
    assert push.state("one") == {**dict.fromkeys(KEYS, "Running"), "doors": "VendorError"}
    assert pushed(cars) == [False, False]


class Follow:
    """Looks at the monitors of one car whenever the account is told to, and notes after how many seconds that was."""

    def __init__(self, hass: HomeAssistant, push: Push, looks: list[str | None]) -> None:
        self.hass = hass
        self.push = push
        self.looks = looks

    async def look(self) -> None:
        self.looks.clear()
        await self.push.async_reconcile("callback", {"one"})

    async def delay(self) -> float:
        """Return the seconds until the next look, and have it."""
        step = 15.0
        passed = 0.0
        while not self.looks:
            passed += step
            assert passed < DAY
            async_fire_time_changed(self.hass, dt_util.utcnow() + timedelta(seconds=passed + 1))
        await self.look()
        return passed


DAY = 24 * 3600.0
HOUR = 3600.0


@pytest.fixture
def follow(hass: HomeAssistant, push: Push, looks: list[str | None]) -> Follow:
    return Follow(hass, push, looks)


async def test_a_failure_is_followed_up_with_growing_delays(follow: Follow, vendor: Vendor) -> None:
    vendor.refusals["doors"] = VendorError(500)
    await follow.look()
    assert [await follow.delay() for _ in range(9)] == [30, 60, 120, 240, 480, 960, 1920, HOUR, HOUR]


async def test_a_refusal_is_looked_at_again_within_hours(follow: Follow, vendor: Vendor) -> None:
    vendor.refusals["doors"] = ForbiddenError()
    await follow.look()
    assert [await follow.delay() for _ in range(5)] == [HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR, 6 * HOUR]
    vendor.refusals.clear()
    await follow.look()
    vendor.refusals["doors"] = ForbiddenError()
    vendor.kept["id of one"].clear()
    await follow.look()
    assert await follow.delay() == HOUR, "a success begins anew"


async def test_the_same_400_again_is_a_refusal(follow: Follow, vendor: Vendor, looks: list[str | None]) -> None:
    vendor.refusals["doors"] = BadRequestError(400, {})
    await follow.look()
    assert [await follow.delay() for _ in range(3)] == [30, HOUR, 2 * HOUR]
    vendor.kept["id of one"].clear()
    vendor.refusals["energy"] = BadRequestError(400, {})
    await follow.look()
    assert await follow.delay() == 60, "another monitor is refused for the first time"


async def test_a_404_that_lasts_becomes_a_refusal(
    follow: Follow, vendor: Vendor, looks: list[str | None], hass: HomeAssistant
) -> None:
    """Until then the callback is looked at too: it may be what the vendor does not know."""
    vendor.refusals["doors"] = NoDataError()
    await follow.look()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=31))
    assert looks == [None]
    await follow.look()
    assert [await follow.delay() for _ in range(8)] == [60, 120, 240, 480, 960, 1920, HOUR, 2 * HOUR]


async def test_what_a_refused_limit_needs_is_tried_again_too(follow: Follow, vendor: Vendor, limits: Limits) -> None:
    limits["one"] = 80
    vendor.refusals["moving with a limit"] = BadRequestError(400, {})
    await follow.look()
    assert [await follow.delay() for _ in range(2)] == [30, HOUR]
    limits["one"] = 90
    vendor.asked.clear()
    await follow.look()
    assert await follow.delay() == 60, "the request is another one"


async def test_a_car_that_was_not_pushed_is_read_when_it_is_again(
    push: Push, vendor: Vendor, looks: list[str | None]
) -> None:
    vendor.refusals["doors"] = ForbiddenError()
    await push.async_reconcile("callback")
    assert looks == []
    vendor.refusals.clear()
    await push.async_reconcile("callback", {"one"})
    assert looks == ["read one"]


async def test_a_car_that_has_left_is_not_followed_up(
    hass: HomeAssistant, push: Push, vendor: Vendor, cars: dict[str, VehicleCoordinator], looks: list[str | None]
) -> None:
    vendor.refusals["doors"] = ForbiddenError()
    await push.async_reconcile("callback", {"two"})
    car = cars.pop("two")
    await push.async_reconcile("callback")
    vendor.refusals.clear()
    await push.async_reconcile("callback")
    looks.clear()
    assert not has_repair(hass)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(days=1))
    assert looks == []
    await car.async_shutdown()


async def test_nothing_is_followed_up_without_an_address(
    hass: HomeAssistant, push: Push, vendor: Vendor, looks: list[str | None]
) -> None:
    vendor.refusals["doors"] = VendorError(500)
    await push.async_reconcile("callback")
    push.stop()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(days=1))
    assert looks == []


@pytest.mark.parametrize("error", [RateLimitError(60), AuthenticationError()])
async def test_what_concerns_the_account_ends_the_round(push: Push, vendor: Vendor, error: StellantisError) -> None:
    vendor.refusals["id of one"] = error
    with pytest.raises(type(error)):
        await push.async_reconcile("callback")
    assert vendor.asked == ["list id of one"]


async def test_without_the_scope_nothing_is_asked_for(
    push: Push, vendor: Vendor, cars: dict[str, VehicleCoordinator]
) -> None:
    vendor.scopes.clear()
    await push.async_reconcile("callback")
    assert (vendor.asked, pushed(cars), push.state("one")) == ([], [False, False], {})


async def test_where_there_is_nowhere_to_push_to_every_car_is_polled(
    hass: HomeAssistant, push: Push, vendor: Vendor, cars: dict[str, VehicleCoordinator]
) -> None:
    await push.async_reconcile("callback")
    push.stop()
    assert pushed(cars) == [False, False]
    vendor.refusals["doors"] = ForbiddenError()
    await push.async_reconcile("callback")
    push.stop()
    assert not has_repair(hass)


async def test_a_report_finds_its_car_by_vin_or_by_monitor(push: Push, cars: dict[str, VehicleCoordinator]) -> None:
    push.handle(report(1000, vin="two"))
    assert (mileage(cars["one"]), mileage(cars["two"])) == (None, 1000)
    await push.async_reconcile("callback")
    push.handle(report(2000, monitor_id="doors of id of one, callback"))
    push.handle(report(3000, monitor_id="doors of id of one, callback", vin="a car that has left"))
    assert (mileage(cars["one"]), mileage(cars["two"])) == (3000, 1000)
    push.handle(report(4000))
    assert (mileage(cars["one"]), mileage(cars["two"])) == (3000, 1000)


WATCHED = {
    "privacy.state",
    "vehicle.alarm.trigger.type",
    "vehicle.alert",
    "vehicle.doorsState.lockedState",
    "vehicle.doorsState.opening",
    "vehicle.energy.charging.plugged",
    "vehicle.energy.charging.status",
    "vehicle.kinetic.moving",
    "vehicle.powertrain.status",
    "vehicle.preconditioning.airConditioning",
    "vehicle.trip.stop",
}


async def test_the_changes_of_a_car_are_watched_while_all_its_monitors_run(
    push: Push, vendor: Vendor, cars: dict[str, VehicleCoordinator], limits: Limits
) -> None:
    limits["two"] = 80
    assert push.watched(cars["one"]) == set()
    vendor.refusals["doors"] = ForbiddenError()
    vendor.refusals["moving with a limit"] = ForbiddenError()
    await push.async_reconcile("callback", {"one"})
    assert push.watched(cars["one"]) == set()
    del vendor.refusals["doors"]
    await push.async_reconcile("callback")
    assert push.watched(cars["one"]) == push.watched(cars["two"]) == WATCHED
    push.stop()
    assert push.watched(cars["one"]) == set()


async def test_monitors_that_were_not_as_wanted_are_told_to_those_who_miss_messages(
    push: Push, vendor: Vendor, gaps: list[str]
) -> None:
    await push.async_reconcile("callback")
    assert set(gaps) == {"one", "two"}
    gaps.clear()
    await push.async_reconcile("callback")
    assert gaps == []
    kept = vendor.kept["id of one"]
    paused = next(iter(kept.values()))
    kept[paused.id] = replace(paused, status="Paused")
    vendor.refusals["id of two"] = VendorError(500)
    await push.async_reconcile("callback")
    assert gaps == ["one", "two"]


async def test_a_limit_that_is_refused_again_loses_no_report(
    push: Push, vendor: Vendor, limits: Limits, gaps: list[str]
) -> None:
    limits["one"] = 80
    vendor.refusals["moving with a limit"] = ForbiddenError()
    await push.async_reconcile("callback")
    gaps.clear()
    await push.async_reconcile("callback")
    assert gaps == []
