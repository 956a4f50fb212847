"""A car and its state."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
import hashlib
from typing import Any, Protocol

from simulator.base.clock import timestamp

from .outcome import Outcome
from .records import Alert, BreakIn, Collision, Coordinates, Levels, Maintenance, Trip


def _first_programs() -> dict[int, dict[str, Any]]:
    program = {
        "enabled": False,
        "slot": 1,
        "recurrence": "Daily",
        "start": "PT7H40M",
        "occurence": {"day": ["Mon", "Tue", "Wed", "Thu", "Fri"]},
    }
    return {1: program}


def _month() -> str:
    return timestamp()[:7]


OPENINGS = ("Driver", "Passenger", "RearLeft", "RearRight", "Trunk", "RearWindow", "RoofWindow")
SEATS = ("Driver", "Passenger")
LAMPS = (("turn", "Left"), ("turn", "Right"), ("fog", "Front"), ("fog", "Rear"))
"""Direction indicators and fog lights, as kind and place."""


@dataclass(eq=False, kw_only=True)
class Car:
    """A car. A test may set any attribute; `touch` then dates the blocks of the status that contain it.

    `report` builds the status. `capabilities` is the extension `onboardCapabilities`; if None, the API leaves it out,
    and with `tutorial_capabilities` it describes them as the tutorial does.
    `woken` counts how often remotes have woken it, by month.
    Its clock, whose dates it reports, is `clock_ahead` of the vendor's; a slow one is behind, by a negative time.
    `openings` are the doors and windows with a sensor, `open_doors` those that are open now. `unlocked_parts` are words
    that it reports beside Locked, such as CargoDoorsUnlocked.
    `battery_level` and `fuel_level` are percentages, None for a car without a battery or a tank. `reported_level` is
    what a car reports that has got the level of its battery wrong. A car with `fine_consumption` reports that of a trip
    in centilitres and Wh.
    `lit` are those of `LAMPS` that are on; `lights` are what the remote switches, and are not reported.
    `next_delayed` is the time of day of the delayed charge, PT0S if there is none.
    `charging_level` is None for a car that does not report one.
    `programs` are the preconditioning programs by slot. A car without `keeps_programs` deletes every program that a
    preconditioning remote does not contain.
    `destinations` are the coordinates of the last navigation remote, `driver_approval` its `driverApproval`.
    `emergency_call` is one of `words.ECALL_STATES`.
    `stolen` is None until a remote sets it. Only a car with `reports_stolen` reports it.
    `privacy` is None, Geolocation or Full, as a string. `trip` is the trip in progress.
    A car in `deep_sleep` cannot be woken. Each remote takes the first of `next_outcomes`, whatever the car's state.
    """

    name: str
    brand: str
    label: str
    motorization: str
    report: Callable[[Car], dict[str, Any]]
    color: str
    capabilities: dict[str, Any] | None = None
    tutorial_capabilities: bool = False
    vin: str = ""
    id: str = ""

    asleep: bool = True
    deep_sleep: bool = False
    woken: Counter[str] = field(default_factory=Counter)
    wake_up_limit: int = 100

    clock_ahead: timedelta = timedelta()

    locked: bool = True
    unlocked_parts: tuple[str, ...] = ()
    openings: tuple[str, ...] = OPENINGS[:5]
    open_doors: set[str] = field(default_factory=set)
    break_in: BreakIn | None = None
    lights: bool = False
    honking: bool = False
    immobilized: bool = False
    stolen: bool | None = None
    stolen_at: str | None = None
    found_at: str | None = None
    reports_stolen: bool = False
    unfastened: set[str] = field(default_factory=set)
    lit: set[tuple[str, str]] = field(default_factory=set)
    drive_mode: str = "Normal"
    moving: bool = False
    speed: float = 0.0
    privacy: str = "None"
    mileage: float = 12345.6
    position: Coordinates = (2.2945, 48.8584)
    heading: int = 126
    destinations: list[list[float]] = field(default_factory=list)
    driver_approval: bool | None = None
    air_temperature: float = 11.5
    daylight: bool = True

    fuel_level: float | None = None
    fuel_range: float = 700.0
    tank: float = 44.0
    battery_level: float | None = None
    reported_level: float | None = None
    battery_range: float = 320.0
    battery_capacity: int = 46000
    charging_power: float = 7400.0
    plugged: bool = False
    charging_status: str = "Disconnected"
    next_delayed: str = "PT0S"
    charging_programs: list[dict[str, Any]] = field(default_factory=list)
    charging_level: str | None = None
    charging_type: str = "Full"
    preconditioning: str = "Disabled"
    programs: dict[int, dict[str, Any]] = field(default_factory=_first_programs)
    keeps_programs: bool = True

    alerts: list[Alert] = field(default_factory=list)
    collisions: list[Collision] = field(default_factory=list)
    emergency_call: str = "NotDetected"
    maintenance: Maintenance | None = field(default_factory=Maintenance)
    trip: Trip | None = None
    trips: list[Trip] = field(default_factory=list)
    fine_consumption: bool = False

    next_outcomes: list[Outcome] = field(default_factory=list)
    dates: defaultdict[str, str] = field(default_factory=defaultdict)

    def __post_init__(self) -> None:
        """Derive the id and the VIN from the name, unless they are given."""
        self.dates.default_factory = self.now
        digest = hashlib.sha384(self.name.encode()).hexdigest()
        self.id = self.id or digest
        self.vin = self.vin or f"VXXDEM{digest[-11:].upper()}"

    def now(self) -> str:
        """Return the time of its clock."""
        return timestamp(ahead=self.clock_ahead)

    @property
    def wake_ups(self) -> int:
        """How often remotes have woken it this month: the vendor limits that."""
        return self.woken[_month()]

    def wake_up(self) -> None:
        """Note that a remote wakes it."""
        self.woken[_month()] += 1

    @property
    def running(self) -> bool:
        """Whether the engine runs."""
        return self.moving or self.trip is not None

    @property
    def levels(self) -> Levels:
        """The levels of battery and tank."""
        return Levels(self.battery_level, self.fuel_level)

    @property
    def electric_autonomy(self) -> int | None:
        """The remaining electric range in km."""
        return None if self.battery_level is None else round(self.battery_level * self.battery_range / 100)

    @property
    def fuel_autonomy(self) -> int | None:
        """The remaining range on fuel in km."""
        return None if self.fuel_level is None else round(self.fuel_level * self.fuel_range / 100)

    @property
    def active_alerts(self) -> list[Alert]:
        """The alerts that have not ended."""
        return [alert for alert in self.alerts if alert.active]

    @property
    def last_trip(self) -> Trip | None:
        """The trip in progress, or else the latest one."""
        return self.trip or (self.trips[-1] if self.trips else None)

    def lock(self) -> None:
        """Lock the doors. The alarm is reported as active while they are locked."""
        self.locked = True

    def unlock(self) -> None:
        """Unlock the doors and stop the alarm."""
        self.locked = False
        self.break_in = None

    def touch(self, *blocks: str) -> None:
        """Date the named blocks of the status (`doorsState`, `energies`, ...) now, all blocks if none is named."""
        now = self.now()
        for block in blocks or tuple(self.dates):
            self.dates[block] = now

    def status(self) -> dict[str, Any]:
        """Build the status that the car reports."""
        return self.report(self)


class Report(Protocol):
    """A function that makes a car report."""

    def __call__(self, car: Car, /, *blocks: str) -> None:
        """Report the named blocks of the status, all blocks if none is named."""
