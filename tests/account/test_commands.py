"""A remote from the call to its end, with messages in orders that a real vendor cannot be made to send."""

import pytest

from custom_components.stellantis.account import commands as commands_module
from custom_components.stellantis.account import questions
from custom_components.stellantis.account.outcomes import Result
from custom_components.stellantis.api.remotes import LockDoors, Progress, SoundHorn

from .bench import Bench, failure
from .parts import ACCEPTED, DOORS_OPEN, SUCCESS

# How it ends


async def test_a_remote_returns_when_the_car_has_done_it(bench: Bench) -> None:
    car = bench.cars["one"]
    calling = bench.start(LockDoors(True))
    assert bench.vendor.posts == [("id of one", "callback", LockDoors(True))]
    assert bench.sent == [LockDoors(True)]
    bench.message(1, ACCEPTED)
    assert not calling.done()
    assert (bench.locked(), car.first_pending(LockDoors), bench.told) == (None, LockDoors(True), [])
    bench.message(1)
    await calling
    assert (bench.locked(), car.first_pending(LockDoors)) == (True, None)
    [outcome] = bench.told
    assert (outcome.result, outcome.remote, outcome.action) == (Result.SUCCESS, "doors", "lock")


async def test_what_was_done_already_is_a_success(bench: Bench) -> None:
    calling = bench.start(LockDoors(True))
    bench.message(1, Progress("AlreadyDone", done=True))
    await calling
    assert [outcome.result for outcome in bench.told] == [Result.ALREADY_DONE]
    assert bench.locked() is True


@pytest.mark.parametrize(
    ("progress", "key", "cause"),
    [
        (DOORS_OPEN, "doors_open", "doors_open"),
        (Progress("Failed", done=True), "unknown_cause", "Failed"),
        (Progress("Failed", done=True, failure_cause="Tomorrow"), "unknown_cause", "Tomorrow"),
    ],
)
async def test_the_cause_of_a_failure_is_named(bench: Bench, progress: Progress, key: str, cause: str) -> None:
    calling = bench.start(LockDoors(True))
    bench.message(1, progress)
    assert await failure(calling) == key
    assert [(outcome.result, outcome.failure_cause) for outcome in bench.told] == [(Result.FAILED, cause)]
    assert bench.locked() is None


@pytest.mark.parametrize("messages", [[SUCCESS], [SUCCESS, ACCEPTED], [ACCEPTED, SUCCESS], [SUCCESS, SUCCESS]])
async def test_messages_may_come_before_the_answer(bench: Bench, messages: list[Progress]) -> None:
    bench.vendor.answering.clear()
    calling = bench.start(LockDoors(True))
    for progress in messages:
        bench.message(1, progress)
    assert bench.told == []
    bench.vendor.answering.set()
    await calling
    assert [outcome.result for outcome in bench.told] == [Result.SUCCESS]


async def test_only_the_first_end_counts(bench: Bench) -> None:
    calling = bench.start(LockDoors(True))
    bench.message(1)
    bench.message(1, DOORS_OPEN)
    bench.message(1, ACCEPTED)
    await calling
    bench.message(1, DOORS_OPEN)
    assert [outcome.result for outcome in bench.told] == [Result.SUCCESS]


async def test_an_end_that_no_message_tells_is_asked_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "CHECK_AFTER", (0.01, 0.02))
    bench.vendor.progress = SUCCESS
    await bench.start(LockDoors(True))
    assert [outcome.result for outcome in bench.told] == [Result.SUCCESS]


async def test_an_end_that_no_message_tells_is_asked_for_once_more_before_giving_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands_module, "GIVE_UP_AFTER", 0.0)
    bench.vendor.progress = SUCCESS
    await bench.start(LockDoors(True))
    assert [outcome.result for outcome in bench.told] == [Result.SUCCESS]
    [sent_at] = bench.untold
    assert sent_at


async def test_an_end_that_a_message_tells_while_it_is_asked_for_is_told(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands_module, "GIVE_UP_AFTER", 0.0)
    bench.vendor.progress = SUCCESS
    bench.vendor.when_asked = lambda: bench.message(1)
    await bench.start(LockDoors(True))
    assert [outcome.result for outcome in bench.told] == [Result.SUCCESS]
    assert bench.untold == []


async def test_a_remote_that_is_under_way_has_no_end_to_be_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands_module, "GIVE_UP_AFTER", 0.0)
    bench.vendor.progress = ACCEPTED
    assert await failure(bench.start(LockDoors(True))) == "command_timeout"
    assert bench.untold == []


async def test_an_end_and_a_time_out_at_once_are_told_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands_module, "GIVE_UP_AFTER", 0.0)
    bench.vendor.when_asked = lambda: bench.message(1)
    await bench.start(LockDoors(True))
    assert [outcome.result for outcome in bench.told] == [Result.SUCCESS]


@pytest.mark.parametrize(
    ("is_told", "waits"),
    [
        (True, (20, 40, 60, 180, 300, 600, 1200, 1200)),
        (False, (5, 5, 10, 20, 40, 70, 150, 300, 600, 1200, 1200)),
    ],
)
async def test_the_vendor_is_asked_for_an_hour_although_nobody_waits(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, is_told: bool, waits: tuple[int, ...]
) -> None:
    bench.is_told = is_told
    monkeypatch.setattr(commands_module, "GIVE_UP_AFTER", 0.0)
    assert await failure(bench.start(LockDoors(True))) == "command_timeout"
    for seconds in waits:
        asked = bench.vendor.asked
        await bench.pass_time(seconds - 1)
        assert bench.vendor.asked == asked
        await bench.pass_time(seconds + 1)
        assert bench.vendor.asked == asked + 1
    await bench.pass_time(7200)
    assert bench.vendor.asked == asked + 1


async def test_an_end_that_is_asked_for_after_the_time_out_is_taken_in(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands_module, "GIVE_UP_AFTER", 0.0)
    assert await failure(bench.start(LockDoors(True))) == "command_timeout"
    bench.vendor.progress = SUCCESS
    await bench.pass_time(21)
    assert bench.locked() is True
    asked = bench.vendor.asked
    await bench.pass_time(3700)
    assert bench.vendor.asked == asked, "its end is known"


async def test_an_end_after_the_time_out_is_taken_in(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands_module, "GIVE_UP_AFTER", 0.0)
    assert await failure(bench.start(LockDoors(True))) == "command_timeout"
    assert bench.locked() is None
    bench.message(1)
    assert bench.locked() is True
    assert [outcome.result for outcome in bench.told] == [Result.TIMED_OUT, Result.SUCCESS]


# Turns


async def test_two_remotes_to_one_car_take_turns(bench: Bench) -> None:
    first, second = bench.start(LockDoors(True)), bench.start(SoundHorn())
    assert [remote for *_, remote in bench.vendor.posts] == [LockDoors(True)]
    assert bench.cars["one"].first_pending(SoundHorn) == SoundHorn(), "it shows although it waits"
    bench.message(1, DOORS_OPEN)
    assert await failure(first) == "doors_open"
    assert [remote for *_, remote in bench.vendor.posts] == [LockDoors(True), SoundHorn()]
    bench.message(2)
    await second


async def test_remotes_to_two_cars_do_not_wait_for_each_other(bench: Bench) -> None:
    first, second = bench.start(LockDoors(True)), bench.start(LockDoors(True), "two")
    assert [vehicle_id for vehicle_id, *_ in bench.vendor.posts] == ["id of one", "id of two"]
    bench.message(2, vin="two")
    await second
    assert not first.done()
    assert (bench.locked(), bench.locked("two")) == (None, True)
    bench.message(1)
    await first
