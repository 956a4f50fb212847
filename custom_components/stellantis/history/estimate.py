"""The level of a battery between two reports of a charge."""

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from ..api.status import CHARGING_TYPES, Battery, Charging, Status

FULL: Final = 100.0
_PARTIAL: Final = CHARGING_TYPES[0]
_TELLING: Final = 10.0
"""The level, in %, from which the range is in proportion to it: a car shows 0 km before its battery is empty."""
_HOUR: Final = timedelta(hours=1)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Estimate(NamedTuple):
    """A level in %, and whether it rises by itself."""

    level: float | None
    rises: bool = False


def estimate(status: Status, reported_at: datetime | None, now: datetime) -> Estimate:
    """Estimate the level of the battery: that of the last report, and what has been charged since.

    `reported_at` is when the charge that is under way was last reported; None if there is none.
    """
    battery, charging = status.battery, status.charging
    level = battery.trusted_level if battery else None
    if battery is None or level is None or charging is None or not charging.in_progress or reported_at is None:
        return Estimate(level)
    ends_at = charging.ends_at or _NEVER
    hours = max(min(now, ends_at) - reported_at, timedelta()) / _HOUR
    points = _points_per_hour(battery, level, charging)
    estimated = min(level + points * hours, FULL)
    return Estimate(estimated, rises=points > 0 and now < ends_at and estimated < FULL)


def _points_per_hour(battery: Battery, level: float, charging: Charging) -> float:
    """Return how fast the level rises: by the rate that the car reports, else by the time to the full battery.

    The time comes second because some cars report the wrong one, and because charging slows down towards the end.
    """
    rate, reach = charging.current_rate, battery.range
    if rate and reach and level >= _TELLING and battery.date_of("range") >= battery.date_of("level"):
        return rate * level / reach
    if charging.ends_at and charging.remaining and charging.type != _PARTIAL:
        return (FULL - level) / (charging.remaining / _HOUR)
    return 0.0
