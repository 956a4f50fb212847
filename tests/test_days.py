"""Whole days: how often the vendor is asked, how fast news arrive, and what a day of faults leaves behind: nothing."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

import pytest

from custom_components.stellantis.account import questions
from simulator import Car, Fault, MessageFault, Request
from simulator.google import Google

from .helpers.callbacks import only_callback
from .helpers.harness import Harness
from .helpers.logs import complaints
from .helpers.ways import WAYS, Way

API: Final = "/connectedcar/v4"

# What must be as in the car: platform and key, and how the car says it.
TRUTHS: Final[dict[tuple[str, str], Any]] = {
    ("lock", "doors"): lambda car: "locked" if car.locked and not car.open_doors else "unlocked",
    ("binary_sensor", "trunk"): lambda car: "on" if "Trunk" in car.open_doors else "off",
    ("binary_sensor", "door_driver"): lambda car: "on" if "Driver" in car.open_doors else "off",
}
ELECTRIC_TRUTHS: Final[dict[tuple[str, str], Any]] = {
    ("switch", "charging"): lambda car: "on" if car.charging_status == "InProgress" else "off",
    ("binary_sensor", "plugged"): lambda car: "on" if car.plugged else "off",
    ("sensor", "battery_level"): lambda car: str(round(float(car.battery_level), 1)),
    ("climate", "preconditioning"): lambda car: "heat_cool" if car.preconditioning == "Enabled" else "off",
}

# The commands of a busy day: platform, key and service.
COMMANDS: Final = (
    ("lock", "doors", "unlock"),
    ("lock", "doors", "lock"),
    ("switch", "charging", "turn_on"),
    ("switch", "charging", "turn_off"),
    ("climate", "preconditioning", "turn_on"),
    ("climate", "preconditioning", "turn_off"),
    ("button", "horn", "press"),
    ("button", "wake_up", "press"),
)


def differences(harness: Harness) -> list[tuple[str, str, str, str]]:
    """Return what is not as the cars know it."""
    found = []
    for car in harness.vendor.accounts["driver"].cars:
        truths = TRUTHS | (ELECTRIC_TRUTHS if car.battery_level is not None else {})
        for (platform, key), truth in truths.items():
            state = harness.state(car, platform, key).state
            if state != truth(car):
                found.append((car.label, key, state, truth(car)))
    return found


def asked(harness: Harness, car: Car) -> float:
    """Return how often the API was asked about a car: what concerns the account is shared by its cars."""

    def share(request: Request) -> float:
        cars = harness.vendor.accounts["driver"].cars
        if any(one.id in request.path for one in cars):
            return float(car.id in request.path)
        return 1 / len(cars)

    return sum(share(request) for request in harness.vendor.requests if request.path.startswith(API))


def asked_for(harness: Harness, car: Car, kind: str) -> int:
    """Return how often the trips or the collisions of a car were read."""
    return len(harness.requests("GET", f"/{car.id}/{kind}"))


async def pass_a_day(harness: Harness) -> None:
    """Let the timers of a day run off: a poll that is due after 6 h four times, what is due daily with the last one.

    Each step begins now, as no real time has passed: what has been done is due again as long after now.
    """
    for hours in (6, 6, 6, 24):
        await harness.pass_time(hours=hours, seconds=2)


async def poll_for_a_day(harness: Harness) -> None:
    """Let the timers of a day run off while a car is polled every quarter of an hour; as `pass_a_day`."""
    for _ in range(95):
        await harness.pass_time(minutes=15, seconds=2)
    await harness.pass_time(hours=24, seconds=2)


async def arrive(harness: Harness) -> None:
    """Let all that the vendor has to say arrive."""
    await harness.vendor.idle()
    await harness.settle()


@pytest.fixture(params=[name for name, way in WAYS.items() if way.told])
def way(request: pytest.FixtureRequest, harness: Harness, google: Google, monkeypatch: pytest.MonkeyPatch) -> Way:
    """Each way by which messages come."""
    return WAYS[request.param](harness, monkeypatch)


async def test_on_an_idle_day_the_vendor_is_asked_seldom(
    harness: Harness, car: Car, way: Way, record_property: Callable[[str, object], None]
) -> None:
    await way.add_account()
    harness.vendor.requests.clear()
    await pass_a_day(harness)
    await pass_a_day(harness)
    calls = asked(harness, car) / 2
    record_property("calls_per_idle_day", calls)
    assert 4 <= calls <= 8
    assert harness.reads(car) == 8
    assert asked_for(harness, car, "trips") == 0
    assert asked_for(harness, car, "collisions") <= 2


async def test_on_a_busy_day_too(
    harness: Harness, car: Car, way: Way, record_property: Callable[[str, object], None]
) -> None:
    """Twenty events: six at the doors and eight commands, a charge, a drive, a break for preconditioning, an alert.

    Reports without room for the status cost a read each.
    """

    async def arrive_and_be_read() -> None:
        await arrive(harness)
        await way.connected()
        await harness.pass_time(seconds=3)  # a car is not read more often

    await way.add_account()
    harness.vendor.requests.clear()
    garage = harness.vendor.garage
    for identifier in ("Driver", "Trunk", "Passenger"):
        garage.open(car, identifier)
        await arrive_and_be_read()
        garage.close(car, identifier)
        await arrive_and_be_read()
    for platform, key, service in COMMANDS:
        await harness.call(car, platform, key, service)
        await arrive_and_be_read()
    garage.drive_off(car)
    await arrive_and_be_read()
    garage.park(car)
    await arrive_and_be_read()
    garage.plug_in(car)
    await arrive_and_be_read()
    garage.start_charging(car)
    await arrive_and_be_read()
    garage.stop_charging(car)
    await arrive_and_be_read()
    alert = garage.raise_alert(car)
    await arrive_and_be_read()
    garage.clear_alert(car, alert)
    await arrive_and_be_read()
    await pass_a_day(harness)
    calls = asked(harness, car)
    record_property("calls_per_busy_day", calls)
    trips, collisions = (asked_for(harness, car, kind) for kind in ("trips", "collisions"))
    record_property("of_trips_and_collisions", trips + collisions)
    # The daily round reads the trip again: the vendor may have completed it.
    assert 1 <= trips <= 2
    assert collisions <= 2
    assert 8 <= calls <= (30 if way.whole else 60)
    assert differences(harness) == []


async def test_on_an_idle_day_a_car_that_is_polled_costs_a_hundred_requests(
    harness: Harness, car: Car, record_property: Callable[[str, object], None]
) -> None:
    await harness.add_account(delivery="polling")
    harness.vendor.requests.clear()
    await poll_for_a_day(harness)
    calls = asked(harness, car)
    record_property("calls_per_idle_day_of_polling", calls)
    assert 96 <= calls <= 101
    assert harness.reads(car) == 96


async def test_a_remote_costs_a_car_that_is_polled_one_more_read(
    harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    """Beside it, the remote itself and the questions for its end."""
    monkeypatch.setattr(questions, "ASK_AFTER", (0.05, 0.1, 0.2, 0.4, 0.8))
    await harness.add_account(delivery="polling")
    harness.vendor.requests.clear()
    await poll_for_a_day(harness)
    for platform, key, service in COMMANDS:
        await harness.call(car, platform, key, service)
        await harness.settle()
        await harness.pass_time(seconds=12)  # reads within ten seconds are one
    record_property("calls_per_busy_day_of_polling", asked(harness, car))
    preconditionings = sum(platform == "climate" for platform, _, _ in COMMANDS)  # the programs are read first
    assert harness.reads(car) == 96 + len(COMMANDS) + preconditionings
    assert len(harness.requests("POST", "/remotes")) == len(COMMANDS)
    assert len(harness.requests("GET", "/remotes/*")) >= len(COMMANDS)


async def test_news_arrive_within_a_second(
    harness: Harness, car: Car, record_property: Callable[[str, object], None]
) -> None:
    await harness.add_account()
    loop, delays = asyncio.get_running_loop(), defaultdict[str, list[float]](list)
    garage = harness.vendor.garage
    for _ in range(5):
        for act, platform, key, state in (
            (garage.unlock, "lock", "doors", "unlocked"),
            (garage.unplug, "binary_sensor", "plugged", "off"),
            (garage.lock, "lock", "doors", "locked"),
            (garage.plug_in, "binary_sensor", "plugged", "on"),
        ):
            start = loop.time()
            act(car)
            await harness.until(car, platform, key, state)
            delays[state].append(loop.time() - start)
    record_property("shortest_delays", {state: min(each) for state, each in delays.items()})
    # A busy machine may delay any of them, but hardly all.
    assert all(min(each) < 1 for each in delays.values())


@pytest.mark.usefixtures("three_cars")
async def test_after_a_day_of_faults_nothing_is_wrong(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    await harness.add_account()
    vendor, garage = harness.vendor, harness.vendor.garage
    hybrid, combustion = vendor.cars["hybrid"], vendor.cars["combustion"]

    # The API is down for an hour, and what is pushed meanwhile arrives.
    vendor.faults.add(Fault(path="*/user/*", status=503, times=None))
    garage.unlock(car)
    await arrive(harness)  # or the vendor's own timeout would run off too, and it would post again
    await harness.pass_time(hours=7)
    for seconds in (62, 122, 242):
        await harness.pass_time(seconds=seconds)
    vendor.faults.clear()
    garage.open(combustion, "Trunk")
    await arrive(harness)

    # Home Assistant cannot be reached for a while.
    await harness.front.stop()
    garage.plug_in(hybrid)
    garage.stop_charging(hybrid)
    garage.unlock(hybrid)
    garage.lock(car)
    await vendor.wait_for_delivery(lambda delivery: delivery.status is None)
    await harness.front.start()
    await arrive(harness)

    # Too many requests, while messages are lost, doubled and out of order.
    vendor.faults.add(Fault(path="*/status", status=429, headers={"Retry-After": "600"}, times=3))
    vendor.faults.add(MessageFault(kind="Monitor", car=car, lose=True, times=2))
    vendor.faults.add(MessageFault(kind="Monitor", car=hybrid, double=True, times=None))
    vendor.faults.add(MessageFault(kind="Monitor", car=combustion, reorder=True))
    garage.unplug(car)
    garage.lock(hybrid)
    garage.unlock(combustion)
    garage.close(combustion, "Trunk")
    await arrive(harness)
    await harness.pass_time(hours=7)
    await harness.pass_time(minutes=11)
    vendor.faults.clear()

    # The vendor has given the callback up, and what it would have pushed is lost.
    await arrive(harness)
    only_callback(harness).status = "Failed"
    garage.open(car, "Driver")
    garage.lock(combustion)
    await pass_a_day(harness)
    await arrive(harness)

    assert differences(harness) == []
    # Each car's log has a line for each time that it could not be read, and no other.
    told = complaints(caplog)
    for one in vendor.accounts["driver"].cars:
        assert len([line for line in told if line.startswith(f"Error fetching Peugeot {one.label} data: ")]) in {1, 2}
    assert all(line.startswith("Error fetching ") for line in told)
