"""What a car can be asked to do, and how far it has come."""

from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.stellantis.api import status
from custom_components.stellantis.api.remotes import (
    Charging,
    Doors,
    Horn,
    Lights,
    Preconditioning,
    Progress,
    Remote,
    WakeUp,
)
from custom_components.stellantis.api.status import ChargingStatus, PreconditioningStatus, Status
from simulator import contract

from .junk import JUNK

NOW = datetime(2026, 3, 1, tzinfo=UTC)

# The remote, its type in messages, its body, and its body in the tutorial where that is another.
REMOTES: list[tuple[Remote, str, dict[str, Any], dict[str, Any] | None]] = [
    (Doors("Locked"), "Doors", {"door": {"state": "Locked"}}, None),
    (Doors("Unlocked"), "Doors", {"door": {"state": "Unlocked"}}, None),
    (Horn(), "Horn", {"horn": {"state": "Activated"}}, None),
    (Lights(on=True), "Lights", {"lights": {"on": True}}, {"ligths": {"on": True}}),
    (Lights(on=False), "Lights", {"lights": {"on": False}}, {"ligths": {"on": False}}),
    (WakeUp(), "WakeUp", {"wakeUp": {"action": "WakeUp"}}, {"state": {"action": "state"}}),
    (Charging(immediate=True), "ElectricBatteryChargingRequest", {"charging": {"immediate": True}}, None),
    (Charging(immediate=False), "ElectricBatteryChargingRequest", {"charging": {"immediate": False}}, None),
    (
        Preconditioning(immediate=True),
        "ThermalPreconditioning",
        {"preconditioning": {"airConditioning": {"immediate": True}}},
        {"preonditionning": {"airConditioning": {"immediate": True}}},
    ),
    (
        Preconditioning(immediate=False),
        "ThermalPreconditioning",
        {"preconditioning": {"airConditioning": {"immediate": False}}},
        {"preonditionning": {"airConditioning": {"immediate": False}}},
    ),
]


@pytest.mark.parametrize(("remote", "kind", "body", "tutorial_body"), REMOTES)
def test_bodies(remote: Remote, kind: str, body: dict[str, Any], tutorial_body: dict[str, Any] | None) -> None:
    assert (remote.type, remote.body, remote.tutorial_body) == (kind, body, tutorial_body)
    assert contract.violation(contract.REMOTE["openapi"], remote.body) is None
    assert contract.violation(contract.REMOTE["tutorial"], remote.tutorial_body or remote.body) is None


@pytest.mark.parametrize(
    ("remote", "outcome"),
    [
        (Doors("Locked"), Status(doors=status.Doors(at=NOW, locked=True))),
        (Doors("Unlocked"), Status(doors=status.Doors(at=NOW, locked=False))),
        (
            Charging(immediate=True),
            Status(charging=status.Charging(at=NOW, status=ChargingStatus.IN_PROGRESS)),
        ),
        (
            Charging(immediate=False),
            Status(charging=status.Charging(at=NOW, status=ChargingStatus.STOPPED)),
        ),
        (
            Preconditioning(immediate=True),
            Status(preconditioning=status.Preconditioning(at=NOW, status=PreconditioningStatus.ENABLED)),
        ),
        (
            Preconditioning(immediate=False),
            Status(preconditioning=status.Preconditioning(at=NOW, status=PreconditioningStatus.DISABLED)),
        ),
        # A report is worth reading, though nothing is known of what it says.
        (WakeUp(), Status()),
        (Horn(), None),
        (Lights(on=True), None),
    ],
)
def test_what_the_car_reports_after_a_success(remote: Remote, outcome: Status | None) -> None:
    assert remote.outcome(NOW) == outcome


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
