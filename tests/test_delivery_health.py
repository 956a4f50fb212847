"""Messages that do not arrive are noticed by what they should have told, and nothing else passes for that."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE, EntityCategory
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
    get_diagnostics_for_device,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.stellantis.account import commands, delivery_health, questions
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault, MessageFault, Outcome
from simulator.google import Google, Project

from .helpers.callbacks import looks, only_callback
from .helpers.harness import SPEED, STANDSTILL, Harness
from .helpers.held import Held
from .helpers.logs import complaints
from .helpers.monitors import monitors

NEVER: Final = (3600.0,)
"""When the vendor is asked about remotes during a test that does not let this time pass."""
ENTITY_ID: Final = "binary_sensor.peugeot_messages_of_the_vendor"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a second pass for twenty minutes of asking about remotes."""
    monkeypatch.setattr(questions, "CHECK_AFTER", (0.2, 0.4, 0.8, 1.6, 3.2))
    monkeypatch.setattr(questions, "ASK_AFTER", (0.1, 0.2, 0.4, 0.8, 1.6))
    monkeypatch.setattr(delivery_health, "SPREAD_OVER", timedelta())


def repair(harness: Harness, issue: str = "messages_missing_webhook") -> ir.IssueEntry | None:
    [entry] = harness.hass.config_entries.async_entries(DOMAIN)
    return ir.async_get(harness.hass).async_get_issue(DOMAIN, f"{issue}_{entry.entry_id}")


def sensor(harness: Harness) -> State:
    state = harness.hass.states.get(ENTITY_ID)
    assert state
    return state


def missed(harness: Harness) -> int:
    count: int = sensor(harness).attributes["missed"]
    return count


def lose_messages(harness: Harness, kind: str | None = None) -> None:
    harness.vendor.faults.add(MessageFault(kind=kind, lose=True, times=None))


async def find_messages(harness: Harness, car: Car) -> None:
    """Let messages arrive again, and one of them come."""
    harness.vendor.faults.clear()
    harness.set_clock(car)
    harness.vendor.garage.unlock(car)
    harness.vendor.garage.lock(car)
    await harness.vendor.idle()
    await harness.settle()


async def lose_end(harness: Harness, car: Car) -> None:
    """Send a remote whose end has to be asked for."""
    await harness.call(car, "lock", "doors", "unlock" if car.locked else "lock")
    await harness.settle()


def turn_lock(harness: Harness, car: Car) -> None:
    garage = harness.vendor.garage
    (garage.unlock if car.locked else garage.lock)(car)


async def change_unseen(harness: Harness, car: Car, act: Callable[[], object] | None = None, **ahead: float) -> None:
    """Have a car change without a message, and let the next poll bring it."""
    await harness.pass_time(minutes=1)
    harness.set_clock(car, **ahead)
    if act:
        act()
    else:
        turn_lock(harness, car)
    await harness.vendor.idle()
    await harness.pass_time(hours=6, minutes=1)


async def add_running(harness: Harness) -> ConfigEntry[Any]:
    """Add an account whose monitors have been running for a while, and whose cars have been polled meanwhile."""
    entry = await harness.add_account()
    await harness.pass_time(hours=6, minutes=1)
    return entry


async def add_by(harness: Harness, google: Google, delivery: str) -> None:
    """Add an account whose messages come this way, and wait until they can come."""
    values = {f"firebase_{key}": value for key, value in asdict(Project()).items()}
    await harness.add_account(delivery=delivery, **(values if delivery == "push_notification" else {}))
    await until(harness, "on")


async def until(harness: Harness, state: str) -> None:
    """Wait until the account's sensor has this state."""
    changed = asyncio.Event()
    stop = async_track_state_change_event(harness.hass, ENTITY_ID, callback(lambda _event: changed.set()))
    while sensor(harness).state != state:
        changed.clear()
        await changed.wait()
    stop()


# What is noticed


async def test_three_ends_that_had_to_be_asked_for(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await harness.add_account()
    lose_messages(harness)
    for number in (1, 2):
        await lose_end(harness, car)
        assert (missed(harness), sensor(harness).state, repair(harness)) == (number, "on", None)
    await lose_end(harness, car)

    assert (missed(harness), sensor(harness).state) == (3, "off")
    shown = repair(harness)
    assert shown
    assert shown.severity is ir.IssueSeverity.WARNING
    assert shown.translation_placeholders
    assert (shown.translation_placeholders["missed"], shown.translation_placeholders["last"]) == ("3", "-")
    # The ends of remotes are asked for early, and cars polled every half an hour.
    monkeypatch.setattr(questions, "CHECK_AFTER", NEVER)
    await lose_end(harness, car)
    assert missed(harness) == 4
    shown = repair(harness)
    assert shown
    assert shown.translation_placeholders
    assert shown.translation_placeholders["missed"] == "4"
    reads = harness.reads(car)
    await harness.pass_time(minutes=31)
    assert harness.reads(car) == reads + 1

    assert complaints(caplog) == []


@pytest.mark.parametrize("delivery", ["websocket", "push_notification"])
async def test_it_is_the_same_by_each_way(harness: Harness, car: Car, google: Google, delivery: str) -> None:
    """And each has its own repair, with what to check."""
    await add_by(harness, google, delivery)
    assert (sensor(harness).attributes["delivery"], sensor(harness).state) == (delivery, "on")
    lose_messages(harness)
    for _ in range(3):
        await lose_end(harness, car)
    assert repair(harness, f"messages_missing_{delivery}")
    assert repair(harness) is None
    assert sensor(harness).state == "off"

    await find_messages(harness, car)
    await until(harness, "on")

    assert repair(harness, f"messages_missing_{delivery}") is None


async def test_a_google_that_is_gone_for_an_hour_is_told(harness: Harness, car: Car, google: Google) -> None:
    """Cars are polled more often, and read once when it is back."""
    await add_by(harness, google, "push_notification")
    await google.stop()
    await until(harness, "off")
    reads = harness.reads(car)
    await harness.pass_time(minutes=59)
    assert harness.reads(car) == reads + 1
    assert repair(harness, "push_notification_down") is None
    await harness.pass_time(minutes=61)
    shown = repair(harness, "push_notification_down")
    assert shown
    assert shown.is_fixable
    reads = harness.reads(car)
    await harness.pass_time(minutes=16)
    assert harness.reads(car) == reads + 1

    await google.come_back()
    while not google.connected:
        await harness.pass_time(minutes=16)
    await until(harness, "on")
    await harness.settle()
    assert repair(harness, "push_notification_down") is None
    reads = harness.reads(car)
    await harness.pass_time(minutes=31)
    assert harness.reads(car) == reads


async def test_the_next_message_takes_it_back(harness: Harness, car: Car, other: Car) -> None:
    """Each car is read once, for what was not pushed."""
    await harness.add_account()
    lose_messages(harness)
    for _ in range(3):
        await lose_end(harness, car)
    assert repair(harness)
    reads = [harness.reads(each) for each in (car, other)]

    await find_messages(harness, car)

    assert repair(harness) is None
    assert (missed(harness), sensor(harness).state) == (0, "on")
    assert sensor(harness).attributes["last_message"] is not None
    assert [harness.reads(each) for each in (car, other)] == [each + 1 for each in reads]
    await harness.pass_time(minutes=31)
    assert [harness.reads(each) for each in (car, other)] == [each + 1 for each in reads]


async def test_three_changes_that_only_a_poll_has_brought(harness: Harness, car: Car) -> None:
    await add_running(harness)
    lose_messages(harness, "Monitor")
    for number in (1, 2):
        await change_unseen(harness, car)
        assert (missed(harness), repair(harness)) == (number, None)
    await change_unseen(harness, car)
    assert missed(harness) == 3
    assert repair(harness)
    assert sensor(harness).state == "off"


async def test_three_drives_that_only_a_poll_has_brought(harness: Harness, car: Car) -> None:
    """The car stands, and is locked, whenever it is read."""

    def drive() -> None:
        car.mileage += 30
        car.touch()

    await add_running(harness)
    for number in (1, 2, 3):
        assert repair(harness) is None
        await change_unseen(harness, car, drive)
        assert missed(harness) == number
    assert repair(harness)


@pytest.mark.parametrize(
    "act",
    [
        lambda garage, car: garage.unlock(car),
        lambda garage, car: garage.open(car, "Trunk"),
        lambda garage, car: garage.start_charging(car),
        lambda garage, car: garage.unplug(car),
        lambda garage, car: garage.precondition(car, on=True),
        lambda garage, car: garage.drive_off(car),
        lambda garage, car: garage.set_privacy(car, "Geolocation"),
        lambda garage, car: garage.break_in(car),
    ],
)
async def test_each_change_that_is_watched_counts(
    harness: Harness, car: Car, act: Callable[[Any, Car], object]
) -> None:
    harness.vendor.garage.break_in(car, "VehicleLifting")
    harness.vendor.garage.plug_in(car)
    await add_running(harness)
    lose_messages(harness, "Monitor")
    harness.vendor.speed = STANDSTILL  # a drive takes its time
    await harness.pass_time(minutes=1)
    harness.set_clock(car)
    act(harness.vendor.garage, car)
    await harness.pass_time(hours=6, minutes=1)
    assert missed(harness) == 1


async def test_a_restart_forgets_what_was_missed_and_not_what_it_runs_into(harness: Harness, car: Car) -> None:
    """The monitors have been running all the time, so what was read at the start can be compared with."""
    entry = await add_running(harness)
    lose_messages(harness)
    for _ in range(3):
        await lose_end(harness, car)
    assert repair(harness)
    await harness.reload(entry)
    assert repair(harness) is None
    assert (missed(harness), sensor(harness).state) == (0, "on")
    await change_unseen(harness, car)
    assert missed(harness) == 1


async def test_an_end_from_before_a_restart_that_had_to_be_asked_for_counts(
    harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "GIVE_UP_AFTER", 0.1)
    entry = await harness.add_account()
    lose_messages(harness)
    harness.vendor.speed = STANDSTILL
    await harness.failure(harness.call(car, "button", "horn", "press"))
    await harness.reload(entry)
    harness.vendor.speed = SPEED
    await harness.vendor.idle()
    await harness.pass_time(seconds=30)
    assert missed(harness) == 1


async def test_an_end_that_is_asked_for_when_the_wait_is_over_counts(
    harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "CHECK_AFTER", NEVER)
    monkeypatch.setattr(commands, "GIVE_UP_AFTER", 0.5)
    await harness.add_account()
    lose_messages(harness)
    await lose_end(harness, car)
    assert missed(harness) == 1


async def test_a_remote_that_failed_counts_too(harness: Harness, car: Car) -> None:
    await harness.add_account()
    lose_messages(harness)
    car.next_outcomes.append(Outcome("Failed", "DoorsOpen"))
    await harness.failure(harness.call(car, "lock", "doors", "unlock"))
    assert missed(harness) == 1


async def test_the_first_one_has_the_callback_and_its_monitors_looked_at(harness: Harness, car: Car) -> None:
    """The vendor may have lost them."""
    await add_running(harness)
    lose_messages(harness)
    only_callback(harness).monitors.clear()
    before = looks(harness)
    await lose_end(harness, car)
    assert looks(harness) == before + 1
    assert monitors(harness, car).keys() == {"doors", "energy", "events", "moving", "charging"}
    await lose_end(harness, car)
    assert (missed(harness), looks(harness)) == (2, before + 1)


async def test_any_message_in_between_begins_anew(harness: Harness, car: Car) -> None:
    await harness.add_account()
    for _ in range(3):
        lose_messages(harness)
        for _ in range(2):
            await lose_end(harness, car)
        await find_messages(harness, car)
        assert (missed(harness), repair(harness)) == (0, None)


async def test_an_end_that_comes_a_moment_later_is_not_held_against_anybody(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.faults.add(MessageFault(kind="Remote", lose=True, times=3))
    harness.vendor.faults.add(MessageFault(kind="Remote", type="Done", late=0.5))
    lose_messages(harness, "Monitor")
    await lose_end(harness, car)
    assert missed(harness) == 1
    await harness.vendor.idle()
    await harness.settle()
    assert missed(harness) == 0


# What passes for nothing


async def test_a_message_that_cannot_be_read_may_be_what_a_car_is_read_for(
    harness: Harness, car: Car, google: Google
) -> None:
    await add_by(harness, google, "push_notification")
    await harness.pass_time(hours=6, minutes=1)
    lose_messages(harness)
    await harness.pass_time(minutes=1)
    harness.set_clock(car)
    turn_lock(harness, car)
    await harness.pass_time(hours=1)
    [token] = only_callback(harness).devices
    await google.send(token, {"mph_message": "x"}, ttl=3600)
    await harness.until(car, "lock", "doors", "unlocked")
    assert missed(harness) == 0


async def test_a_day_without_any_change_says_nothing(harness: Harness, car: Car) -> None:
    await add_running(harness)
    lose_messages(harness)
    for _ in range(4):
        await harness.pass_time(hours=6, minutes=1)
    assert missed(harness) == 0


@pytest.mark.parametrize("hours", [-2, 2])
async def test_a_clock_that_is_wrong_accuses_nobody(harness: Harness, car: Car, hours: int) -> None:
    """What is pushed is not missing, whatever its date."""
    await add_running(harness)
    for _ in range(4):
        await harness.pass_time(minutes=1)
        harness.set_clock(car, hours=hours)
        turn_lock(harness, car)
        await harness.vendor.idle()
        await harness.settle()
        await harness.pass_time(hours=6, minutes=1)
    assert missed(harness) == 0


@pytest.mark.parametrize("hours", [-2, 0, 2])
async def test_a_change_that_nothing_could_push_yet_counts_for_nothing(harness: Harness, car: Car, hours: int) -> None:
    """The car has been read just before its monitors were made, and has changed in between."""
    lose_messages(harness)
    harness.set_clock(car, hours=hours)
    car.touch()
    made = harness.vendor.wait_for_request("GET", "/user/callbacks")
    harness.vendor.faults.add(Fault(method="POST", path="/user/callbacks", delay=0.2))
    adding = harness.hass.async_create_task(harness.add_account())
    await made
    turn_lock(harness, car)
    await adding
    await harness.pass_time(hours=6, minutes=1)
    assert harness.state(car, "lock", "doors").state == "unlocked"
    assert missed(harness) == 0


@pytest.mark.parametrize("hours", [-2, 0, 2])
async def test_a_change_while_home_assistant_was_off_counts_for_nothing(harness: Harness, car: Car, hours: int) -> None:
    """Its message was sent to nobody, and is on its way again."""
    entry = await add_running(harness)
    lose_messages(harness)
    await harness.hass.config_entries.async_unload(entry.entry_id)
    await harness.pass_time(minutes=1)
    harness.set_clock(car, hours=hours)
    turn_lock(harness, car)
    await harness.pass_time(hours=3)
    await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()
    assert harness.state(car, "lock", "doors").state == "unlocked"
    await harness.pass_time(hours=6, minutes=1)
    assert missed(harness) == 0


@pytest.mark.parametrize("hours", [-2, 0, 2])
@pytest.mark.parametrize("answer", [{"status": 503}, {"body": {}}])
async def test_a_change_during_an_outage_of_the_vendor_counts_for_nothing(
    harness: Harness, car: Car, answer: dict[str, Any], hours: int
) -> None:
    await add_running(harness)
    lose_messages(harness)
    harness.vendor.faults.add(Fault(path="*/status", times=1, **answer))
    await change_unseen(harness, car, hours=hours)
    assert harness.state(car, "lock", "doors").state == "locked"
    await harness.pass_time(minutes=31)
    assert harness.state(car, "lock", "doors").state == "unlocked"
    assert missed(harness) == 0


@pytest.mark.parametrize("hours", [-2, 0, 2])
async def test_a_change_while_the_vendor_did_not_keep_the_callback_counts_for_nothing(
    harness: Harness, car: Car, hours: int
) -> None:
    await add_running(harness)
    lose_messages(harness)
    harness.vendor.faults.add(Fault(path="/user/callbacks", status=503))
    harness.hass.bus.async_fire(EVENT_CORE_CONFIG_UPDATE, {"external_url": harness.front.url})
    await change_unseen(harness, car, hours=hours)
    assert harness.state(car, "lock", "doors").state == "unlocked"
    assert missed(harness) == 0


@pytest.mark.parametrize("hours", [-2, 0, 2])
async def test_a_change_that_a_lost_monitor_did_not_see_counts_for_nothing(
    harness: Harness, car: Car, hours: int
) -> None:
    """The monitors are made anew in between."""
    entry = await add_running(harness)
    lose_messages(harness)
    only_callback(harness).monitors.clear()
    await harness.pass_time(minutes=1)
    harness.set_clock(car, hours=hours)
    turn_lock(harness, car)
    await harness.vendor.idle()
    entry.runtime_data.callback.async_schedule_reconcile()
    await harness.settle()
    await harness.pass_time(hours=6, minutes=1)
    assert harness.state(car, "lock", "doors").state == "unlocked"
    assert missed(harness) == 0


async def test_a_car_whose_monitors_are_refused_is_polled_and_nothing_is_missed(harness: Harness, car: Car) -> None:
    harness.refuse_push()
    await harness.add_account()
    for _ in range(4):
        await change_unseen(harness, car)
    assert missed(harness) == 0


async def test_a_value_that_never_has_a_date_counts_for_nothing(harness: Harness, car: Car) -> None:
    locked = ["Locked"]
    car.report = lambda _car: {"doorsState": {"lockedStates": locked}, "kinetic": {"moving": False}}
    await add_running(harness)
    for state in ("Unlocked", "Locked", "Unlocked", "Locked"):
        locked[:] = [state]
        await harness.pass_time(hours=6, minutes=1)
        assert harness.state(car, "lock", "doors").state == state.lower()
    assert missed(harness) == 0


async def test_a_change_of_a_moment_ago_may_be_on_its_way(harness: Harness, car: Car) -> None:
    await add_running(harness)
    lose_messages(harness)
    await harness.pass_time(hours=6, minutes=1)
    harness.set_clock(car, minutes=2)
    turn_lock(harness, car)
    await harness.vendor.idle()
    harness.passed += 360
    await harness.hass.config_entries.async_entries(DOMAIN)[0].runtime_data.cars[car.vin].async_refresh()
    assert harness.state(car, "lock", "doors").state == "unlocked"
    assert missed(harness) == 0


async def test_what_a_remote_has_set_is_not_reported_by_anybody(harness: Harness, car: Car) -> None:
    """The poll says otherwise, as the key was used meanwhile."""
    harness.vendor.garage.unlock(car)
    await add_running(harness)
    lose_messages(harness, "Monitor")
    await harness.call(car, "lock", "doors", "lock")
    await change_unseen(harness, car)
    assert harness.state(car, "lock", "doors").state == "unlocked"
    assert missed(harness) == 0


async def test_without_an_address_there_is_one_repair_only(
    harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch
) -> None:
    await harness.add_account()
    lose_messages(harness)
    for _ in range(3):
        await lose_end(harness, car)
    assert repair(harness)
    await harness.hass.config.async_update(external_url=None)
    await harness.settle()
    assert repair(harness, "no_url")
    assert repair(harness) is None
    assert (missed(harness), sensor(harness).state) == (0, "off")
    monkeypatch.setattr(questions, "CHECK_AFTER", NEVER)
    for _ in range(3):
        await lose_end(harness, car)
    assert (missed(harness), repair(harness)) == (0, None)

    await harness.hass.config.async_update(external_url=harness.front.url)
    await harness.settle()
    assert repair(harness, "no_url") is None
    assert (missed(harness), sensor(harness).state) == (0, "on")


async def test_a_remote_from_before_the_address_came_back_counts_for_nothing(harness: Harness, car: Car) -> None:
    await harness.add_account()
    lose_messages(harness)
    await harness.hass.config.async_update(external_url=None)
    await harness.settle()
    harness.vendor.speed = STANDSTILL
    calling = harness.start(car, "button", "horn", "press")
    await harness.vendor.wait_for_request("POST", "/remotes")
    await harness.hass.config.async_update(external_url=harness.front.url)
    assert harness.hass.states.is_state(ENTITY_ID, "on")
    harness.vendor.speed = SPEED
    await calling
    assert missed(harness) == 0


async def test_who_polls_misses_nothing(harness: Harness, car: Car) -> None:
    await harness.add_account(delivery="polling")
    for _ in range(4):
        await lose_end(harness, car)
        await change_unseen(harness, car)
    assert harness.hass.states.get(ENTITY_ID) is None
    assert not [issue for _, issue in ir.async_get(harness.hass).issues if issue.startswith("messages_missing")]


# The device and its sensor


@pytest.fixture
async def settings(hass: HomeAssistant) -> None:
    """Set up the settings before the harness starts its server, which then takes no more pages."""
    for component in ("config", "diagnostics", "repairs", "websocket_api"):
        assert await async_setup_component(hass, component, {})


def device(harness: Harness) -> dr.DeviceEntry | None:
    [entry] = harness.hass.config_entries.async_entries(DOMAIN)
    return dr.async_get(harness.hass).async_get_device_by_identifier((DOMAIN, entry.entry_id), entry.entry_id)


async def test_the_account_has_a_device_with_a_sensor_for_automations(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    found = device(harness)
    assert found
    assert (found.entry_type, found.name, found.manufacturer) == (dr.DeviceEntryType.SERVICE, "Peugeot", "Peugeot")
    entities = er.async_entries_for_device(er.async_get(harness.hass), found.id)
    assert {each.unique_id for each in entities} == {f"{entry.entry_id}_{key}" for key in ("delivery", "vendor")}
    assert ENTITY_ID in {each.entity_id for each in entities}
    for each in entities:
        assert (each.entity_category, each.original_device_class) == (EntityCategory.DIAGNOSTIC, "connectivity")
    assert sensor(harness).state == "on"
    told = {key: sensor(harness).attributes[key] for key in ("delivery", "last_message", "missed")}
    assert told == {"delivery": "webhook", "last_message": None, "missed": 0}
    await harness.pass_time(hours=25)  # the list of cars is read again
    assert device(harness) == found


async def test_each_account_has_its_own(harness: Harness) -> None:
    entries = [await harness.add_account("driver"), await harness.add_account("family")]
    registry = er.async_get(harness.hass)
    ids = [registry.async_get_entity_id("binary_sensor", DOMAIN, f"{each.entry_id}_delivery") for each in entries]
    assert None not in ids
    assert len(set(ids)) == 2


@pytest.mark.usefixtures("settings")
async def test_the_device_of_the_account_cannot_be_deleted_by_hand(
    harness: Harness, car: Car, hass_ws_client: WebSocketGenerator
) -> None:
    entry = await harness.add_account()
    found = device(harness)
    assert found
    person = await hass_ws_client(harness.hass)
    command = {"type": "config/device_registry/remove_config_entry", "config_entry_id": entry.entry_id}
    await person.send_json_auto_id({**command, "device_id": found.id})
    assert not (await person.receive_json())["success"]
    assert device(harness) == found


async def test_the_device_of_the_account_is_no_car(harness: Harness, car: Car) -> None:
    await harness.add_account()
    found = device(harness)
    assert found
    with pytest.raises(ServiceValidationError) as raised:
        await harness.hass.services.async_call(DOMAIN, "stop_signals", {"device_id": found.id}, blocking=True)
    assert raised.value.translation_key == "not_a_car"


@pytest.mark.usefixtures("settings")
async def test_diagnostics_say_what_was_missed(harness: Harness, car: Car, hass_client: ClientSessionGenerator) -> None:
    """Of the account's device they are those of the account."""
    entry = await harness.add_account()
    lose_messages(harness)
    for _ in range(3):
        await lose_end(harness, car)
    told: dict[str, Any] = await get_diagnostics_for_config_entry(harness.hass, hass_client, entry)
    messages = told["callback"]["messages"]
    assert messages.pop("missed_since")
    assert messages == {"arriving": False, "down": False, "last_message": None, "missed": 3, "polling": "usual"}
    found = device(harness)
    assert found
    of_device: dict[str, Any] = await get_diagnostics_for_device(harness.hass, hass_client, entry, found)
    assert of_device.keys() == told.keys()


@pytest.mark.usefixtures("settings")
async def test_the_repair_leads_to_another_way(harness: Harness, car: Car, hass_client: ClientSessionGenerator) -> None:
    entry = await harness.add_account()
    lose_messages(harness)
    for _ in range(3):
        await lose_end(harness, car)
    person = await hass_client()

    async def post(path: str, **content: str) -> dict[str, Any]:
        async with person.post(path, json=content) as answer:
            assert answer.status == 200, await answer.text()
            step: dict[str, Any] = await answer.json()
            return step

    issue_id = f"messages_missing_webhook_{entry.entry_id}"
    menu = await post("/api/repairs/issues/fix", handler=DOMAIN, issue_id=issue_id)
    assert menu["menu_options"] == ["reconfigure"]
    assert menu["description_placeholders"]["missed"] == "3"
    end = await post(f"/api/repairs/issues/fix/{menu['flow_id']}", next_step_id="reconfigure")
    assert repair(harness), "nothing has been put right yet"
    flow = harness.hass.config_entries.flow.async_get(end["next_flow"][1])
    result = await harness.consent(await harness.submit(flow, harness.form(delivery="polling")))
    assert result["reason"] == "reconfigure_successful"
    await harness.settle()

    assert repair(harness) is None
    assert harness.hass.states.get(ENTITY_ID) is None
    assert device(harness)
    assert er.async_get(harness.hass).async_get(ENTITY_ID) is None
    harness.vendor.faults.clear()


async def test_after_the_account_is_unloaded_nothing_is_concluded(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    lose_messages(harness)
    for _ in range(2):
        await lose_end(harness, car)
    health = entry.runtime_data.delivery_health
    answer = Held(path="*/remotes/*")
    harness.vendor.faults.add(answer)
    calling = harness.start(car, "button", "horn", "press")
    await answer.held.wait()
    await harness.hass.config_entries.async_unload(entry.entry_id)
    await harness.failure(calling)
    answer.let_go.set()
    await harness.settle()
    assert health.missed == 2
    assert repair(harness) is None
