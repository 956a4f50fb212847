"""What keeps a remote from succeeding."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from .cars import Car, Outcome

if TYPE_CHECKING:
    from .remotes import Remote

# Percent of charge below which a car does not precondition, and does not even wake up.
_LOW_BATTERY = 20
_CRITICAL_BATTERY = 5


class Stage(Enum):
    """Where a remote can fail: before the car is bothered, or in the car."""

    VENDOR = auto()
    CAR = auto()


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """A state that keeps remotes from succeeding. `types` are the kinds it hinders, none for all."""

    stage: Stage
    types: frozenset[str] = frozenset()
    when: Callable[[Remote], bool]
    outcome: Outcome

    def hinders(self, remote: Remote, stage: Stage) -> bool:
        """Tell whether this remote fails here."""
        return stage is self.stage and (not self.types or remote.kind.type in self.types) and self.when(remote)


def _supports(car: Car, capability: str | None) -> bool:
    if car.capabilities is None or capability is None:
        return True
    return bool(car.capabilities["remote"][capability]["supported"])


def _parameter(remote: Remote, *path: str) -> Any:
    """Look up what the car says of this kind of remote, None where it says nothing."""
    found: Any = remote.car.capabilities
    for name in ("remote", remote.kind.capability, "parameters", *path):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _has_no_such_slot(remote: Remote) -> bool:
    size = _parameter(remote, "programs", "size")
    return size is not None and any(program["slot"] > size for program in remote.options.get("programs", ()))


def _cannot_charge_so(remote: Remote) -> bool:
    """Tell whether the car rules out a schedule or a preference. What it does not speak of, it can do."""
    groups = ("schedule", "preferences")
    asked = [(group, name) for group in groups for name in remote.options.get(group, {})]
    return any(_parameter(remote, *path) is False for path in asked)


def _cannot_charge_by(remote: Remote) -> bool:
    """Tell whether the car has no charging programs, or not so many."""
    programs = remote.options.get("schedule", {}).get("programs")
    if programs is None:
        return False
    size = _parameter(remote, "schedule", "programs", "size")
    unsupported = _parameter(remote, "schedule", "programs", "supported") is False
    return unsupported or (size is not None and len(programs) > size)


def _is_charged_below(car: Car, level: float) -> bool:
    return car.battery_level is not None and car.battery_level < level


OBSTACLES = (
    Obstacle(
        stage=Stage.VENDOR,
        when=lambda remote: remote.kind.type in remote.rivals,
        outcome=Outcome("Failed", "SameActionInProgress"),
    ),
    Obstacle(  # one remote at a time per car
        stage=Stage.VENDOR,
        when=lambda remote: bool(remote.rivals),
        outcome=Outcome("Failed", "TooManyRequestSent"),
    ),
    Obstacle(
        stage=Stage.VENDOR,
        when=lambda remote: not _supports(remote.car, remote.kind.capability),
        outcome=Outcome("Failed", "WrongCommand"),
    ),
    Obstacle(
        stage=Stage.VENDOR,
        when=lambda remote: remote.car.privacy == "Full",
        outcome=Outcome("Failed", "NotPossibleDueToVehiclePrivacyLevel"),
    ),
    Obstacle(
        stage=Stage.VENDOR,
        when=lambda remote: remote.car.asleep and _is_charged_below(remote.car, _CRITICAL_BATTERY),
        outcome=Outcome("VehicleBatteryChargeTooLow"),
    ),
    Obstacle(
        stage=Stage.VENDOR,
        when=lambda remote: remote.car.asleep and remote.car.wake_ups >= remote.car.wake_up_limit,
        outcome=Outcome("TooManyWakeUpsOverMonth"),
    ),
    Obstacle(
        stage=Stage.CAR,
        types=frozenset({"Doors", "Horn", "Lights"}),
        when=lambda remote: remote.car.moving,
        outcome=Outcome("Failed", "VehicleInUse"),
    ),
    Obstacle(
        stage=Stage.CAR,
        types=frozenset({"Doors"}),
        when=lambda remote: remote.action["state"] == "Unlocked" and remote.car.stolen is True,
        outcome=Outcome("Failed", "NotPossibleDueToVehicleStolenState"),
    ),
    Obstacle(
        stage=Stage.CAR,
        types=frozenset({"ThermalPreconditioning"}),
        when=_has_no_such_slot,
        outcome=Outcome("Failed", "WrongCommand"),
    ),
    Obstacle(
        stage=Stage.CAR,
        types=frozenset({"ElectricBatteryChargingRequest"}),
        when=lambda remote: _cannot_charge_so(remote) or _cannot_charge_by(remote),
        outcome=Outcome("Failed", "WrongCommand"),
    ),
    Obstacle(
        stage=Stage.CAR,
        when=lambda remote: remote.kind.done(remote),
        outcome=Outcome("AlreadyDone"),
    ),
    Obstacle(
        stage=Stage.CAR,
        types=frozenset({"Doors"}),
        when=lambda remote: remote.action["state"] == "Locked" and bool(remote.car.open_doors),
        outcome=Outcome("Failed", "DoorsOpen"),
    ),
    Obstacle(
        stage=Stage.CAR,
        types=frozenset({"ElectricBatteryChargingRequest"}),
        when=lambda remote: remote.immediate is True and not remote.car.plugged,
        outcome=Outcome("Failed", "ExternalChargingSystemError"),
    ),
    Obstacle(
        stage=Stage.CAR,
        types=frozenset({"ThermalPreconditioning"}),
        when=lambda remote: remote.immediate is True and _is_charged_below(remote.car, _LOW_BATTERY),
        outcome=Outcome("Failed", "NotPossibleDueToVehicleBatteryLevel"),
    ),
)


def find_obstacle(remote: Remote, stage: Stage) -> Outcome | None:
    """Find what a remote fails of at this stage. A forced outcome is the car's, whatever its state."""
    if remote.forced:
        return remote.forced if stage is Stage.CAR else None
    return next((one.outcome for one in OBSTACLES if one.hinders(remote, stage)), None)
