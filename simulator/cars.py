"""The cars: what they are, the state they are in, and the three that the simulator starts with."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
import hashlib
from typing import Any

from . import reports
from .clock import timestamp


@dataclass(frozen=True)
class Outcome:
    """How a remote ends: Success, AlreadyDone, Failed, or a pending status after which nothing more comes.

    `type` is the message's own, for a vendor that says something else than Done (or Pending).
    """

    status: str
    failure_cause: str | None = None
    feedback: str | None = None
    type: str | None = None


@dataclass(eq=False, kw_only=True)
class Car:
    """A car. Everything may be set directly; `touch` then gives the blocks of its status a fresh date.

    `capabilities` is the extension `onboardCapabilities`, None leaves it out. `open_doors` holds identifiers such as
    Driver or Trunk. `battery_level` and `fuel_level` are percentages, None for cars without. `privacy` is the word
    None, Geolocation or Full. A car in `deep_sleep` never answers. `next_outcomes` are used up first, whatever the
    car's state.
    """

    name: str
    brand: str
    label: str
    motorization: str
    report: Callable[[Car], dict[str, Any]]
    capabilities: dict[str, Any] | None = None
    vin: str = ""
    id: str = ""

    asleep: bool = True
    deep_sleep: bool = False
    wake_ups: int = 0
    wake_up_limit: int = 100

    locked: bool = True
    open_doors: set[str] = field(default_factory=set)
    lights: bool = False
    moving: bool = False
    privacy: str = "None"
    mileage: float = 12345.6
    position: tuple[float, float] = (2.2945, 48.8584)
    fuel_level: float | None = None
    battery_level: float | None = None
    plugged: bool = False
    charging_status: str = "Disconnected"
    preconditioning: str = "Disabled"

    next_outcomes: list[Outcome] = field(default_factory=list)
    dates: defaultdict[str, str] = field(default_factory=lambda: defaultdict(timestamp))

    def __post_init__(self) -> None:
        """Make up an identity."""
        digest = hashlib.sha384(self.name.encode()).hexdigest()
        self.id = self.id or digest
        self.vin = self.vin or f"VXXDEM{digest[-11:].upper()}"

    def touch(self, *blocks: str) -> None:
        """Date blocks of the status (`doorsState`, `energies`, ...) now; all of them when none is named."""
        now = timestamp()
        for block in blocks or tuple(self.dates):
            self.dates[block] = now

    def status(self) -> dict[str, Any]:
        """Return what the car last reported."""
        return self.report(self)


def electric(name: str, brand: str, label: str) -> Car:
    """Make an electric car that can do everything, parked and plugged in."""
    return Car(
        name=name,
        brand=brand,
        label=label,
        motorization="Electric",
        report=reports.modern,
        capabilities=reports.capabilities(*reports.REMOTES),
        battery_level=62.0,
        plugged=True,
        charging_status="Stopped",
    )


def hybrid(name: str, brand: str, label: str) -> Car:
    """Make a plug-in hybrid that cannot honk, with a status in the older style."""
    return Car(
        name=name,
        brand=brand,
        label=label,
        motorization="Hybrid",
        report=reports.legacy,
        capabilities=reports.capabilities("door", "charging", "preconditioning", "wakeup"),
        battery_level=48.0,
        fuel_level=71.0,
    )


def combustion(name: str, brand: str, label: str) -> Car:
    """Make a car that burns fuel: doors, horn, lights and wake-up."""
    return Car(
        name=name,
        brand=brand,
        label=label,
        motorization="Thermic",
        report=reports.plain,
        capabilities=reports.capabilities("door", "horn", "lights", "wakeup"),
        fuel_level=55.0,
    )
