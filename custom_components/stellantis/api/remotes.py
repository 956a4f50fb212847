"""What a car can be asked to do: one small class each (contract, "Remotes").

`body` is the JSON of the OpenAPI file; `tutorial_body` is what the vendor's tutorial sends instead, where the two
differ. `outcome` is what the car would report once it has done it.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Literal, Self, override

from . import status
from .lenient import format_duration
from .status import ChargingProgram, ChargingStatus, PreconditioningStatus, Program, Status

ALREADY_DONE: Final = "AlreadyDone"
TOO_MANY_WAKE_UPS: Final = "TooManyWakeUpsOverMonth"
WAKING_UP: Final = "WakingUpVehicle"

PENDING_FAILURES: Final = frozenset({"VehicleBatteryChargeTooLow", TOO_MANY_WAKE_UPS})
"""Statuses that the vendor calls pending and that nothing follows."""

SUCCESSES: Final = frozenset({"Success", ALREADY_DONE})


class Remote(ABC):
    """A remote: `type` is its name in messages and answers."""

    type: ClassVar[str]

    @property
    @abstractmethod
    def action(self) -> str:
        """What is asked for, in a word of our own."""

    @property
    @abstractmethod
    def body(self) -> dict[str, Any]:
        """The action as the OpenAPI file spells it."""

    @property
    def tutorial_body(self) -> dict[str, Any] | None:
        """The action as the tutorial spells it; None where it is the same."""
        return None

    def completed(self, _programs: tuple[Program, ...]) -> Self:
        """Return the remote as it is sent to a car with these preconditioning programs."""
        return self

    def outcome(self, _at: datetime) -> Status | None:
        """Return what the car reports after a success at this time; None if nothing that it reports changes."""
        return None


@dataclass(frozen=True, slots=True)
class Doors(Remote):
    """Lock or unlock the doors."""

    type: ClassVar = "Doors"
    state: Literal["Locked", "Unlocked"]

    @property
    @override
    def action(self) -> str:
        return "lock" if self.state == "Locked" else "unlock"

    @property
    @override
    def body(self) -> dict[str, Any]:
        return {"door": {"state": self.state}}

    @override
    def outcome(self, at: datetime) -> Status:
        return Status(doors=status.Doors(at=at, locked=self.state == "Locked"))


@dataclass(frozen=True, slots=True)
class Horn(Remote):
    """Sound the horn, or stop it."""

    type: ClassVar = "Horn"
    on: bool = True

    @property
    @override
    def action(self) -> str:
        return _switched(self.on)

    @property
    @override
    def body(self) -> dict[str, Any]:
        return {"horn": {"state": "Activated" if self.on else "Unactivated"}}


@dataclass(frozen=True, slots=True)
class Lights(Remote):
    """Switch the lights on or off. `flash` is for those who do not mean to leave them on: the car does the same."""

    type: ClassVar = "Lights"
    on: bool
    flash: bool = False

    @property
    @override
    def action(self) -> str:
        return "flash" if self.flash else _switched(self.on)

    @property
    @override
    def body(self) -> dict[str, Any]:
        return {"lights": {"on": self.on}}

    @property
    @override
    def tutorial_body(self) -> dict[str, Any]:
        return {"ligths": {"on": self.on}}

    @override
    def outcome(self, at: datetime) -> Status | None:
        return None if self.flash else Status(lights=status.Switched(at=at, on=self.on, assumed=True))


@dataclass(frozen=True, slots=True)
class WakeUp(Remote):
    """Wake the car so that it reports its status."""

    type: ClassVar = "WakeUp"

    @property
    @override
    def action(self) -> str:
        return "wake_up"

    @property
    @override
    def body(self) -> dict[str, Any]:
        return {"wakeUp": {"action": "WakeUp"}}

    @property
    @override
    def tutorial_body(self) -> dict[str, Any]:
        return {"state": {"action": "state"}}

    @override
    def outcome(self, _at: datetime) -> Status:
        return Status()


@dataclass(frozen=True, slots=True)
class Charging(Remote):
    """Start or stop charging now."""

    type: ClassVar = "ElectricBatteryChargingRequest"
    immediate: bool

    @property
    @override
    def action(self) -> str:
        return _started(self.immediate)

    @property
    @override
    def body(self) -> dict[str, Any]:
        return {"charging": {"immediate": self.immediate}}

    @override
    def outcome(self, at: datetime) -> Status:
        reported = ChargingStatus.IN_PROGRESS if self.immediate else ChargingStatus.STOPPED
        return Status(charging=status.Charging(at=at, status=reported))


@dataclass(frozen=True, slots=True)
class DelayedCharging(Remote):
    """Charge from this time on, and at this hour every day. Its time zone is that of the car's clock."""

    type: ClassVar = "ElectricBatteryChargingRequest"
    at: datetime

    @property
    @override
    def action(self) -> str:
        return "delay"

    @property
    @override
    def body(self) -> dict[str, Any]:
        return {"charging": {"schedule": self._action}}

    @property
    @override
    def tutorial_body(self) -> dict[str, Any]:
        return {"charging": self._action}

    @property
    def _action(self) -> dict[str, Any]:
        return {"nextDelayedTime": self.at.isoformat(timespec="seconds")}

    @override
    def outcome(self, at: datetime) -> Status:
        hour = timedelta(hours=self.at.hour, minutes=self.at.minute)
        return Status(charging=status.Charging.of({"delayed_start": (hour or None, at)}))


@dataclass(frozen=True, slots=True)
class ChargingSchedule(Remote):
    """Charge at these times, and no others: they replace those that the car had."""

    type: ClassVar = "ElectricBatteryChargingRequest"
    programs: tuple[ChargingProgram, ...]

    @property
    @override
    def action(self) -> str:
        return "set_schedule"

    @property
    @override
    def body(self) -> dict[str, Any]:
        return {"charging": {"schedule": {"programs": [self._program(program) for program in self.programs]}}}

    @staticmethod
    def _program(program: ChargingProgram) -> dict[str, Any]:
        end = {} if program.end is None else {"end": format_duration(program.end)}
        return {"start": format_duration(program.start), **end, **_when(program)}

    @override
    def outcome(self, at: datetime) -> Status:
        return Status(charging=status.Charging(at=at, programs=self.programs))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingPreferences(Remote):
    """Charge with this power (`level` is such as Level1), or until full or not (`extent` is Partial or Full)."""

    type: ClassVar = "ElectricBatteryChargingRequest"
    level: str | None = None
    extent: str | None = None

    @property
    @override
    def action(self) -> str:
        return "set_preferences"

    @property
    @override
    def body(self) -> dict[str, Any]:
        preferences = {"level": self.level, "type": self.extent}
        return {"charging": {"preferences": {name: word for name, word in preferences.items() if word is not None}}}

    @override
    def outcome(self, at: datetime) -> Status:
        return Status(charging=status.Charging(at=at, power_level=self.level, type=self.extent))


@dataclass(frozen=True, slots=True)
class Preconditioning(Remote):
    """Start or stop preconditioning now. Some cars forget the programs that are not sent along."""

    type: ClassVar = "ThermalPreconditioning"
    immediate: bool
    programs: tuple[Program, ...] = field(default=(), compare=False)

    @property
    @override
    def action(self) -> str:
        return _started(self.immediate)

    @property
    @override
    def body(self) -> dict[str, Any]:
        return {"preconditioning": self._action}

    @property
    @override
    def tutorial_body(self) -> dict[str, Any]:
        return {"preonditionning": self._action}

    @property
    def _action(self) -> dict[str, Any]:
        programs = {"programs": [_set(program) for program in self.programs]} if self.programs else {}
        return {"airConditioning": {"immediate": self.immediate, **programs}}

    @override
    def completed(self, programs: tuple[Program, ...]) -> Self:
        return replace(self, programs=programs)

    @override
    def outcome(self, at: datetime) -> Status:
        reported = PreconditioningStatus.ENABLED if self.immediate else PreconditioningStatus.DISABLED
        told = {"status": (reported, at), "failure_cause": (None, at)}
        return Status(preconditioning=status.Preconditioning.of(told))


@dataclass(frozen=True, slots=True, kw_only=True)
class PreconditioningPrograms(Remote):
    """Set the programs of some slots, and delete those of others. The rest is sent along as it is."""

    type: ClassVar = "ThermalPreconditioning"
    programs: tuple[Program, ...] = ()
    deleted: tuple[int, ...] = ()

    @property
    @override
    def action(self) -> str:
        return "set_programs"

    @property
    @override
    def body(self) -> dict[str, Any]:
        return {"preconditioning": self._action}

    @property
    @override
    def tutorial_body(self) -> dict[str, Any]:
        return {"preonditionning": self._action}

    @property
    def _action(self) -> dict[str, Any]:
        deleted = [{"slot": slot, "actionsType": "Delete"} for slot in self.deleted]
        return {"airConditioning": {"programs": [*map(_set, self.programs), *deleted]}}

    def change(self, programs: tuple[Program, ...]) -> tuple[Program, ...]:
        """Return what these programs are afterwards, by their slots."""
        slots = {program.slot: program for program in (*programs, *self.programs) if program.slot not in self.deleted}
        return tuple(slots[slot] for slot in sorted(slots))

    @override
    def completed(self, programs: tuple[Program, ...]) -> Self:
        return replace(self, programs=self.change(programs))

    @override
    def outcome(self, at: datetime) -> Status:
        return Status(preconditioning=status.Preconditioning(at=at, programs=self.programs))


@dataclass(frozen=True, slots=True)
class Place:
    """A place on earth, in degrees."""

    latitude: float = field(repr=False)
    longitude: float = field(repr=False)


@dataclass(frozen=True, slots=True)
class Navigation(Remote):
    """Send 1 to 10 places to the navigation, the last of which is the destination."""

    type: ClassVar = "Navigation"
    places: tuple[Place, ...]
    driver_approval: bool | None = None

    @property
    @override
    def action(self) -> str:
        return "send"

    @property
    @override
    def body(self) -> dict[str, Any]:
        # GeoJSON: the longitude comes first.
        positions = [{"type": "Point", "coordinates": [place.longitude, place.latitude]} for place in self.places]
        approval = {} if self.driver_approval is None else {"driverApproval": self.driver_approval}
        return {"navigation": {"positions": positions, **approval}}


@dataclass(frozen=True, slots=True)
class Immobilization(Remote):
    """Keep the car from being started, or let it be."""

    type: ClassVar = "Immobilization"
    on: bool

    @property
    @override
    def action(self) -> str:
        return _switched(self.on)

    @property
    @override
    def body(self) -> dict[str, Any]:
        return {"immobilization": {"activate": self.on}}

    @override
    def outcome(self, at: datetime) -> Status:
        return Status(immobilization=status.Switched(at=at, on=self.on, assumed=True))


@dataclass(frozen=True, slots=True)
class Stolen(Remote):
    """Declare the car stolen, or found."""

    type: ClassVar = "Stolen"
    on: bool

    @property
    @override
    def action(self) -> str:
        return _switched(self.on)

    @property
    @override
    def body(self) -> dict[str, Any]:
        return {"stolen": {"stolen": self.on}}

    @override
    def outcome(self, at: datetime) -> Status:
        return Status(stolen=status.Switched(at=at, on=self.on, assumed=True))


ASSUMED: Final = (Immobilization, Lights, Stolen)
"""The remotes after which there is no report to wait for."""


def _switched(on: bool) -> str:
    return "turn_on" if on else "turn_off"


def _started(immediate: bool) -> str:
    return "start" if immediate else "stop"


def _when(program: ChargingProgram | Program) -> dict[str, Any]:
    return {"enabled": program.enabled, "occurence": {"day": list(program.days)}}


def _set(program: Program) -> dict[str, Any]:
    return {
        "slot": program.slot,
        **_when(program),
        "recurrence": "Daily" if program.recurring else "None",
        "start": format_duration(program.start),
        "actionsType": "Set",
    }


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a remote has come: the vendor's words, which may be ones that nobody has documented."""

    status: str
    done: bool
    failure_cause: str | None = None

    @classmethod
    def parse(cls, event: Mapping[str, Any]) -> Progress | None:
        """Read an `eventStatus` of a message or an answer of `GET .../remotes/{rid}`; None without a status."""
        kind, reported, cause = event.get("type"), event.get("status"), event.get("failureCause")
        if not isinstance(reported, str) and kind != "Failed":
            return None
        if not isinstance(reported, str) or (kind == "Failed" and reported in SUCCESSES):
            reported = "Failed"
        return cls(
            status=reported,
            done=kind in ("Done", "Failed") or reported in SUCCESSES | PENDING_FAILURES | {"Failed"},
            failure_cause=cause if isinstance(cause, str) else None,
        )

    @property
    def succeeded(self) -> bool:
        """Whether the car did what it was asked to do, or had done it before."""
        return self.status in SUCCESSES

    @property
    def cause(self) -> str:
        """The vendor's word for why it failed."""
        return self.failure_cause or self.status
