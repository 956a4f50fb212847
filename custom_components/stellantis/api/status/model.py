"""The blocks of what a car reports (docs/vendor-api.md, "Reading"), and how a newer one is merged into an older one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Final, Self, override


class Motorization(StrEnum):
    """What drives a car, as far as it is documented."""

    ELECTRIC = "Electric"
    HYBRID = "Hybrid"
    THERMIC = "Thermic"
    HYDROGEN = "Hydrogen"


class ChargingStatus(StrEnum):
    """What the charging system does, as far as it is documented."""

    DISCONNECTED = "Disconnected"
    IN_PROGRESS = "InProgress"
    FAILURE = "Failure"
    STOPPED = "Stopped"
    FINISHED = "Finished"


class PreconditioningStatus(StrEnum):
    """What the preconditioning does, as far as it is documented."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"
    FINISHED = "Finished"
    FAILURE = "Failure"


class PrivacyState(StrEnum):
    """What the driver has forbidden the car to report, as far as it is documented."""

    NONE = "None"
    GEOLOCATION = "Geolocation"
    FULL = "Full"


CHARGING_LEVELS: Final = ("Level1", "Level2", "Level3", "Level4", "Level5")
"""How fast a car charges."""
CHARGING_TYPES: Final = ("Partial", "Full")
"""To which extent a car charges."""
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
"""The days of a program."""
SLOTS: Final = 4
"""The preconditioning programs of a car have the slots 1 to 4."""


def _check_program(days: tuple[str, ...], *times: timedelta | None) -> None:
    if not set(days) <= set(DAYS):
        raise ValueError(days)
    for time in times:
        if time is not None and not timedelta() <= time < timedelta(days=1):
            raise ValueError(time)


type DatedValues = Mapping[str, tuple[Any, datetime]]
"""Values by their names, each with its date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of a status. A value that has never been reported is None.

    `at` is when the car last reported any of it; `earlier` holds the date of each value that is older than `at`, and of
    each value explicitly reported as absent. In a block that is not `partial`, a value missing from a newer report is
    gone.
    """

    partial: ClassVar[bool] = False

    at: datetime
    earlier: Mapping[str, datetime] = field(default_factory=dict, repr=False, hash=False)

    @classmethod
    def of(cls, dated: DatedValues) -> Self | None:
        """Make a block of values and their dates; None if there are none."""
        return cls._of(dated, max(date for _, date in dated.values())) if dated else None

    @classmethod
    def _of(cls, dated: DatedValues, at: datetime) -> Self:
        # An absent value, such as no delayed charge any more, needs a date too: it must win over the older value.
        earlier = {name: date for name, (value, date) in dated.items() if date < at or value is None}
        return cls(at=at, earlier=earlier, **{name: value for name, (value, _) in dated.items()})

    @property
    def values(self) -> dict[str, Any]:
        """All values, without their dates."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name not in {"at", "earlier"}}

    def date_of(self, name: str) -> datetime:
        """Return when this value was reported."""
        return self.earlier.get(name, self.at)

    def merge(self, other: Self) -> Self:
        """Return the newer of each value. At the same date the value of `other` counts, because it came later."""
        if not self.partial:
            return other if other.at >= self.at else self
        dated = self._dated()
        for name, (value, date) in other._dated().items():
            if name not in dated or date >= dated[name][1]:
                dated[name] = value, date
        return self._of(dated, max(self.at, other.at))

    def _dated(self) -> dict[str, tuple[Any, datetime]]:
        return {
            name: (value, self.date_of(name))
            for name, value in self.values.items()
            if value is not None or name in self.earlier
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors(Block):
    """The block `doorsState`: whether the doors are locked, and which openings are open."""

    partial: ClassVar = True

    locked: bool | None = None
    driver: bool | None = None
    passenger: bool | None = None
    rear_left: bool | None = None
    rear_right: bool | None = None
    trunk: bool | None = None
    rear_window: bool | None = None
    roof_window: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery(Block):
    """The energy of type Electric: `level` and `health` in %, `range` in km, `capacity` and `energy` in Wh."""

    partial: ClassVar = True

    level: float | None = None
    range: float | None = None
    capacity: float | None = None
    energy: float | None = None
    health: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingProgram:
    """A time to charge at (docs/vendor-api.md, "Remotes").

    `start` and `end` are times since midnight of the car's own clock, `days` is of `DAYS`.
    """

    start: timedelta
    end: timedelta | None = None
    days: tuple[str, ...]
    enabled: bool

    def __post_init__(self) -> None:
        """Raise ValueError for what is no program."""
        _check_program(self.days, self.start, self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charging(Block):
    """The charging of the energy of type Electric.

    `status` is a `ChargingStatus`, or a word that is not known yet. `remaining` is the time to the end, `rate` is in
    km of range per hour, `power_level` is such as `Level1`, `type` is Partial or Full. `delayed_start` is the hour of
    the delayed charge, as the time since midnight of the car's own clock.
    """

    partial: ClassVar = True

    status: str | None = None
    plugged: bool | None = None
    remaining: timedelta | None = None
    rate: float | None = None
    power_level: str | None = None
    type: str | None = None
    delayed_start: timedelta | None = None
    programs: tuple[ChargingProgram, ...] | None = None

    @property
    def in_progress(self) -> bool:
        """Whether the battery is being charged."""
        return self.status == ChargingStatus.IN_PROGRESS

    @property
    def ends_at(self) -> datetime | None:
        """When the charging that is in progress will end, by the time that remained when the car reported it."""
        reported = self.date_of("remaining")
        if not self.in_progress or not self.remaining or reported < self.date_of("status"):
            return None
        return reported + self.remaining


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuel(Block):
    """The energy of type Fuel: `level` in %, `range` in km."""

    partial: ClassVar = True

    level: float | None = None
    range: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A preconditioning program (docs/vendor-api.md, "Remotes").

    `slot` is 1 to 4, `start` is the time since midnight of the car's own clock, `days` is of `DAYS`. A program that
    is not `recurring` runs on the next of its days only.
    """

    slot: int
    start: timedelta
    days: tuple[str, ...]
    enabled: bool
    recurring: bool = True

    def __post_init__(self) -> None:
        """Raise ValueError for what is no program."""
        _check_program(self.days, self.start)
        if not 1 <= self.slot <= SLOTS:
            raise ValueError(self.slot)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preconditioning(Block):
    """The block `preconditioning.airConditioning`.

    `status` is a `PreconditioningStatus`, or a word that is not known yet; `failure_cause` is such as `DoorOpened`.
    """

    partial: ClassVar = True

    status: str | None = None
    failure_cause: str | None = None
    programs: tuple[Program, ...] | None = None

    @property
    def running(self) -> bool:
        """Whether the car is being preconditioned."""
        return self.status == PreconditioningStatus.ENABLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched(Block):
    """Whether something is on. It is `assumed` if a remote has switched it and the car has not reported it since."""

    on: bool
    assumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Odometer(Block):
    """The block `odometer`, in km. It never goes backwards."""

    mileage: float

    @override
    def merge(self, other: Self) -> Self:
        return max(self, other, key=lambda odometer: (odometer.mileage, odometer.at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Air(Block):
    """The block `environment.air`: outside temperature in °C."""

    temperature: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AuxiliaryBattery(Block):
    """The block `battery`: the 12 V battery in %, though its key is `voltage`."""

    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinetic(Block):
    """The block `kinetic`: `speed` in km/h."""

    moving: bool | None = None
    speed: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Powertrain(Block):
    """Whether the car is running: the block `powertrain`, or `ignition` and `engines` of cars without it."""

    running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy(Block):
    """The block `privacy`: `state` is a `PrivacyState`, or a word that is not known yet."""

    state: str

    @property
    def hides_position(self) -> bool:
        """Whether the driver has forbidden to report where the car is."""
        return self.state in {PrivacyState.GEOLOCATION, PrivacyState.FULL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Belts(Block):
    """The block `safety.beltStatus`: False if a belt should be fastened and is not."""

    partial: ClassVar = True

    driver: bool | None = None
    passenger: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrivingMode(Block):
    """The block `drivingBehavior`: `mode` is such as Eco."""

    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm(Block):
    """The block `alarm`: whether it is armed, and which break-in set it off last (such as `TrunkDoorBreakIn`)."""

    partial: ClassVar = True

    armed: bool | None = None
    trigger: str | None = None
    triggered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Position(Block):
    """The block `lastPosition`: degrees; `heading` from north, clockwise."""

    latitude: float = field(repr=False)
    longitude: float = field(repr=False)
    heading: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance(Block):
    """The next maintenance: `days` and `distance` (km) until then, negative once it is overdue."""

    partial: ClassVar = True

    days: int | None = None
    distance: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert that the car shows: `type` is such as FuelLevelLow, `severity` Information, Warning or Critical."""

    id: str = field(repr=False)
    type: str
    severity: str | None = None
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts(Block):
    """The alerts that are active."""

    active: tuple[Alert, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip(Block):
    """A trip that has ended: `distance` in km, `fuel` in litres, `electricity` in kWh."""

    id: str = field(repr=False)
    distance: float | None = None
    duration: timedelta | None = None
    fuel: float | None = None
    electricity: float | None = None
