"""Why a remote ends otherwise than with Success: a table of states of the car."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from simulator.cars.car import Car
from simulator.cars.outcome import Outcome

from .remote import Remote

# Battery levels in percent: below the first a car does not precondition, below the second it does not wake up.
_LOW_BATTERY = 20
_CRITICAL_BATTERY = 5


class Stage(Enum):
    """Where a remote can fail: at the vendor, before anything is sent to the car, or in the car."""

    VENDOR = auto()
    CAR = auto()


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """A condition under which remotes end with `outcome`. It applies to the types in `types`, to all if empty."""

    stage: Stage
    types: frozenset[str] = frozenset()
    when: Callable[[Remote], bool]
    outcome: Outcome

    def applies(self, remote: Remote, stage: Stage) -> bool:
        """Tell whether the obstacle applies to a remote at a stage."""
        return stage is self.stage and (not self.types or remote.kind.type in self.types) and self.when(remote)


def _supports(car: Car, capability: str | None) -> bool:
    if car.capabilities is None or capability is None:
        return True
    return bool(car.capabilities["remote"][capability]["supported"])


def _parameter(remote: Remote, *path: str) -> Any:
    """Look up a parameter of this kind of remote in the car's capabilities; None if it is missing."""
    found: Any = remote.car.capabilities
    for name in ("remote", remote.kind.capability, "parameters", *path):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _exceeds_slots(remote: Remote) -> bool:
    size = _parameter(remote, "programs", "size")
    return size is not None and any(program["slot"] > size for program in remote.options.get("programs", ()))


def _has_excluded_option(remote: Remote) -> bool:
    """Tell whether the capabilities exclude a schedule or preference of the remote. If not mentioned, it is allowed."""
    groups = ("schedule", "preferences")
    wanted = [(group, name) for group in groups for name in remote.options.get(group, {})]
    return any(_parameter(remote, *path) is False for path in wanted)


def _exceeds_charging_programs(remote: Remote) -> bool:
    """Tell whether the car takes no charging programs, or fewer than the remote has."""
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
    Obstacle(  # A car carries out one remote at a time.
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
        when=_exceeds_slots,
        outcome=Outcome("Failed", "WrongCommand"),
    ),
    Obstacle(
        stage=Stage.CAR,
        types=frozenset({"ElectricBatteryChargingRequest"}),
        when=lambda remote: _has_excluded_option(remote) or _exceeds_charging_programs(remote),
        outcome=Outcome("Failed", "WrongCommand"),
    ),
    Obstacle(
        stage=Stage.CAR,
        when=lambda remote: remote.kind.is_done(remote),
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
    """Return how a remote ends at a stage; None if it goes on. A forced outcome replaces all obstacles, in the car."""
    if remote.forced:
        return remote.forced if stage is Stage.CAR else None
    return next((one.outcome for one in OBSTACLES if one.applies(remote, stage)), None)
