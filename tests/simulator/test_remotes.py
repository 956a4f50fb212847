"""Remotes: what a car does when asked, what it says, and why it refuses."""

from collections.abc import Callable
from typing import Any

from freezegun import freeze_time
import pytest

from simulator import Car, Delivery, Fault, Outcome, Request, Simulator
from tests.helpers.browser import Client
from tests.helpers.vendor import SPEED, STANDSTILL
from tests.helpers.webhook import Webhook

LOCK = {"door": {"state": "Locked"}}
UNLOCK = {"door": {"state": "Unlocked"}}
HORN = {"horn": {"state": "Activated"}}
LIGHTS = {"lights": {"on": True}}
WAKE_UP = {"wakeUp": {"action": "WakeUp"}}
CHARGE = {"charging": {"immediate": True}}
STOP_CHARGING = {"charging": {"immediate": False}}
DELAY_CHARGING = {"charging": {"schedule": {"nextDelayedTime": "2026-11-01T22:30:00Z"}}}
PRECONDITION = {"preconditioning": {"airConditioning": {"immediate": True}}}
STOP_PRECONDITIONING = {"preconditioning": {"airConditioning": {"immediate": False}}}
PROGRAM = {"preconditioning": {"airConditioning": {"programs": [{"slot": 1, "actionsType": "Delete"}]}}}
NAVIGATE = {"navigation": {"positions": [{"type": "Point", "coordinates": [2.35, 48.85]}]}}

AWAKE = ["Accepted", "SentToVehicle"]
ASLEEP = ["Accepted", "WakingUpVehicle", "SentToVehicle"]


def statuses(webhook: Webhook) -> list[str]:
    return [status for _, status in webhook.events]


def end(webhook: Webhook) -> dict[str, Any]:
    status: dict[str, Any] = webhook.received[-1]["remoteEvent"]["eventStatus"]
    return status


@pytest.mark.parametrize(
    ("body", "kind", "asleep", "pending"),
    [
        (UNLOCK, "Doors", False, AWAKE),
        (UNLOCK, "Doors", True, ASLEEP),
        (HORN, "Horn", True, ASLEEP),
        (LIGHTS, "Lights", False, AWAKE),
        (WAKE_UP, "WakeUp", True, ASLEEP),
        (CHARGE, "ElectricBatteryChargingRequest", True, ASLEEP),
        (PRECONDITION, "ThermalPreconditioning", True, ASLEEP),
        (NAVIGATE, "Navigation", True, ["SentToVehicle"]),
        (NAVIGATE, "Navigation", False, ["SentToVehicle"]),
        ({"immobilization": {"activate": True}}, "Immobilization", True, ASLEEP),
        ({"stolen": {"stolen": True}}, "Stolen", True, ASLEEP),
    ],
)
async def test_the_messages_of_a_remote(
    client: Client,
    webhook: Webhook,
    simulator: Simulator,
    callback_id: str,
    car: Car,
    body: Any,
    kind: str,
    asleep: bool,
    pending: list[str],
) -> None:
    car.asleep = asleep
    answer = await client.send(car, callback_id, body)
    assert answer.status == 202
    assert answer.json.keys() == {"_links", "remoteActionId", "type"}
    assert answer.json["type"] == kind
    await simulator.idle()
    assert webhook.events == [*(("Pending", status) for status in pending), ("Done", "Success")]
    for message in webhook.received:
        assert message.keys() == {"callbackId", "type", "date", "attributes", "remoteEvent"}
        assert (message["callbackId"], message["type"]) == (callback_id, "Remote")
        assert message["remoteEvent"]["remoteActionId"] == answer.json["remoteActionId"]
        assert message["remoteEvent"]["remoteType"] == kind
    assert not car.asleep
    assert car.wake_ups == asleep


async def test_reading_a_remote(client: Client, simulator: Simulator, callback_id: str, car: Car) -> None:
    simulator.speed = STANDSTILL
    path = f"/user/vehicles/{car.id}/callbacks/{callback_id}/remotes"
    remote_id = (await client.send(car, callback_id, UNLOCK)).json["remoteActionId"]
    running = (await client.call("GET", f"{path}/{remote_id}")).json
    assert (running["remoteActionId"], running["type"], running["status"]) == (remote_id, "Doors", "Accepted")
    assert running["remote"] == UNLOCK
    simulator.speed = SPEED
    await simulator.idle()
    ended = (await client.call("GET", f"{path}/{remote_id}")).json
    assert ended["status"] == "Success"
    assert "failureCause" not in ended
    listed = (await client.call("GET", path)).json
    assert [one["remoteActionId"] for one in listed["_embedded"]["remoteActions"]] == [remote_id]


async def test_a_failed_remote_names_its_cause(
    client: Client, simulator: Simulator, callback_id: str, car: Car
) -> None:
    car.next_outcomes = [Outcome("Failed", "CidInside", feedback="CIDBlacklisted")]
    remote_id = (await client.send(car, callback_id, UNLOCK)).json["remoteActionId"]
    await simulator.idle()
    read = await client.call("GET", f"/user/vehicles/{car.id}/callbacks/{callback_id}/remotes/{remote_id}")
    assert (read.json["status"], read.json["failureCause"]) == ("Failed", "CidInside")
    assert read.json["feedbackDetail"] == "CIDBlacklisted"


async def test_remotes_that_are_not_there(client: Client, simulator: Simulator, callback_id: str, car: Car) -> None:
    remote_id = (await client.send(car, callback_id, UNLOCK)).json["remoteActionId"]
    vehicle, other = f"/user/vehicles/{car.id}", f"/user/vehicles/{simulator.cars['hybrid'].id}"
    for path in (
        f"{vehicle}/callbacks/{callback_id}/remotes/unknown",
        f"{other}/callbacks/{callback_id}/remotes/{remote_id}",
        f"{vehicle}/callbacks/unknown/remotes",
        f"/user/vehicles/unknown/callbacks/{callback_id}/remotes",
    ):
        assert (await client.call("GET", path)).status == 404
    assert (await client.send(car, "unknown", UNLOCK)).status == 404


@pytest.mark.parametrize(
    ("body", "state", "block"),
    [
        (UNLOCK, {"locked": False}, "doorsState"),
        (LIGHTS, {"lights": True}, None),
        (CHARGE, {"charging_status": "InProgress"}, "energies"),
        (DELAY_CHARGING, {"charging_status": "Stopped"}, "energies"),
        (PRECONDITION, {"preconditioning": "Enabled"}, "preconditioning"),
        (PROGRAM, {"preconditioning": "Disabled"}, "preconditioning"),
        (WAKE_UP, {"asleep": False}, "kinetic"),
    ],
)
async def test_success_changes_the_car(
    client: Client,
    webhook: Webhook,
    simulator: Simulator,
    callback_id: str,
    car: Car,
    body: Any,
    state: dict[str, Any],
    block: str | None,
) -> None:
    car.status()
    for name in car.dates:
        car.dates[name] = "2026-01-01T00:00:00Z"
    await client.send(car, callback_id, body)
    await simulator.idle()
    assert end(webhook) == {"type": "Done", "status": "Success"}
    assert {name: getattr(car, name) for name in state} == state
    touched = {name for name, date in car.dates.items() if date > "2026-01-01T00:00:00Z"}
    assert block in touched if block else not touched


@pytest.mark.parametrize("body", [LOCK, STOP_CHARGING, STOP_PRECONDITIONING])
async def test_what_is_so_already(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car, body: Any
) -> None:
    await client.send(car, callback_id, body)
    await simulator.idle()
    assert end(webhook) == {"type": "Done", "status": "AlreadyDone"}


def opened(car: Car) -> None:
    car.locked = False
    car.open_doors = {"Driver"}


def moving(car: Car) -> None:
    car.moving = True


def unplugged(car: Car) -> None:
    car.plugged = False


def low_battery(car: Car) -> None:
    car.battery_level = 19.9


def private(car: Car) -> None:
    car.privacy = "Full"


def in_deep_sleep(car: Car) -> None:
    car.deep_sleep = True


def without_horn(car: Car) -> None:
    assert car.capabilities
    car.capabilities["remote"]["horn"]["supported"] = False


@pytest.mark.parametrize(
    ("state", "body", "cause"),
    [
        (opened, LOCK, "DoorsOpen"),
        (moving, UNLOCK, "VehicleInUse"),
        (moving, HORN, "VehicleInUse"),
        (moving, LIGHTS, "VehicleInUse"),
        (unplugged, CHARGE, "ExternalChargingSystemError"),
        (low_battery, PRECONDITION, "NotPossibleDueToVehicleBatteryLevel"),
        (private, HORN, "NotPossibleDueToVehiclePrivacyLevel"),
        (private, WAKE_UP, "NotPossibleDueToVehiclePrivacyLevel"),
        (in_deep_sleep, HORN, "VehicleConnectionTimeout"),
        (without_horn, HORN, "WrongCommand"),
    ],
)
async def test_failures_that_follow_from_the_cars_state(
    client: Client,
    webhook: Webhook,
    simulator: Simulator,
    callback_id: str,
    car: Car,
    state: Callable[[Car], None],
    body: Any,
    cause: str,
) -> None:
    state(car)
    before = car.locked, car.lights, car.charging_status, car.preconditioning
    await client.send(car, callback_id, body)
    await simulator.idle()
    assert end(webhook) == {"type": "Done", "status": "Failed", "failureCause": cause}
    assert (car.locked, car.lights, car.charging_status, car.preconditioning) == before


@pytest.mark.parametrize(
    ("state", "body"),
    [
        (moving, PRECONDITION),
        (unplugged, DELAY_CHARGING),
        (low_battery, PROGRAM),
        (opened, HORN),
    ],
)
async def test_states_that_do_not_matter(
    client: Client,
    webhook: Webhook,
    simulator: Simulator,
    callback_id: str,
    car: Car,
    state: Callable[[Car], None],
    body: Any,
) -> None:
    state(car)
    await client.send(car, callback_id, body)
    await simulator.idle()
    assert end(webhook)["status"] == "Success"


async def test_a_car_that_says_nothing_of_its_capabilities_takes_everything(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    car.capabilities = None
    await client.send(car, callback_id, HORN)
    await simulator.idle()
    assert end(webhook)["status"] == "Success"


def tired(car: Car) -> None:
    car.wake_up_limit = 0


def empty(car: Car) -> None:
    car.battery_level = 4.9


@pytest.mark.parametrize(
    ("state", "status"), [(tired, "TooManyWakeUpsOverMonth"), (empty, "VehicleBatteryChargeTooLow")]
)
async def test_a_car_that_cannot_be_woken_ends_without_an_end(
    client: Client,
    webhook: Webhook,
    simulator: Simulator,
    callback_id: str,
    car: Car,
    state: Callable[[Car], None],
    status: str,
) -> None:
    state(car)
    await client.send(car, callback_id, HORN)
    await simulator.idle()
    assert webhook.events == [("Pending", "Accepted"), ("Pending", status)]
    car.asleep = False
    await client.send(car, callback_id, HORN)
    await simulator.idle()
    assert webhook.events[-1] == ("Done", "Success")


async def test_wake_ups_are_counted_anew_each_month(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    car.wake_up_limit = 1
    ends = []
    for day in ("2001-01-01", "2001-01-31", "2001-02-01"):
        car.asleep = True
        with freeze_time(f"{day}T12:00:00Z", tick=True, real_asyncio=True):
            await client.send(car, callback_id, HORN)
            await simulator.idle()
        ends.append(webhook.events[-1])
    assert ends == [("Done", "Success"), ("Pending", "TooManyWakeUpsOverMonth"), ("Done", "Success")]


@pytest.mark.parametrize(("second", "cause"), [(HORN, "SameActionInProgress"), (LIGHTS, "TooManyRequestSent")])
async def test_one_remote_at_a_time(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car, second: Any, cause: str
) -> None:
    simulator.speed = STANDSTILL
    first_id = (await client.send(car, callback_id, HORN)).json["remoteActionId"]
    await client.send(car, callback_id, second)
    simulator.speed = SPEED
    await simulator.idle()
    ends = [message["remoteEvent"] for message in webhook.received]
    ends = [event for event in ends if event["eventStatus"]["type"] == "Done"]
    assert [event["eventStatus"].get("failureCause") for event in ends] == [cause, None]
    assert ends[1]["remoteActionId"] == first_id


async def test_two_cars_work_side_by_side(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str
) -> None:
    for name in ("electric", "combustion"):
        await client.send(simulator.cars[name], callback_id, HORN)
    await simulator.idle()
    assert statuses(webhook).count("Success") == 2


async def test_a_car_falls_asleep_after_its_last_message(
    client: Client, simulator: Simulator, callback_id: str, car: Car
) -> None:
    await client.send(car, callback_id, HORN)
    await simulator.idle()
    awake = not car.asleep
    simulator.speed = 10 * SPEED
    await simulator.clock.sleep(200)
    assert (awake, car.asleep) == (True, True)
    await client.send(car, callback_id, HORN)
    await simulator.idle()
    assert car.woken.total() == 2


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome("Success"), {"type": "Done", "status": "Success"}),
        (Outcome("AlreadyDone"), {"type": "Done", "status": "AlreadyDone"}),
        (
            Outcome("Failed", "NeverHeardOf"),
            {"type": "Done", "status": "Failed", "failureCause": "NeverHeardOf"},
        ),
        (
            Outcome("Success", feedback="NoCIDBlacklisted"),
            {"type": "Done", "status": "Success", "feedbackDetail": "NoCIDBlacklisted"},
        ),
        (Outcome("TooManyWakeUpsOverMonth"), {"type": "Pending", "status": "TooManyWakeUpsOverMonth"}),
        (Outcome("Failed", type="Failed"), {"type": "Failed", "status": "Failed"}),
    ],
)
async def test_an_outcome_can_be_forced(
    client: Client,
    webhook: Webhook,
    simulator: Simulator,
    callback_id: str,
    car: Car,
    outcome: Outcome,
    expected: dict[str, str],
) -> None:
    car.moving = True
    car.next_outcomes = [outcome]
    await client.send(car, callback_id, UNLOCK)
    await simulator.idle()
    assert end(webhook) == expected
    assert car.locked == (outcome.status != "Success")
    await client.send(car, callback_id, UNLOCK if car.locked else LOCK)
    await simulator.idle()
    assert end(webhook)["failureCause"] == "VehicleInUse"


@pytest.mark.parametrize(("flag", "first"), [("message_first", "Accepted"), ("end_first", "Success")])
async def test_messages_may_come_before_the_answer(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car, flag: str, first: str
) -> None:
    simulator.speed = 100
    setattr(simulator, flag, True)
    assert (await client.send(car, callback_id, UNLOCK)).status == 202
    assert first in statuses(webhook)
    await simulator.idle()
    assert statuses(webhook)[-1] == "Success"


async def test_messages_come_after_the_answer_otherwise(
    client: Client, simulator: Simulator, callback_id: str, car: Car
) -> None:
    simulator.speed = float("inf")
    simulator.faults.add(Fault(path="*/remotes", after=True, delay=0.05))
    order: list[type] = []
    simulator.journal.listener = lambda entry: order.append(type(entry))
    await client.send(car, callback_id, UNLOCK)
    await simulator.idle()
    assert order == [Request, Delivery, Delivery, Delivery, Delivery]


async def test_time_can_be_sped_up_on_the_way(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    simulator.speed = 0.001
    await client.send(car, callback_id, UNLOCK)
    simulator.speed = 1000
    await simulator.idle()
    assert statuses(webhook)[-1] == "Success"


@pytest.mark.usefixtures("freezer")
async def test_no_time_at_all_need_pass(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    simulator.speed = float("inf")
    await client.send(car, callback_id, UNLOCK)
    await simulator.idle()
    assert statuses(webhook) == [*ASLEEP, "Success"]
