"""What a car can be asked to do: one small class each (docs/vendor-api.md, "Remotes").

A new remote is one class here, a `Capability` with its row in `vehicle`, its scope in `scopes`, and the entity that
sends it, such as a row in `button`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar, Final, Self, override

from .failure_causes import BATTERY_CHARGE_TOO_LOW, TOO_MANY_WAKE_UPS
from .lenient import as_object, as_text, format_duration
from .status import (
    Charging,
    ChargingProgram,
    ChargingStatus,
    Doors,
    Preconditioning,
    PreconditioningStatus,
    Program,
    Status,
    Switched,
)

ALREADY_DONE: Final = "AlreadyDone"
WAKING_UP: Final = "WakingUpVehicle"

_SPELLINGS: Final = {"TooManyWakesUpsOverMonth": TOO_MANY_WAKE_UPS}
"""Other spellings of statuses and failure causes in the vendor's documentation."""

PENDING_FAILURES: Final = frozenset({BATTERY_CHARGE_TOO_LOW, TOO_MANY_WAKE_UPS})
"""Statuses that the vendor calls pending although no other status follows them."""

SUCCESSES: Final = frozenset({"Success", ALREADY_DONE})
_ENDS: Final = SUCCESSES | PENDING_FAILURES | {"Failed"}


class Remote(ABC):
    """A remote.

    `type` is its name in messages and answers, `name` our own, which several may share. `repeats_status` is whether its
    body repeats parts of the car's status, which must be fresh.
    """

    type: ClassVar[str]
    name: ClassVar[str]
    repeats_status: ClassVar[bool] = False

    @property
    @abstractmethod
    def action(self) -> str:
        """What the car is to do, in a word of our own."""

    @property
    @abstractmethod
    def body(self) -> dict[str, Any]:
        """The action as the OpenAPI file spells it."""

    @property
    def tutorial_body(self) -> dict[str, Any] | None:
        """The action as the tutorial spells it; None where it is the same."""
        return None

    def completed(self, programs: tuple[Program, ...], running: bool | None = None) -> Self:  # noqa: ARG002
        """Return the remote as it is sent to a car.

        `programs` are its preconditioning programs, `running` is whether it is being preconditioned now.
        """
        return self

    def expected_status(self, _at: datetime) -> Status | None:
        """Return what is assumed after a success at this time, until the car reports it; None if nothing changes."""
        return None


@dataclass(frozen=True, slots=True)
class LockDoors(Remote):
    """Lock or unlock the doors."""

    type: ClassVar = "Doors"
    name: ClassVar = "doors"
    locked: bool

    @property
    @override
    def action(self) -> str:
        return "lock" if self.locked else "unlock"

    @property
    @override
    def body(self) -> dict[str, Any]:
        return {"door": {"state": "Locked" if self.locked else "Unlocked"}}

    @override
    def expected_status(self, at: datetime) -> Status:
        return Status(doors=Doors(at=at, locked=self.locked).as_assumed())


@dataclass(frozen=True, slots=True)
class SoundHorn(Remote):
    """Sound the horn, or stop it."""

    type: ClassVar = "Horn"
    name: ClassVar = "horn"
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
class SwitchLights(Remote):
    """Switch the lights on or off. With `flash` they are not assumed to stay on; the car does the same."""

    type: ClassVar = "Lights"
    name: ClassVar = "lights"
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
    def expected_status(self, at: datetime) -> Status | None:
        return None if self.flash else Status(lights=Switched(at=at, on=self.on).as_assumed())


@dataclass(frozen=True, slots=True)
class WakeUp(Remote):
    """Wake the car so that it reports its status."""

    type: ClassVar = "WakeUp"
    name: ClassVar = "wake_up"

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
    def expected_status(self, _at: datetime) -> Status:
        return Status()


@dataclass(frozen=True, slots=True)
class SwitchCharging(Remote):
    """Start or stop charging now."""

    type: ClassVar = "ElectricBatteryChargingRequest"
    name: ClassVar = "charging"
    on: bool

    @property
    @override
    def action(self) -> str:
        return _started(self.on)

    @property
    @override
    def body(self) -> dict[str, Any]:
        return {"charging": {"immediate": self.on}}

    @override
    def expected_status(self, at: datetime) -> Status:
        reported = ChargingStatus.IN_PROGRESS if self.on else ChargingStatus.STOPPED
        return Status(charging=Charging(at=at, status=reported).as_assumed())


@dataclass(frozen=True, slots=True)
class DelayCharging(Remote):
    """Charge from this time on, and at this hour every day. The time zone is that of the car's clock."""

    type: ClassVar = "ElectricBatteryChargingRequest"
    name: ClassVar = "charging"
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
    def expected_status(self, at: datetime) -> Status:
        hour = timedelta(hours=self.at.hour, minutes=self.at.minute)
        charging = Charging(at=at, delayed_start=hour or None, earlier={} if hour else {"delayed_start": at})
        return Status(charging=charging.as_assumed())


@dataclass(frozen=True, slots=True)
class SetChargingSchedule(Remote):
    """Charge at these times only: they replace the car's earlier programs."""

    type: ClassVar = "ElectricBatteryChargingRequest"
    name: ClassVar = "charging"
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
    def expected_status(self, at: datetime) -> Status:
        return Status(charging=Charging(at=at, programs=self.programs).as_assumed())


@dataclass(frozen=True, slots=True, kw_only=True)
class SetChargingPreferences(Remote):
    """Charge with this power (`level`, such as Level1) or up to this extent (`extent`, Partial or Full)."""

    type: ClassVar = "ElectricBatteryChargingRequest"
    name: ClassVar = "charging"
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
    def expected_status(self, at: datetime) -> Status:
        return Status(charging=Charging(at=at, power_level=self.level, type=self.extent).as_assumed())


@dataclass(frozen=True, slots=True)
class SwitchPreconditioning(Remote):
    """Start or stop preconditioning now. Some cars forget programs that are not in the request."""

    type: ClassVar = "ThermalPreconditioning"
    name: ClassVar = "preconditioning"
    repeats_status: ClassVar = True
    on: bool
    programs: tuple[Program, ...] = field(default=(), compare=False)

    @property
    @override
    def action(self) -> str:
        return _started(self.on)

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
        return {"airConditioning": {"immediate": self.on, **programs}}

    @override
    def completed(self, programs: tuple[Program, ...], running: bool | None = None) -> Self:
        return replace(self, programs=programs)

    @override
    def expected_status(self, at: datetime) -> Status:
        reported = PreconditioningStatus.ENABLED if self.on else PreconditioningStatus.DISABLED
        preconditioning = Preconditioning(at=at, status=reported, earlier={"failure_cause": at})
        return Status(preconditioning=preconditioning.as_assumed())


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPreconditioningPrograms(Remote):
    """Set the programs of some slots and delete others. `completed` adds the remaining ones unchanged.

    `deleted` are slots, `known` the car's programs before the change. `running` is whether the car is being
    preconditioned: the vendor takes a request that does not say so for one to stop.
    """

    type: ClassVar = "ThermalPreconditioning"
    name: ClassVar = "preconditioning"
    repeats_status: ClassVar = True
    programs: tuple[Program, ...] = ()
    deleted: tuple[int, ...] = ()
    known: tuple[Program, ...] = field(default=(), compare=False)
    running: bool | None = field(default=None, compare=False)

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
        # For a deletion the vendor's words want the slot only, its schema the whole program.
        known = {program.slot: _set(program) for program in self.known}
        deleted = [{**known.get(slot, {"slot": slot}), "actionsType": "Delete"} for slot in self.deleted]
        immediate = {} if self.running is None else {"immediate": self.running}
        return {"airConditioning": {**immediate, "programs": [*map(_set, self.programs), *deleted]}}

    def change(self, programs: tuple[Program, ...]) -> tuple[Program, ...]:
        """Return these programs as they are after the change, ordered by slot."""
        slots = {program.slot: program for program in (*programs, *self.programs) if program.slot not in self.deleted}
        return tuple(slots[slot] for slot in sorted(slots))

    @override
    def completed(self, programs: tuple[Program, ...], running: bool | None = None) -> Self:
        return replace(self, programs=self.change(programs), known=programs, running=running)

    @override
    def expected_status(self, at: datetime) -> Status:
        return Status(preconditioning=Preconditioning(at=at, programs=self.programs).as_assumed())


@dataclass(frozen=True, slots=True)
class Place:
    """A place on earth, in degrees."""

    latitude: float = field(repr=False)
    longitude: float = field(repr=False)


@dataclass(frozen=True, slots=True)
class SendDestinations(Remote):
    """Send 1 to 10 places to the navigation, the last of which is the destination."""

    type: ClassVar = "Navigation"
    name: ClassVar = "navigation"
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
class Immobilize(Remote):
    """Keep the car from being started, or allow it again."""

    type: ClassVar = "Immobilization"
    name: ClassVar = "immobilization"
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
    def expected_status(self, at: datetime) -> Status:
        return Status(immobilization=Switched(at=at, on=self.on).as_assumed())


@dataclass(frozen=True, slots=True)
class DeclareStolen(Remote):
    """Declare the car stolen, or found."""

    type: ClassVar = "Stolen"
    name: ClassVar = "stolen"
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
    def expected_status(self, at: datetime) -> Status:
        return Status(stolen=Switched(at=at, on=self.on).as_assumed())


def _switched(on: bool) -> str:
    return "turn_on" if on else "turn_off"


def _started(on: bool) -> str:
    return "start" if on else "stop"


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


def remote_names() -> dict[str, str]:
    """Return our names for the types of remotes."""
    return {kind.type: kind.name for kind in Remote.__subclasses__()}


def find_unreported(remote_type: str, action: str) -> Remote | None:
    """Return the remote of this type and action, if the car does not report what it has changed."""
    remotes: list[Remote] = [kind(on) for kind in (DeclareStolen, Immobilize, SwitchLights) for on in (True, False)]
    return next((remote for remote in remotes if (remote.type, remote.action) == (remote_type, action)), None)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a remote has come, in the vendor's words, documented or not."""

    status: str
    done: bool
    failure_cause: str | None = None

    @classmethod
    def parse(cls, event: Mapping[str, Any]) -> Progress | None:
        """Read an `eventStatus` of a message or an answer of `GET .../remotes/{rid}`; None without a status."""
        kind, reported, cause = event.get("type"), event.get("status"), event.get("failureCause")
        return _progress(as_text(kind), as_text(reported), as_text(cause))

    @property
    def succeeded(self) -> bool:
        """Whether the car has carried out the remote, or had done so before."""
        return self.status in SUCCESSES

    @property
    def cause(self) -> str:
        """The vendor's word for why it failed. A status that names the cause says more than a failure cause."""
        return self.status if self.status in PENDING_FAILURES else self.failure_cause or self.status


@lru_cache  # there are few
def _progress(*words: str | None) -> Progress | None:
    kind, reported, cause = (_SPELLINGS.get(word, word) if word else None for word in words)
    if reported is None and kind != "Failed":
        return None
    if reported is None or (kind == "Failed" and reported in SUCCESSES):
        reported = "Failed"
    return Progress(
        status=reported,
        done=kind in ("Done", "Failed") or reported in _ENDS,
        failure_cause=cause,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRemote:
    """A remote in the vendor's list.

    `label` and `action`, its body without the label, are None if the list does not have them.
    """

    id: str
    type: str | None
    label: str | None
    action: Mapping[str, Any] | None = None
    progress: Progress | None = None

    @classmethod
    def parse(cls, item: Mapping[str, Any]) -> UserRemote | None:
        """Read one item of `GET .../remotes`; None without an id."""
        remote_id, kind = as_text(item.get("remoteActionId")), item.get("type")
        body = as_object(item.get("remote"))
        if remote_id is None:
            return None
        return cls(
            id=remote_id,
            type=as_text(next(iter(kind), None) if isinstance(kind, list) else kind),
            label=as_text(body.get("label")),
            action={key: value for key, value in body.items() if key != "label"} or None,
            # Its `type` is the remote's, not that of an event.
            progress=Progress.parse({key: item.get(key) for key in ("status", "failureCause")}),
        )
