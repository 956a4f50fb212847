"""The extensions of a monitor's message, and the scope that each needs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from simulator.cars import documents
from simulator.cars.car import Car

type Scopes = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Extension:
    """An extension: `key` is its name in a message, `build` makes its value, None if the car has none."""

    key: str
    build: Callable[[Car, Scopes], Any]
    scope: str = "data:telemetry"


EXTENSIONS = {
    "vehicle.status": Extension(key="status", build=documents.describe_status),
    "vehicle.position": Extension(
        key="position", build=lambda car, _scopes: car.status().get("lastPosition"), scope="data:position"
    ),
    "vehicle.doorsState": Extension(key="doorState", build=lambda car, _scopes: car.status().get("doorsState")),
    "vehicle.maintenance": Extension(key="maintenance", build=lambda car, _scopes: documents.describe_maintenance(car)),
    "vehicle.alerts": Extension(
        key="alerts",
        build=lambda car, _scopes: [documents.describe_alert(car, alert) for alert in car.active_alerts],
        scope="data:alert",
    ),
    "vehicle.alarm": Extension(key="alarm", build=lambda car, _scopes: car.status().get("alarm")),
    "vehicle.trip": Extension(
        key="trip",
        build=lambda car, scopes: documents.describe_trip(car, car.last_trip, scopes) if car.last_trip else None,
        scope="data:trip",
    ),
}


def build_extensions(car: Car, names: Iterable[str], scopes: Scopes) -> list[dict[str, Any]]:
    """Build the named extensions of a message. Leave out those for which the car has no value."""
    built = {name: EXTENSIONS[name].build(car, scopes) for name in names}
    return [
        {"type": name, "body": [{EXTENSIONS[name].key: value}]} for name, value in built.items() if value is not None
    ]
