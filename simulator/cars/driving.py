"""How a car drives: along one closed route, again and again."""

from math import atan2, cos, degrees, hypot, radians

from .car import Car
from .records import Trip

STEP = 20.0
"""Simulated seconds from one point of the route to the next."""

REPORTED = ("lastPosition", "kinetic", "odometer", "energies", "environment")
"""The blocks of the status that a moving car reports at each point."""

# Steps from point to point, in degrees of longitude and latitude. Their sum is zero: the route ends where it starts.
_ROUTE = (
    (0.0030, 0.0002),
    (0.0041, 0.0004),
    (0.0038, 0.0011),
    (0.0012, 0.0024),
    (-0.0016, 0.0027),
    (-0.0035, 0.0010),
    (-0.0042, -0.0005),
    (-0.0029, -0.0019),
    (-0.0011, -0.0028),
    (0.0012, -0.0026),
)
_DEGREE = 111.2
"""Kilometres per degree of latitude."""

_EMPTY = 0.5
"""At this level in percent a battery or a tank counts as empty."""


def set_off(car: Car) -> None:
    """Begin a trip: close the doors, fasten the belts, pull the cable."""
    car.asleep = False
    car.unlock()
    car.open_doors.clear()
    car.unfastened.clear()
    unplug(car)
    car.trip = Trip(start=car.position, start_mileage=car.mileage, before=car.levels, started_at=car.now())
    car.moving = True
    car.speed = 30.0


def advance(car: Car, trip: Trip) -> None:
    """Drive to the next point of the route."""
    east, north = _ROUTE[round(trip.duration / STEP) % len(_ROUTE)]
    longitude, latitude = car.position
    x, y = east * cos(radians(latitude)) * _DEGREE, north * _DEGREE
    distance = hypot(x, y)
    car.position = round(longitude + east, 6), round(latitude + north, 6)
    car.heading = round(degrees(atan2(x, y))) % 360
    car.speed = round(distance / STEP * 3600, 1)
    car.mileage = round(car.mileage + distance, 2)
    _consume(car, distance)
    trip.duration += STEP
    trip.distance += distance
    trip.top_speed = max(trip.top_speed, car.speed)


def stop(car: Car) -> None:
    """End the trip and add it to the car's trips."""
    if trip := car.trip:
        trip.stop = car.position
        trip.after = car.levels
        trip.ended_at = car.now()
        car.trips.append(trip)
    car.trip = None
    car.moving = False
    car.speed = 0.0


def unplug(car: Car) -> None:
    """Unplug the charging cable."""
    car.plugged = False
    car.charging_status = "Disconnected"


def is_empty(car: Car) -> bool:
    """Tell whether both battery and tank are empty."""
    return max(car.battery_level or 0.0, car.fuel_level or 0.0) <= _EMPTY


def _consume(car: Car, distance: float) -> None:
    """Use the battery first, then the fuel."""
    if car.battery_level is not None and car.battery_level > _EMPTY:
        car.battery_level = max(car.battery_level - distance * 100 / car.battery_range, 0.0)
    elif car.fuel_level is not None:
        car.fuel_level = max(car.fuel_level - distance * 100 / car.fuel_range, 0.0)
