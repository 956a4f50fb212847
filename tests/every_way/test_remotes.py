"""The life of a remote: whichever way the vendor's messages come, its end is known, once, and the state is right.

No monitor runs: what changes a state here is the end of a remote, and the one look at the car that follows.
"""

import asyncio
from typing import Any, Final

import pytest

from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault, MessageFault, Outcome
from tests.helpers.callbacks import only_callback
from tests.helpers.ends import Ends
from tests.helpers.harness import SPEED, STANDSTILL, Harness
from tests.helpers.remotes import UNLOCK, posts
from tests.helpers.ways import Way

pytestmark = pytest.mark.usefixtures("polled")

DOORS: Final = ("lock", "doors")
LOCK: Final = (*DOORS, "lock")
UNLOCKED: Final = ("success", "doors", "unlock", None)
LOCKED: Final = ("success", "doors", "lock", None)


async def count_reads(harness: Harness, way: Way, car: Car) -> int:
    """Return how often the car has been read, those reads included that are put off for some seconds."""
    await way.arrive()
    await harness.pass_time(seconds=20)
    return harness.reads(car)


async def ended(harness: Harness) -> None:
    """Wait until the car has carried out all remotes, whoever knows it."""
    await harness.vendor.journal.changed.until(lambda: not harness.vendor.remotes.busy)


# When its end comes


async def test_the_end_comes_by_itself_or_is_asked_for(harness: Harness, car: Car, way: Way, ends: Ends) -> None:
    await way.add_account()

    await harness.call(car, *UNLOCK)

    assert not car.locked
    assert harness.state(car, *DOORS).state == "unlocked"
    await way.arrive()
    assert ends.told == [UNLOCKED]
    if way.told:
        assert way.statuses[0] == "Accepted"
        assert way.statuses[-1] == "Success"
        assert not way.asked
    else:
        assert not harness.vendor.deliveries
        assert way.asked[-1].status == 200


@pytest.mark.parametrize("first", ["message_first", "end_first"])
async def test_it_may_come_before_the_answer_to_the_request(
    harness: Harness, car: Car, way: Way, ends: Ends, first: str
) -> None:
    await way.add_account()
    setattr(harness.vendor, first, True)

    await harness.call(car, *UNLOCK)

    assert harness.state(car, *DOORS).state == "unlocked"
    await way.arrive()
    assert ends.told == [UNLOCKED]
    assert bool(way.asked) is not way.told


async def test_one_that_comes_before_the_answer_finds_its_car(
    harness: Harness, car: Car, other: Car, way: Way, ends: Ends
) -> None:
    """Two cars answer at the same time."""
    await way.add_account()
    harness.vendor.end_first = True
    other.next_outcomes.append(Outcome("Failed", "VehicleInUse"))

    ours, theirs = harness.start(car, *UNLOCK), harness.start(other, *UNLOCK)
    await ours

    assert (await harness.failure(theirs)).translation_key == "vehicle_in_use"
    assert ends.of(harness.entity_id(car, "event", "remote")) == [UNLOCKED]
    assert ends.of(harness.entity_id(other, "event", "remote")) == [("failed", "doors", "unlock", "vehicle_in_use")]
    assert bool(way.asked) is not way.told


async def test_one_that_comes_twice_counts_once(harness: Harness, car: Car, way: Way, ends: Ends) -> None:
    entry = await way.add_account()
    harness.vendor.requests.clear()
    harness.vendor.faults.add(MessageFault(times=None, double=True))

    await harness.call(car, *UNLOCK)

    assert await count_reads(harness, way, car) == 1
    assert way.statuses.count("Success") == (2 if way.told else 0)
    assert harness.state(car, *DOORS).state == "unlocked"
    await harness.reload(entry)
    assert ends.told == [UNLOCKED]


async def test_it_may_overtake_the_beginning(harness: Harness, car: Car, way: Way, ends: Ends) -> None:
    await way.add_account()
    harness.vendor.faults.add(MessageFault(type="Pending", times=None, reorder=True))

    await harness.call(car, *UNLOCK)

    await way.arrive()
    if way.told:
        assert way.statuses[0] == "Success"
        assert "Accepted" in way.statuses[1:]
    assert harness.state(car, *DOORS).state == "unlocked"
    assert ends.told == [UNLOCKED]
    assert bool(way.asked) is not way.told


async def test_it_comes_with_all_others_after_a_lag(harness: Harness, car: Car, way: Way, ends: Ends) -> None:
    await way.add_account()
    harness.vendor.speed = STANDSTILL
    calling = harness.start(car, *UNLOCK)
    await harness.vendor.wait_for_request("POST", "/remotes")
    await way.interrupt()
    harness.vendor.speed = SPEED
    await ended(harness)
    assert not calling.done()

    await way.resume()
    await calling

    await way.arrive()
    assert way.batched is way.batches
    assert bool(way.asked) is not way.told
    assert harness.state(car, *DOORS).state == "unlocked"
    assert ends.told == [UNLOCKED]


@pytest.mark.usefixtures("impatient")
async def test_one_that_comes_after_the_end_of_the_next_remote_changes_nothing(
    harness: Harness, car: Car, way: Way, ends: Ends
) -> None:
    """It was asked for, or the next one would not have begun."""
    await way.add_account()
    harness.vendor.faults.add(MessageFault(type="Done", reorder=True))
    harness.vendor.faults.add(MessageFault(type="Pending", times=None, lose=True))
    await harness.call(car, *UNLOCK)

    await harness.call(car, *LOCK)

    await way.arrive()
    if way.told:
        assert way.statuses == ["Success", "Success"]
    await harness.pass_time(seconds=20)  # the car is not read twice in ten seconds
    assert harness.state(car, *DOORS).state == "locked"
    assert ends.told == [UNLOCKED, LOCKED]


@pytest.mark.usefixtures("impatient")
async def test_one_that_is_lost_is_asked_for(harness: Harness, car: Car, way: Way, ends: Ends) -> None:
    """The vendor's first answer is an error, the last one has the end."""
    await way.add_account()
    harness.vendor.faults.add(MessageFault(times=None, lose=True))
    harness.vendor.faults.add(Fault(method="GET", path="*/remotes/*", status=500))

    await harness.call(car, *UNLOCK)

    answers = [question.status for question in way.asked]
    assert (answers[0], answers[-1]) == (500, 200)
    if way.told:
        assert len(answers) == 2
    assert harness.state(car, *DOORS).state == "unlocked"
    assert ends.told == [UNLOCKED]


async def test_a_remote_without_an_end_times_out(harness: Harness, car: Car, way: Way, ends: Ends) -> None:
    """The vendor is asked at growing intervals, and after 180 seconds; then the person is told."""
    speed = SPEED / 4  # or the questions, each after the answer to the one before, are late on a slow machine
    way.be_impatient(speed)
    await way.add_account()
    harness.vendor.speed = STANDSTILL

    error = await harness.failure(harness.call(car, *UNLOCK))

    assert error.translation_key == "command_timeout"
    assert "Peugeot e-208" in str(error)
    assert "Accepted" in str(error)
    [post] = posts(harness)
    waited = [(question.at - post.at) * speed for question in way.asked]
    due = (20, 60, 120, 180) if way.told else (5, 10, 20, 40, 80, 150, 180)
    assert [seconds >= least for seconds, least in zip(waited, due, strict=True)] == [True] * len(due)
    assert harness.state(car, *DOORS).state == "locked"
    assert ends.told == [("timed_out", "doors", "unlock", None)]


@pytest.mark.usefixtures("impatient")
async def test_one_that_comes_after_the_time_out_is_taken_in(
    harness: Harness, car: Car, way: Way, ends: Ends, caplog: pytest.LogCaptureFixture
) -> None:
    await way.add_account()
    harness.vendor.speed = STANDSTILL
    await harness.failure(harness.call(car, *UNLOCK))
    harness.vendor.requests.clear()

    harness.vendor.speed = SPEED
    await harness.until(car, *DOORS, "unlocked")

    assert await count_reads(harness, way, car) == 1
    assert ends.told == [("timed_out", "doors", "unlock", None), UNLOCKED]
    assert harness.state(car, "event", "remote").attributes["duration"] > 180 / SPEED
    assert "Peugeot e-208: Doors: Success after" in caplog.text


# How it ends


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("messages", ["told", "lost"])
async def test_a_failure_is_told_with_its_cause(
    harness: Harness, car: Car, way: Way, ends: Ends, messages: str
) -> None:
    await way.add_account()
    harness.vendor.faults.add(MessageFault(times=None, lose=messages == "lost"))
    car.next_outcomes.append(Outcome("Failed", "DoorsOpen"))

    error = await harness.failure(harness.call(car, *UNLOCK))

    assert error.translation_key == "doors_open"
    assert harness.state(car, *DOORS).state == "locked"
    await way.arrive()
    assert ends.told == [("failed", "doors", "unlock", "doors_open")]


@pytest.mark.usefixtures("impatient")
async def test_a_remote_that_the_vendor_refuses_leaves_nothing_behind(
    harness: Harness, car: Car, way: Way, ends: Ends, subtests: pytest.Subtests
) -> None:
    await way.add_account()
    refusals: dict[str, dict[str, Any]] = {
        "rejected": {"status": 400, "body": {"message": "no such door"}},
        "forbidden": {"status": 403},
        "rate_limited": {"status": 429, "headers": {"Retry-After": "17"}},
        "vendor_error": {"status": 503},
    }
    for key, fault in refusals.items():
        with subtests.test(key):
            harness.vendor.faults.add(Fault(method="POST", path="*/remotes", **fault))
            assert (await harness.failure(harness.call(car, *UNLOCK))).translation_key == key
            assert harness.state(car, *DOORS).state == "locked"

    assert not way.statuses
    assert not way.asked
    await harness.call(car, *UNLOCK)
    assert ends.told == [*(("failed", "doors", "unlock", key) for key in refusals), UNLOCKED]


LOST: Final[dict[str, dict[str, Any]]] = {
    "drop": {"drop": True},
    "500": {"status": 500},
    "HTML": {"body": "<html>Welcome</html>"},
    "no id": {"status": 202},
}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("messages", ["told", "lost"])
async def test_a_remote_whose_answer_is_lost_is_carried_out_once(
    harness: Harness, car: Car, way: Way, messages: str, subtests: pytest.Subtests
) -> None:
    await way.add_account()
    if messages == "lost":
        harness.vendor.faults.add(MessageFault(times=None, lose=True))
    for number, (name, fault) in enumerate(LOST.items(), 1):
        with subtests.test(name):
            harness.vendor.faults.add(Fault(method="POST", path="*/remotes", after=True, **fault))
            wanted = "unlock" if car.locked else "lock"
            await harness.call(car, *DOORS, wanted)
            assert car.locked is (wanted == "lock")
            assert len(posts(harness)) == number
            state = harness.state(car, "event", "remote")
            assert (state.attributes["event_type"], state.attributes["action"]) == ("success", wanted)


async def test_a_callback_that_the_vendor_has_forgotten_is_made_again(
    harness: Harness, car: Car, way: Way, ends: Ends
) -> None:
    await way.add_account()
    harness.vendor.delete_callback(only_callback(harness))

    await harness.call(car, *UNLOCK)

    assert [post.status for post in posts(harness)] == [404, 202]
    assert len(harness.vendor.callbacks) == 1
    assert ends.told == [UNLOCKED]


# A restart in the middle


def tasks_of_ours() -> list[str]:
    return [repr(task) for task in asyncio.all_tasks() if "custom_components/stellantis" in repr(task)]


async def test_an_unload_interrupts_what_runs_and_what_waits(harness: Harness, car: Car, way: Way) -> None:
    entry = await way.add_account()
    harness.vendor.speed = STANDSTILL
    runs, waits = harness.start(car, *UNLOCK), harness.start(car, "button", "horn", "press")
    await harness.vendor.wait_for_request("POST", "/remotes")

    assert await harness.hass.config_entries.async_unload(entry.entry_id)

    for calling, key in ((runs, "command_interrupted"), (waits, "command_not_sent")):
        error = await harness.failure(calling)
        assert error.translation_key == key
        assert "Peugeot e-208" in str(error)
    assert len(posts(harness)) == 1
    assert not tasks_of_ours()


@pytest.mark.parametrize(
    ("outcomes", "state", "reads"),
    [
        pytest.param([], "unlocked", 1, id="success"),
        pytest.param([Outcome("Failed", "VehicleInUse")], "locked", 0, id="failure"),
    ],
)
async def test_an_end_that_comes_after_a_restart_is_taken_in_once(
    harness: Harness, car: Car, way: Way, ends: Ends, outcomes: list[Outcome], state: str, reads: int
) -> None:
    entry = await way.add_account()
    car.next_outcomes.extend(outcomes)
    harness.vendor.faults.add(MessageFault(times=None, double=True))
    harness.vendor.speed = STANDSTILL
    calling = harness.start(car, *UNLOCK)
    await harness.vendor.wait_for_request("POST", "/remotes")
    await harness.reload(entry)
    assert (await harness.failure(calling)).translation_key == "command_interrupted"
    assert harness.state(car, *DOORS).state == "locked"
    harness.vendor.requests.clear()

    harness.vendor.speed = SPEED
    await way.arrive()

    assert await count_reads(harness, way, car) == reads
    assert harness.state(car, *DOORS).state == state
    assert ends.told == [("failed", "doors", "unlock", "vehicle_in_use") if outcomes else UNLOCKED]
    assert harness.state(car, "event", "remote").attributes["duration"] >= 0


async def test_an_end_that_no_message_tells_is_asked_for_after_a_restart(
    harness: Harness, car: Car, way: Way, ends: Ends
) -> None:
    entry = await way.add_account()
    harness.vendor.faults.add(MessageFault(times=None, lose=True))
    harness.vendor.speed = STANDSTILL
    calling = harness.start(car, "switch", "lights", "turn_on")
    await harness.vendor.wait_for_request("POST", "/remotes")
    await harness.reload(entry)
    assert (await harness.failure(calling)).translation_key == "command_interrupted"

    harness.vendor.speed = SPEED
    await ended(harness)
    await harness.pass_time(seconds=20)

    assert harness.state(car, "switch", "lights").state == "on"
    assert ends.told == [("success", "lights", "turn_on", None)]


@pytest.mark.parametrize("messages", ["told", "lost"])
async def test_an_end_from_while_home_assistant_is_down_is_known_after_the_start(
    harness: Harness, car: Car, way: Way, ends: Ends, messages: str
) -> None:
    """No report tells of the lights: their state is that of the remote."""
    entry = await way.add_account()
    harness.vendor.faults.add(MessageFault(times=None, lose=messages == "lost"))
    harness.vendor.speed = STANDSTILL
    calling = harness.start(car, "switch", "lights", "turn_on")
    await harness.vendor.wait_for_request("POST", "/remotes")
    assert await harness.hass.config_entries.async_unload(entry.entry_id)
    assert (await harness.failure(calling)).translation_key == "command_interrupted"
    harness.vendor.speed = SPEED
    await ended(harness)
    if not way.keeps:
        await harness.vendor.idle()  # all messages have gone nowhere

    assert await harness.hass.config_entries.async_setup(entry.entry_id)
    await way.connected()
    await way.arrive()

    if not (way.keeps and messages == "told"):
        await harness.pass_time(seconds=20)
        assert way.asked or way.listed
    assert harness.state(car, "switch", "lights").state == "on"
    assert ends.told == [("success", "lights", "turn_on", None)]
    assert not harness.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
