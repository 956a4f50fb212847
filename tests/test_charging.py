"""When a car charges, how, and up to where."""

import asyncio
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from freezegun import freeze_time
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.selector import ObjectSelector
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
import voluptuous as vol

from custom_components import stellantis
from custom_components.stellantis.account import callback, commands, edits, questions
from custom_components.stellantis.account.charge_limit import NO_LIMIT
from custom_components.stellantis.schedules import next_time
from simulator import Car, Fault, MessageFault, Outcome

from .helpers.harness import SPEED, STANDSTILL, Harness
from .helpers.held import Held
from .helpers.logs import complaints
from .helpers.monitors import monitors
from .helpers.remotes import act, sent

# The hour of the delayed charge


@pytest.mark.parametrize(
    ("delayed", "state"), [("PT22H30M", "22:30:00"), ("PT5M", "00:05:00"), ("PT0S", "unknown"), ("junk", "unknown")]
)
async def test_the_hour_is_the_one_that_the_car_reports(harness: Harness, car: Car, delayed: str, state: str) -> None:
    car.next_delayed = delayed
    await harness.add_account()
    assert harness.state(car, "time", "charging_start").state == state


async def test_the_hour_that_is_set_in_the_car_is_pushed(harness: Harness, car: Car) -> None:
    await harness.add_account()
    car.next_delayed = "PT4H15M"
    harness.vendor.garage.unplug(car)
    await harness.until(car, "time", "charging_start", "04:15:00")


async def test_the_hour_that_is_set_is_the_cars(harness: Harness, car: Car) -> None:
    await harness.add_account()
    await harness.call(car, "time", "charging_start", "set_value", time="03:45:00")
    assert car.next_delayed == "PT3H45M"
    assert harness.state(car, "time", "charging_start").state == "03:45:00"


async def test_an_hour_with_seconds_is_refused(harness: Harness, car: Car) -> None:
    await harness.add_account()
    error = await harness.failure(harness.call(car, "time", "charging_start", "set_value", time="03:45:30"))
    assert error.translation_key == "program_seconds"
    assert sent(harness) == []


# Edits that follow each other quickly


@pytest.fixture
def pause(monkeypatch: pytest.MonkeyPatch) -> float:
    """Let edits wait for longer than any test takes."""
    monkeypatch.setattr(edits, "EDIT_PAUSE", 2000)
    return 2000


def wait(harness: Harness, seconds: float) -> None:
    """Let the timers of the next seconds run off, without waiting for what they start."""
    async_fire_time_changed(harness.hass, dt_util.utcnow() + timedelta(seconds=seconds))


async def test_hour_and_minute_typed_one_after_the_other_are_one_command(
    harness: Harness, car: Car, pause: float
) -> None:
    await harness.add_account()
    first = harness.start(car, "time", "charging_start", "set_value", time="06:00:00")
    await harness.until(car, "time", "charging_start", "06:00:00")
    wait(harness, pause / 2)
    second = harness.start(car, "time", "charging_start", "set_value", time="06:45:00")
    await harness.until(car, "time", "charging_start", "06:45:00")
    assert sent(harness) == []
    wait(harness, pause + 1)
    await asyncio.gather(first, second)
    assert len(sent(harness)) == 1
    assert car.next_delayed == "PT6H45M"


async def test_edits_that_are_further_apart_are_two_commands(harness: Harness, car: Car, pause: float) -> None:
    await harness.add_account()
    for hour in ("06:00:00", "06:45:00"):
        editing = harness.start(car, "time", "charging_start", "set_value", time=hour)
        await harness.until(car, "time", "charging_start", hour)
        wait(harness, pause + 1)
        await editing
    assert len(sent(harness)) == 2


async def test_all_who_edited_are_told_of_the_refusal(harness: Harness, car: Car, pause: float) -> None:
    await harness.add_account()
    car.next_outcomes.append(Outcome("Failed", "VehicleChargingSystemError"))
    calls = []
    for option in ("level2", "level3"):
        calls.append(harness.start(car, "select", "charging_level", "select_option", option=option))
        await harness.until(car, "select", "charging_level", option)
    wait(harness, pause + 1)
    for each in calls:
        assert (await harness.failure(each)).translation_key == "vehicle_charging_system_error"
    assert len(sent(harness)) == 1
    assert harness.state(car, "select", "charging_level").state == "level1"


async def test_two_preferences_are_two_commands(harness: Harness, car: Car, pause: float) -> None:
    await harness.add_account()
    calls = []
    for key, option in (("charging_level", "level2"), ("charging_type", "partial")):
        calls.append(harness.start(car, "select", key, "select_option", option=option))
        await harness.until(car, "select", key, option)
    wait(harness, pause + 1)
    await asyncio.gather(*calls)
    assert len(sent(harness)) == 2
    assert (car.charging_level, car.charging_type) == ("Level2", "Partial")


async def test_an_edit_comes_before_what_is_asked_later(harness: Harness, car: Car, pause: float) -> None:
    await harness.add_account()
    editing = harness.start(car, "time", "charging_start", "set_value", time="06:45:00")
    await harness.until(car, "time", "charging_start", "06:45:00")
    await harness.call(car, "switch", "lights", "turn_on")
    await editing
    assert ["charging" in request.body for request in harness.requests("POST", "/remotes")] == [True, False]


async def test_an_edit_is_dropped_by_an_unload_and_says_so(harness: Harness, car: Car, pause: float) -> None:
    entry = await harness.add_account()
    calls = []
    for hour in ("06:00:00", "06:45:00"):
        calls.append(harness.start(car, "time", "charging_start", "set_value", time=hour))
        await harness.until(car, "time", "charging_start", hour)
    await harness.reload(entry)
    for each in calls:
        assert (await harness.failure(each)).translation_key == "command_not_sent"
    wait(harness, pause + 1)
    await harness.settle()
    assert sent(harness) == []
    assert harness.state(car, "time", "charging_start").state == "22:30:00"


async def test_an_edit_whose_callers_have_all_gone_is_not_sent(harness: Harness, car: Car, pause: float) -> None:
    await harness.add_account()
    first = harness.start(car, "time", "charging_start", "set_value", time="06:00:00")
    await harness.until(car, "time", "charging_start", "06:00:00")
    second = harness.start(car, "time", "charging_start", "set_value", time="06:45:00")
    await harness.until(car, "time", "charging_start", "06:45:00")
    first.cancel()
    await asyncio.wait([first])
    assert harness.state(car, "time", "charging_start").state == "06:45:00"
    second.cancel()
    await harness.until(car, "time", "charging_start", "22:30:00")
    wait(harness, pause + 1)
    await harness.settle()
    assert sent(harness) == []


async def test_an_edit_follows_one_that_is_given_up(harness: Harness, car: Car, pause: float) -> None:
    await harness.add_account()
    first = harness.start(car, "time", "charging_start", "set_value", time="06:00:00")
    await harness.until(car, "time", "charging_start", "06:00:00")
    first.cancel()
    second = harness.start(car, "time", "charging_start", "set_value", time="06:45:00")
    await asyncio.wait([first])
    await harness.until(car, "time", "charging_start", "06:45:00")
    wait(harness, pause + 1)
    await second
    assert len(sent(harness)) == 1
    assert car.next_delayed == "PT6H45M"


async def test_limit_and_hour_are_controls_side_by_side(harness: Harness, car: Car) -> None:
    await harness.add_account()
    registry = er.async_get(harness.hass)
    for platform, key in (("number", "charge_limit"), ("time", "charging_start")):
        entry = registry.async_get(harness.entity_id(car, platform, key))
        assert entry
        assert entry.entity_category is None


async def test_limits_that_are_typed_one_after_the_other_are_one_monitor(harness: Harness, car: Car) -> None:
    await harness.add_account()
    before = len(harness.requests("PUT", "/monitors/*")) + len(harness.requests("POST", "/monitors"))
    for limit in (70, 80, 90):
        await harness.call(car, "number", "charge_limit", "set_value", value=limit)
        assert harness.state(car, "number", "charge_limit").state == str(limit)
    await harness.pass_time(seconds=10)
    after = len(harness.requests("PUT", "/monitors/*")) + len(harness.requests("POST", "/monitors"))
    assert after - before == 1


PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("now", "hour", "expected"),
    [
        ("2027-01-10T20:00:00+01:00", "22:30", "2027-01-10T22:30:00+01:00"),
        ("2027-01-10T22:30:00+01:00", "22:30", "2027-01-11T22:30:00+01:00"),
        ("2027-01-10T23:00:00+01:00", "00:00", "2027-01-11T00:00:00+01:00"),
        # The night in which the clock leaves out the hour after two.
        ("2027-03-27T20:00:00+01:00", "06:00", "2027-03-28T06:00:00+02:00"),
        ("2027-03-27T20:00:00+01:00", "02:30", "2027-03-29T02:30:00+02:00"),
        # The night in which it shows that hour twice.
        ("2027-10-30T20:00:00+02:00", "06:00", "2027-10-31T06:00:00+01:00"),
        ("2027-10-30T20:00:00+02:00", "02:30", "2027-10-31T02:30:00+02:00"),
        ("2027-10-31T02:45:00+02:00", "02:30", "2027-10-31T02:30:00+01:00"),
        ("2027-10-31T02:45:00+01:00", "02:30", "2027-11-01T02:30:00+01:00"),
    ],
)
async def test_the_next_time_is_right_when_the_clocks_change(
    harness: Harness, now: str, hour: str, expected: str
) -> None:
    await harness.hass.config.async_set_time_zone("Europe/Paris")
    at = next_time(time.fromisoformat(hour), datetime.fromisoformat(now))
    assert at.isoformat() == expected


# The preferences


async def test_the_preferences_are_those_of_the_car(harness: Harness, car: Car) -> None:
    await harness.add_account()
    assert harness.state(car, "select", "charging_level").state == "level1"
    assert harness.state(car, "select", "charging_level").attributes["options"] == [f"level{n}" for n in range(1, 6)]
    assert harness.state(car, "select", "charging_type").state == "full"
    await harness.call(car, "select", "charging_level", "select_option", option="level5")
    await harness.call(car, "select", "charging_type", "select_option", option="partial")
    assert (car.charging_level, car.charging_type) == ("Level5", "Partial")
    assert harness.state(car, "select", "charging_level").state == "level5"
    assert harness.state(car, "select", "charging_type").state == "partial"


async def test_a_preference_that_nobody_has_heard_of_is_unknown(harness: Harness, car: Car) -> None:
    car.charging_level, car.charging_type = "Level9", "Overfull"
    await harness.add_account()
    assert harness.state(car, "select", "charging_level").state == "unknown"
    assert harness.state(car, "select", "charging_type").state == "unknown"


async def test_a_car_that_refuses_a_preference_keeps_the_other(harness: Harness, car: Car) -> None:
    await harness.add_account()
    car.next_outcomes.append(Outcome("Failed", "VehicleChargingSystemError"))
    error = await harness.failure(harness.call(car, "select", "charging_level", "select_option", option="level2"))
    assert error.translation_key == "vehicle_charging_system_error"
    assert harness.state(car, "select", "charging_level").state == "level1"


@pytest.mark.usefixtures("three_cars")
async def test_only_cars_that_say_so_take_preferences(harness: Harness) -> None:
    await harness.add_account()
    registry = er.async_get(harness.hass)
    for name in ("hybrid", "combustion"):
        vin = harness.vendor.cars[name].vin
        assert registry.async_get_entity_id("select", "stellantis", f"{vin}_charging_level") is None


# The schedule

NIGHT = {"start": "22:30:00", "end": "05:00:00", "days": ["fri", "sat"], "enabled": True}
NOON = {"start": "12:00:00", "end": None, "days": ["sun"], "enabled": False}


async def test_the_schedule_that_the_form_makes_is_taken(harness: Harness, car: Car) -> None:
    await harness.add_account()
    services = load_yaml_dict(str(Path(stellantis.__file__).parent / "services.yaml"))
    form = ObjectSelector(services["set_charging_schedule"]["fields"]["programs"]["selector"]["object"])
    made = [
        {"start": "22:30:00", "end": "05:30:00", "days": ["mon", "sun"], "enabled": "false"},
        {"start": "13:00:00", "enabled": "true"},
    ]
    await act(harness, car, "set_charging_schedule", programs=form(made))
    answer = await act(harness, car, "get_charging_schedule", answer=True)
    assert [(each["start"], each["enabled"]) for each in answer["programs"]] == [
        ("22:30:00", False),
        ("13:00:00", True),
    ]


def test_the_form_of_the_schedule_shows_what_is_not_chosen_as_it_is_taken() -> None:
    """The dialog fills in the first choice of what is required. An optional toggle is shown as off, and not sent."""
    services = load_yaml_dict(str(Path(stellantis.__file__).parent / "services.yaml"))
    fields = services["set_charging_schedule"]["fields"]["programs"]["selector"]["object"]["fields"]
    enabled = fields["enabled"]
    assert (enabled["required"], enabled["selector"]["select"]["options"][0]["value"]) == (True, "true")
    assert [name for name, field in fields.items() if "boolean" in field["selector"]] == []


async def test_a_schedule_is_kept_and_returned(harness: Harness, car: Car) -> None:
    await harness.add_account()
    assert await act(harness, car, "get_charging_schedule", answer=True) == {"programs": []}
    programs = [NIGHT, {key: value for key, value in NOON.items() if key != "end"}]
    await act(harness, car, "set_charging_schedule", programs=programs)
    assert [program["start"] for program in car.charging_programs] == ["PT22H30M", "PT12H"]
    assert await act(harness, car, "get_charging_schedule", answer=True) == {"programs": [NIGHT, NOON]}
    await act(harness, car, "set_charging_schedule", programs=[])
    assert car.charging_programs == []
    assert await act(harness, car, "get_charging_schedule", answer=True) == {"programs": []}


async def test_a_schedule_without_days_is_for_every_day(harness: Harness, car: Car) -> None:
    await harness.add_account()
    await act(harness, car, "set_charging_schedule", programs=[{"start": "01:00", "end": "02:00"}])
    [program] = car.charging_programs
    assert program["occurence"] == {"day": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]}
    assert program["enabled"] is True


IMPOSSIBLE_SCHEDULES: Final[tuple[tuple[list[dict[str, Any]], str], ...]] = (
    ([NIGHT] * 6, "too_many_charging_programs"),
    ([NIGHT | {"start": "22:30:15"}], "program_seconds"),
    ([NIGHT | {"end": "05:00:15"}], "program_seconds"),
    ([NIGHT | {"end": "22:30:00"}], "charging_program_empty"),
    ([NIGHT | {"days": []}], "program_no_day"),
    ([NIGHT, NIGHT | {"days": []}], "program_no_day"),
)


async def test_a_schedule_that_no_car_can_keep_is_refused(
    harness: Harness, car: Car, subtests: pytest.Subtests
) -> None:
    await harness.add_account()
    for programs, key in IMPOSSIBLE_SCHEDULES:
        with subtests.test(str(programs)):
            error = await harness.failure(act(harness, car, "set_charging_schedule", programs=programs))
            assert isinstance(error, ServiceValidationError)
            assert error.translation_key == key
    assert sent(harness) == []


NO_SCHEDULES: Final[tuple[Any, ...]] = (
    None,
    "night",
    [{}],
    [{"start": "25:00"}],
    [NIGHT | {"days": ["someday"]}],
    [NIGHT | {"until": "full"}],
)


async def test_what_is_no_schedule_is_refused(harness: Harness, car: Car, subtests: pytest.Subtests) -> None:
    await harness.add_account()
    for programs in NO_SCHEDULES:
        with subtests.test(str(programs)), pytest.raises(vol.Invalid):
            await act(harness, car, "set_charging_schedule", programs=programs)
    assert sent(harness) == []


async def test_a_car_without_schedules_says_so(harness: Harness, other: Car) -> None:
    await harness.add_account()
    setting = act(harness, other, "set_charging_schedule", programs=[])
    assert (await harness.failure(setting)).translation_key == "no_charging_schedule"
    asking = act(harness, other, "get_charging_schedule", answer=True)
    assert (await harness.failure(asking)).translation_key == "no_charging_schedule"
    assert sent(harness) == []


# The limit


async def charge_up_to(harness: Harness, car: Car, limit: int, level: float) -> Any:
    """Let a car charge at this level, with a limit, and so slowly that it does not get on by itself.

    It reports nothing by itself either, nor does the vendor repeat what it has said: the machine may be slow.
    """
    car.battery_level, car.charging_power = level, 1e-10
    harness.vendor.speed = STANDSTILL
    entry = await harness.add_account()
    harness.hass.config_entries.async_update_entry(entry, options={"charging_refresh": 60, "moving_refresh": 60})
    await harness.reload(entry)
    await harness.call(car, "number", "charge_limit", "set_value", value=limit)
    harness.vendor.garage.start_charging(car)
    await harness.until(car, "switch", "charging", "on")
    await harness.settle()
    return entry


async def reach(harness: Harness, car: Car, level: float) -> None:
    """Let the battery have reached a level, and wait until that has been seen and dealt with."""
    harness.vendor.speed = SPEED
    car.battery_level = level
    # A level alone is pushed every few minutes only.
    car.open_doors ^= {"Trunk"}
    harness.vendor.report(car)
    await harness.vendor.idle()
    await harness.settle()
    await harness.vendor.idle()
    await harness.settle()
    harness.vendor.speed = STANDSTILL


def this_second() -> datetime:
    """Return the date that the vendor and its cars would give to a message or a report of now."""
    return dt_util.utcnow().replace(microsecond=0)


def charge(level: float, at: datetime, *, reach_km: float | None = None) -> dict[str, Any]:
    """Make an event of a car that charges, with this level and range."""
    energy = {
        "type": "Electric",
        "level": level,
        "autonomy": reach_km,
        "createdAt": at.isoformat(),
        "extension": {"electric": {"charging": {"status": "InProgress", "plugged": True}}},
    }
    return {"extensions": [{"type": "vehicle.status", "body": [{"status": {"energies": [energy]}}]}]}


def stops(harness: Harness) -> int:
    return sent(harness).count({"charging": {"immediate": False}})


async def test_a_charge_is_stopped_at_the_limit(harness: Harness, car: Car, caplog: pytest.LogCaptureFixture) -> None:
    await charge_up_to(harness, car, 80, 75.0)
    assert stops(harness) == 0
    await reach(harness, car, 79.9)
    assert stops(harness) == 0
    await reach(harness, car, 80.0)
    assert stops(harness) == 1
    assert car.charging_status == "Stopped"
    assert harness.state(car, "switch", "charging").state == "off"
    assert "Peugeot e-208: charging has been stopped at 80 %" in caplog.text


async def test_a_reload_while_a_charge_is_stopped_is_nothing_to_warn_of(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await charge_up_to(harness, car, 80, 75.0)
    fault = Held(method="POST", path="*/remotes")
    harness.vendor.faults.add(fault)
    posting = asyncio.create_task(harness.post(entry, car, charge(80.5, this_second() + timedelta(seconds=5))))
    await fault.held.wait()
    assert await harness.hass.config_entries.async_unload(entry.entry_id)
    fault.let_go.set()
    await posting
    assert stops(harness) == 1
    assert complaints(caplog) == []


async def test_the_level_is_pushed_when_it_is_reached(harness: Harness, car: Car) -> None:
    await charge_up_to(harness, car, 80, 75.0)
    reads = harness.reads(car)
    harness.vendor.speed = SPEED
    car.battery_level = 80.5
    harness.vendor.report(car, "energies")
    await harness.until(car, "switch", "charging", "off")
    assert stops(harness) == 1
    assert harness.reads(car) == reads


async def test_who_starts_again_is_not_fought(harness: Harness, car: Car) -> None:
    """Neither through Home Assistant nor at the car; the next charge is stopped again."""
    await charge_up_to(harness, car, 80, 75.0)
    await reach(harness, car, 80.0)
    harness.vendor.speed = SPEED
    await harness.call(car, "switch", "charging", "turn_on")
    await reach(harness, car, 85.0)
    assert (stops(harness), car.charging_status) == (1, "InProgress")
    harness.vendor.garage.stop_charging(car)
    harness.vendor.garage.start_charging(car)
    await reach(harness, car, 86.0)
    assert (stops(harness), car.charging_status) == (1, "InProgress")
    harness.vendor.garage.unplug(car)
    await reach(harness, car, 81.0)
    harness.vendor.garage.start_charging(car)
    await reach(harness, car, 82.0)
    assert (stops(harness), car.charging_status) == (2, "Stopped")


async def test_who_starts_above_the_limit_means_it(harness: Harness, car: Car) -> None:
    car.battery_level, car.charging_power = 90.0, 1.0
    await harness.add_account()
    await harness.call(car, "number", "charge_limit", "set_value", value=80)
    harness.vendor.speed = SPEED
    await harness.call(car, "switch", "charging", "turn_on")
    await reach(harness, car, 91.0)
    assert (stops(harness), car.charging_status) == (0, "InProgress")


async def test_a_charge_that_begins_by_itself_above_the_limit_is_stopped(harness: Harness, car: Car) -> None:
    car.battery_level, car.plugged, car.charging_status, car.next_delayed = 90.0, False, "Disconnected", "PT0S"
    car.charging_power = 1.0
    await harness.add_account()
    await harness.call(car, "number", "charge_limit", "set_value", value=80)
    harness.vendor.garage.plug_in(car)
    await reach(harness, car, 90.0)
    assert (stops(harness), car.charging_status) == (1, "Stopped")


async def test_after_a_drive_the_next_charge_is_stopped_again(harness: Harness, car: Car) -> None:
    """Whatever the car says of its cable."""
    await charge_up_to(harness, car, 80, 75.0)
    await reach(harness, car, 80.0)
    await reach(harness, car, 79.0)
    car.charging_status = "InProgress"
    await reach(harness, car, 80.0)
    assert stops(harness) == 1
    await reach(harness, car, 70.0)
    await reach(harness, car, 80.0)
    assert stops(harness) == 2


async def test_a_lower_limit_stops_the_charge_that_runs(harness: Harness, car: Car) -> None:
    await charge_up_to(harness, car, 90, 75.0)
    harness.vendor.speed = SPEED
    await harness.call(car, "number", "charge_limit", "set_value", value=60)
    await harness.until(car, "switch", "charging", "off")
    assert stops(harness) == 1


async def test_a_limit_that_has_been_reached_since_the_last_report_stops_the_charge(harness: Harness, car: Car) -> None:
    await charge_up_to(harness, car, 90, 75.0)
    car.battery_level = 85.0
    await harness.call(car, "number", "charge_limit", "set_value", value=80)
    await harness.vendor.wait_for_request("POST", "/remotes")
    harness.vendor.speed = SPEED
    await harness.until(car, "switch", "charging", "off")
    assert stops(harness) == 1


async def test_without_a_limit_there_is_nothing_to_read_the_car_for(harness: Harness, car: Car) -> None:
    await charge_up_to(harness, car, 90, 75.0)
    reads = harness.reads(car)
    await harness.call(car, "number", "charge_limit", "set_value", value=NO_LIMIT)
    await harness.settle()
    assert harness.reads(car) == reads


async def test_a_stop_that_fails_is_tried_with_the_next_reports(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    await charge_up_to(harness, car, 80, 75.0)
    car.next_outcomes += [Outcome("Failed", "VehicleError")] * 5
    for level in (80.0, 81.0, 82.0, 83.0, 84.0):
        await reach(harness, car, level)
    assert stops(harness) == 3
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert (
        sum("charging could not be stopped at 80 %: Peugeot e-208: the car reports a fault" in w for w in warnings) == 3
    )


@pytest.mark.parametrize("status", [429, 503])
async def test_an_outage_of_the_vendor_uses_up_no_try(
    harness: Harness, car: Car, status: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(questions, "LOOK_AFTER", (0.0,))
    await charge_up_to(harness, car, 80, 75.0)
    harness.vendor.faults.add(Fault(method="POST", path="*/remotes", status=status, times=4))
    for level in (80.0, 81.0, 82.0, 83.0):
        await reach(harness, car, level)
    assert (stops(harness), car.charging_status) == (4, "InProgress")
    assert "could not be stopped" not in "".join(r.getMessage() for r in caplog.records if r.levelname == "WARNING")
    await reach(harness, car, 84.0)
    assert (stops(harness), car.charging_status) == (5, "Stopped")


async def test_what_else_a_car_does_is_no_report_of_its_charge(harness: Harness, car: Car) -> None:
    """After a stop that failed, a horn, a door or a second look at the same report use up no further try."""
    entry = await charge_up_to(harness, car, 80, 75.0)
    car.next_outcomes.append(Outcome("Failed", "VehicleError"))
    await reach(harness, car, 80.0)
    assert stops(harness) == 1
    harness.vendor.speed = SPEED
    for platform, key, service in (
        ("button", "horn", "press"),
        ("lock", "doors", "unlock"),
        ("switch", "lights", "turn_on"),
    ):
        await harness.call(car, platform, key, service)
        await harness.post(entry, car, {"values": [{"data": "vehicle.odometer", "value": "12350"}]})
        entry.runtime_data.cars[car.vin].async_update_listeners()
        await harness.settle()
    assert stops(harness) == 1
    await reach(harness, car, 81.0)
    assert (stops(harness), car.charging_status) == (2, "Stopped")


async def test_a_limit_that_is_raised_while_the_stop_waits_in_line_is_the_one_that_counts(
    harness: Harness, car: Car
) -> None:
    entry = await charge_up_to(harness, car, 80, 75.0)
    waiting = harness.start(car, "climate", "preconditioning", "turn_on")
    await harness.vendor.wait_for_request("POST", "/remotes")
    car.battery_level = 80.5
    posting = asyncio.create_task(harness.post(entry, car, charge(80.5, this_second())))
    await harness.until(car, "sensor", "battery_level", "80.5")
    await harness.call(car, "number", "charge_limit", "set_value", value=90)
    harness.vendor.speed = SPEED
    await waiting
    await posting
    assert (stops(harness), car.charging_status) == (0, "InProgress")
    await reach(harness, car, 90.0)
    assert (stops(harness), car.charging_status) == (1, "Stopped")


async def test_a_limit_that_is_raised_after_a_restart_withdraws_the_stop_too(harness: Harness, car: Car) -> None:
    """It waits for a remote from before the restart."""
    entry = await charge_up_to(harness, car, 80, 75.0)
    honking = harness.start(car, "button", "horn", "press")
    await harness.vendor.wait_for_request("POST", "/remotes")
    await harness.reload(entry)
    await harness.failure(honking)
    posting = asyncio.create_task(harness.post(entry, car, charge(82, this_second())))
    await harness.until(car, "sensor", "battery_level", "82")
    await harness.call(car, "number", "charge_limit", "set_value", value=90)
    harness.vendor.speed = SPEED
    await posting
    await harness.vendor.idle()
    await harness.settle()
    assert stops(harness) == 0


@pytest.mark.parametrize("outcome", [Outcome("Success"), Outcome("Failed", "VehicleError")])
async def test_a_limit_that_is_raised_while_the_stop_is_under_way_is_enforced(
    harness: Harness, car: Car, outcome: Outcome
) -> None:
    entry = await charge_up_to(harness, car, 80, 75.0)
    car.next_outcomes.append(outcome)
    car.battery_level = 80.5
    posting = asyncio.create_task(harness.post(entry, car, charge(80.5, this_second())))
    await harness.vendor.wait_for_request("POST", "/remotes")
    await harness.call(car, "number", "charge_limit", "set_value", value=90)
    harness.vendor.speed = SPEED
    await posting
    assert stops(harness) == 1
    if outcome.status == "Success":
        await harness.call(car, "switch", "charging", "turn_on")
    await reach(harness, car, 89.0)
    assert (stops(harness), car.charging_status) == (1, "InProgress")
    await reach(harness, car, 90.0)
    assert (stops(harness), car.charging_status) == (2, "Stopped")


async def test_a_limit_that_is_lowered_while_the_stop_is_under_way_needs_no_second_one(
    harness: Harness, car: Car
) -> None:
    entry = await charge_up_to(harness, car, 80, 75.0)
    car.battery_level = 80.5
    posting = asyncio.create_task(harness.post(entry, car, charge(80.5, this_second())))
    await harness.vendor.wait_for_request("POST", "/remotes")
    await harness.call(car, "number", "charge_limit", "set_value", value=70)
    harness.vendor.speed = SPEED
    await posting
    assert harness.state(car, "switch", "charging").state == "off"
    harness.vendor.garage.start_charging(car)
    await reach(harness, car, 81.0)
    assert (stops(harness), car.charging_status) == (1, "InProgress")


async def test_a_level_that_contradicts_the_range_stops_nothing(harness: Harness, car: Car) -> None:
    """As a hybrid reports that is empty."""
    entry = await charge_up_to(harness, car, 80, 75.0)
    await harness.post(entry, car, charge(100, this_second(), reach_km=0))
    assert stops(harness) == 0
    harness.vendor.speed = SPEED
    await harness.post(entry, car, charge(81, this_second(), reach_km=250))
    assert stops(harness) == 1


async def test_a_stop_that_timed_out_although_it_worked_counts_as_one(
    harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who charges again has started it again, over a restart too."""
    entry = await charge_up_to(harness, car, 80, 75.0)
    monkeypatch.setattr(commands, "GIVE_UP_AFTER", 0.1)
    harness.vendor.faults.add(MessageFault(kind="Remote", lose=True, times=None))
    harness.vendor.faults.add(MessageFault(kind="Monitor", lose=True, times=None))
    car.battery_level = 80.5
    await harness.post(entry, car, charge(80.5, this_second()))
    await harness.settle()
    assert stops(harness) == 1
    harness.vendor.speed = SPEED
    await harness.vendor.idle()
    assert car.charging_status == "Stopped"
    harness.vendor.speed = STANDSTILL
    harness.vendor.faults.clear()
    await harness.reload(entry)
    harness.vendor.garage.start_charging(car)
    await reach(harness, car, 82.0)
    assert (stops(harness), car.charging_status) == (1, "InProgress")


async def test_a_car_that_goes_on_charging_after_a_success_is_told_again(harness: Harness, car: Car) -> None:
    """Its reports of a stop would come within a minute."""
    entry = await charge_up_to(harness, car, 80, 75.0)
    harness.vendor.faults.add(MessageFault(kind="Monitor", lose=True, times=None))
    harness.vendor.speed = SPEED
    now = this_second()
    await harness.post(entry, car, charge(80.5, now))
    await harness.vendor.idle()
    await harness.settle()
    assert (stops(harness), harness.state(car, "switch", "charging").state) == (1, "off")
    for minutes, expected in ((0.5, 1), (5, 2), (10, 3), (15, 3)):
        at = now + timedelta(minutes=minutes)
        with freeze_time(at, tick=True):
            await harness.post(entry, car, charge(81, at))
            await harness.vendor.idle()
            await harness.settle()
        assert stops(harness) == expected


async def test_a_start_whose_end_comes_late_is_not_fought(
    harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch
) -> None:
    car.battery_level, car.charging_power = 90.0, 1.0
    await harness.add_account()
    await harness.call(car, "number", "charge_limit", "set_value", value=80)
    monkeypatch.setattr(commands, "GIVE_UP_AFTER", 0.1)
    harness.vendor.speed = STANDSTILL
    await harness.failure(harness.call(car, "switch", "charging", "turn_on"))
    harness.vendor.speed = SPEED
    await harness.until(car, "switch", "charging", "on")
    await reach(harness, car, 91.0)
    assert (stops(harness), car.charging_status) == (0, "InProgress")


async def test_a_start_from_before_a_restart_is_not_fought(harness: Harness, car: Car) -> None:
    car.battery_level, car.charging_power = 90.0, 1.0
    entry = await harness.add_account()
    await harness.call(car, "number", "charge_limit", "set_value", value=80)
    harness.vendor.speed = 1.0
    calling = harness.start(car, "switch", "charging", "turn_on")
    await harness.vendor.wait_for_delivery(lambda delivery: "Accepted" in str(delivery.messages))
    harness.vendor.speed = STANDSTILL
    await harness.hass.config_entries.async_unload(entry.entry_id)
    await harness.failure(calling)
    assert await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()
    harness.vendor.speed = SPEED
    await harness.until(car, "switch", "charging", "on")
    await reach(harness, car, 91.0)
    assert (stops(harness), car.charging_status) == (0, "InProgress")


async def test_a_level_from_before_the_charge_says_nothing_of_it(harness: Harness, car: Car) -> None:
    """Until the car reports another one."""
    car.battery_level, car.charging_power, car.plugged, car.charging_status = 85.0, 1.0, False, "Disconnected"
    entry = await harness.add_account()
    await harness.call(car, "number", "charge_limit", "set_value", value=80)
    later = (dt_util.utcnow() + timedelta(seconds=2)).isoformat()
    values = [
        {"data": "vehicle.energy.charging.plugged", "value": {"type": "boolean", "body": {"literalValue": "true"}}},
        {"data": "vehicle.energy.charging.status", "value": {"type": "string", "body": {"literalValue": "InProgress"}}},
    ]
    with freeze_time(later, tick=True):
        await harness.post(entry, car, {"values": values}, date=later)
    assert harness.state(car, "switch", "charging").state == "on"
    assert stops(harness) == 0


async def test_the_same_limit_again_changes_nothing(harness: Harness, car: Car) -> None:
    await charge_up_to(harness, car, 80, 75.0)
    await reach(harness, car, 80.0)
    harness.vendor.garage.start_charging(car)
    await harness.until(car, "switch", "charging", "on")
    await harness.call(car, "number", "charge_limit", "set_value", value=80)
    await reach(harness, car, 85.0)
    assert stops(harness) == 1


async def test_a_limit_holds_no_more_without_the_right_to_stop(harness: Harness, car: Car) -> None:
    await charge_up_to(harness, car, 80, 75.0)
    assert car.capabilities
    car.capabilities["remote"]["charging"]["supported"] = False
    await harness.pass_time(hours=25)
    assert watched_levels(harness, car) == set()
    await reach(harness, car, 85.0)
    assert stops(harness) == 0


@pytest.mark.usefixtures("other")
async def test_a_car_that_comes_back_has_its_limit(harness: Harness, car: Car) -> None:
    await harness.add_account()
    await harness.call(car, "number", "charge_limit", "set_value", value=80)
    account = harness.vendor.accounts["driver"]
    account.cars.remove(car)
    await harness.pass_time(hours=25)
    account.cars.append(car)
    await harness.pass_time(hours=50)
    assert harness.state(car, "number", "charge_limit").state == "80"


def watched_levels(harness: Harness, car: Car) -> set[str]:
    """Return the battery levels at which the vendor's monitors begin to push."""
    triggers = [
        trigger
        for monitor in monitors(harness, car).values()
        for trigger in monitor.plan.body["triggerParam"]["triggers"]
    ]
    return {level for trigger in triggers if trigger["name"] == "reached" for level in trigger["data"]["value"]}


@pytest.mark.parametrize("status", [400, 403])
async def test_a_car_is_pushed_without_its_limit_being_watched(harness: Harness, car: Car, status: int) -> None:
    entry = await harness.add_account()
    before = monitors(harness, car)
    harness.vendor.faults.add(Fault(method="PUT", path="*/monitors/*", status=status, times=2))
    await harness.call(car, "number", "charge_limit", "set_value", value=80)
    await harness.settle()
    assert (monitors(harness, car), watched_levels(harness, car)) == (before, set())
    assert entry.runtime_data.cars[car.vin].pushed
    assert ir.async_get(harness.hass).async_get_issue("stellantis", f"push_refused_{entry.entry_id}") is None
    reads = harness.reads(car)
    await harness.pass_time(hours=1, seconds=2)
    await harness.pass_time(hours=2, seconds=2)
    assert watched_levels(harness, car) == {"80"}
    assert harness.reads(car) == reads, "nothing was lost meanwhile"


async def test_the_monitor_follows_the_limit(harness: Harness, car: Car) -> None:
    await harness.add_account()
    assert harness.state(car, "number", "charge_limit").state == str(NO_LIMIT)
    before = {key: monitor.id for key, monitor in monitors(harness, car).items()}
    for limit, watched in ((80, {"80"}), (70, {"70"}), (NO_LIMIT, set())):
        await harness.call(car, "number", "charge_limit", "set_value", value=limit)
        await harness.settle()
        assert watched_levels(harness, car) == watched
        assert {key: monitor.id for key, monitor in monitors(harness, car).items()} == before


@pytest.mark.usefixtures("three_cars")
async def test_moves_of_the_slider_are_one_request_to_change_the_monitor(
    harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last one counts; neither the callback nor other cars are looked at."""
    monkeypatch.setattr(callback, "SETTLE", 1.0)
    await harness.add_account()
    harness.vendor.requests.clear()
    for limit in range(90, 80, -1):
        await harness.call(car, "number", "charge_limit", "set_value", value=limit)
    await harness.settle()
    assert [(one.method, one.status) for one in harness.vendor.requests] == [("GET", 200), ("PUT", 202)]
    assert all(f"/{car.id}/callbacks/" in one.path for one in harness.vendor.requests)
    assert watched_levels(harness, car) == {"81"}


async def test_moves_of_the_slider_while_the_vendor_is_slow_are_one_more_request(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.requests.clear()
    harness.vendor.faults.add(Fault(method="GET", path="*/monitors", delay=0.3))
    await harness.call(car, "number", "charge_limit", "set_value", value=95)
    await harness.vendor.journal.changed.until(lambda: bool(harness.requests("GET", "/monitors")))
    for limit in range(90, 80, -1):
        await harness.call(car, "number", "charge_limit", "set_value", value=limit)
    await harness.settle()
    assert [one.method for one in harness.vendor.requests] in (["GET", "PUT", "GET"], ["GET", "PUT", "GET", "PUT"])
    assert watched_levels(harness, car) == {"81"}


async def test_a_slider_waits_like_all_else_while_the_vendor_fails(harness: Harness, car: Car) -> None:
    limit = Fault(path="/user/callbacks", status=429, headers={"Retry-After": "500"})
    harness.vendor.faults.add(limit)
    await harness.add_account()
    await harness.call(car, "number", "charge_limit", "set_value", value=80)
    await harness.settle()
    assert len(harness.requests("GET", "/user/callbacks")) == 1
    assert harness.requests("GET", "/monitors") == []
    await harness.pass_time(seconds=502)
    assert watched_levels(harness, car) == {"80"}


@pytest.mark.parametrize("status", [429, 503])
async def test_a_slider_that_moves_while_the_vendor_fails_waits_too(harness: Harness, car: Car, status: int) -> None:
    await harness.add_account()
    limit = Fault(path="*/monitors", status=status, headers={"Retry-After": "500"}, delay=0.3, times=None)
    harness.vendor.faults.add(limit)
    harness.vendor.faults.add(Fault(path="*/callbacks", status=status, headers={"Retry-After": "500"}, times=None))
    harness.vendor.requests.clear()
    await harness.call(car, "number", "charge_limit", "set_value", value=90)
    await harness.vendor.journal.changed.until(lambda: bool(harness.requests("GET", "/monitors")))
    await harness.call(car, "number", "charge_limit", "set_value", value=80)
    await harness.settle()
    assert len(harness.vendor.requests) == 1
    harness.vendor.faults.clear()
    await harness.pass_time(seconds=502)
    assert watched_levels(harness, car) == {"80"}


async def test_a_car_that_drives_off_above_its_limit_is_seen_to_move(harness: Harness, car: Car) -> None:
    """Though the monitor that watches it has been holding since the limit was reached."""
    await charge_up_to(harness, car, 80, 75.0)
    await reach(harness, car, 80.0)
    harness.vendor.speed = SPEED
    await harness.call(car, "switch", "charging", "turn_on")
    await reach(harness, car, 85.0)
    harness.vendor.speed = SPEED
    harness.vendor.garage.drive_off(car)
    await harness.until(car, "binary_sensor", "moving", "on")


@pytest.mark.parametrize("limit", [50, 97])
async def test_a_charge_that_goes_on_above_its_limit_is_not_pushed_as_often_as_a_drive(
    harness: Harness, car: Car, limit: int
) -> None:
    """Somebody wants it to, maybe for a whole night."""
    await charge_up_to(harness, car, limit, 45.0)
    await reach(harness, car, limit)
    harness.vendor.speed = SPEED
    await harness.call(car, "switch", "charging", "turn_on")
    await reach(harness, car, limit + 1)
    kept = monitors(harness, car)
    assert (kept["moving"].holds, kept["charging"].holds) == (True, True)
    await reach(harness, car, min(limit + 6, 99))  # at 100 the charge ends
    assert (kept["moving"].holds, kept["charging"].holds) == (limit + 6 > 100, True)


async def test_without_a_limit_nothing_is_stopped(harness: Harness, car: Car) -> None:
    await charge_up_to(harness, car, NO_LIMIT, 75.0)
    await reach(harness, car, 99.0)
    assert stops(harness) == 0


async def test_a_car_that_does_not_report_its_battery_is_left_alone(harness: Harness) -> None:
    [silent] = harness.add_cars({"silent": {"createdAt": "2026-10-01T08:00:00Z"}}).values()
    await harness.add_account()
    await harness.call(silent, "number", "charge_limit", "set_value", value=80)
    assert harness.state(silent, "number", "charge_limit").state == "80"
    assert sent(harness) == []


@pytest.mark.parametrize("value", [49, 101])
async def test_a_limit_out_of_range_is_refused(harness: Harness, car: Car, value: int) -> None:
    await harness.add_account()
    await harness.failure(harness.call(car, "number", "charge_limit", "set_value", value=value))
    assert harness.state(car, "number", "charge_limit").state == str(NO_LIMIT)


async def test_the_limit_outlives_a_restart_and_so_does_what_was_stopped(harness: Harness, car: Car) -> None:
    entry = await charge_up_to(harness, car, 80, 75.0)
    await reach(harness, car, 80.0)
    harness.vendor.garage.start_charging(car)
    await harness.until(car, "switch", "charging", "on")
    await harness.reload(entry)
    assert harness.state(car, "number", "charge_limit").state == "80"
    assert watched_levels(harness, car) == {"80"}
    await reach(harness, car, 82.0)
    assert stops(harness) == 1


@pytest.mark.parametrize("junk", [None, 7, {"percent": "many"}, {"percent": 20, "done": "yes"}])
async def test_a_limit_that_cannot_be_read_is_none(harness: Harness, car: Car, junk: Any) -> None:
    entry = await harness.add_account()
    await harness.hass.config_entries.async_unload(entry.entry_id)
    store: Store[dict[str, Any]] = Store(harness.hass, 1, f"stellantis.{entry.entry_id}", private=True)
    content = await store.async_load()
    assert content
    content[car.vin]["charge_limit"] = junk
    await store.async_save(content)
    assert await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()
    assert harness.state(car, "number", "charge_limit").state == str(NO_LIMIT)
