"""Trips that a car of the simulator has made, and what Home Assistant says of them."""

from datetime import datetime, timedelta
from typing import Any

from homeassistant.helpers import entity_registry as er

from simulator import Car, Trip
from simulator.cars.documents import describe_trip
from simulator.cars.records import Levels

from .harness import Harness

PARIS = 2.2945, 48.8584
LYON = 4.8357, 45.764
SEA = 1.5, 50.9


def drive(car: Car, at: datetime, km: float = 12.0, *, minutes: float = 20, used: float = 5.0, **reported: Any) -> Trip:
    """Let a car have made a trip from Paris to Lyon at this time, for `used` percent of its battery and its tank."""
    battery, fuel = (None if level is None else 80.0 for level in (car.battery_level, car.fuel_level))
    trip = Trip(
        start=PARIS,
        stop=LYON,
        start_mileage=1000.0,
        before=Levels(battery, fuel),
        after=Levels(battery and battery - used, fuel and fuel - used),
        started_at=rfc_3339(at),
        ended_at=rfc_3339(at + timedelta(minutes=minutes)),
        duration=minutes * 60,
        distance=km,
        reported=reported,
    )
    car.trips.append(trip)
    return trip


def rfc_3339(at: datetime) -> str:
    """Write a time as the vendor does, in whole seconds."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def described(car: Car, trip: Trip) -> dict[str, Any]:
    """Describe a trip as the vendor does."""
    return describe_trip(car, trip, ("data:trip", "data:position"))


async def tell(harness: Harness, entry: Any, car: Car, trip: dict[str, Any] | None = None) -> None:
    """Post the end of a trip, with the trip or without it."""
    extensions = [{"type": "vehicle.trip", "body": [{"trip": trip}]}] if trip else []
    value = {"type": "Literal", "body": {"literalValue": "trip"}}
    status = {"type": "vehicle.status", "body": [{"status": car.status()}]}
    event = {"values": [{"data": "vehicle.trip.stop", "value": value}], "extensions": [status, *extensions]}
    await harness.post(entry, car, event)


async def get_trips(harness: Harness, car: Car, **span: Any) -> list[dict[str, Any]]:
    """Ask for the trips of a car."""
    lock = er.async_get(harness.hass).async_get(harness.entity_id(car, "lock", "doors"))
    assert lock
    answer = await harness.hass.services.async_call(
        "stellantis", "get_trips", {"device_id": lock.device_id, **span}, blocking=True, return_response=True
    )
    assert answer
    trips: list[dict[str, Any]] = answer["trips"]  # type: ignore[assignment]
    return trips
