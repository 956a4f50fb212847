"""Remotes that are refused, interrupted, left by their caller, or followed over a restart."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.account import commands as commands_module
from custom_components.stellantis.account import questions
from custom_components.stellantis.account.outcomes import UNKNOWN_ACTION, Result
from custom_components.stellantis.api.errors import (
    BadAnswerError,
    ForbiddenError,
    HungUpError,
    NoAnswerError,
    NoDataError,
    StellantisError,
    UnreachableError,
    VendorError,
)
from custom_components.stellantis.api.remotes import LockDoors, Progress, SoundHorn, SwitchLights, UserRemote, WakeUp
from custom_components.stellantis.api.status import Doors, Status

from .bench import Bench, failure
from .parts import ACCEPTED, DOORS_OPEN, SUCCESS, make_car, remote_message

WAKING_UP = Progress("WakingUpVehicle", done=False)
TOO_MANY_WAKE_UPS = Progress("TooManyWakeUpsOverMonth", done=True)


async def leave(calling: asyncio.Task[None]) -> None:
    """Let a caller go away."""
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling


# The vendor refuses


def without_token() -> StellantisError:
    """Make an error of a request that is not sent, for the identity provider did not answer with a token."""
    error = NoAnswerError()
    error.before_request = True
    return error


@pytest.mark.parametrize(
    ("error", "key"),
    [(ForbiddenError(), "forbidden"), (UnreachableError(), "cannot_connect"), (without_token(), "cannot_connect")],
)
async def test_a_remote_that_is_not_accepted_is_told(bench: Bench, error: StellantisError, key: str) -> None:
    bench.vendor.refusals = [error]
    assert await failure(bench.start(WakeUp())) == key
    assert [(outcome.result, outcome.failure_cause, outcome.duration) for outcome in bench.told] == [
        (Result.FAILED, key, None)
    ]
    assert (len(bench.vendor.posts), bench.sent, bench.repairs) == (1, [], 0)
    assert bench.wake_ups["one"].count == 0


async def test_a_callback_that_the_vendor_does_not_know_is_repaired_once(bench: Bench) -> None:
    bench.vendor.refusals = [NoDataError()]
    calling = bench.start(LockDoors(True))
    assert [callback_id for _, callback_id, _ in bench.vendor.posts] == ["callback", "callback, repaired 1 times"]
    bench.message(2)
    await calling
    bench.vendor.refusals = [NoDataError(), NoDataError()]
    assert await failure(bench.start(LockDoors(True))) == "no_data"
    assert (len(bench.vendor.posts), bench.repairs) == (4, 2)
    assert [outcome.result for outcome in bench.told] == [Result.SUCCESS, Result.FAILED]


async def test_a_callback_that_cannot_be_repaired_is_said(bench: Bench) -> None:
    bench.has_address = False
    bench.vendor.refusals = [NoDataError()]
    assert await failure(bench.start(LockDoors(True))) == "no_url"
    assert len(bench.vendor.posts) == 1


# The answer is lost: the vendor may have accepted the remote all the same


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "LOOK_AFTER", (0.0, 0.01))


LOST = (BadAnswerError("half an answer"), HungUpError(), NoAnswerError(), VendorError(502))


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize("error", LOST, ids=repr)
async def test_a_remote_whose_answer_was_lost_is_found_in_the_list(bench: Bench, error: StellantisError) -> None:
    bench.vendor.answering.clear()
    bench.vendor.refusals = [error]
    calling = bench.start(WakeUp())
    bench.vendor.listed = [UserRemote(id="lost", type="WakeUp", label=bench.vendor.labels[0], progress=ACCEPTED)]
    bench.vendor.answering.set()
    await bench.until_sent(1)
    assert (bench.sent, bench.wake_ups["one"].count, bench.told) == ([WakeUp()], 1, [])
    bench.commands.handle(remote_message("lost", "one"))
    await calling
    assert len(bench.vendor.posts) == 1
    assert [(outcome.result, outcome.action) for outcome in bench.told] == [(Result.SUCCESS, "wake_up")]


@pytest.mark.usefixtures("hurry")
async def test_a_remote_whose_answer_was_lost_may_have_ended_when_it_is_found(bench: Bench) -> None:
    bench.vendor.answering.clear()
    bench.vendor.refusals = [NoAnswerError()]
    calling = bench.start(LockDoors(True))
    bench.vendor.listed = [UserRemote(id="lost", type="Doors", label=bench.vendor.labels[0], progress=SUCCESS)]
    bench.vendor.answering.set()
    await calling
    assert bench.locked() is True


@pytest.mark.usefixtures("hurry")
async def test_a_remote_without_a_label_may_be_the_lost_one_if_it_is_pending_and_does_the_same(bench: Bench) -> None:
    bench.vendor.refusals = [NoAnswerError()]
    others = [
        UserRemote(id="horn", type="Horn", label=None, progress=ACCEPTED),
        UserRemote(id="unlock", type="Doors", label=None, action=LockDoors(False).body, progress=ACCEPTED),
    ]
    lost = UserRemote(id="lost", type="Doors", label=None, action=LockDoors(True).body, progress=ACCEPTED)
    bench.vendor.listed = [*others, lost]
    calling = bench.start(LockDoors(True))
    await bench.until_sent(1)
    bench.commands.handle(remote_message("lost", "one"))
    await calling
    assert [(outcome.result, outcome.action) for outcome in bench.told] == [(Result.SUCCESS, "lock")]


UNCERTAIN = {
    "it has ended, perhaps long ago": [UserRemote(id="old", type="Doors", label=None, progress=SUCCESS)],
    "it has no status": [UserRemote(id="old", type="Doors", label=None, progress=None)],
    "there are two": [UserRemote(id=name, type="Doors", label=None, progress=ACCEPTED) for name in "ab"],
}


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize("listed", UNCERTAIN.values(), ids=UNCERTAIN)
async def test_a_list_that_does_not_tell_one_remote_from_another_proves_nothing(
    bench: Bench, listed: list[UserRemote]
) -> None:
    bench.vendor.refusals = [VendorError(502)]
    bench.vendor.listed = listed
    assert await failure(bench.start(LockDoors(True))) == "command_unanswered"
    assert bench.locked() is None


@pytest.mark.usefixtures("hurry")
async def test_a_list_without_the_remote_proves_nothing_while_the_request_may_be_on_its_way(bench: Bench) -> None:
    bench.vendor.refusals = [NoAnswerError()]
    assert await failure(bench.start(LockDoors(True))) == "command_unanswered"
    assert set(bench.commands.as_dict("one")["sent"]) == set(bench.vendor.labels)
    for seconds in (21, 61, 121, 301, 601, 1201, 2401, 3601):
        await bench.pass_time(seconds)
    assert bench.commands.as_dict("one")["sent"] == {}, "the vendor has not listed it for an hour"


@pytest.mark.usefixtures("hurry")
async def test_of_two_remotes_whose_answers_were_lost_the_list_tells_which_one_a_message_is_about(
    bench: Bench,
) -> None:
    bench.vendor.refusals = [NoAnswerError()]
    assert await failure(bench.start(LockDoors(True))) == "command_unanswered"
    bench.vendor.answering.clear()
    bench.vendor.refusals = [NoAnswerError()]
    second = bench.start(LockDoors(False))
    bench.message(2)
    bench.vendor.looks = [VendorError(503)]
    bench.vendor.listed = [UserRemote(id="remote 2", type="Doors", label=bench.vendor.labels[1], progress=SUCCESS)]
    bench.vendor.answering.set()
    await second
    assert [(outcome.result, outcome.action) for outcome in bench.told] == [
        (Result.FAILED, "lock"),
        (Result.SUCCESS, "unlock"),
    ]
    assert bench.locked() is False


async def test_what_a_message_tells_of_one_of_two_lost_remotes_is_asked_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One was sent before a restart, the other one after it."""
    monkeypatch.setattr(questions, "LOOK_AFTER", (0.0,))
    monkeypatch.setattr(commands_module, "GIVE_UP_AFTER", 0.0)
    sent = {"Doors 1": {"type": "Doors", "action": "lock", "label": "Doors 1", "sent_at": dt_util.utcnow().isoformat()}}
    bench.commands.restore("one", {"sent": sent})
    bench.vendor.refusals = [NoAnswerError()]
    assert await failure(bench.start(LockDoors(False))) == "command_unanswered"
    labels = {"lost": bench.vendor.labels[0], "earlier": "Doors 1"}
    bench.vendor.listed = [
        UserRemote(id=name, type="Doors", label=label, progress=SUCCESS) for name, label in labels.items()
    ]
    bench.commands.handle(remote_message("earlier", "one", SUCCESS, remote_type="Doors"))
    await bench.settle()
    assert sorted(outcome.action for outcome in bench.told if outcome.result is Result.SUCCESS) == ["lock", "unlock"]


async def test_a_message_without_a_type_belongs_to_no_lost_remote(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "LOOK_AFTER", (0.0,))
    bench.vendor.refusals = [NoAnswerError()]
    assert await failure(bench.start(LockDoors(True))) == "command_unanswered"
    bench.message(77)
    assert bench.locked() is None


@pytest.mark.parametrize("early", [False, True])
async def test_a_message_shows_that_a_remote_was_accepted(bench: Bench, *, early: bool) -> None:
    bench.vendor.looks = [VendorError(503)] * 9
    bench.vendor.refusals = [NoAnswerError()]
    if early:
        bench.vendor.answering.clear()
    calling = bench.start(LockDoors(True))
    bench.message(1, ACCEPTED)
    bench.vendor.answering.set()
    await bench.until_sent(1)
    assert bench.told == []
    bench.message(1)
    await calling
    assert [(outcome.result, outcome.action) for outcome in bench.told] == [(Result.SUCCESS, "lock")]


@pytest.mark.usefixtures("hurry")
async def test_a_remote_that_the_vendor_does_not_list_was_not_accepted(bench: Bench) -> None:
    bench.vendor.refusals = [VendorError(502)]
    bench.vendor.listed = [UserRemote(id="another", type="Doors", label="Doors of another", progress=SUCCESS)]
    assert await failure(bench.start(LockDoors(True))) == "vendor_error"
    assert [(outcome.result, outcome.failure_cause) for outcome in bench.told] == [(Result.FAILED, "vendor_error")]
    assert bench.sent == []


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize("told_by", ["message", "list"])
async def test_what_becomes_of_a_remote_that_could_not_be_found_is_learnt_later(bench: Bench, told_by: str) -> None:
    bench.vendor.refusals = [NoAnswerError()]
    bench.vendor.looks = [HungUpError(), VendorError(500)]
    assert await failure(bench.start(LockDoors(True))) == "command_unanswered"
    [outcome] = bench.told
    assert (outcome.result, outcome.failure_cause) == (Result.FAILED, "command_unanswered")
    if told_by == "message":
        bench.message(1)
    else:
        bench.vendor.listed = [
            UserRemote(id="lost", type="Doors", label=bench.vendor.labels[0], progress=None),
        ]
        bench.vendor.progress = SUCCESS
        await bench.pass_time(21)
        assert bench.sent == [LockDoors(True)]
        await bench.pass_time(21)
    assert bench.locked() is True
    [_, outcome] = bench.told
    assert (outcome.result, outcome.action) == (Result.SUCCESS, "lock")
    assert len(bench.vendor.posts) == 1


# Nobody waits any more


async def test_close_ends_all_who_wait(bench: Bench) -> None:
    under_way, in_line = bench.start(LockDoors(True)), bench.start(SoundHorn())
    bench.vendor.answering.clear()
    being_posted = bench.start(LockDoors(True), "two")
    bench.commands.close()
    for calling in (under_way, being_posted):
        assert await failure(calling) == "command_interrupted"
    for calling in (in_line, bench.start(SoundHorn())):
        assert await failure(calling) == "command_not_sent"
    assert len(bench.vendor.posts) == 2
    assert bench.told == []
    assert all(car.first_pending(LockDoors) is None for car in bench.cars.values())


async def test_an_end_after_close_reaches_nobody(bench: Bench) -> None:
    calling = bench.start(LockDoors(True))
    bench.commands.close()
    bench.message(1)
    assert await failure(calling) == "command_interrupted"
    assert bench.locked() is True


async def test_a_remote_goes_on_without_its_caller(bench: Bench) -> None:
    calling = bench.start(LockDoors(True))
    bench.message(1, ACCEPTED)
    await leave(calling)
    assert bench.cars["one"].first_pending(LockDoors) == LockDoors(True), "it is still under way"
    bench.message(1)
    await bench.settle()
    assert (bench.locked(), bench.cars["one"].first_pending(LockDoors)) == (True, None)
    assert [outcome.result for outcome in bench.told] == [Result.SUCCESS]


async def test_a_caller_who_goes_away_before_the_answer_leaves_the_remote_to_its_end(bench: Bench) -> None:
    bench.vendor.answering.clear()
    await leave(bench.start(LockDoors(True)))
    bench.message(1)
    assert bench.told == [], "the message waits for the answer"
    bench.vendor.answering.set()
    await bench.settle()
    assert bench.sent == [LockDoors(True)]
    assert bench.locked() is True
    assert [(outcome.result, outcome.action) for outcome in bench.told] == [(Result.SUCCESS, "lock")]


async def test_a_refusal_that_nobody_waits_for_is_told_all_the_same(bench: Bench) -> None:
    bench.vendor.answering.clear()
    bench.vendor.refusals = [ForbiddenError()]
    await leave(bench.start(LockDoors(True)))
    bench.vendor.answering.set()
    await bench.settle()
    assert [(outcome.result, outcome.failure_cause) for outcome in bench.told] == [(Result.FAILED, "forbidden")]


@pytest.mark.parametrize("answered", [False, True])
async def test_the_next_remote_waits_for_the_end_of_one_without_a_caller(bench: Bench, *, answered: bool) -> None:
    """Or the vendor refuses it, for the car does something already."""
    if not answered:
        bench.vendor.answering.clear()
    await leave(bench.start(LockDoors(True)))
    second = bench.start(LockDoors(False))
    bench.vendor.answering.set()
    bench.message(1, ACCEPTED)
    assert await bench.vendor.arrived.get() == LockDoors(True)
    assert bench.vendor.arrived.empty()
    bench.message(1)
    assert await bench.vendor.arrived.get() == LockDoors(False)
    bench.message(2)
    await second
    assert bench.locked() is False
    assert [outcome.result for outcome in bench.told] == [Result.SUCCESS] * 2


async def test_an_end_that_no_message_tells_is_asked_for_without_a_caller(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "CHECK_AFTER", (0.01,))
    await leave(bench.start(LockDoors(True)))
    bench.vendor.progress = SUCCESS
    await bench.settle()
    assert bench.locked() is True
    assert [outcome.result for outcome in bench.told] == [Result.SUCCESS]


async def test_close_ends_a_post_that_nobody_waits_for(bench: Bench) -> None:
    bench.vendor.answering.clear()
    await leave(bench.start(LockDoors(True)))
    bench.commands.close()
    bench.vendor.answering.set()
    await bench.settle()
    assert (bench.sent, bench.told) == ([], [])


async def test_who_waits_in_line_and_goes_away_has_nothing_sent(bench: Bench) -> None:
    first, second = bench.start(LockDoors(True)), bench.start(SoundHorn())
    await leave(second)
    bench.message(1)
    await first
    assert [remote for *_, remote in bench.vendor.posts] == [LockDoors(True)]


# Wake-ups


async def test_wake_ups_are_counted_up_to_the_limit(bench: Bench) -> None:
    for number in (1, 2):
        calling = bench.start(WakeUp())
        bench.message(number, WAKING_UP)
        bench.message(number)
        await calling
    assert bench.wake_ups["one"].count == 2
    assert await failure(bench.start(WakeUp())) == "wake_up_limit"
    assert len(bench.vendor.posts) == 2
    calling = bench.start(WakeUp(), "two")
    assert len(bench.vendor.posts) == 3, "each car has a count of its own"
    bench.message(3, vin="two")
    await calling


async def test_a_remote_that_wakes_the_car_counts_once(bench: Bench) -> None:
    calling = bench.start(LockDoors(True))
    assert bench.wake_ups["one"].count == 0
    bench.message(1, WAKING_UP)
    bench.message(1, WAKING_UP)
    bench.message(1)
    await calling
    assert bench.wake_ups["one"].count == 1


@pytest.mark.parametrize("before", [[], [WAKING_UP]])
async def test_a_wake_up_that_the_vendor_refuses_does_not_count(bench: Bench, before: list[Progress]) -> None:
    bench.wake_ups["one"].add(dt_util.utcnow())
    calling = bench.start(LockDoors(True))
    for progress in (*before, TOO_MANY_WAKE_UPS):
        bench.message(1, progress)
    assert await failure(calling) == "too_many_wake_ups"
    assert (bench.wake_ups["one"].count, bench.wake_ups["one"].refused) == (1, True)
    assert not bench.wake_ups["two"].refused


async def test_a_wake_up_counts_although_it_is_told_after_the_end(bench: Bench) -> None:
    calling = bench.start(LockDoors(True))
    bench.message(1)
    bench.message(1, WAKING_UP)
    bench.message(1, WAKING_UP)
    await calling
    assert bench.wake_ups["one"].count == 1


@pytest.mark.parametrize("status", ["TooManyWakeUpsOverMonth", "TooManyWakesUpsOverMonth"])
@pytest.mark.parametrize("kind", ["Pending", "Done"])
async def test_a_wake_up_that_is_refused_does_not_count_afterwards(bench: Bench, status: str, kind: str) -> None:
    refused = Progress.parse({"type": kind, "status": status})
    assert refused
    calling = bench.start(LockDoors(True))
    bench.message(1, refused)
    bench.message(1, WAKING_UP)
    assert await failure(calling) == "too_many_wake_ups"
    assert (bench.wake_ups["one"].count, bench.wake_ups["one"].refused) == (0, True)


@pytest.mark.parametrize("told", [[TOO_MANY_WAKE_UPS], [WAKING_UP, TOO_MANY_WAKE_UPS]])
async def test_a_wake_up_that_is_refused_after_a_restart_does_not_count(bench: Bench, told: list[Progress]) -> None:
    await leave(bench.start(WakeUp()))
    stored = bench.commands.as_dict("one")
    assert bench.wake_ups["one"].count == 1
    await bench.async_restart()
    bench.commands.restore("one", stored)
    for progress in told:
        bench.message(1, progress)
    assert (bench.wake_ups["one"].count, bench.wake_ups["one"].refused) == (0, True)
    assert [outcome.failure_cause for outcome in bench.told] == ["too_many_wake_ups"]


async def test_a_refusal_is_shown_by_a_car_that_has_left_and_come_back(
    bench: Bench, hass: HomeAssistant, entry: ConfigEntry[Any]
) -> None:
    calling = bench.start(WakeUp())
    await bench.until_sent(1)
    before, bench.cars["one"] = bench.cars["one"], make_car(hass, entry, bench.vendor, "one")
    await before.async_shutdown()
    shown: list[bool] = []
    stop = bench.cars["one"].async_add_listener(lambda: shown.append(bench.wake_ups["one"].refused))
    bench.message(1, TOO_MANY_WAKE_UPS)
    assert await failure(calling) == "too_many_wake_ups"
    assert shown == [True]
    stop()


# An end that had to be asked for


async def test_an_end_that_is_learnt_late_does_not_undo_a_newer_remote(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands_module, "GIVE_UP_AFTER", 0.0)
    assert await failure(bench.start(LockDoors(True))) == "command_timeout"
    monkeypatch.setattr(commands_module, "GIVE_UP_AFTER", 60.0)
    second = bench.start(LockDoors(False))
    bench.message(2, date=dt_util.utcnow())
    await second
    bench.vendor.progress = SUCCESS
    await bench.pass_time(21)
    assert [outcome.action for outcome in bench.told if outcome.result is Result.SUCCESS] == ["unlock", "lock"]
    assert bench.locked() is False


async def test_an_end_that_is_learnt_late_does_not_undo_a_newer_report(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands_module, "GIVE_UP_AFTER", 0.0)
    assert await failure(bench.start(LockDoors(True))) == "command_timeout"
    bench.cars["one"].async_report(Status(doors=Doors(at=dt_util.utcnow(), locked=False)))
    bench.vendor.progress = SUCCESS
    await bench.pass_time(21)
    assert bench.told[-1].result is Result.SUCCESS
    assert bench.locked() is False


async def test_what_is_switched_after_a_restart_is_not_undone_by_an_earlier_remote(bench: Bench) -> None:
    sent_at = (dt_util.utcnow() - timedelta(minutes=4)).isoformat()
    bench.commands.restore("one", {"sent": {"1": {"type": "Lights", "action": "turn_on", "sent_at": sent_at}}})
    calling = bench.start(SwitchLights(on=False))
    bench.message(1)
    await calling
    bench.vendor.progress = SUCCESS
    await bench.pass_time(61)
    assert [outcome.action for outcome in bench.told] == ["turn_off", "turn_on"]
    lights = bench.cars["one"].data.lights
    assert lights
    assert lights.on is False


async def test_a_late_end_that_changes_nothing_is_saved_too(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands_module, "GIVE_UP_AFTER", 0.0)
    assert await failure(bench.start(SoundHorn())) == "command_timeout"
    saved: list[dict[str, Any]] = []
    bench.cars["one"].async_add_listener(lambda: saved.append(bench.commands.as_dict("one")))
    bench.message(1)
    assert saved[-1] == {"sent": {}, "ended": ["remote 1"], "wake_ups": []}


# From before a restart


async def test_the_next_remote_waits_for_one_from_just_before_a_restart(bench: Bench) -> None:
    """Or the vendor refuses it."""
    sent = {"1": {"type": "Doors", "action": "unlock", "sent_at": dt_util.utcnow().isoformat()}}
    bench.commands.restore("one", {"sent": sent})
    calling = bench.start(LockDoors(True))
    assert bench.cars["one"].first_pending(LockDoors) == LockDoors(True)
    assert bench.vendor.posts == []
    bench.commands.handle(remote_message("1", "one"))
    await bench.vendor.arrived.get()
    bench.message(1)
    await calling
    assert [outcome.action for outcome in bench.told] == ["unlock", "lock"]


async def test_the_next_remote_does_not_wait_for_one_of_which_the_vendor_knows_the_end(bench: Bench) -> None:
    sent = {"1": {"type": "Doors", "action": "unlock", "sent_at": dt_util.utcnow().isoformat()}}
    bench.commands.restore("one", {"sent": sent})
    bench.vendor.progress = SUCCESS
    calling = bench.start(LockDoors(True))
    await bench.vendor.arrived.get()
    bench.message(1)
    await calling


async def test_the_next_remote_does_not_wait_for_ever(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = {"1": {"type": "Doors", "action": "unlock", "sent_at": dt_util.utcnow().isoformat()}}
    bench.commands.restore("one", {"sent": sent})
    monkeypatch.setattr(commands_module, "GIVE_UP_AFTER", 0.5)
    calling = bench.start(LockDoors(True))
    await bench.vendor.arrived.get()
    bench.message(1)
    await calling


async def test_a_wake_up_that_is_found_after_a_restart_counts(bench: Bench) -> None:
    bench.vendor.answering.clear()
    await leave(bench.start(WakeUp()))
    stored = bench.commands.as_dict("one")
    await bench.async_restart()
    bench.commands.restore("one", stored)
    bench.vendor.listed = [UserRemote(id="1", type="WakeUp", label=bench.vendor.labels[0], progress=SUCCESS)]
    await bench.pass_time(21)
    assert bench.wake_ups["one"].count == 1


async def test_a_remote_that_a_message_identifies_after_a_restart_is_asked_for(bench: Bench) -> None:
    bench.vendor.answering.clear()
    await leave(bench.start(LockDoors(True)))
    stored = bench.commands.as_dict("one")
    await bench.async_restart()
    bench.commands.restore("one", stored)
    bench.message(1, ACCEPTED)
    bench.vendor.progress = SUCCESS
    await bench.pass_time(21)
    assert [(outcome.result, outcome.action) for outcome in bench.told] == [(Result.SUCCESS, "lock")]


async def test_a_car_that_has_come_back_learns_the_end(
    hass: HomeAssistant, entry: ConfigEntry[Any], bench: Bench
) -> None:
    await leave(bench.start(LockDoors(False)))
    stored = bench.commands.as_dict("one")
    old = bench.cars["one"]
    bench.cars["one"] = make_car(hass, entry, bench.vendor, "one")
    bench.commands.restore("one", stored)
    bench.message(1)
    assert bench.locked() is False
    await old.async_shutdown()


async def test_nothing_is_read_after_the_end(bench: Bench) -> None:
    calling = bench.start(WakeUp())
    bench.commands.close()
    assert await failure(calling) == "command_interrupted"
    bench.message(1)
    await bench.settle()
    assert bench.vendor.reads == []


async def test_the_end_of_a_remote_is_asked_for_after_a_restart(bench: Bench) -> None:
    minute_ago, day_ago = (dt_util.utcnow() - age for age in (timedelta(minutes=1), timedelta(days=1)))
    sent = {
        name: {"type": "Doors", "action": "lock", "sent_at": sent_at.isoformat()}
        for name, sent_at in {"1": minute_ago, "2": day_ago}.items()
    }
    bench.commands.restore("one", {"sent": sent})
    bench.vendor.progress = ACCEPTED
    await bench.pass_time(61)
    assert (bench.vendor.asked, bench.told) == (1, [])
    bench.vendor.progress = SUCCESS
    bench.has_callback = False
    await bench.pass_time(181)
    assert bench.vendor.asked == 1
    bench.has_callback = True
    await bench.pass_time(301)
    assert [(outcome.result, outcome.action) for outcome in bench.told] == [(Result.SUCCESS, "lock")]
    assert bench.vendor.asked == 2


async def test_after_a_long_time_off_the_end_that_no_message_tells_is_asked_for_once(bench: Bench) -> None:
    bench.is_told = False
    day_ago = (dt_util.utcnow() - timedelta(days=1)).isoformat()
    sent = {name: {"type": "Doors", "action": "lock", "sent_at": day_ago} for name in ("1", "2")}
    bench.vendor.progress = SUCCESS
    bench.vendor.when_asked = lambda: setattr(bench.vendor, "progress", SUCCESS if bench.vendor.asked == 1 else None)
    bench.commands.restore("one", {"sent": sent})
    await bench.pass_time(1)
    assert [(outcome.result, outcome.action) for outcome in bench.told] == [(Result.SUCCESS, "lock")]
    await bench.pass_time(3601)
    assert bench.vendor.asked == 2


@pytest.mark.parametrize("told_by", ["message", "list", "list and progress"])
async def test_a_remote_without_an_answer_is_followed_over_a_restart(bench: Bench, told_by: str) -> None:
    bench.vendor.answering.clear()
    await leave(bench.start(LockDoors(True)))
    stored = bench.commands.as_dict("one")
    await bench.async_restart()
    bench.commands.restore("one", stored)
    assert bench.commands.as_dict("one") == stored, "a second restart forgets nothing"
    await bench.pass_time(21)
    assert bench.told == []
    if told_by == "message":
        bench.commands.handle(replace(remote_message("7", "one", DOORS_OPEN), remote_type="Horn"))
        bench.commands.handle(replace(remote_message("remote 1", "one", ACCEPTED), remote_type="Doors"))
        bench.message(1)
    else:
        progress = SUCCESS if told_by == "list" else None
        bench.vendor.listed = [UserRemote(id="1", type="Doors", label=bench.vendor.labels[0], progress=progress)]
        bench.vendor.progress = SUCCESS
        await bench.pass_time(41)
        await bench.pass_time(41)
    assert [outcome.action for outcome in bench.told if outcome.result is Result.SUCCESS] == ["lock"]
    assert bench.commands.as_dict("one")["sent"] == {}


async def test_nothing_is_asked_about_a_car_that_has_left(bench: Bench) -> None:
    sent = {"1": {"type": "Doors", "action": "lock", "sent_at": dt_util.utcnow().isoformat()}}
    bench.commands.restore("one", {"sent": sent})
    car = bench.cars.pop("one")
    await bench.pass_time(21)
    assert bench.vendor.asked == 0
    bench.cars["one"] = car


async def test_a_remote_is_followed_over_a_restart(bench: Bench) -> None:
    sent_at = dt_util.utcnow()
    ended_at = sent_at + timedelta(seconds=2.5)
    sent = {"1": {"type": "Lights", "action": "turn_on", "sent_at": sent_at.isoformat()}}
    bench.commands.restore("one", {"sent": sent, "ended": []})
    bench.commands.handle(remote_message("1", "one", ACCEPTED, ended_at))
    assert bench.told == []
    bench.commands.handle(remote_message("1", "one", SUCCESS, ended_at))
    bench.commands.handle(remote_message("1", "one", DOORS_OPEN, ended_at))
    [outcome] = bench.told
    assert (outcome.result, outcome.remote, outcome.action) == (Result.SUCCESS, "lights", "turn_on")
    assert outcome.duration == 2.5
    lights = bench.cars["one"].data.lights
    assert lights
    assert (lights.on, lights.assumed) == (True, True)
    assert bench.commands.as_dict("one") == {"sent": {}, "ended": ["1"], "wake_ups": []}


async def test_a_remote_of_which_nothing_is_known_is_told_all_the_same(bench: Bench) -> None:
    bench.message(7, DOORS_OPEN)
    [outcome] = bench.told
    assert (outcome.result, outcome.remote, outcome.action) == (Result.FAILED, None, UNKNOWN_ACTION)
    assert (outcome.failure_cause, outcome.duration) == ("doors_open", None)


async def test_a_message_that_came_before_its_car_is_taken_in_with_it(bench: Bench) -> None:
    car = bench.cars.pop("two")
    bench.message(1, vin="two")
    assert bench.told == []
    bench.cars["two"] = car
    sent = {"remote 1": {"type": "Doors", "action": "lock", "sent_at": dt_util.utcnow().isoformat()}}
    bench.commands.restore("two", {"sent": sent})
    assert [(outcome.result, outcome.action) for outcome in bench.told] == [(Result.SUCCESS, "lock")]
