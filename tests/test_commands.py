"""A remote on its way: what its end changes, why it fails, who waits for whom. When it ends is in `every_way`."""

import asyncio
from collections.abc import AsyncGenerator
import json
from typing import Any, Final

from aiohttp import ClientTimeout
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import callback
from homeassistant.setup import async_setup_component
import pytest

from custom_components.stellantis.account import commands, ledger, questions
from custom_components.stellantis.api import http
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault, MessageFault, Outcome, Request

from .helpers.harness import SPEED, STANDSTILL, Harness
from .helpers.held import Held
from .helpers.remotes import UNLOCK, posts

pytestmark = pytest.mark.usefixtures("polled")

HONK: Final = ("button", "horn", "press")

# Every failure cause of the contract, and the statuses that it calls pending although nothing follows them.
CAUSES: Final = {
    "GeneralError": "general_error",
    "VehicleError": "vehicle_error",
    "WrongCommand": "wrong_command",
    "VehicleConnectionTimeout": "vehicle_connection_timeout",
    "MissingRights": "missing_rights",
    "NotPossibleDueToVehicleBatteryLevel": "battery_level",
    "NotPossibleDueToVehiclePrivacyLevel": "privacy_level",
    "TooManyWakeUpsOverMonth": "too_many_wake_ups",
    "TooManyRequestInShortTime": "too_many_requests_in_short_time",
    "SameActionInProgress": "same_action_in_progress",
    "NotPossibleDueToVehicleStolenState": "stolen_state",
    "VehicleInUse": "vehicle_in_use",
    "TooManyRequestSent": "too_many_requests_sent",
    "DoorsOpen": "doors_open",
    "VehicleErrorOrCidInside": "vehicle_error_or_key_inside",
    "CidInside": "key_inside",
    "ExternalChargingSystemError": "external_charging_system_error",
    "VehicleChargingSystemError": "vehicle_charging_system_error",
    "VehicleIsNotLocked": "vehicle_not_locked",
    "CanceledByDriver": "canceled_by_driver",
}
PENDING_FAILURES: Final = {
    "VehicleBatteryChargeTooLow": "battery_charge_too_low",
    "TooManyWakeUpsOverMonth": "too_many_wake_ups",
}


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits by the factor by which the cars are faster."""
    for name in ("CHECK_AFTER", "LOOK_AFTER"):
        monkeypatch.setattr(questions, name, tuple(seconds / SPEED for seconds in getattr(questions, name)))
    monkeypatch.setattr(commands, "GIVE_UP_AFTER", commands.GIVE_UP_AFTER / SPEED)


def asks(harness: Harness) -> list[Request]:
    return harness.requests("GET", "/remotes/*")


def told(harness: Harness) -> list[str]:
    """Return the statuses that the vendor has told, in the order of their arrival."""
    return [
        message["remoteEvent"]["eventStatus"]["status"]
        for delivery in harness.vendor.deliveries
        if delivery.status is not None
        for message in delivery.messages
    ]


async def asked(harness: Harness) -> str:
    """Wait until the vendor has been asked for a remote, and return its id."""
    await harness.vendor.wait_for_request("POST", "/remotes")
    [callback] = harness.vendor.callbacks.values()
    return list(callback.remotes)[-1]


async def count_reads(harness: Harness, car: Car) -> int:
    """Return how often the car has been read, those reads included that are put off for some seconds."""
    await harness.vendor.idle()
    await harness.settle()
    await harness.pass_time(seconds=20)
    return harness.reads(car)


# When the end comes


@pytest.mark.usefixtures("patience")
async def test_the_last_word_of_the_vendor_is_passed_on(harness: Harness, car: Car) -> None:
    await harness.add_account()
    car.deep_sleep = True
    harness.vendor.speed = 1.0
    calling = harness.start(car, *UNLOCK)
    await harness.vendor.wait_for_delivery(lambda delivery: "WakingUpVehicle" in str(delivery.messages))
    assert "WakingUpVehicle" in str(await harness.failure(calling))


async def test_more_remotes_than_are_remembered_still_end(
    harness: Harness, car: Car, other: Car, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest remote is forgotten: the car's report tells what it has changed."""
    monkeypatch.setattr(ledger, "_MAX_REMEMBERED", 1)
    await harness.add_account()
    harness.vendor.speed = STANDSTILL
    monkeypatch.setattr(commands, "GIVE_UP_AFTER", 0.0)
    await harness.failure(harness.call(car, *UNLOCK))
    monkeypatch.setattr(commands, "GIVE_UP_AFTER", 5.0)
    calling = harness.start(other, *UNLOCK)
    await harness.vendor.wait_for_request("POST", "/remotes", after=1)
    harness.vendor.speed = SPEED
    await calling
    assert harness.state(other, "lock", "doors").state == "unlocked"
    await harness.until(car, "lock", "doors", "unlocked")


# What the end changes


@pytest.mark.parametrize(
    ("platform", "key", "service", "reads"),
    [
        ("lock", "doors", "unlock", 1),
        ("switch", "charging", "turn_on", 1),
        ("climate", "preconditioning", "turn_on", 2),
        ("button", "wake_up", "press", 1),
        ("button", "horn", "press", 1),
        ("button", "flash_lights", "press", 1),
        ("switch", "lights", "turn_on", 1),
    ],
)
async def test_the_status_is_read_after_each_remote(
    harness: Harness, car: Car, platform: str, key: str, service: str, reads: int
) -> None:
    await harness.add_account()
    harness.vendor.requests.clear()
    await harness.call(car, platform, key, service)
    assert await count_reads(harness, car) == reads


async def test_a_failure_reads_what_may_explain_it(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.requests.clear()
    car.next_outcomes.append(Outcome("Failed", "VehicleInUse"))
    await harness.failure(harness.call(car, *UNLOCK))
    assert await count_reads(harness, car) == 1


async def test_what_the_car_reads_is_not_undone_by_an_old_status(harness: Harness, car: Car) -> None:
    """The vendor goes on answering what the car reported before it was unlocked."""
    await harness.add_account()
    before = car.status()
    before["doorsState"]["createdAt"] = "2020-01-01T00:00:00Z"
    car.report = lambda _car: before
    await harness.call(car, *UNLOCK)
    assert await count_reads(harness, car) == 2
    assert harness.state(car, "lock", "doors").state == "unlocked"


# Why it fails


async def test_every_cause_of_the_contract_has_a_sentence_of_its_own(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.speed = float("inf")
    keys: dict[str, str | None] = {}
    for cause in CAUSES:
        car.next_outcomes.append(Outcome("Failed", cause))
        error = await harness.failure(harness.call(car, *UNLOCK))
        keys[cause] = error.translation_key
        assert "Peugeot e-208" in str(error)
        assert f"({cause})" in str(error)
    assert keys == CAUSES
    assert len(set(keys.values())) == len(CAUSES)


async def test_pending_statuses_that_nothing_follows_are_failures(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.speed = float("inf")
    keys: dict[str, str | None] = {}
    for status in PENDING_FAILURES:
        car.next_outcomes.append(Outcome(status))
        error = await harness.failure(harness.call(car, *UNLOCK))
        keys[status] = error.translation_key
        assert f"({status})" in str(error)
    assert keys == PENDING_FAILURES
    assert not asks(harness)


UNDOCUMENTED: Final[dict[str, tuple[Outcome, str]]] = {
    "unknown cause": (Outcome("Failed", "MoonInTheWrongPhase"), "MoonInTheWrongPhase"),
    "no cause": (Outcome("Failed"), "Failed"),
    "tutorial": (Outcome("Failed", "MoonInTheWrongPhase", type="Failed"), "MoonInTheWrongPhase"),
    "unknown status": (Outcome("Vanished", type="Done"), "Vanished"),
}


async def test_what_nobody_has_documented_is_shown_as_it_is(
    harness: Harness, car: Car, subtests: pytest.Subtests
) -> None:
    await harness.add_account()
    for name, (outcome, shown) in UNDOCUMENTED.items():
        with subtests.test(name):
            car.next_outcomes.append(outcome)
            error = await harness.failure(harness.call(car, *UNLOCK))
            assert error.translation_key == "unknown_cause"
            assert str(error).endswith(f": {shown}")


@pytest.mark.usefixtures("patience")
async def test_every_error_of_the_post_says_what_it_is(
    harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch
) -> None:
    await harness.add_account()
    faults: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
        "rejected": ({"status": 400, "body": {"message": "no such door"}}, {"message": "no such door"}),
        "no_access_plan": ({"status": 401, "body": {"moreInformation": "Not registered to plan"}}, {}),
        "forbidden": ({"status": 403}, {}),
        "no_data": ({"status": 404}, {}),
        "rate_limited": ({"status": 429, "headers": {"Retry-After": "17"}}, {"seconds": "17"}),
        "vendor_error": ({"status": 503}, {"status": "503"}),
        "bad_answer": ({"body": "<html>Welcome</html>"}, {}),
        "hung_up": ({"drop": True}, {}),
        "command_unanswered": ({"status": 503, "delay": 0.3}, {"car": "Peugeot e-208"}),
    }
    patience = http.TIMEOUT
    for key, (fault, placeholders) in faults.items():
        monkeypatch.setattr(http, "TIMEOUT", ClientTimeout(total=0.1) if key == "command_unanswered" else patience)
        harness.vendor.faults.add(Fault(method="POST", path="*/remotes", times=None, **fault))
        error = await harness.failure(harness.call(car, *UNLOCK))
        assert error.translation_key == key
        assert error.translation_placeholders == placeholders
        assert str(error) != key
        assert harness.state(car, "lock", "doors").state == "locked"
        harness.vendor.faults.clear()
    monkeypatch.setattr(http, "TIMEOUT", patience)
    await harness.vendor.wait_for_request("POST", "/remotes", after=len(posts(harness)) - 1)
    assert not told(harness)
    await harness.call(car, *UNLOCK)


@pytest.mark.usefixtures("patience")
async def test_an_answer_without_an_id_is_a_bad_answer(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.faults.add(Fault(method="POST", path="*/remotes", status=202))
    assert (await harness.failure(harness.call(car, *UNLOCK))).translation_key == "bad_answer"


async def test_a_new_token_that_is_refused_too_asks_nobody_to_sign_in_again(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.faults.add(Fault(method="POST", path="*/remotes", status=401, times=2))
    assert (await harness.failure(harness.call(car, *UNLOCK))).translation_key == "token_refused"
    await harness.settle()
    assert not harness.hass.config_entries.flow.async_progress_by_handler(DOMAIN)


async def test_a_grant_that_is_gone_asks_to_sign_in_again_once_that_is_confirmed(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.revoke_tokens("driver")
    assert (await harness.failure(harness.call(car, *UNLOCK))).translation_key == "sign_in_refused"
    await harness.settle()
    assert not harness.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    await harness.pass_time(minutes=6)
    [flow] = harness.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH


async def test_a_token_that_is_refused_once_is_renewed(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.faults.add(Fault(method="POST", path="*/remotes", status=401))
    await harness.call(car, *UNLOCK)
    assert [post.status for post in posts(harness)] == [401, 202]
    assert posts(harness)[0].headers["Authorization"] != posts(harness)[1].headers["Authorization"]


async def test_without_an_address_to_post_to_the_person_is_told(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.callbacks.clear()
    await harness.hass.config.async_update(external_url=None)
    assert (await harness.failure(harness.call(car, *UNLOCK))).translation_key == "no_url"


# The answer to the request is lost


@pytest.mark.usefixtures("patience")
async def test_a_time_out_of_the_request_is_no_time_out_of_the_remote(
    harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch
) -> None:
    await harness.add_account()
    patience = http.TIMEOUT
    monkeypatch.setattr(http, "TIMEOUT", ClientTimeout(total=0.2))
    harness.vendor.faults.add(Fault(method="POST", path="*/remotes", after=True, delay=0.5))
    calling = harness.start(car, *UNLOCK)
    await harness.vendor.wait_for_request("POST", "/remotes")
    monkeypatch.setattr(http, "TIMEOUT", patience)
    await calling
    assert harness.state(car, "lock", "doors").state == "unlocked"
    assert len(posts(harness)) == 1


@pytest.mark.usefixtures("patience")
async def test_what_becomes_of_a_remote_that_nobody_could_ask_about_is_learnt_later(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.faults.add(MessageFault(times=None, lose=True))
    harness.vendor.faults.add(Fault(method="POST", path="*/remotes", after=True, drop=True))
    harness.vendor.faults.add(Fault(method="GET", path="*/remotes", status=503, times=3))
    error = await harness.failure(harness.call(car, *UNLOCK))
    assert error.translation_key == "command_unanswered"
    assert harness.state(car, "event", "remote").attributes["failure_cause"] == "command_unanswered"
    await harness.until(car, "lock", "doors", "unlocked")
    await harness.settle()
    assert harness.state(car, "event", "remote").attributes["action"] == "unlock"
    assert len(posts(harness)) == 1


# Who waits for whom


async def test_one_car_does_one_thing_at_a_time(harness: Harness, car: Car) -> None:
    """The simulated vendor refuses a second remote while the first one runs."""
    await harness.add_account()
    await asyncio.gather(
        harness.call(car, *UNLOCK), harness.call(car, *HONK), harness.call(car, "lock", "doors", "lock")
    )
    assert [set(post.body) - {"label"} for post in posts(harness)] == [{"door"}, {"horn"}, {"door"}]
    assert car.locked


async def test_a_failure_makes_room_for_the_next(harness: Harness, car: Car) -> None:
    await harness.add_account()
    car.next_outcomes.append(Outcome("Failed", "VehicleInUse"))
    first, second = harness.start(car, *HONK), harness.start(car, *UNLOCK)
    await harness.failure(first)
    await second
    assert not car.locked


@pytest.mark.parametrize("how", ["two calls", "one call"])
async def test_two_cars_do_not_wait_for_each_other(harness: Harness, car: Car, other: Car, how: str) -> None:
    await harness.add_account()
    cars = [car, other]
    harness.vendor.speed = STANDSTILL
    calling: list[asyncio.Task[Any]]
    if how == "two calls":
        calling = [harness.start(each, *UNLOCK) for each in cars]
    else:
        target = {"entity_id": [harness.entity_id(each, "lock", "doors") for each in cars]}
        calling = [asyncio.create_task(harness.hass.services.async_call("lock", "unlock", target, blocking=True))]
    # Both requests have arrived while neither car has done anything yet.
    await harness.vendor.wait_for_request("POST", "/remotes", after=1)
    assert not told(harness)
    harness.vendor.speed = SPEED
    await asyncio.gather(*calling)
    assert [each.locked for each in cars] == [False, False]
    assert [harness.state(each, "lock", "doors").state for each in cars] == ["unlocked", "unlocked"]


async def test_one_service_call_for_two_cars_says_which_one_failed(harness: Harness, car: Car, other: Car) -> None:
    await harness.add_account()
    other.next_outcomes.append(Outcome("Failed", "VehicleInUse"))
    target = {"entity_id": [harness.entity_id(each, "lock", "doors") for each in (car, other)]}
    error = await harness.failure(harness.hass.services.async_call("lock", "unlock", target, blocking=True))
    assert str(error).startswith("Peugeot 308 Hybrid: ")
    await harness.until(car, "lock", "doors", "unlocked")


# Unload and restart in the middle


def tasks_of_ours() -> list[str]:
    return [repr(task) for task in asyncio.all_tasks() if "custom_components/stellantis" in repr(task)]


async def test_unload_interrupts_what_is_just_being_asked_for(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(held := Held(method="POST", path="*/remotes"))
    calling = harness.start(car, *UNLOCK)
    await held.held.wait()
    assert await harness.hass.config_entries.async_unload(entry.entry_id)
    assert (await harness.failure(calling)).translation_key == "command_interrupted"
    assert not tasks_of_ours()
    held.let_go.set()


@pytest.mark.usefixtures("other")
async def test_an_end_for_a_car_that_left_the_account_is_taken_in(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await harness.add_account()
    harness.vendor.speed = STANDSTILL
    calling = harness.start(car, *UNLOCK)
    await harness.vendor.wait_for_request("POST", "/remotes")
    harness.vendor.accounts["driver"].cars.remove(car)
    await harness.reload(entry)
    await harness.failure(calling)
    harness.vendor.speed = SPEED
    await harness.vendor.idle()
    assert told(harness)[-1] == "Success"
    assert {delivery.status for delivery in harness.vendor.deliveries} == {200}
    assert "Error processing webhook" not in caplog.text


@pytest.mark.usefixtures("patience")
async def test_a_message_that_is_half_read_when_the_account_is_unloaded_does_no_harm(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await harness.add_account()
    await harness.call(car, *HONK)
    await harness.vendor.idle()
    message = harness.vendor.deliveries[-1].messages[0]
    harness.vendor.requests.clear()
    harness.vendor.speed = STANDSTILL
    calling = harness.start(car, *UNLOCK)
    remote_id = message["remoteEvent"]["remoteActionId"] = await asked(harness)
    await harness.vendor.wait_for_request("GET", f"/remotes/{remote_id}")
    begun, unloaded = asyncio.Event(), asyncio.Event()

    async def body() -> AsyncGenerator[bytes]:
        yield b" "
        begun.set()
        await unloaded.wait()
        yield json.dumps(message).encode()

    delivering = asyncio.create_task(harness.browser.post(f"/api/webhook/{entry.data[CONF_WEBHOOK_ID]}", data=body()))
    await begun.wait()
    await harness.browser.get("/")  # by the end of which the other request has arrived
    assert await harness.hass.config_entries.async_unload(entry.entry_id)
    unloaded.set()
    assert (await delivering).status == 200
    assert (await harness.failure(calling)).translation_key == "command_interrupted"
    assert "Error processing webhook" not in caplog.text


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize("posted", [False, True])
async def test_a_caller_who_goes_away_leaves_the_remote_to_its_end(harness: Harness, car: Car, *, posted: bool) -> None:
    """The next remote waits for that end, or the vendor would refuse it."""
    await harness.add_account()
    harness.vendor.speed = STANDSTILL
    calling = harness.start(car, *UNLOCK)
    remote_id = await asked(harness)
    if posted:
        await harness.vendor.wait_for_request("GET", f"/remotes/{remote_id}")
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    assert harness.state(car, "lock", "doors").state == "unlocking"
    following = harness.start(car, "lock", "doors", "lock")
    harness.vendor.speed = SPEED
    await following
    assert [post.body["door"]["state"] for post in posts(harness)] == ["Unlocked", "Locked"]
    await harness.until(car, "lock", "doors", "locked")


async def test_an_automation_that_starts_again_does_not_stop_its_remote(harness: Harness, car: Car) -> None:
    await harness.add_account()
    config = {
        "mode": "restart",
        "triggers": [{"trigger": "event", "event_type": "go"}],
        "actions": [
            {"action": "lock.unlock", "target": {"entity_id": harness.entity_id(car, "lock", "doors")}},
            {"event": "done"},
        ],
    }
    assert await async_setup_component(harness.hass, "automation", {"automation": config})
    done = asyncio.Event()
    harness.hass.bus.async_listen("done", callback(lambda _event: done.set()))
    harness.vendor.speed = STANDSTILL
    harness.hass.bus.async_fire("go")
    await asked(harness)
    harness.hass.bus.async_fire("go")
    harness.vendor.speed = SPEED
    await done.wait()
    outcomes = [message for message in told(harness) if message in {"Success", "AlreadyDone", "Failed"}]
    assert outcomes == ["Success", "AlreadyDone"]


@pytest.mark.usefixtures("patience")
async def test_an_end_that_nobody_waits_for_is_asked_for(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.faults.add(MessageFault(times=None, lose=True))
    harness.vendor.speed = STANDSTILL
    calling = harness.start(car, *UNLOCK)
    await asked(harness)
    calling.cancel()
    harness.vendor.speed = SPEED
    await harness.until(car, "lock", "doors", "unlocked")


# Two spellings


@pytest.mark.parametrize(
    ("platform", "key", "spelled"),
    [
        ("switch", "lights", "ligths"),
        ("climate", "preconditioning", "preonditionning"),
        ("button", "wake_up", "state"),
    ],
)
async def test_the_spelling_that_worked_is_kept(
    harness: Harness, car: Car, platform: str, key: str, spelled: str
) -> None:
    entry = await harness.add_account()
    services = ("press", "press", "press") if platform == "button" else ("turn_on", "turn_off", "turn_on")
    harness.vendor.spelling = "tutorial"
    await harness.call(car, platform, key, services[0])
    assert [post.status for post in posts(harness)] == [400, 202]
    assert spelled in posts(harness)[1].body

    await harness.reload(entry)
    harness.vendor.requests.clear()
    await harness.call(car, platform, key, services[1])
    assert [post.status for post in posts(harness)] == [202]

    # The vendor changes its mind.
    harness.vendor.spelling = "openapi"
    harness.vendor.requests.clear()
    await harness.call(car, platform, key, services[2])
    assert [post.status for post in posts(harness)] == [400, 202]
    assert not entry.data["tutorial_spellings"]


async def test_a_remote_that_neither_spelling_helps_is_refused(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(method="POST", path="*/remotes", status=400, body={"message": "no"}, times=2))
    error = await harness.failure(harness.call(car, "switch", "lights", "turn_on"))
    assert error.translation_key == "rejected"
    assert "tutorial_spellings" not in entry.data


async def test_two_cars_learn_the_same_spelling_side_by_side(harness: Harness, car: Car, other: Car) -> None:
    entry = await harness.add_account()
    harness.vendor.spelling = "tutorial"
    cars = (car, other)
    target = {"entity_id": [harness.entity_id(each, "climate", "preconditioning") for each in cars]}
    await harness.hass.services.async_call("climate", "turn_on", target=target, blocking=True)
    assert entry.data["tutorial_spellings"] == ["ThermalPreconditioning"]
