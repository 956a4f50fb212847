"""What a car can be asked to do, and how far it has come."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.stellantis.api import status
from custom_components.stellantis.api.remotes import (
    DeclareStolen,
    DelayCharging,
    Immobilize,
    LockDoors,
    Progress,
    Remote,
    SendDestinations,
    SetChargingPreferences,
    SetChargingSchedule,
    SetPreconditioningPrograms,
    SoundHorn,
    SwitchCharging,
    SwitchLights,
    SwitchPreconditioning,
    UserRemote,
    WakeUp,
    find_unreported,
)
from custom_components.stellantis.api.status import (
    ChargingStatus,
    PreconditioningStatus,
    Status,
)
from simulator.vendor import contract
from tests.helpers.junk import JUNK
from tests.helpers.remote_bodies import MORNING, NIGHT, ONCE, REMOTES, SYDNEY, TONIGHT

NOW = datetime(2026, 3, 1, tzinfo=UTC)

# What the vendor's tutorial does not have at all.
NEWER = (SetChargingPreferences, SetChargingSchedule)


@pytest.mark.parametrize(("remote", "kind", "body", "tutorial_body"), REMOTES)
def test_bodies(remote: Remote, kind: str, body: dict[str, Any], tutorial_body: dict[str, Any] | None) -> None:
    assert (remote.type, remote.body, remote.tutorial_body) == (kind, body, tutorial_body)
    assert contract.violation(contract.REMOTE["openapi"], remote.body) is None
    if not isinstance(remote, NEWER):
        assert contract.violation(contract.REMOTE["tutorial"], remote.tutorial_body or remote.body) is None


def preconditioning(reported: PreconditioningStatus) -> Status:
    """Return a status without a failure, which one that was reported before has to give way to."""
    return Status(preconditioning=status.Preconditioning(at=NOW, status=reported, earlier={"failure_cause": NOW}))


@pytest.mark.parametrize(
    ("remote", "outcome"),
    [
        (LockDoors(locked=True), Status(doors=status.Doors(at=NOW, locked=True))),
        (LockDoors(locked=False), Status(doors=status.Doors(at=NOW, locked=False))),
        (
            SwitchCharging(on=True),
            Status(charging=status.Charging(at=NOW, status=ChargingStatus.IN_PROGRESS)),
        ),
        (
            SwitchCharging(on=False),
            Status(charging=status.Charging(at=NOW, status=ChargingStatus.STOPPED)),
        ),
        (
            SwitchPreconditioning(on=True),
            preconditioning(PreconditioningStatus.ENABLED),
        ),
        (
            SwitchPreconditioning(on=False),
            preconditioning(PreconditioningStatus.DISABLED),
        ),
        # A report is worth reading, though nothing is known of what it says.
        (WakeUp(), Status()),
        (SoundHorn(), None),
        (SwitchLights(on=True, flash=True), None),
        (SwitchLights(on=True), Status(lights=status.Switched(at=NOW, on=True))),
        (Immobilize(on=True), Status(immobilization=status.Switched(at=NOW, on=True))),
        (DeclareStolen(on=False), Status(stolen=status.Switched(at=NOW, on=False))),
        (SendDestinations((SYDNEY,)), None),
        (
            DelayCharging(TONIGHT),
            Status(charging=status.Charging(at=NOW, delayed_start=timedelta(hours=22, minutes=30))),
        ),
        (SetChargingSchedule((NIGHT,)), Status(charging=status.Charging(at=NOW, programs=(NIGHT,)))),
        (SetChargingPreferences(level="Level3"), Status(charging=status.Charging(at=NOW, power_level="Level3"))),
        (SetChargingPreferences(extent="Full"), Status(charging=status.Charging(at=NOW, type="Full"))),
        (
            SetPreconditioningPrograms(programs=(MORNING,), deleted=(2,)),
            Status(preconditioning=status.Preconditioning(at=NOW, programs=(MORNING,))),
        ),
    ],
)
def test_what_is_assumed_after_a_success(remote: Remote, outcome: Status | None) -> None:
    expected = remote.expected_status(NOW)
    assert (expected is None) is (outcome is None)
    if expected and outcome:
        assert expected.blocks == {name: block.as_assumed() for name, block in outcome.blocks.items()}


def test_programs_that_are_known_are_sent_along() -> None:
    started = SwitchPreconditioning(on=True).completed((MORNING, ONCE))
    assert started.programs == (MORNING, ONCE)
    assert started == SwitchPreconditioning(on=True)
    changed = replace(ONCE, enabled=True)
    assert SetPreconditioningPrograms(programs=(changed,)).completed((MORNING, ONCE)).programs == (MORNING, changed)
    assert SetPreconditioningPrograms(deleted=(1,)).completed((MORNING, ONCE)).programs == (ONCE,)
    assert SetPreconditioningPrograms(programs=(MORNING,)).completed(()).programs == (MORNING,)


@pytest.mark.parametrize("remote", [remote for remote, *_ in REMOTES if not isinstance(remote, SwitchPreconditioning)])
def test_what_needs_no_more_is_sent_as_it_is(remote: Remote) -> None:
    assert remote.completed(()) == remote


# Status, whether it is the last one, whether the car has done it.
STATUSES = [
    ("Pending", "Accepted", False, False),
    ("Pending", "WakingUpVehicle", False, False),
    ("Pending", "CheckingVehicle", False, False),
    ("Pending", "SentToVehicle", False, False),
    ("Pending", "VehicleBatteryChargeTooLow", True, False),
    ("Pending", "TooManyWakeUpsOverMonth", True, False),
    ("Pending", "NeverHeardOf", False, False),
    ("Done", "Success", True, True),
    ("Done", "AlreadyDone", True, True),
    ("Done", "Failed", True, False),
    ("Done", "NeverHeardOf", True, False),
]


@pytest.mark.parametrize(("kind", "word", "done", "succeeded"), STATUSES)
def test_progress_in_a_message(kind: str, word: str, done: bool, succeeded: bool) -> None:
    progress = Progress.parse({"type": kind, "status": word})
    assert progress == Progress(word, done=done)
    assert progress.succeeded is succeeded
    assert progress.cause == word


@pytest.mark.parametrize(
    ("word", "done", "succeeded"),
    [(word, done and word != "NeverHeardOf", succeeded) for _, word, done, succeeded in STATUSES],
)
def test_progress_in_an_answer_has_no_type(word: str, done: bool, succeeded: bool) -> None:
    progress = Progress.parse({"status": word})
    assert progress == Progress(word, done=done)
    assert progress.succeeded is succeeded


@pytest.mark.parametrize("word", ["DoorsOpen", "NeverHeardOf"])
def test_the_cause_of_a_failure_is_the_vendors_word(word: str) -> None:
    progress = Progress.parse({"type": "Done", "status": "Failed", "failureCause": word})
    assert progress == Progress("Failed", done=True, failure_cause=word)
    assert progress.cause == word


@pytest.mark.parametrize(
    ("event", "word"),
    [
        ({}, "Failed"),
        ({"status": None}, "Failed"),
        ({"status": "Failed"}, "Failed"),
        ({"status": "Timeout"}, "Timeout"),
        ({"status": "Success"}, "Failed"),
        ({"status": "AlreadyDone"}, "Failed"),
    ],
)
def test_the_tutorials_type_failed_is_a_failure_that_is_done(event: dict[str, Any], word: str) -> None:
    progress = Progress.parse({"type": "Failed", "failureCause": "VehicleError", **event})
    assert progress == Progress(word, done=True, failure_cause="VehicleError")
    assert not progress.succeeded
    assert progress.cause == "VehicleError"


@pytest.mark.parametrize("junk", JUNK)
def test_junk_in_the_place_of_a_word(junk: Any) -> None:
    if not isinstance(junk, str):
        assert Progress.parse({"type": "Done", "status": junk}) is None
        assert Progress.parse({"status": "Failed", "failureCause": junk}) == Progress("Failed", done=True)
    assert Progress.parse({"type": junk, "status": "Accepted"}) == Progress("Accepted", done=False)
    assert Progress.parse({"type": junk, "status": "Success"}) == Progress("Success", done=True)
    assert Progress.parse({"type": junk}) is None


UNREPORTED = (DeclareStolen, Immobilize, SwitchLights)


@pytest.mark.parametrize("remote", [remote for remote, *_ in REMOTES if isinstance(remote, UNREPORTED)])
def test_what_no_car_reports_is_found_again_by_type_and_action(remote: Remote) -> None:
    found = find_unreported(remote.type, remote.action)
    expected = remote.expected_status(NOW)
    assert (found and found.expected_status(NOW)) == expected


def test_what_cars_report_is_not_assumed() -> None:
    reported = [remote for remote, *_ in REMOTES if not isinstance(remote, UNREPORTED)]
    assert [find_unreported(remote.type, remote.action) for remote in reported] == [None] * len(reported)


LISTED = {
    "as documented": (
        {
            "remoteActionId": "1",
            "type": "Doors",
            "status": "Success",
            "remote": {"label": "mine", **LockDoors(True).body},
        },
        UserRemote(
            id="1", type="Doors", label="mine", action=LockDoors(True).body, progress=Progress("Success", done=True)
        ),
    ),
    "a failure": (
        {"remoteActionId": "1", "type": ["Horn"], "status": "Failed", "failureCause": "VehicleInUse"},
        UserRemote(
            id="1", type="Horn", label=None, progress=Progress("Failed", done=True, failure_cause="VehicleInUse")
        ),
    ),
    "an id alone": ({"remoteActionId": "1"}, UserRemote(id="1", type=None, label=None)),
    "no type": ({"remoteActionId": "1", "type": [], "remote": []}, UserRemote(id="1", type=None, label=None)),
    "no id": ({"type": "Doors", "status": "Success"}, None),
}


@pytest.mark.parametrize(("item", "remote"), LISTED.values(), ids=LISTED)
def test_a_remote_in_the_vendors_list(item: dict[str, Any], remote: UserRemote | None) -> None:
    assert UserRemote.parse(item) == remote
