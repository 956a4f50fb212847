"""What a car reports: whichever way the vendor's messages come, its entities show it, and end in the car's state."""

from collections.abc import Callable
from typing import Any, Final

from homeassistant.core import callback
from homeassistant.helpers.event import async_track_state_change_event
import pytest

from simulator import Car, MessageFault
from simulator.cars.garage import Garage
from tests.helpers.ends import Ends
from tests.helpers.harness import SPEED, STANDSTILL, Harness
from tests.helpers.mirror import differences
from tests.helpers.remotes import UNLOCK
from tests.helpers.ways import Way

FIRST: Final = "2026-03-01T10:00:00Z"
SECOND: Final = "2026-03-01T10:00:05Z"
THIRD: Final = "2026-03-01T10:00:09Z"

DOORS: Final = ("lock", "doors")

ACTS: Final[tuple[tuple[Callable[[Garage, Car], object], str, str, str], ...]] = (
    (lambda garage, car: garage.unlock(car), *DOORS, "unlocked"),
    (lambda garage, car: garage.open(car, "Trunk"), "binary_sensor", "trunk", "on"),
    (lambda garage, car: garage.unplug(car), "binary_sensor", "plugged", "off"),
    (lambda garage, car: garage.start_charging(car), "switch", "charging", "on"),
    (lambda garage, car: garage.precondition(car, on=True), "climate", "preconditioning", "heat_cool"),
    (lambda garage, car: garage.set_privacy(car, "Full"), "sensor", "privacy", "full"),
    (lambda garage, car: garage.raise_alert(car), "binary_sensor", "alert", "on"),
)


@pytest.fixture
def reported(reported: Car) -> Car:
    """Let it charge so slowly that its level stays."""
    reported.charging_power = 1.0
    return reported


def changes(harness: Harness, car: Car, platform: str, key: str) -> list[str]:
    """Return the list of states of an entity, which grows."""
    seen: list[str] = []
    entity_id = harness.entity_id(car, platform, key)
    add = callback(lambda event: seen.append(event.data["new_state"].state))
    async_track_state_change_event(harness.hass, entity_id, add)
    return seen


@pytest.mark.parametrize(("act", "platform", "key", "state"), [ACTS[0], ACTS[-1]], ids=["status", "alert"])
async def test_an_entity_follows_its_cause(
    harness: Harness,
    reported: Car,
    way: Way,
    act: Callable[[Garage, Car], object],
    platform: str,
    key: str,
    state: str,
) -> None:
    """What is pushed is not read as well, unless there is no room for it in the message."""
    await way.add_account()
    harness.vendor.requests.clear()

    act(harness.vendor.garage, reported)
    await way.shows(reported, platform, key, state)

    if way.told:
        await way.arrive()
    assert bool(harness.requests("GET", "*")) is not way.whole
    assert bool(harness.vendor.deliveries) is way.told


async def test_all_that_happens_is_known_in_the_end(harness: Harness, reported: Car, way: Way) -> None:
    await way.add_account()
    for act, *_ in ACTS:
        act(harness.vendor.garage, reported)
    await way.catch_up()
    assert differences(harness, reported) == {}


@pytest.mark.parametrize("fault", [{}, {"double": True}, {"late": 0.05}], ids=str)
async def test_a_collision_is_told_once(harness: Harness, reported: Car, way: Way, fault: dict[str, Any]) -> None:
    await way.add_account()
    harness.vendor.faults.add(MessageFault(car=reported, times=None, **fault))
    seen = changes(harness, reported, "event", "collision")

    harness.vendor.garage.collide(reported, "Rear", "Minor", pedestrian=True)
    await way.catch_up()
    await way.catch_up()

    state = harness.state(reported, "event", "collision")
    assert (state.attributes["event_type"], state.attributes["side"]) == ("emergency_call", "rear")
    assert (state.attributes["severity"], state.attributes["pedestrian"]) == ("minor", True)
    assert seen == [state.state]


@pytest.mark.parametrize("fault", [{"double": True}, {"reorder": True}, {"late": 0.05}, {"lose": True}])
async def test_reports_that_come_twice_or_in_another_order_end_in_the_cars_state(
    harness: Harness, reported: Car, way: Way, fault: dict[str, Any]
) -> None:
    await way.add_account()
    harness.vendor.faults.add(MessageFault(car=reported, **fault))
    garage = harness.vendor.garage
    for act, locked, date in (
        (garage.unlock, False, FIRST),
        (garage.lock, True, SECOND),
        (garage.unlock, False, THIRD),
    ):
        act(reported)
        assert reported.locked is locked
        reported.dates["doorsState"] = date

    await way.catch_up()

    assert harness.state(reported, *DOORS).state == "unlocked"


async def test_a_report_that_comes_twice_changes_a_state_once(harness: Harness, reported: Car, way: Way) -> None:
    await way.add_account()
    harness.vendor.faults.add(MessageFault(times=None, double=True))
    seen = changes(harness, reported, *DOORS)

    harness.vendor.garage.unlock(reported)
    await way.catch_up()
    await way.catch_up()

    assert [state for number, state in enumerate(seen) if state not in seen[:number]] == ["unlocked"]
    assert harness.state(reported, *DOORS).state == "unlocked"


async def test_a_report_that_is_older_than_what_is_known_changes_nothing(
    harness: Harness, reported: Car, way: Way
) -> None:
    """The vendor goes on telling, with news of other things, what was so long ago."""
    await way.add_account()
    harness.vendor.garage.unlock(reported)
    await way.catch_up()
    seen = changes(harness, reported, *DOORS)

    reported.lock()
    reported.dates["doorsState"] = FIRST
    harness.vendor.garage.raise_alert(reported)
    harness.vendor.report(reported, "alerts", "energies")
    await way.catch_up()

    assert "locked" not in seen
    assert harness.state(reported, "binary_sensor", "alert").state == "on"


async def test_reports_of_two_cars_do_not_mix(harness: Harness, reported: Car, other: Car, way: Way) -> None:
    await way.add_account()
    garage = harness.vendor.garage

    garage.unlock(reported)
    garage.open(other, "Trunk")
    garage.set_privacy(other, "Geolocation")
    garage.unplug(reported)
    await way.catch_up()

    assert differences(harness, reported, other) == {}
    assert harness.state(reported, "sensor", "privacy").state == "none"
    assert harness.state(reported, "binary_sensor", "trunk").state == "off"


async def test_a_report_while_a_remote_is_under_way_is_shown(
    harness: Harness, reported: Car, way: Way, ends: Ends
) -> None:
    await way.add_account()
    harness.vendor.speed = STANDSTILL
    calling = harness.start(reported, *UNLOCK)
    await harness.vendor.wait_for_request("POST", "/remotes")
    harness.vendor.garage.open(reported, "Trunk")
    if way.told:
        await harness.until(reported, "binary_sensor", "trunk", "on")
        assert harness.state(reported, *DOORS).state == "unlocking"

    harness.vendor.speed = SPEED
    await calling
    await way.catch_up()

    assert differences(harness, reported) == {}
    assert ends.told == [("success", "doors", "unlock", None)]


async def test_a_report_from_while_home_assistant_is_down_is_known_after_the_start(
    harness: Harness, reported: Car, way: Way
) -> None:
    entry = await way.add_account()
    assert await harness.hass.config_entries.async_unload(entry.entry_id)
    for act, *_ in ACTS:
        act(harness.vendor.garage, reported)

    assert await harness.hass.config_entries.async_setup(entry.entry_id)
    await way.connected()
    await way.arrive()

    assert differences(harness, reported) == {}
    harness.vendor.garage.lock(reported)
    harness.vendor.garage.close(reported, "Trunk")
    await way.catch_up()
    assert differences(harness, reported) == {}


async def test_after_an_interruption_the_states_are_the_cars(
    harness: Harness, reported: Car, other: Car, way: Way
) -> None:
    """Messages come together where they can, and nothing is read unless there is no room for it in a message."""
    other.charging_power = reported.charging_power
    await way.add_account()
    await way.interrupt()
    for act, *_ in ACTS:
        act(harness.vendor.garage, reported)
        act(harness.vendor.garage, other)
    if way.told:
        await harness.vendor.wait_for_delivery(lambda delivery: delivery.status is None)
    else:
        await harness.pass_time(minutes=16)
        assert harness.state(reported, *DOORS).state == "locked"
    harness.vendor.requests.clear()

    await way.resume()
    await way.catch_up()

    assert differences(harness, reported, other) == {}
    assert way.batched is way.batches
    assert bool(harness.requests("GET", "*/status")) is not way.whole
