"""The blocks of what a car reports (docs/vendor-api.md, "Reading"), and how a newer one is merged into an older one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Final, NamedTuple, Self, override

from ..levels import contradicts


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


BREAK_INS: Final = (
    "FrontRightDoorBreakIn",
    "FrontLeftDoorBreakIn",
    "RearRightFrontDoorBreakIn",
    "RearLeftFrontDoorBreakIn",
    "HoodDoorBreakIn",
    "TrunkDoorBreakIn",
    "BackliteDoorBreakIn",
    "RoofBreakIn",
    "VolumetricBreakIn",
    "VehicleLifting",
    "ElectricalsystemBreakIn",
    "KeyLearning",
    "UnauthenticatedStartup",
)
"""What sets an alarm off, as far as it is documented."""
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


EARLIEST: Final = datetime.fromtimestamp(0, UTC)
"""The date of what has never been reported, and of what any report replaces."""
_CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""How much a car's clock may differ from the vendor's: two dates this close do not tell what came first."""


type DatedValues = Mapping[str, tuple[Any, datetime]]
"""Values by their names, each with its date."""


class Dated(NamedTuple):
    """A value and its date; an assumed value also has the report that it `replaced`."""

    value: Any
    at: datetime
    replaced: Dated | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of a status. A value that has never been reported is None.

    `at` is when the car last reported any of it; `earlier` holds the date of each value that is older than `at`, and of
    each value explicitly reported as absent. In a block that is not `partial`, a value missing from a newer report is
    gone.

    The outcome of a remote is an assumption, until the car reports again. `replaced` holds exactly the values that are
    assumed, as the car has last reported them; those that it has never reported are absent since `EARLIEST`. Of the
    values in `unsafe`, that reading is shown where two are possible.
    """

    partial: ClassVar[bool] = False
    unsafe: ClassVar[Mapping[str, Any]] = {}

    at: datetime
    earlier: Mapping[str, datetime] = field(default_factory=dict, repr=False, hash=False)
    replaced: Self | None = field(default=None, repr=False, hash=False)

    @classmethod
    def of(cls, dated: DatedValues) -> Self | None:
        """Make a block of values and their dates; None if there are none."""
        if not dated:
            return None
        at = max([date for _, date in dated.values()])
        return cls(
            at=at,
            # An absent value, such as no delayed charge any more, needs a date too: it must win over the older value.
            earlier={name: date for name, (value, date) in dated.items() if value is None or date < at},
            **{name: value for name, (value, _) in dated.items()},
        )

    @property
    def values(self) -> dict[str, Any]:
        """All values, without their dates."""
        return {name: getattr(self, name) for name in _value_names(self)}

    @property
    def is_unsafe(self) -> bool:
        """Whether any value is the reading that is shown in doubt."""
        return any(getattr(self, name) == reading for name, reading in self.unsafe.items())

    @property
    def reported_at(self) -> datetime:
        """When the car last reported any of it: assumptions do not count. `EARLIEST` if it never has."""
        if self.replaced is None:
            return self.at
        return max((each.replaced or each).at for each in self.dated().values())

    def date_of(self, name: str) -> datetime:
        """Return when this value was reported."""
        return self.earlier.get(name, self.at)

    def is_reported(self, name: str) -> bool:
        """Return whether anything is known of this value, be it that there is none."""
        return getattr(self, name) is not None or name in self.earlier

    def is_assumed(self, name: str) -> bool:
        """Return whether a remote has set this value and the car has not reported it since."""
        return self.replaced is not None and self.replaced.is_reported(name)

    def as_assumed(self) -> Self:
        """Return these values as the outcome of a remote."""
        never = dict.fromkeys(self.dated(), EARLIEST)
        return replace(self, replaced=type(self)(at=EARLIEST, earlier=never) if never else None)

    def undated(self) -> Self:
        """Return these values for any report to replace."""
        return replace(self, at=EARLIEST, earlier=dict.fromkeys(self.earlier, EARLIEST))

    def merge(self, other: Self) -> Self:
        """Return the newer of each value. At the same date the value of `other` counts, because it came later."""
        if not self.partial:
            return other if _is_news(other.at, self.at) else self
        if other.at >= self.at and not (other.earlier or self.replaced or other.replaced):
            return self._complete(other)  # all that it has is newer: no need to look at the dates one by one
        dated = self.dated()
        for name, theirs in other.dated().items():
            dated[name] = self._choose(name, dated[name], theirs) if name in dated else theirs
        # The date may be older than before: that of a clock that was ahead, or of a remote's outcome, counts no more.
        merged = self.of({name: (each.value, each.at) for name, each in dated.items()})
        if merged is None:
            return type(self)(at=max(self.at, other.at))
        replaced = self.of({name: each.replaced[:2] for name, each in dated.items() if each.replaced})
        return replace(merged, replaced=replaced) if replaced else merged

    def _complete(self, newer: Self) -> Self:
        """Return a newer block with the values that only this one has."""
        names = _value_names(self)
        lacking = [name for name in names if getattr(newer, name) is None]
        kept = {name: value for name in lacking if (value := getattr(self, name)) is not None or name in self.earlier}
        if not kept:
            return newer
        if len(lacking) == len(names):
            return self  # the newer one says nothing
        dates = {name: self.date_of(name) for name in kept}
        earlier = {name: date for name, date in dates.items() if date < newer.at or kept[name] is None}
        return replace(newer, earlier=earlier, **kept)

    def dated(self) -> dict[str, Dated]:
        """Return what is known of each value."""
        replaced = self.replaced.dated() if self.replaced else {}
        return {
            name: Dated(value, self.date_of(name), replaced.get(name))
            for name, value in self.values.items()
            if value is not None or name in self.earlier
        }

    def _choose(self, name: str, ours: Dated, theirs: Dated) -> Dated:
        """Return which of two values counts; `theirs` came later."""
        ours_unsafe, theirs_unsafe = (
            name in self.unsafe and self.unsafe[name] == each.value for each in (ours, theirs)
        )
        made_safe, made_unsafe = ours_unsafe and not theirs_unsafe, theirs_unsafe and not ours_unsafe
        if ours.replaced and theirs.replaced:
            last = theirs if theirs.at >= ours.at else ours
            return last._replace(replaced=max(ours.replaced, theirs.replaced, key=_date))
        if ours.replaced:
            return _report_after_outcome(ours, ours.replaced, theirs, made_safe=made_safe)
        if theirs.replaced:
            return _outcome_after_report(ours, theirs, theirs.replaced, made_unsafe=made_unsafe)
        newer = theirs.at >= ours.at if made_safe else _is_news(theirs.at, ours.at)
        return theirs if newer else ours


_NO_VALUES: Final = frozenset({"at", "earlier", "replaced"})


def _value_names(block: Block) -> tuple[str, ...]:
    kind: Any = type(block)
    return _value_names_of(kind)


@cache
def _value_names_of(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind) if each.name not in _NO_VALUES)


def _date(dated: Dated) -> datetime:
    return dated.at


def _is_news(date: datetime, known: datetime) -> bool:
    """Return whether a report of this date replaces a known one.

    A known date to come is that of a clock that is ahead; a report that is not from the future shows that it has been
    set right.
    """
    return date >= known or date <= datetime.now(UTC) < known


def _report_after_outcome(outcome: Dated, replaced: Dated, report: Dated, *, made_safe: bool) -> Dated:
    """Choose the report if it is newer than what the outcome replaced, whatever the date of the outcome.

    The outcome is dated by the vendor's clock, reports by the car's. Some cars never change the date of a report:
    another value at the same date is a new report.
    """
    changed = report.value != replaced.value
    if not (changed if report.at == replaced.at else _is_news(report.at, replaced.at)):
        return outcome
    if made_safe and not outcome.at < report.at <= datetime.now(UTC):  # it may be from before the outcome
        return outcome._replace(replaced=report)
    return report


def _outcome_after_report(report: Dated, outcome: Dated, replaced: Dated, *, made_unsafe: bool) -> Dated:
    """Choose the outcome if it is newer, or if it may be and is the unsafe reading."""
    late = not _is_news(outcome.at, report.at)
    if late and not (made_unsafe and report.at - outcome.at <= _CLOCKS_DIFFER):
        return report
    return outcome._replace(replaced=max(report, replaced, key=_date))


DOORS_UNLOCKED: Final = "doors_unlocked"
"""What is not locked if the car does not name a part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors(Block):
    """The block `doorsState`: whether the doors are locked, and which openings are open.

    `unlocked` are the parts that the car names if it is not locked, such as `cargo_doors_unlocked`.
    """

    partial: ClassVar = True
    unsafe: ClassVar = {"locked": False}

    locked: bool | None = None
    unlocked: tuple[str, ...] | None = None
    driver: bool | None = None
    passenger: bool | None = None
    rear_left: bool | None = None
    rear_right: bool | None = None
    trunk: bool | None = None
    rear_window: bool | None = None
    roof_window: bool | None = None

    @property
    def open(self) -> tuple[str, ...]:
        """The doors that are open, the boot among them. Windows do not count: some cars report one as always open."""
        return tuple(name for name in _DOORS if getattr(self, name))

    @property
    def secured(self) -> bool | None:
        """Whether the car is locked, with no door open."""
        return False if self.open else self.locked

    @property
    def parts_unlocked(self) -> tuple[str, ...]:
        """Which parts are not locked."""
        if self.locked is not False:
            return ()
        named = self.unlocked if self.date_of("unlocked") == self.date_of("locked") else None
        return named or (DOORS_UNLOCKED,)


_DOORS: Final = ("driver", "passenger", "rear_left", "rear_right", "trunk")


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery(Block):
    """The energy of type Electric: `level` and `health` in %, `range` in km, `capacity` and `energy` in Wh."""

    partial: ClassVar = True

    level: float | None = None
    range: float | None = None
    capacity: float | None = None
    energy: float | None = None
    health: float | None = None

    @property
    def trusted_level(self) -> float | None:
        """The level; None if the range contradicts it. A range older than the level says nothing about it."""
        if self.level is None or self.range is None or self.date_of("range") < self.date_of("level"):
            return self.level
        return None if contradicts(self.level, self.range) else self.level


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
    km of range per hour, `mode` is No, Slow or Quick, `power_level` is such as `Level1`, `type` is Partial or Full.
    `delayed_start` is the hour of the delayed charge, as the time since midnight of the car's own clock.
    """

    partial: ClassVar = True

    status: str | None = None
    plugged: bool | None = None
    remaining: timedelta | None = None
    rate: float | None = None
    mode: str | None = None
    power_level: str | None = None
    type: str | None = None
    delayed_start: timedelta | None = None
    programs: tuple[ChargingProgram, ...] | None = None

    @property
    def in_progress(self) -> bool:
        """Whether the battery is being charged."""
        return self.status == ChargingStatus.IN_PROGRESS

    @property
    def known_in_progress(self) -> bool | None:
        """The same; None if the car has not said it."""
        return None if self.status is None else self.in_progress

    @property
    def current_rate(self) -> float | None:
        """The rate of the charging that is in progress; 0 if none is."""
        if self.status not in list(ChargingStatus):
            return self.rate
        if not self.in_progress:
            return 0
        return self.rate if self.date_of("rate") >= self.date_of("status") else None

    @property
    def ends_at(self) -> datetime | None:
        """When the charging that is in progress will end, by the time that remained when the car reported it."""
        reported = self.date_of("remaining")
        if not self.in_progress or not self.remaining or reported < self.date_of("status"):
            return None
        return reported + self.remaining


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuel(Block):
    """The energy of type Fuel: `level` in %, `range` in km.

    `used` is what the car has used in all, in litres, `consumption` what it uses at this moment, in litres per 100 km.
    """

    partial: ClassVar = True

    level: float | None = None
    range: float | None = None
    used: float | None = None
    consumption: float | None = None


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

    `status` is a `PreconditioningStatus`, or a word that is not known yet; `failure_cause` is such as `DoorOpened`,
    `starting_cause`, of the last start, is Immediate or Scheduled.
    """

    partial: ClassVar = True

    status: str | None = None
    starting_cause: str | None = None
    failure_cause: str | None = None
    programs: tuple[Program, ...] | None = None

    @property
    def running(self) -> bool:
        """Whether the car is being preconditioned."""
        return self.status == PreconditioningStatus.ENABLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched(Block):
    """Whether something is on."""

    partial: ClassVar = True
    unsafe: ClassVar = {"on": True}

    on: bool | None = None

    @property
    def assumed(self) -> bool:
        """Whether a remote has switched it and the car has not reported it since."""
        return self.is_assumed("on")


_ROUNDING: Final = 1.0
"""Kilometres that two reports of one mileage can differ by: some are in whole ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Odometer(Block):
    """The block `odometer`, in km. It does not go backwards, unless two reports say so.

    `lower` is what the last report said, if it was less than `mileage`.
    """

    mileage: float
    lower: float | None = None

    @override
    def merge(self, other: Self) -> Self:
        if other.at == self.at:
            return other if other.mileage > self.mileage else self
        if not _is_news(other.at, self.at):
            return self
        if other.mileage > self.mileage - _ROUNDING:
            return other if other.mileage >= self.mileage else replace(other, mileage=self.mileage)
        if self.lower is not None and other.mileage > self.lower - _ROUNDING:
            return other
        return replace(self, at=other.at, lower=other.mileage)


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
    """The block `kinetic`: `speed` in km/h, `acceleration` in m/s²."""

    moving: bool | None = None
    speed: float | None = None
    acceleration: float | None = None


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
class EmergencyCall(Block):
    """The value `safety.autoECallTriggering`: `state` is NotDetected, Detected or ShockDetectionUnabled."""

    state: str

    @property
    def detected(self) -> bool:
        """Whether the car has detected a shock for which it calls for help."""
        return self.state == "Detected"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrivingMode(Block):
    """The block `drivingBehavior`: `mode` is such as Eco."""

    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm(Block):
    """The block `alarm`: whether it is armed, and which break-in set it off last (such as `TrunkDoorBreakIn`).

    `disarmed_at` is since when it is not armed, or when it last was not.
    """

    partial: ClassVar = True

    armed: bool | None = None
    disarmed_at: datetime | None = None
    trigger: str | None = None
    triggered_at: datetime | None = None

    @property
    def broken_into(self) -> bool:
        """Whether the alarm has been set off and has not been disarmed since: some cars go on naming the trigger."""
        if self.trigger is None:
            return False
        if self.disarmed_at is None:
            return self.armed is not False  # a status stored by an older version has no `disarmed_at`
        return self.disarmed_at <= (self.triggered_at or self.date_of("trigger"))

    @override
    def merge(self, other: Self) -> Self:
        merged = Block.merge(self, other)
        still_disarmed = self.armed is False and merged.armed is False
        return replace(merged, disarmed_at=self.disarmed_at) if still_disarmed and self.disarmed_at else merged


@dataclass(frozen=True, slots=True, kw_only=True)
class Daylight(Block):
    """The block `environment.luminosity`: whether it is bright outside."""

    day: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine(Block):
    """The engine of type Thermic: `speed` in revolutions per minute, temperatures in °C, levels in %."""

    partial: ClassVar = True

    speed: float | None = None
    oil_temperature: float | None = None
    oil_level: float | None = None
    coolant_temperature: float | None = None
    coolant_level: float | None = None
    air_temperature: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignition(Block):
    """The block `ignition`: `type` is Stop, StartUp or Start."""

    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lighting(Block):
    """The block `lightingSystem`: which direction indicators and fog lights are on."""

    partial: ClassVar = True

    turn_left: bool | None = None
    turn_right: bool | None = None
    fog_front: bool | None = None
    fog_rear: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Block):
    """The block `service`: `type` is Electric or Hybrid."""

    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transmission(Block):
    """The block `transmission`: `gear` is such as Ratio1, Neutral or Reverse."""

    gear: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wipers(Block):
    """The block `wipingBlades`: whether the windscreen is being wiped."""

    active: bool


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
