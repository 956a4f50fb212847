"""The JSON of the API's answers about a car."""

from typing import Any
from urllib.parse import quote

from simulator.base.fields import without_none
from simulator.base.links import make_links, vehicle_path

from .capabilities import as_in_tutorial
from .car import Car
from .records import Alert, Collision, Coordinates, Levels, Trip

# The blocks of a status that each scope gives access to. All other blocks need data:telemetry.
_POSITION_BLOCKS = {"lastPosition"}
_UNSCOPED_BLOCKS = {"createdAt", "updatedAt", "_links"}


def describe_vehicle(car: Car, origin: str, *extensions: str) -> dict[str, Any]:
    """Describe a car and the requested extensions. `origin` is the origin of the pictures' URLs."""
    path = vehicle_path(car.id)
    pictures = [f"{origin}/pictures/{quote(car.name)}.png?view={view:03}" for view in (1, 2)]
    available = {
        "onboardCapabilities": as_in_tutorial(car.capabilities)
        if car.capabilities and car.tutorial_capabilities
        else car.capabilities,
        "branding": {"brand": car.brand, "label": car.label},
        "pictures": pictures,
    }
    extension = {name: available[name] for name in extensions if available[name] is not None}
    described = {
        "id": car.id,
        "vin": car.vin,
        "motorization": car.motorization,
        "brand": car.brand,
        "pictures": pictures,
        "_links": make_links(
            self=path,
            user="/user",
            status=f"{path}/status",
            alerts=f"{path}/alerts",
            collisions=f"{path}/collisions",
            maintenance=f"{path}/maintenance",
            trips=f"{path}/trips",
            callbacks="/user/callbacks",
            remotes=f"{path}/callbacks/{{cbid}}/remotes",
        ),
    }
    return described | {"_embedded": {"extension": extension}} if extension else described


def describe_status(car: Car, scopes: tuple[str, ...]) -> dict[str, Any]:
    """Describe the status of a car, reduced to the blocks that the scopes allow."""
    path = vehicle_path(car.id)
    blocks = car.status() | {"_links": make_links(self=f"{path}/status", vehicle=path)}
    return {
        block: value
        for block, value in blocks.items()
        if block in _UNSCOPED_BLOCKS or ("data:position" if block in _POSITION_BLOCKS else "data:telemetry") in scopes
    }


def describe_maintenance(car: Car) -> dict[str, Any] | None:
    """Describe the next maintenance of a car; None if it reports none."""
    if car.maintenance is None:
        return None
    path = vehicle_path(car.id)
    return {
        "createdAt": car.dates["maintenance"],
        "updatedAt": car.dates["maintenance"],
        "daysBeforeMaintenance": car.maintenance.days,
        "mileageBeforeMaintenance": car.maintenance.distance,
        "_links": make_links(self=f"{path}/maintenance", vehicle=path, alerts=f"{path}/alerts"),
    }


def describe_alert(car: Car, alert: Alert) -> dict[str, Any]:
    """Describe an alert."""
    path = vehicle_path(car.id)
    described = {
        "id": alert.id,
        "active": alert.active,
        "type": alert.type,
        "severity": alert.severity,
        "createdAt": alert.started_at,
        "updatedAt": alert.ended_at or alert.started_at,
        "startedAt": alert.started_at,
        "endAt": alert.ended_at,
        "_links": make_links(self=f"{path}/alerts/{alert.id}", vehicle=path),
    }
    return without_none(described)


def describe_collision(car: Car, collision: Collision) -> dict[str, Any]:
    """Describe a collision."""
    described = {
        "id": collision.id,
        "createdAt": collision.at,
        "updatedAt": collision.at,
        "details": [without_none({"side": each.side, "severity": each.severity}) for each in collision.impacts],
        "tippedOver": collision.tipped_over,
        "pedestrian": collision.pedestrian,
        "_links": make_links(self=f"{vehicle_path(car.id)}/collisions/{collision.id}"),
    }
    return without_none(described)


def describe_trip(car: Car, trip: Trip, scopes: tuple[str, ...]) -> dict[str, Any]:
    """Describe a trip, with its positions as far as the scopes allow."""
    path = vehicle_path(car.id)
    own = f"{path}/trips/{trip.id}"
    located = "data:position" in scopes
    described = {
        "id": trip.id,
        "createdAt": trip.ended_at or trip.started_at,
        "updatedAt": trip.ended_at or trip.started_at,
        "startedAt": trip.started_at,
        "stoppedAt": trip.ended_at,
        "startPosition": _point(trip.start) if located else None,
        "stopPosition": _point(trip.stop) if located else None,
        "duration": round(trip.duration),
        "distance": round(trip.distance, 1),
        "startMileage": round(trip.start_mileage, 1),
        "startEnergies": _energies(car, trip.before),
        "endEnergies": _energies(car, trip.after) if trip.after else None,
        "energyConsumptions": _consumptions(car, trip) if trip.after else None,
        "kinetic": {
            # In m/s, unlike the speeds of a status.
            "avgSpeed": round(trip.distance * 1000 / trip.duration, 2) if trip.duration else 0.0,
            "maxSpeed": round(trip.top_speed / 3.6, 2),
        },
        "done": trip.ended_at is not None,
        "_links": make_links(self=own, vehicle=path, alerts=f"{own}/alerts", wayPoints=f"{own}/wayPoints"),
        **trip.reported,
    }
    return without_none(described)


def _point(coordinates: Coordinates | None) -> dict[str, Any] | None:
    if coordinates is None:
        return None
    geometry = {"type": "Point", "coordinates": list(coordinates)}
    return {"type": "Feature", "geometry": geometry, "properties": {"type": "Acquire"}}


def _energies(car: Car, levels: Levels) -> list[dict[str, Any]]:
    energies = (
        ("Fuel", "FossilEnergy", levels.fuel, car.fuel_range),
        ("Electric", "ElectricEnergy", levels.battery, car.battery_range),
    )
    return [
        {"type": kind, "subType": sub_type, "level": round(level, 1), "autonomy": round(level * reach / 100)}
        for kind, sub_type, level, reach in energies
        if level is not None
    ]


def _consumptions(car: Car, trip: Trip) -> list[dict[str, Any]]:
    """Describe the consumption: total in litres or kWh, average in cl/100 km or Wh/100 km.

    Real hybrids give the total in centilitres.
    """
    after = trip.after or trip.before
    energies = (
        ("Fuel", trip.before.fuel, after.fuel, car.tank, 100),
        ("Electric", trip.before.battery, after.battery, car.battery_capacity / 1000, 1000),
    )
    consumptions = []
    for kind, before, left, capacity, finer in energies:
        if before is not None and left is not None:
            used = (before - left) * capacity / 100
            average = used * finer * 100 / trip.distance if trip.distance else 0.0
            consumption = used * finer if car.fine_consumption else used
            consumptions.append(
                {"type": kind, "consumption": round(consumption, 3), "avgConsumption": round(average, 1)}
            )
    return consumptions
