"""What a car keeps of the remotes that it was sent, and what it then reports."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from simulator import Car, MessageFault, Simulator, hybrid
from simulator.push.data import DATA
from tests.helpers.browser import Client
from tests.helpers.webhook import subscription

type Json = dict[str, Any]
type Ask = Callable[[Car, Json], Awaitable[str]]

FIRST = {
    "enabled": False,
    "slot": 1,
    "recurrence": "Daily",
    "start": "PT7H40M",
    "occurence": {"day": ["Mon", "Tue", "Wed", "Thu", "Fri"]},
}
SECOND = {"slot": 2, "enabled": True, "recurrence": "None", "start": "PT14H30M", "occurence": {"day": ["Sun"]}}
NIGHT = {"start": "PT22H", "end": "PT6H", "enabled": True, "occurence": {"day": ["Sat", "Sun"]}}
LATER = "2026-11-01T22:30:00+01:00"
LONG_AGO = "2026-01-01T00:00:00Z"

UNLOCK = {"door": {"state": "Unlocked"}}
ACTIVATE = {"immobilization": {"activate": True}}
DEACTIVATE = {"immobilization": {"activate": False}}
STOLEN = {"stolen": {"stolen": True}}
FOUND = {"stolen": {"stolen": False}}


@pytest.fixture
async def ask(client: Client, simulator: Simulator) -> Ask:
    simulator.speed = float("inf")
    simulator.faults.add(MessageFault(times=None, lose=True))
    callback_id = (await client.call("POST", "/user/callbacks", subscription())).json["callbackId"]

    async def send(car: Car, body: Json) -> str:
        """Send a remote, and say how it ends: with its status, or the cause of its failure."""
        answer = await client.send(car, callback_id, body)
        assert answer.status == 202
        await simulator.idle()
        remote = simulator.callbacks[callback_id].remotes[answer.json["remoteActionId"]]
        assert remote.ended
        return remote.failure_cause or remote.status

    return send


def climate(*programs: Json, **more: bool) -> Json:
    return {"preconditioning": {"airConditioning": {"programs": list(programs), **more}}}


def switch_climate(*, on: bool) -> Json:
    return {"preconditioning": {"airConditioning": {"immediate": on}}}


def schedule(**plan: Any) -> Json:
    return {"charging": {"schedule": plan}}


def prefer(**preferences: str) -> Json:
    return {"charging": {"preferences": preferences}}


def delete(slot: int) -> Json:
    return {"slot": slot, "actionsType": "Delete"}


def reported_programs(car: Car) -> Any:
    """Read the programs of the air conditioning, under both of its names where there are two."""
    status = car.status()
    [*named] = [status[name]["airConditioning"] for name in ("preconditioning", "preconditionning") if name in status]
    assert all(block == named[0] for block in named)
    return named[0]["programs"]


def reported_charging(car: Car) -> Json:
    charging: Json = car.status()["energies"][0]["extension"]["electric"]["charging"]
    return charging


# Programs of the air conditioning.


@pytest.mark.parametrize("name", ["electric", "hybrid"])
@pytest.mark.parametrize(
    ("programs", "expected"),
    [
        ([SECOND], [FIRST, SECOND]),
        ([SECOND | {"slot": 4, "actionsType": "Set"}, SECOND], [FIRST, SECOND, SECOND | {"slot": 4}]),
        ([SECOND | {"slot": 1}], [SECOND | {"slot": 1}]),
        (
            [{key: value for key, value in FIRST.items() if key != "recurrence"} | {"slot": 3}],
            [FIRST, FIRST | {"slot": 3}],
        ),
        ([delete(1)], []),
        ([delete(1) | SECOND | {"slot": 1}], []),
        ([delete(1), SECOND], [SECOND]),
    ],
)
async def test_programs_are_set_and_deleted_by_slot(
    simulator: Simulator, ask: Ask, name: str, programs: list[Json], expected: list[Json]
) -> None:
    car = simulator.cars[name]
    assert reported_programs(car) == [FIRST]
    car.dates["preconditioning"] = LONG_AGO
    assert await ask(car, climate(*programs)) == "Success"
    assert reported_programs(car) == expected
    assert car.programs == {program["slot"]: program for program in expected}
    assert car.preconditioning == "Disabled"
    assert car.dates["preconditioning"] > LONG_AGO


async def test_a_start_may_bring_programs(ask: Ask, car: Car) -> None:
    assert await ask(car, climate(SECOND, immediate=True)) == "Success"
    assert (car.preconditioning, reported_programs(car)) == ("Enabled", [FIRST, SECOND])
    assert await ask(car, switch_climate(on=False)) == "Success"
    assert (car.preconditioning, reported_programs(car)) == ("Disabled", [FIRST, SECOND])


@pytest.mark.parametrize(
    "body", [climate(), climate(FIRST), climate(FIRST, immediate=False), climate(delete(2)), switch_climate(on=False)]
)
async def test_a_plan_that_changes_nothing_is_done_already(ask: Ask, car: Car, body: Json) -> None:
    assert await ask(car, body) == "AlreadyDone"
    assert (car.preconditioning, reported_programs(car)) == ("Disabled", [FIRST])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (climate(SECOND), [SECOND]),
        (climate(FIRST, SECOND), [FIRST, SECOND]),
        (climate(delete(1)), []),
        (climate(delete(3)), []),
        (switch_climate(on=True), []),
        (switch_climate(on=False), []),
    ],
)
async def test_a_car_may_forget_the_programs_that_are_not_named(
    ask: Ask, car: Car, body: Json, expected: list[Json]
) -> None:
    car.keeps_programs = False
    assert await ask(car, body) == "Success"
    assert reported_programs(car) == expected


@pytest.mark.parametrize("program", [SECOND | {"slot": 3}, delete(3)])
async def test_a_car_has_only_so_many_slots(ask: Ask, car: Car, program: Json) -> None:
    assert car.capabilities
    car.capabilities["remote"]["preconditioning"]["parameters"]["programs"]["size"] = 2
    assert await ask(car, climate(SECOND, program, immediate=True)) == "WrongCommand"
    assert (car.preconditioning, reported_programs(car)) == ("Disabled", [FIRST])
    assert await ask(car, climate(SECOND)) == "Success"


# Charging.


async def test_charging_programs_are_kept(ask: Ask, car: Car) -> None:
    assert reported_charging(car)["schedule"] == {"programs": []}
    car.dates["energies"] = LONG_AGO
    for programs in ([NIGHT, {"start": "PT12H"}], [NIGHT] * 5, []):
        assert await ask(car, schedule(programs=programs)) == "Success"
        assert car.charging_programs == programs
        assert reported_charging(car)["schedule"] == {"programs": programs}
    assert (car.next_delayed, car.charging_status) == ("PT22H30M", "Stopped")
    assert car.dates["energies"] > LONG_AGO


@pytest.mark.parametrize(
    ("delayed", "expected"),
    [("2026-11-01T05:15:00Z", "PT5H15M"), (LATER, "PT22H30M"), ("2026-11-01T00:00:00-08:00", "PT0S")],
)
async def test_the_hour_of_a_delayed_charge_is_where_the_car_is(
    ask: Ask, car: Car, delayed: str, expected: str
) -> None:
    car.next_delayed = "PT1H"
    assert await ask(car, schedule(nextDelayedTime=delayed)) == "Success"
    assert (car.next_delayed, reported_charging(car)["nextDelayedTime"]) == (expected, expected)
    assert car.charging_programs == []


@pytest.mark.parametrize(
    ("preferences", "expected"),
    [
        ({"level": "Level5"}, ("Level5", "Full")),
        ({"type": "Partial"}, ("Level1", "Partial")),
        ({"level": "Level3", "type": "Partial"}, ("Level3", "Partial")),
    ],
)
async def test_charging_preferences_are_kept(
    ask: Ask, car: Car, preferences: dict[str, str], expected: tuple[str, str]
) -> None:
    assert await ask(car, prefer(**preferences)) == "Success"
    assert (car.charging_level, car.charging_type) == expected
    charging = reported_charging(car)
    assert (charging["chargingPowerLevel"], charging["type"]) == expected
    assert DATA["vehicle.energy.charging.type"].read(car) == car.charging_type
    assert (car.charging_status, car.next_delayed) == ("Stopped", "PT22H30M")


@pytest.mark.parametrize(
    "body",
    [
        schedule(programs=[NIGHT]),
        schedule(programs=[]),
        prefer(level="Level2"),
        prefer(type="Partial"),
        prefer(level="Level2", type="Partial"),
    ],
)
async def test_the_hybrid_plans_nothing_but_the_next_charge(simulator: Simulator, ask: Ask, body: Json) -> None:
    car = simulator.cars["hybrid"]
    assert await ask(car, body) == "WrongCommand"
    assert (car.charging_programs, car.charging_level, car.charging_type) == ([], None, "Full")
    assert await ask(car, schedule(nextDelayedTime=LATER)) == "Success"
    assert "chargingPowerLevel" not in car.status()["energy"][1]["charging"]


async def test_a_car_has_only_so_many_charging_programs(ask: Ask, car: Car) -> None:
    assert await ask(car, schedule(programs=[NIGHT] * 6)) == "WrongCommand"
    assert car.charging_programs == []


@pytest.mark.parametrize("body", [prefer(level="Level2", type="Partial"), schedule(nextDelayedTime=LATER)])
async def test_all_that_is_asked_must_be_supported(ask: Ask, car: Car, body: Json) -> None:
    assert car.capabilities
    parameters = car.capabilities["remote"]["charging"]["parameters"]
    parameters["preferences"]["type"] = parameters["schedule"]["nextDelayedTime"] = False
    assert await ask(car, body) == "WrongCommand"
    assert (car.charging_level, car.charging_type, car.next_delayed) == ("Level1", "Full", "PT22H30M")


@pytest.mark.parametrize(
    "body", [schedule(programs=[NIGHT] * 9), schedule(nextDelayedTime=LATER), prefer(level="Level2"), climate(SECOND)]
)
@pytest.mark.parametrize("silent", ["of everything", "of parameters"])
async def test_what_a_car_does_not_speak_of_it_can_do(ask: Ask, car: Car, body: Json, silent: str) -> None:
    assert car.capabilities
    for capability in car.capabilities["remote"].values():
        capability.pop("parameters", None)
    if silent == "of everything":
        car.capabilities = None
    assert await ask(car, body) == "Success"


def test_cars_do_not_share_their_capabilities(simulator: Simulator) -> None:
    one, other = simulator.cars["hybrid"].capabilities, hybrid("other", "Peugeot", "308 Hybrid").capabilities
    assert one
    assert other
    one["remote"]["charging"]["parameters"]["preferences"]["level"] = True
    assert other["remote"]["charging"]["parameters"] == {
        "immediate": {"start": True, "stop": True},
        "schedule": {"programs": {"supported": False}, "nextDelayedTime": True},
        "preferences": {"level": False, "type": False},
    }


# Destinations, horn and lights.


async def test_a_car_keeps_the_last_destinations(ask: Ask, car: Car) -> None:
    before = dict(car.dates)
    places = [[2.35, 48.85], [-0.58, 44.84, 12.0]]
    positions = [{"type": "Point", "coordinates": place} for place in places]
    assert await ask(car, {"navigation": {"positions": positions, "driverApproval": False}}) == "Success"
    assert (car.destinations, car.driver_approval) == (places, False)
    assert await ask(car, {"navigation": {"positions": positions[:1]}}) == "Success"
    assert (car.destinations, car.driver_approval) == (places[:1], None)
    assert car.dates == before


async def test_horn_and_lights_stay_as_they_were_switched(ask: Ask, car: Car) -> None:
    for state, on in (("Activated", True), ("Unactivated", False)):
        assert await ask(car, {"horn": {"state": state}}) == "Success"
        assert await ask(car, {"lights": {"on": on}}) == "Success"
        assert (car.honking, car.lights) == (on, on)


# Immobilization and theft.


async def test_immobilization_is_kept_and_not_reported(ask: Ask, car: Car) -> None:
    before = car.status().keys()
    for body, end, immobilized in (
        (DEACTIVATE, "AlreadyDone", False),
        (ACTIVATE, "Success", True),
        (ACTIVATE, "AlreadyDone", True),
        (UNLOCK, "Success", True),
        (DEACTIVATE, "Success", False),
    ):
        assert (await ask(car, body), car.immobilized) == (end, immobilized)
    assert car.status().keys() == before


async def test_a_theft_is_kept(ask: Ask, car: Car) -> None:
    for body, end, stolen in (
        (FOUND, "AlreadyDone", None),
        (STOLEN, "Success", True),
        (STOLEN, "AlreadyDone", True),
        (FOUND, "Success", False),
        (FOUND, "AlreadyDone", False),
    ):
        assert (await ask(car, body), car.stolen) == (end, stolen)
    assert "stolen" not in car.status()


@pytest.mark.parametrize("name", ["electric", "hybrid", "combustion"])
async def test_some_cars_report_a_theft_and_never_quite_its_end(simulator: Simulator, ask: Ask, name: str) -> None:
    car = simulator.cars[name]
    car.reports_stolen = True
    assert "stolen" not in car.status()
    await ask(car, STOLEN)
    begun = {"state": True, "startedAt": car.stolen_at}
    assert car.status()["stolen"] == begun
    await ask(car, FOUND)
    assert car.status()["stolen"] == begun | {"endAt": car.found_at}
    await ask(car, STOLEN)
    assert car.status()["stolen"] == {"state": True, "startedAt": car.stolen_at}


@pytest.mark.parametrize("locked", [True, False])
async def test_a_stolen_car_is_not_unlocked(ask: Ask, car: Car, locked: bool) -> None:
    car.locked, car.stolen = locked, True
    assert await ask(car, UNLOCK) == "NotPossibleDueToVehicleStolenState"
    assert car.locked == locked
    car.locked = False
    assert await ask(car, {"door": {"state": "Locked"}}) == "Success"
    car.stolen = False
    assert await ask(car, UNLOCK) == "Success"
