"""Small records of a car: alerts, collisions, maintenance, break-ins, levels, trips."""

from dataclasses import dataclass, field
import secrets
from typing import Any

from simulator.base.clock import timestamp

type Coordinates = tuple[float, float]
"""Longitude and latitude in degrees."""


@dataclass(eq=False, kw_only=True)
class Alert:
    """An alert on the dashboard: `type` is one of `words.ALERTS`, `severity` one of `words.SEVERITIES`."""

    type: str
    severity: str
    id: str = field(default_factory=lambda: secrets.token_hex(32))
    active: bool = True
    started_at: str = field(default_factory=timestamp)
    ended_at: str | None = None

    def end(self) -> None:
        """End the alert."""
        self.active = False
        self.ended_at = timestamp()


@dataclass(frozen=True, kw_only=True)
class Impact:
    """One impact of a collision: `side` is one of `words.IMPACT_SIDES`, `severity` one of `words.IMPACT_SEVERITIES`."""

    side: str
    severity: str | None = None


@dataclass(eq=False, kw_only=True)
class Collision:
    """A collision. Only cars with a sensor tell whether they have tipped over, or hit a pedestrian."""

    impacts: tuple[Impact, ...]
    tipped_over: bool | None = None
    pedestrian: bool | None = None
    id: str = field(default_factory=lambda: secrets.token_hex(64))
    at: str = field(default_factory=timestamp)


@dataclass(frozen=True)
class Maintenance:
    """Days and kilometres until the next maintenance."""

    days: int = 210
    distance: float = 12345.0


@dataclass(frozen=True)
class BreakIn:
    """What triggered the alarm: `type` is one of `words.BREAK_INS`."""

    type: str
    started_at: str = field(default_factory=timestamp)


@dataclass(frozen=True)
class Levels:
    """Levels of battery and tank in percent; None for a car without a battery or a tank."""

    battery: float | None
    fuel: float | None


@dataclass(eq=False, kw_only=True)
class Trip:
    """A trip. `duration` is in simulated seconds, `distance` in km. `ended_at` is None during the trip.

    `reported` is what the vendor says of it otherwise, by the keys of its answer; what is None is left out.
    """

    start: Coordinates
    start_mileage: float
    before: Levels
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    started_at: str = field(default_factory=timestamp)
    duration: float = 0.0
    distance: float = 0.0
    top_speed: float = 0.0
    stop: Coordinates | None = None
    after: Levels | None = None
    ended_at: str | None = None
    reported: dict[str, Any] = field(default_factory=dict)
