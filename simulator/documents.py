"""The JSON of the API's answers."""

from collections.abc import Mapping
from math import ceil
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .accounts import Account
from .callbacks import Callback
from .cars import Car
from .records import Alert, Coordinates, Reserves, Trip
from .remotes import Remote

if TYPE_CHECKING:
    from .monitors import Monitor

# Links name another host than the one that was asked, as the vendor's do.
_LINKS = "https://links.example.com/connectedcar/v4"

_PAGE_SIZE = 60

# The blocks of a status that a scope gives access to; telemetry is all the rest.
_POSITION_BLOCKS = {"lastPosition"}
_UNSCOPED_BLOCKS = {"createdAt", "updatedAt", "_links"}


def user(account: Account, origin: str) -> dict[str, Any]:
    """Describe an account."""
    return {
        "email": account.email,
        "firstName": account.first_name,
        "lastName": account.last_name,
        "_links": _links(self="/user", vehicles="/user/vehicles"),
        "_embedded": {"vehicles": [vehicle(car, origin) for car in account.cars]},
    }


def vehicle(car: Car, origin: str, *extensions: str) -> dict[str, Any]:
    """Describe a car, with those of the extensions that it has. `origin` is where the pictures are."""
    path = _vehicle_path(car)
    pictures = [f"{origin}/pictures/{quote(car.name)}.png?view={view:03}" for view in (1, 2)]
    available = {
        "onboardCapabilities": car.capabilities,
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
        "_links": _links(
            self=path,
            user="/user",
            status=f"{path}/status",
            alerts=f"{path}/alerts",
            maintenance=f"{path}/maintenance",
            trips=f"{path}/trips",
            callbacks="/user/callbacks",
            remotes=f"{path}/callbacks/{{cbid}}/remotes",
        ),
    }
    return described | {"_embedded": {"extension": extension}} if extension else described


def status(car: Car, scopes: tuple[str, ...]) -> dict[str, Any]:
    """Describe the state of a car, as far as the scopes allow."""
    path = _vehicle_path(car)
    blocks = car.status() | {"_links": _links(self=f"{path}/status", vehicle=path)}
    return {
        block: value
        for block, value in blocks.items()
        if block in _UNSCOPED_BLOCKS or ("data:position" if block in _POSITION_BLOCKS else "data:telemetry") in scopes
    }


def maintenance(car: Car) -> dict[str, Any] | None:
    """Describe what is left until a car's next maintenance, if it has such a plan."""
    if car.maintenance is None:
        return None
    path = _vehicle_path(car)
    return {
        "createdAt": car.dates["maintenance"],
        "updatedAt": car.dates["maintenance"],
        "daysBeforeMaintenance": car.maintenance.days,
        "mileageBeforeMaintenance": car.maintenance.distance,
        "_links": _links(self=f"{path}/maintenance", vehicle=path, alerts=f"{path}/alerts"),
    }


def alert(car: Car, raised: Alert) -> dict[str, Any]:
    """Describe an alert."""
    path = _vehicle_path(car)
    described = {
        "id": raised.id,
        "active": raised.active,
        "type": raised.type,
        "severity": raised.severity,
        "createdAt": raised.started_at,
        "updatedAt": raised.ended_at or raised.started_at,
        "startedAt": raised.started_at,
        "endAt": raised.ended_at,
        "_links": _links(self=f"{path}/alerts/{raised.id}", vehicle=path),
    }
    return _known(described)


def trip(car: Car, made: Trip, scopes: tuple[str, ...]) -> dict[str, Any]:
    """Describe a trip, with its positions as far as the scopes allow."""
    path = _vehicle_path(car)
    own = f"{path}/trips/{made.id}"
    located = "data:position" in scopes
    described = {
        "id": made.id,
        "createdAt": made.ended_at or made.started_at,
        "updatedAt": made.ended_at or made.started_at,
        "startedAt": made.started_at,
        "stoppedAt": made.ended_at,
        "startPosition": _point(made.start) if located else None,
        "stopPosition": _point(made.stop) if located else None,
        "duration": round(made.duration),
        "distance": round(made.distance, 1),
        "startMileage": round(made.start_mileage, 1),
        "startEnergies": _energies(car, made.before),
        "endEnergies": _energies(car, made.after) if made.after else None,
        "energyConsumptions": _consumptions(car, made) if made.after else None,
        "kinetic": {
            # In m/s, whatever the contract says of speeds elsewhere.
            "avgSpeed": round(made.distance * 1000 / made.duration, 2) if made.duration else 0.0,
            "maxSpeed": round(made.top_speed / 3.6, 2),
        },
        "done": made.ended_at is not None,
        "_links": _links(self=own, vehicle=path, alerts=f"{own}/alerts", wayPoints=f"{own}/wayPoints"),
    }
    return _known(described)


def callback(subscribed: Callback) -> dict[str, Any]:
    """Describe a callback."""
    described = {
        "_links": _links(self=_callback_path(subscribed)),
        "id": subscribed.id,
        "subscribe": subscribed.subscribe,
        "status": subscribed.status,
    }
    return described if subscribed.label is None else described | {"label": subscribed.label}


def callback_reference(subscribed: Callback) -> dict[str, Any]:
    """Say which callback was made or changed."""
    return {
        "_links": _links(callback=_callback_path(subscribed)),
        "callbackId": subscribed.id,
        "status": subscribed.status,
    }


def monitor(watching: Monitor) -> dict[str, Any]:
    """Describe a monitor."""
    return {
        "_links": _links(self=_monitor_path(watching), callback=_callback_path(watching.callback)),
        "monitorId": watching.id,
        "monitor": watching.plan.body,
        "status": watching.status,
        "createdAt": watching.created_at,
        "updatedAt": watching.updated_at,
    }


def monitor_reference(watching: Monitor) -> dict[str, Any]:
    """Say which monitor was made or changed."""
    return {
        "_links": _links(monitor=_monitor_path(watching)),
        "monitorId": watching.id,
        "status": watching.status,
        "createdAt": watching.created_at,
        "updatedAt": watching.updated_at,
    }


def remote(asked: Remote) -> dict[str, Any]:
    """Describe a remote and how far it is."""
    described = {
        "_links": _links(self=_remote_path(asked), callback=_callback_path(asked.callback)),
        "remoteActionId": asked.id,
        "type": asked.kind.type,
        "status": asked.status,
        "remote": asked.body,
        "failureCause": asked.failure_cause,
        "feedbackDetail": asked.feedback,
    }
    return _known(described)


def remote_reference(asked: Remote, *, type_as_list: bool) -> dict[str, Any]:
    """Say which remote was taken on."""
    return {
        "_links": _links(callback=_callback_path(asked.callback), remote=_remote_path(asked)),
        "remoteActionId": asked.id,
        "type": [asked.kind.type] if type_as_list else asked.kind.type,
    }


def page(path: str, query: Mapping[str, str], name: str, items: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Make the page of a collection that the query asks for, None if there is no such page.

    A page token is the page's number and size: all there is to know.
    """
    first, _, last = query.get("indexRange", "0-").partition("-")
    items = items[int(first) : int(last) + 1 if last else None]
    token = query.get("pageToken", f"1of{query.get('pageSize', _PAGE_SIZE)}")
    number, size = map(int, token.split("of"))
    pages = max(ceil(len(items) / size), 1)
    if number > pages:
        return None
    numbers = {"self": number, "first": 1, "prev": number - 1, "next": number + 1, "last": pages}
    paths = {link: f"{path}?pageToken={n}of{size}" for link, n in numbers.items() if 1 <= n <= pages}
    return {
        "_links": _links(**paths),
        "total": len(items),
        "totalPage": pages,
        "currentPage": number,
        "_embedded": {name: items[(number - 1) * size : number * size]},
    }


def _known(described: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in described.items() if value is not None}


def _point(coordinates: Coordinates | None) -> dict[str, Any] | None:
    if coordinates is None:
        return None
    geometry = {"type": "Point", "coordinates": list(coordinates)}
    return {"type": "Feature", "geometry": geometry, "properties": {"type": "Acquire"}}


def _energies(car: Car, reserves: Reserves) -> list[dict[str, Any]]:
    energies = (
        ("Fuel", "FossilEnergy", reserves.fuel, car.fuel_range),
        ("Electric", "ElectricEnergy", reserves.battery, car.battery_range),
    )
    return [
        {"type": kind, "subType": sub_type, "level": round(level, 1), "autonomy": round(level * reach / 100)}
        for kind, sub_type, level, reach in energies
        if level is not None
    ]


def _consumptions(car: Car, made: Trip) -> list[dict[str, Any]]:
    """Say what a trip took: litres and centilitres per 100 km, or kWh and Wh per 100 km."""
    after = made.after or made.before
    energies = (
        ("Fuel", made.before.fuel, after.fuel, car.tank, 100),
        ("Electric", made.before.battery, after.battery, car.battery_capacity / 1000, 1000),
    )
    consumptions = []
    for kind, before, left, capacity, finer in energies:
        if before is not None and left is not None:
            used = (before - left) * capacity / 100
            average = used * finer * 100 / made.distance if made.distance else 0.0
            consumptions.append({"type": kind, "consumption": round(used, 3), "avgConsumption": round(average, 1)})
    return consumptions


def _links(**paths: str) -> dict[str, Any]:
    links: dict[str, dict[str, Any]] = {name: {"href": _LINKS + path} for name, path in paths.items()}
    for link in links.values():
        if "{" in link["href"]:
            link["templated"] = True
    return links


def _vehicle_path(car: Car) -> str:
    return f"/user/vehicles/{car.id}"


def _callback_path(subscribed: Callback) -> str:
    return f"/user/callbacks/{subscribed.id}"


def _remote_path(asked: Remote) -> str:
    return f"/user/vehicles/{asked.car.id}/callbacks/{asked.callback.id}/remotes/{asked.id}"


def _monitor_path(watching: Monitor) -> str:
    return f"/user/vehicles/{watching.car.id}/callbacks/{watching.callback.id}/monitors/{watching.id}"
