"""A car's trips: `GET .../trips`, and the extension `vehicle.trip` (docs/vendor-api.md, "Reading")."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple

from .lenient import as_list, as_number, as_object, as_objects, as_text, parse_date, parse_duration
from .levels import contradicts
from .words import slug

type Json = Mapping[str, Any]

_YEAR: Final = timedelta(days=365)
_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_MILLISECOND: Final = timedelta(milliseconds=1)
_MAX_FAULTS: Final = 10

_not_negative: Final = partial(as_number, least=0)
_percent: Final = partial(as_number, least=0, most=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place in degrees."""

    latitude: float = field(repr=False)
    longitude: float = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TripFault:
    """What the vendor lacks of a trip, and why: the vendor's words as slugs."""

    fault: str
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TripRecord:
    """A trip that has ended.

    `distance` is in km, `fuel` in litres, `electricity` in kWh, `average_speed` in km/h; levels are in percent.
    `updated_at` is when the vendor last changed what it says of the trip.
    """

    id: str = field(repr=False)
    started_at: datetime
    ended_at: datetime
    distance: float | None = None
    duration: timedelta | None = None
    electricity: float | None = None
    fuel: float | None = None
    average_speed: float | None = None
    battery_before: float | None = None
    battery_after: float | None = None
    fuel_before: float | None = None
    fuel_after: float | None = None
    start: Point | None = None
    stop: Point | None = None
    faults: tuple[TripFault, ...] = ()
    updated_at: datetime | None = None


def read_trip(trip: Json) -> TripRecord | None:
    """Read a trip; None if it has not ended, or if it cannot be told which trip it is and when it was."""
    dates = [parse_date(trip.get(key)) for key in ("startedAt", "stoppedAt", "updatedAt", "createdAt")]
    started, stopped, updated, _ = dates
    trip_id, ended, done = as_text(trip.get("id")), next(filter(None, dates[1:]), None), trip.get("done")
    if trip_id is None or ended is None or done is False or (done is not True and stopped is None):
        return None
    took = stopped - started if started and stopped else None
    duration = _duration(trip.get("duration"), took)
    distance = _distance(trip.get("distance"), duration)
    consumptions = as_objects(trip.get("energyConsumptions"))
    fuel, electricity = (
        _consumption(_of_type(kind, consumptions), unit, distance, duration) for kind, unit in _CONSUMPTIONS.items()
    )
    before, after = (as_objects(trip.get(key)) for key in ("startEnergies", "endEnergies"))
    return TripRecord(
        id=trip_id,
        # Some cars do not say when a trip began.
        started_at=min(started or ended - (duration or timedelta()), ended),
        ended_at=ended,
        distance=distance,
        duration=duration,
        electricity=electricity,
        fuel=fuel,
        average_speed=_average_speed(as_object(trip.get("kinetic")).get("avgSpeed"), distance, duration),
        battery_before=_battery_level(_of_type("Electric", before)),
        battery_after=_battery_level(_of_type("Electric", after)),
        fuel_before=_level(_of_type("Fuel", before)),
        fuel_after=_level(_of_type("Fuel", after)),
        start=read_point(trip.get("startPosition")),
        stop=read_point(trip.get("stopPosition")),
        faults=_faults(trip.get("faults")),
        updated_at=updated,
    )


def read_point(feature: object) -> Point | None:
    """Read the place of a GeoJSON feature. An altitude may follow; 0, 0 is in the Gulf of Guinea and means none."""
    coordinates = as_list(as_object(as_object(feature).get("geometry")).get("coordinates"))
    longitude, latitude, *_ = [*coordinates, None, None]
    longitude, latitude = as_number(longitude, -180, 180), as_number(latitude, -90, 90)
    if longitude is None or latitude is None or longitude == latitude == 0:
        return None
    return Point(latitude=latitude, longitude=longitude)


def _of_type(kind: str, energies: list[Json]) -> Json:
    return next((energy for energy in energies if as_text(energy.get("type")) == kind), {})


def _level(energy: Json) -> float | None:
    """Read a level. Cars that do not know it say 0, with a range that no empty battery or tank has."""
    level, reach = _percent(energy.get("level")), _not_negative(energy.get("autonomy"))
    return None if level == 0 and reach else level


def _battery_level(energy: Json) -> float | None:
    level, reach = _level(energy), _not_negative(energy.get("autonomy"))
    return None if level is not None and reach is not None and contradicts(level, reach) else level


def _faults(faults: object) -> tuple[TripFault, ...]:
    return tuple(
        TripFault(fault=slug(fault), cause=slug(as_text(item.get("cause"))))
        for item in as_objects(faults)[:_MAX_FAULTS]
        if (fault := as_text(item.get("fault")))
    )


# The numbers of a trip. Cars do not all use the documented unit; other numbers of the trip tell which one it is.

_ALIKE: Final = 1.25
"""Two durations are the same if neither is more than so many times the other."""
_SAME_UNIT: Final = 3.0
"""Two consumptions are in one unit if neither is more than so many times the other: distances are rounded."""
_FASTEST: Final = 300.0
"""Kilometres per hour that no trip exceeds on average."""
_METRES_PER_SECOND: Final = 3.6
"""Kilometres per hour in a metre per second, the unit of a trip's average speed."""


class _Consumed(NamedTuple):
    """A consumption: how many finer units its documented unit has, and how much of it a car can use.

    A hybrid can use next to no electricity on a way, and next to no fuel. A car that stands uses some, too.
    """

    finer: int
    least_for_100_km: float
    most_for_100_km: float
    most_in_an_hour: float
    most_standing_an_hour: float
    most_at_once: float


_CONSUMPTIONS: Final = {
    "Fuel": _Consumed(100, 0.0, 100.0, 60.0, 3.0, 100.0),  # litres, or centilitres
    "Electric": _Consumed(1000, 0.1, 150.0, 200.0, 10.0, 150.0),  # kWh, or Wh
}


def _duration(value: object, took: timedelta | None) -> timedelta | None:
    """Read a duration: a number of seconds, as cars report it, or a text such as PT30M, as in the vendor's tutorial.

    `took` is the time from the start to the end: a number that fits it in another unit is in that unit.
    """
    if (number := as_number(value, 0, _YEAR / _MILLISECOND)) is None:
        return parse_duration(value)
    for unit in (_MILLISECOND, _MINUTE, _HOUR):
        if took and took / _ALIKE <= number * unit <= took * _ALIKE:
            return number * unit
    return timedelta(seconds=number) if number <= _YEAR.total_seconds() else None


def _distance(value: object, duration: timedelta | None) -> float | None:
    """Read a distance in kilometres: what no car can drive in this time is in metres."""
    distance = _not_negative(value)
    too_far = distance and duration and distance / (duration / _HOUR) > _FASTEST
    return distance / 1000 if distance and too_far else distance


def _average_speed(value: object, distance: float | None, duration: timedelta | None) -> float | None:
    """Return the average speed in km/h: by distance and duration, or else as reported, in metres per second."""
    if distance is not None and duration:
        return distance / (duration / _HOUR)
    speed = as_number(value, 0, _FASTEST / _METRES_PER_SECOND)
    return speed * _METRES_PER_SECOND if speed else None


def _consumption(energy: Json, consumed: _Consumed, distance: float | None, duration: timedelta | None) -> float | None:
    """Read a consumption in litres or kWh.

    The average is for 100 km, in the finer unit. If the consumption is in that too, it makes the same number.
    """
    consumption, average = _not_negative(energy.get("consumption")), _not_negative(energy.get("avgConsumption"))
    if not consumption:
        return consumption
    finer = consumption / consumed.finer
    if distance and average:
        for_100_km = consumption * 100 / distance
        if average / _SAME_UNIT <= for_100_km <= average * _SAME_UNIT:
            return finer if finer * 100 / distance >= consumed.least_for_100_km else consumption
        if average / _SAME_UNIT <= for_100_km * consumed.finer <= average * _SAME_UNIT:
            return consumption
    return consumption if _can_be_used(consumption, consumed, distance, duration) else finer


def electricity_of_levels(trip: TripRecord, capacity: float) -> float | None:
    """Return what a trip used by the levels of the battery, in kWh: many electric cars tell no consumption.

    None for a level that is not known or has risen, and for what no car can use: some levels are wrong.
    """
    before, after = trip.battery_before, trip.battery_after
    if before is None or after is None or before < after:
        return None
    used = (before - after) * capacity / 100
    return round(used, 3) if _can_be_used(used, _CONSUMPTIONS["Electric"], trip.distance, trip.duration) else None


def _can_be_used(used: float, consumed: _Consumed, distance: float | None, duration: timedelta | None) -> bool:
    hours = duration / _HOUR if duration else 0
    if distance:
        return used <= distance / 100 * consumed.most_for_100_km + hours * consumed.most_standing_an_hour
    if hours:
        return used <= hours * consumed.most_in_an_hour
    return used <= consumed.most_at_once
