"""What a car keeps a record of: its alerts, its trips, break-ins, the next maintenance."""

from dataclasses import dataclass, field
import secrets

from .clock import timestamp

type Coordinates = tuple[float, float]
"""Longitude and latitude in degrees."""


@dataclass(eq=False, kw_only=True)
class Alert:
    """An alert on the dashboard: `type` is such as FuelLevelLow, `severity` Information, Warning or Critical."""

    type: str
    severity: str
    id: str = field(default_factory=lambda: secrets.token_hex(32))
    active: bool = True
    started_at: str = field(default_factory=timestamp)
    ended_at: str | None = None

    def end(self) -> None:
        """Go out."""
        self.active = False
        self.ended_at = timestamp()


@dataclass(frozen=True)
class Maintenance:
    """What is left until the next maintenance: days, and a distance in km."""

    days: int = 210
    distance: float = 12345.0


@dataclass(frozen=True)
class BreakIn:
    """What set the alarm off: `type` is such as TrunkDoorBreakIn."""

    type: str
    started_at: str = field(default_factory=timestamp)


@dataclass(frozen=True)
class Reserves:
    """What a car has left at some moment: percent of its battery and of its tank, None for what it has not."""

    battery: float | None
    fuel: float | None


@dataclass(eq=False, kw_only=True)
class Trip:
    """A trip. `duration` is in seconds of the cars' time, `distance` in km; `ended_at` is None until it is over."""

    start: Coordinates
    start_mileage: float
    before: Reserves
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    started_at: str = field(default_factory=timestamp)
    duration: float = 0.0
    distance: float = 0.0
    top_speed: float = 0.0
    stop: Coordinates | None = None
    after: Reserves | None = None
    ended_at: str | None = None
