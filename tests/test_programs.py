"""Preconditioning programs: the actions that set and delete them, and the switches of those that there are."""

import asyncio
from datetime import time, timedelta
from typing import Any, Final

from homeassistant.const import EntityCategory
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
import voluptuous as vol

from custom_components.stellantis.account import edits
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault, Outcome

from .helpers.harness import SPEED, STANDSTILL, Harness
from .helpers.programs import FIRST, SECOND, THIRD, Json, delete_, give, program, sent, set_

CLIMATE: Final = ("climate", "preconditioning")


async def act(harness: Harness, car: Car, action: str, **data: Any) -> None:
    target = {"entity_id": harness.entity_id(car, *CLIMATE)}
    await harness.hass.services.async_call(
        DOMAIN, f"{action}_preconditioning_program", data, target=target, blocking=True
    )


async def listed(harness: Harness, car: Car) -> Any:
    entity_id = harness.entity_id(car, *CLIMATE)
    answer = await harness.hass.services.async_call(
        DOMAIN,
        "get_preconditioning_programs",
        target={"entity_id": entity_id},
        blocking=True,
        return_response=True,
    )
    assert isinstance(answer, dict)
    answers = answer[entity_id]
    assert isinstance(answers, dict)
    return answers["programs"]


# The actions


async def test_a_program_that_waits_for_another_remote_is_deleted_after_it(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.speed = STANDSTILL
    unlocking = harness.start(car, "lock", "doors", "unlock")
    await harness.vendor.wait_for_request("POST", "/remotes")
    deleting = asyncio.create_task(act(harness, car, "delete", slot=1))
    harness.vendor.speed = SPEED
    await asyncio.gather(unlocking, deleting)
    assert car.programs == {}


async def test_a_program_is_set_kept_and_listed(harness: Harness, car: Car) -> None:
    await harness.add_account()
    await act(harness, car, "set", slot=2, start="06:30", days=["tue", "MON"], enabled=True, recurring=True)
    wanted = program(2, "PT6H30M", ("Mon", "Tue"))
    assert sent(harness) == [{"immediate": False, "programs": [set_(FIRST), set_(wanted)]}]
    assert car.programs == {1: FIRST, 2: wanted}
    assert await listed(harness, car) == [
        {
            "slot": 1,
            "start": "07:40:00",
            "days": ["mon", "tue", "wed", "thu", "fri"],
            "enabled": False,
            "recurring": True,
        },
        {"slot": 2, "start": "06:30:00", "days": ["mon", "tue"], "enabled": True, "recurring": True},
    ]


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        pytest.param({}, program(2, "PT6H30M"), id="every day"),
        pytest.param({"enabled": False}, program(2, "PT6H30M", enabled=False), id="disabled"),
        pytest.param({"start": "00:00"}, program(2, "PT0S"), id="midnight"),
        pytest.param({"days": "sat"}, program(2, "PT6H30M", ("Sat",)), id="one day"),
        pytest.param({"days": ["sun", "sat", "sun"]}, program(2, "PT6H30M", ("Sat", "Sun")), id="a day twice"),
        pytest.param(
            {"days": ["wed"], "recurring": False}, program(2, "PT6H30M", ("Wed",), recurrence="None"), id="once"
        ),
        pytest.param({"slot": 1}, program(1, "PT6H30M"), id="over another"),
        pytest.param({"slot": 4}, program(4, "PT6H30M"), id="the last"),
    ],
)
async def test_what_is_not_said_is_as_expected(harness: Harness, car: Car, data: Json, wanted: Json) -> None:
    await harness.add_account()
    await act(harness, car, "set", **{"slot": 2, "start": "06:30", **data})
    programs = {1: FIRST, wanted["slot"]: wanted}
    assert sent(harness) == [{"immediate": False, "programs": [set_(each) for each in programs.values()]}]
    assert car.programs == programs


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-06-02T06:29:59+02:00", "Tue"),
        ("2026-06-02T06:30:00+02:00", "Wed"),
        ("2026-06-02T23:00:00+02:00", "Wed"),
        ("2026-06-02T23:00:00+00:00", "Wed"),
    ],
)
async def test_once_without_a_day_is_the_next_time(
    harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch, now: str, day: str
) -> None:
    await harness.hass.config.async_set_time_zone("Europe/Paris")
    await harness.add_account()
    at = dt_util.parse_datetime(now, raise_on_error=True)
    monkeypatch.setattr(dt_util, "now", lambda *_: dt_util.as_local(at))
    await act(harness, car, "set", slot=2, start="06:30", recurring=False)
    assert car.programs[2] == program(2, "PT6H30M", (day,), recurrence="None")


@pytest.mark.parametrize("keeps", [True, False])
async def test_the_others_are_kept(harness: Harness, car: Car, keeps: bool) -> None:
    car.keeps_programs = keeps
    give(car, FIRST, SECOND, THIRD)
    await harness.add_account()
    fourth = program(4, "PT12H", ("Fri",))
    await act(harness, car, "set", slot=4, start="12:00", days=["fri"])
    assert sent(harness) == [{"immediate": False, "programs": [set_(each) for each in (FIRST, SECOND, THIRD, fourth)]}]
    assert car.programs == {1: FIRST, 2: SECOND, 3: THIRD, 4: fourth}


@pytest.mark.parametrize("keeps", [True, False])
async def test_a_program_is_deleted(harness: Harness, car: Car, keeps: bool) -> None:
    car.keeps_programs = keeps
    give(car, FIRST, SECOND, THIRD)
    await harness.add_account()
    await act(harness, car, "delete", slot=2)
    assert sent(harness) == [{"immediate": False, "programs": [set_(FIRST), set_(THIRD), delete_(SECOND)]}]
    assert car.programs == {1: FIRST, 3: THIRD}
    assert [each["slot"] for each in await listed(harness, car)] == [1, 3]


async def test_a_program_does_not_stop_the_preconditioning(harness: Harness, car: Car) -> None:
    await harness.add_account()
    await harness.call(car, "climate", "preconditioning", "turn_on")
    await act(harness, car, "set", slot=2, start="06:30")
    assert sent(harness)[-1]["immediate"] is True
    assert car.preconditioning == "Enabled"
    await harness.call(car, "climate", "preconditioning", "turn_off")
    await act(harness, car, "set", slot=2, start="07:30")
    assert sent(harness)[-1]["immediate"] is False


async def test_a_program_does_not_start_a_preconditioning_that_is_long_over(harness: Harness, car: Car) -> None:
    """The car stops by itself, and may not have reported it."""
    car.preconditioning = "Enabled"
    car.dates["preconditioning"] = (dt_util.utcnow() - timedelta(hours=1, minutes=1)).isoformat()
    await harness.add_account()
    await act(harness, car, "set", slot=2, start="06:30")
    assert sent(harness)[-1]["immediate"] is False


async def test_what_is_not_known_of_the_preconditioning_is_not_said(harness: Harness, car: Car) -> None:
    status = {key: block for key, block in car.status().items() if not key.startswith("precondition")}
    car.report = lambda _car: status
    await harness.add_account()
    await act(harness, car, "set", slot=2, start="06:30")
    assert "immediate" not in sent(harness)[-1]


async def test_the_last_program_is_deleted(harness: Harness, car: Car) -> None:
    await harness.add_account()
    await act(harness, car, "delete", slot=1)
    assert sent(harness) == [{"immediate": False, "programs": [delete_(FIRST)]}]
    assert not car.programs
    assert await listed(harness, car) == []


@pytest.mark.parametrize("keeps", [True, False])
async def test_starting_and_stopping_keeps_them(harness: Harness, car: Car, keeps: bool) -> None:
    car.keeps_programs = keeps
    give(car, FIRST, SECOND, THIRD)
    await harness.add_account()
    programs = [set_(each) for each in (FIRST, SECOND, THIRD)]
    for service, immediate in (("turn_on", True), ("turn_off", False)):
        await harness.call(car, *CLIMATE, service)
        assert sent(harness)[-1] == {"immediate": immediate, "programs": programs}
        assert car.programs == {1: FIRST, 2: SECOND, 3: THIRD}


async def test_starting_without_programs_sends_none(harness: Harness, car: Car) -> None:
    give(car)
    await harness.add_account()
    await harness.call(car, *CLIMATE, "turn_on")
    assert sent(harness) == [{"immediate": True}]


@pytest.mark.parametrize("keeps", [True, False])
async def test_what_was_set_is_sent_along_from_then_on(harness: Harness, car: Car, keeps: bool) -> None:
    car.keeps_programs = keeps
    await harness.add_account()
    await act(harness, car, "set", slot=2, start="06:30")
    await harness.call(car, *CLIMATE, "turn_on")
    await act(harness, car, "delete", slot=1)
    await harness.call(car, *CLIMATE, "turn_off")
    assert car.programs == {2: SECOND}


@pytest.mark.parametrize("keeps", [True, False])
async def test_what_was_changed_in_the_car_is_sent_along(harness: Harness, car: Car, keeps: bool) -> None:
    car.keeps_programs = keeps
    await harness.add_account()
    give(car, SECOND, THIRD)
    harness.vendor.garage.precondition(car, on=True)
    await harness.until(car, *CLIMATE, "heat_cool")
    await harness.call(car, *CLIMATE, "turn_off")
    assert sent(harness) == [{"immediate": False, "programs": [set_(SECOND), set_(THIRD)]}]
    assert car.programs == {2: SECOND, 3: THIRD}


@pytest.mark.parametrize("keeps", [True, False])
async def test_what_was_changed_while_a_start_waits_is_sent_along(harness: Harness, car: Car, keeps: bool) -> None:
    car.keeps_programs = keeps
    car.preconditioning = "Enabled"
    await harness.add_account()
    harness.vendor.speed = STANDSTILL
    unlocking = harness.start(car, "lock", "doors", "unlock")
    await harness.vendor.wait_for_request("POST", "/remotes")
    starting = harness.start(car, *CLIMATE, "turn_on")
    give(car, SECOND, THIRD)
    harness.vendor.garage.precondition(car, on=False)
    await harness.until(car, *CLIMATE, "off")
    harness.vendor.speed = float("inf")
    await unlocking
    await starting
    [_, request] = harness.requests("POST", "/remotes")
    programs = [set_(SECOND), set_(THIRD)]
    assert request.body["preconditioning"]["airConditioning"] == {"immediate": True, "programs": programs}
    assert car.programs == {2: SECOND, 3: THIRD}


@pytest.mark.parametrize("keeps", [True, False])
async def test_two_at_once_both_survive(harness: Harness, car: Car, keeps: bool) -> None:
    car.keeps_programs = keeps
    await harness.add_account()
    harness.vendor.speed = STANDSTILL
    hass = harness.hass
    first = hass.async_create_task(act(harness, car, "set", slot=2, start="06:30"))
    await harness.vendor.wait_for_request("POST", "/remotes")
    second = hass.async_create_task(
        act(harness, car, "set", slot=3, start="18:05", days=["sun"], recurring=False), eager_start=True
    )
    harness.vendor.speed = float("inf")
    await first
    await second
    assert sent(harness)[-1] == {"immediate": False, "programs": [set_(each) for each in (FIRST, SECOND, THIRD)]}
    assert car.programs == {1: FIRST, 2: SECOND, 3: THIRD}


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("order", [["delete", "set"], ["set", "delete"]])
async def test_one_is_deleted_while_another_is_set(harness: Harness, car: Car, keeps: bool, order: list[str]) -> None:
    car.keeps_programs = keeps
    await harness.add_account()
    harness.vendor.speed = STANDSTILL
    asked: dict[str, Json] = {"delete": {"slot": 1}, "set": {"slot": 2, "start": "06:30"}}
    tasks = [harness.hass.async_create_task(act(harness, car, action, **asked[action])) for action in order]
    await harness.vendor.wait_for_request("POST", "/remotes")
    harness.vendor.speed = float("inf")
    for task in tasks:
        await task
    assert len(sent(harness)) == 2
    assert car.programs == {2: SECOND}


async def test_one_that_is_being_set_can_be_deleted(harness: Harness, car: Car) -> None:
    """It is in nobody's report yet; and one that is being deleted is gone."""
    await harness.add_account()
    harness.vendor.speed = STANDSTILL
    setting = harness.hass.async_create_task(act(harness, car, "set", slot=2, start="06:30"))
    await harness.vendor.wait_for_request("POST", "/remotes")
    deleting = harness.hass.async_create_task(act(harness, car, "delete", slot=2), eager_start=True)
    error = await harness.failure(act(harness, car, "delete", slot=2))
    assert error.translation_key == "program_missing"
    harness.vendor.speed = float("inf")
    await setting
    await deleting
    assert car.programs == {1: FIRST}


IMPOSSIBLE: Final[dict[str, tuple[str, Json, str]]] = {
    "no slot 0": ("set", {"slot": 0, "start": "06:30"}, "program_slot"),
    "no slot 5": ("set", {"slot": 5, "start": "06:30"}, "program_slot"),
    "seconds": ("set", {"slot": 2, "start": "06:30:01"}, "program_seconds"),
    "parts of a second": ("set", {"slot": 2, "start": time(6, 30, 0, 500000)}, "program_seconds"),
    "no day": ("set", {"slot": 2, "start": "06:30", "days": []}, "program_no_day"),
    "once on no day": ("set", {"slot": 2, "start": "06:30", "days": [], "recurring": False}, "program_no_day"),
    "once on two days": (
        "set",
        {"slot": 2, "start": "06:30", "days": ["sat", "sun"], "recurring": False},
        "program_one_day",
    ),
    "nothing to delete": ("delete", {"slot": 2}, "program_missing"),
    "no slot 0 to delete": ("delete", {"slot": 0}, "program_slot"),
    "no slot 5 to delete": ("delete", {"slot": 5}, "program_slot"),
}


async def test_what_cannot_be_is_refused_in_words(harness: Harness, car: Car, subtests: pytest.Subtests) -> None:
    await harness.add_account()
    for name, (action, data, key) in IMPOSSIBLE.items():
        with subtests.test(name):
            error = await harness.failure(act(harness, car, action, **data))
            assert error.translation_key == key
    assert not harness.requests("POST", "/remotes")


NONSENSE: Final[dict[str, tuple[str, Json]]] = {
    "no slot": ("set", {"start": "06:30"}),
    "negative slot": ("set", {"slot": -1, "start": "06:30"}),
    "slot in words": ("set", {"slot": "first", "start": "06:30"}),
    "no start": ("set", {"slot": 2}),
    "no time": ("set", {"slot": 2, "start": "24:00"}),
    "unknown day": ("set", {"slot": 2, "start": "06:30", "days": ["monday"]}),
    "day as a number": ("set", {"slot": 2, "start": "06:30", "days": [1]}),
    "neither on nor off": ("set", {"slot": 2, "start": "06:30", "enabled": "perhaps"}),
    "neither once nor often": ("set", {"slot": 2, "start": "06:30", "recurring": "perhaps"}),
    "too much": ("set", {"slot": 2, "start": "06:30", "stop": "07:00"}),
    "delete nothing": ("delete", {}),
    "delete a negative slot": ("delete", {"slot": -1}),
}


async def test_what_makes_no_sense_is_refused(harness: Harness, car: Car, subtests: pytest.Subtests) -> None:
    await harness.add_account()
    for name, (action, data) in NONSENSE.items():
        with subtests.test(name), pytest.raises(vol.Invalid):
            await act(harness, car, action, **data)
    assert not harness.requests("POST", "/remotes")


async def test_a_car_may_have_room_for_fewer(harness: Harness, car: Car) -> None:
    assert car.capabilities
    car.capabilities["remote"]["preconditioning"]["parameters"]["programs"]["size"] = 2
    await harness.add_account()
    error = await harness.failure(act(harness, car, "set", slot=3, start="06:30"))
    assert error.translation_key == "program_slot"
    assert error.translation_placeholders == {"car": "Peugeot e-208", "slot": "3", "slots": "2"}
    assert not harness.requests("POST", "/remotes")
    await act(harness, car, "set", slot=2, start="06:30")
    assert car.programs == {1: FIRST, 2: SECOND}


async def test_a_failure_leaves_them_as_they_were(harness: Harness, car: Car) -> None:
    await harness.add_account()
    before = await listed(harness, car)
    for action, data in (("set", {"slot": 2, "start": "06:30"}), ("delete", {"slot": 1})):
        car.next_outcomes.append(Outcome("Failed", "VehicleError"))
        error = await harness.failure(act(harness, car, action, **data))
        assert error.translation_key == "vehicle_error"
        assert await listed(harness, car) == before
    assert harness.state(car, *CLIMATE).state == "off"
    assert car.programs == {1: FIRST}
    # What has failed is not tried again with the next one.
    await harness.call(car, *CLIMATE, "turn_on")
    assert sent(harness)[-1] == {"immediate": True, "programs": [set_(FIRST)]}


async def test_setting_does_not_start(harness: Harness, car: Car) -> None:
    await harness.add_account()
    await act(harness, car, "set", slot=2, start="06:30")
    assert harness.state(car, *CLIMATE).state == "off"
    await harness.call(car, *CLIMATE, "turn_on")
    await act(harness, car, "set", slot=3, start="06:30")
    assert car.preconditioning == "Enabled"
    assert harness.state(car, *CLIMATE).state == "heat_cool"


async def test_a_car_that_never_reported_programs_has_none(harness: Harness) -> None:
    [silent] = harness.add_cars({"silent": {}}).values()
    await harness.add_account()
    assert await listed(harness, silent) == []
    error = await harness.failure(act(harness, silent, "delete", slot=1))
    assert error.translation_key == "program_missing"
    assert not harness.requests("POST", "/remotes")


async def test_programs_outlive_a_reload(harness: Harness, car: Car) -> None:
    """Even if the car cannot be read after it: some cars forget what is not sent along."""
    car.keeps_programs = False
    entry = await harness.add_account()
    await act(harness, car, "set", slot=2, start="06:30")
    harness.vendor.faults.add(Fault(path="*/status", status=503, times=None))
    await harness.reload(entry)
    await harness.call(car, *CLIMATE, "turn_on")
    assert car.programs == {1: FIRST, 2: SECOND}


# The switches


async def test_a_switch_is_disabled_at_first(harness: Harness, car: Car, other: Car) -> None:
    await harness.add_account()
    for each in (car, other):
        entry = er.async_get(harness.hass).async_get(harness.entity_id(each, "switch", "preconditioning_program_1"))
        assert entry
        assert entry.disabled_by is er.RegistryEntryDisabler.INTEGRATION
        assert entry.entity_category is EntityCategory.CONFIG


def switches(harness: Harness, car: Car) -> set[int]:
    """Return the slots that have a switch."""
    found = {slot: f"{car.vin}_preconditioning_program_{slot}" for slot in range(1, 6)}
    registry = er.async_get(harness.hass)
    return {slot for slot, unique_id in found.items() if registry.async_get_entity_id("switch", DOMAIN, unique_id)}


@pytest.mark.usefixtures("every_entity_enabled")
class TestSwitches:
    async def test_there_is_one_as_soon_as_the_car_reports_the_program(self, harness: Harness, car: Car) -> None:
        await harness.add_account()
        assert switches(harness, car) == {1}
        give(car, FIRST, THIRD)
        harness.vendor.garage.precondition(car, on=True)
        await harness.until(car, *CLIMATE, "heat_cool")
        await harness.settle()
        assert switches(harness, car) == {1, 3}
        assert harness.state(car, "switch", "preconditioning_program_3").state == "on"

    async def test_there_is_one_for_what_was_set(self, harness: Harness, car: Car) -> None:
        await harness.add_account()
        await act(harness, car, "set", slot=4, start="06:30", enabled=False)
        await harness.settle()
        assert switches(harness, car) == {1, 4}
        assert harness.state(car, "switch", "preconditioning_program_4").state == "off"

    async def test_there_is_none_beyond_the_room(self, harness: Harness, car: Car) -> None:
        assert car.capabilities
        car.capabilities["remote"]["preconditioning"]["parameters"]["programs"]["size"] = 2
        give(car, FIRST, SECOND, THIRD)
        await harness.add_account()
        assert switches(harness, car) == {1, 2}

    async def test_it_follows_the_car(self, harness: Harness, car: Car) -> None:
        await harness.add_account()
        assert harness.state(car, "switch", "preconditioning_program_1").state == "off"
        give(car, {**FIRST, "enabled": True})
        harness.vendor.garage.precondition(car, on=True)
        await harness.until(car, "switch", "preconditioning_program_1", "on")

    @pytest.mark.parametrize("keeps", [True, False])
    @pytest.mark.parametrize("before", [FIRST, program(3, "PT18H5M", ("Sun",), enabled=False, recurrence="None")])
    async def test_it_changes_nothing_else(self, harness: Harness, car: Car, before: Json, keeps: bool) -> None:
        car.keeps_programs = keeps
        slot = before["slot"]
        programs = {2: SECOND, slot: before}
        give(car, *programs.values())
        await harness.add_account()
        for service, enabled in (("turn_on", True), ("turn_off", False)):
            await harness.call(car, "switch", f"preconditioning_program_{slot}", service)
            programs[slot] = {**before, "enabled": enabled}
            assert sent(harness)[-1] == {
                "immediate": False,
                "programs": [set_(each) for _, each in sorted(programs.items())],
            }
            assert car.programs == programs
            state = "on" if enabled else "off"
            assert harness.state(car, "switch", f"preconditioning_program_{slot}").state == state

    @pytest.mark.parametrize(
        ("service", "before", "transient"), [("turn_on", 1, "turning_on"), ("turn_off", 2, "turning_off")]
    )
    async def test_it_shows_what_runs(
        self, harness: Harness, car: Car, service: str, before: int, transient: str
    ) -> None:
        give(car, FIRST, {**SECOND, "enabled": True})
        await harness.add_account()
        harness.vendor.speed = STANDSTILL
        calling = harness.start(car, "switch", f"preconditioning_program_{before}", service)
        await harness.vendor.wait_for_request("POST", "/remotes")
        shown = [harness.state(car, "switch", f"preconditioning_program_{slot}") for slot in (1, 2)]
        expected: list[str | None] = [None, None]
        expected[before - 1] = transient
        assert [state.attributes["in_progress"] for state in shown] == expected
        harness.vendor.speed = float("inf")
        await calling
        shown = [harness.state(car, "switch", f"preconditioning_program_{slot}") for slot in (1, 2)]
        assert [state.attributes["in_progress"] for state in shown] == [None, None]

    async def test_what_is_so_already_is_a_success(self, harness: Harness, car: Car) -> None:
        await harness.add_account()
        await harness.call(car, "switch", "preconditioning_program_1", "turn_off")
        assert harness.state(car, "switch", "preconditioning_program_1").state == "off"
        assert car.programs == {1: FIRST}

    async def test_a_failure_leaves_the_state_as_it_was(self, harness: Harness, car: Car) -> None:
        await harness.add_account()
        car.next_outcomes.append(Outcome("Failed", "VehicleError"))
        error = await harness.failure(harness.call(car, "switch", "preconditioning_program_1", "turn_on"))
        assert error.translation_key == "vehicle_error"
        assert harness.state(car, "switch", "preconditioning_program_1").state == "off"
        assert car.programs == {1: FIRST}

    @pytest.mark.parametrize("service", ["turn_on", "turn_off"])
    async def test_without_its_program_it_is_unknown_and_refuses(
        self, harness: Harness, car: Car, service: str
    ) -> None:
        await harness.add_account()
        await act(harness, car, "delete", slot=1)
        harness.vendor.requests.clear()
        assert harness.state(car, "switch", "preconditioning_program_1").state == "unknown"
        error = await harness.failure(harness.call(car, "switch", "preconditioning_program_1", service))
        assert error.translation_key == "program_missing"
        assert error.translation_placeholders == {"car": "Peugeot e-208", "slot": "1"}
        assert not harness.requests("POST", "/remotes")

    async def test_it_is_back_with_its_program(self, harness: Harness, car: Car) -> None:
        await harness.add_account()
        await act(harness, car, "delete", slot=1)
        await act(harness, car, "set", slot=1, start="06:30")
        assert harness.state(car, "switch", "preconditioning_program_1").state == "on"

    async def test_on_and_off_again_are_one_command(
        self, harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(edits, "EDIT_PAUSE", 2000)
        give(car, FIRST)
        await harness.add_account()
        calls = []
        for service, state in (("turn_on", "on"), ("turn_off", "off"), ("turn_on", "on")):
            calls.append(harness.start(car, "switch", "preconditioning_program_1", service))
            await harness.until(car, "switch", "preconditioning_program_1", state)
        async_fire_time_changed(harness.hass, dt_util.utcnow() + timedelta(seconds=2001))
        await asyncio.gather(*calls)
        assert len(sent(harness)) == 1
        assert car.programs[1]["enabled"] is True

    async def test_two_at_once_both_survive(self, harness: Harness, car: Car) -> None:
        car.keeps_programs = False
        give(car, FIRST, SECOND)
        await harness.add_account()
        harness.vendor.speed = STANDSTILL
        first = harness.start(car, "switch", "preconditioning_program_1", "turn_on")
        second = harness.start(car, "switch", "preconditioning_program_2", "turn_off")
        await harness.vendor.wait_for_request("POST", "/remotes")
        harness.vendor.speed = float("inf")
        await first
        await second
        assert car.programs == {1: {**FIRST, "enabled": True}, 2: {**SECOND, "enabled": False}}
