"""The cars: what they are, the state they are in, and the three that the simulator starts with."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
import hashlib
from typing import Any

from . import reports
from .clock import timestamp
from .records import Alert, BreakIn, Coordinates, Maintenance, Reserves, Trip


@dataclass(frozen=True)
class Outcome:
    """How a remote ends: Success, AlreadyDone, Failed, or a pending status after which nothing more comes.

    `type` is the message's own, for a vendor that says something else than Done (or Pending).
    """

    status: str
    failure_cause: str | None = None
    feedback: str | None = None
    type: str | None = None


def _first_programs() -> dict[int, dict[str, Any]]:
    program = {
        "enabled": False,
        "slot": 1,
        "recurrence": "Daily",
        "start": "PT7H40M",
        "occurence": {"day": ["Mon", "Tue", "Wed", "Thu", "Fri"]},
    }
    return {1: program}


OPENINGS = ("Driver", "Passenger", "RearLeft", "RearRight", "Trunk", "RearWindow", "RoofWindow")
SEATS = ("Driver", "Passenger")


@dataclass(eq=False, kw_only=True)
class Car:
    """A car. Everything may be set directly; `touch` then gives the blocks of its status a fresh date.

    `capabilities` is the extension `onboardCapabilities`, None leaves it out. `openings` is what it can tell to be
    open, `open_doors` what of that is so. `battery_level` and `fuel_level` are percentages, None for cars without.
    `next_delayed` is the time of day of a delayed charge, PT0S for none. `charging_level` is None for a car that does
    not tell it. `programs` are those of the air conditioning by slot; without `keeps_programs` a car forgets those that
    a remote for it does not name. `destinations` are coordinates as they were received last, `driver_approval` what was
    said with them. `stolen` is None until somebody has said so, and told by cars with `reports_stolen`. `privacy` is
    the word None, Geolocation or Full. `trip` is the one that it is on. A car in `deep_sleep` never answers.
    `next_outcomes` are used up first, whatever the car's state.
    """

    name: str
    brand: str
    label: str
    motorization: str
    report: Callable[[Car], dict[str, Any]]
    color: str
    capabilities: dict[str, Any] | None = None
    vin: str = ""
    id: str = ""

    asleep: bool = True
    deep_sleep: bool = False
    wake_ups: int = 0
    wake_up_limit: int = 100

    locked: bool = True
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

    fuel_level: float | None = None
    fuel_range: float = 700.0
    tank: float = 44.0
    battery_level: float | None = None
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
    maintenance: Maintenance | None = field(default_factory=Maintenance)
    trip: Trip | None = None
    trips: list[Trip] = field(default_factory=list)

    next_outcomes: list[Outcome] = field(default_factory=list)
    dates: defaultdict[str, str] = field(default_factory=lambda: defaultdict(timestamp))

    def __post_init__(self) -> None:
        """Make up an identity."""
        digest = hashlib.sha384(self.name.encode()).hexdigest()
        self.id = self.id or digest
        self.vin = self.vin or f"VXXDEM{digest[-11:].upper()}"

    @property
    def running(self) -> bool:
        """Whether somebody drives it."""
        return self.moving or self.trip is not None

    @property
    def reserves(self) -> Reserves:
        """What is left in battery and tank."""
        return Reserves(self.battery_level, self.fuel_level)

    @property
    def electric_autonomy(self) -> int | None:
        """How far the battery lasts, in km."""
        return None if self.battery_level is None else round(self.battery_level * self.battery_range / 100)

    @property
    def fuel_autonomy(self) -> int | None:
        """How far the fuel lasts, in km."""
        return None if self.fuel_level is None else round(self.fuel_level * self.fuel_range / 100)

    @property
    def active_alerts(self) -> list[Alert]:
        """The alerts on the dashboard."""
        return [alert for alert in self.alerts if alert.active]

    @property
    def last_trip(self) -> Trip | None:
        """The trip that it is on, or else the one before."""
        return self.trip or (self.trips[-1] if self.trips else None)

    def lock(self) -> None:
        """Lock the doors, which arms the alarm."""
        self.locked = True

    def unlock(self) -> None:
        """Unlock the doors, which ends an alarm."""
        self.locked = False
        self.break_in = None

    def touch(self, *blocks: str) -> None:
        """Date blocks of the status (`doorsState`, `energies`, ...) now; all of them when none is named."""
        now = timestamp()
        for block in blocks or tuple(self.dates):
            self.dates[block] = now

    def status(self) -> dict[str, Any]:
        """Return what the car last reported."""
        return self.report(self)


def electric(name: str, brand: str, label: str) -> Car:
    """Make an electric car that can do everything, parked and plugged in, its charge delayed."""
    return Car(
        name=name,
        brand=brand,
        label=label,
        motorization="Electric",
        report=reports.modern,
        color="#2f6fd6",
        capabilities=reports.capabilities(*reports.REMOTES),
        openings=OPENINGS,
        battery_level=62.0,
        plugged=True,
        charging_status="Stopped",
        next_delayed="PT22H30M",
        charging_level="Level1",
    )


def hybrid(name: str, brand: str, label: str) -> Car:
    """Make a plug-in hybrid that cannot honk and hardly plans its charge.

    Its status is in the older style, and it has no maintenance plan.
    """
    return Car(
        name=name,
        brand=brand,
        label=label,
        motorization="Hybrid",
        report=reports.legacy,
        color="#c0392b",
        capabilities=reports.capabilities(
            "door",
            "charging",
            "preconditioning",
            "wakeup",
            charging={
                "schedule": {"programs": {"supported": False}, "nextDelayedTime": True},
                "preferences": {"level": False, "type": False},
            },
        ),
        fuel_level=71.0,
        battery_level=48.0,
        battery_range=50.0,
        battery_capacity=11000,
        charging_power=3700.0,
        maintenance=None,
    )


def combustion(name: str, brand: str, label: str) -> Car:
    """Make a car that burns fuel: doors, horn, lights and wake-up."""
    return Car(
        name=name,
        brand=brand,
        label=label,
        motorization="Thermic",
        report=reports.plain,
        color="#7f8c8d",
        capabilities=reports.capabilities("door", "horn", "lights", "wakeup"),
        fuel_level=55.0,
    )
