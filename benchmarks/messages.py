"""What the vendor posts, made by the simulator's cars."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

from simulator import Car

from .house import House

BATCH: Final = 100
"""How many messages the vendor sends at once."""
type Change = Callable[[Car, int], tuple[str, ...]]
"""Changes a car in some way, by a number; returns the blocks of the status that it reports then."""


def encode(*messages: dict[str, Any]) -> bytes:
    """Return the body of a message, or of a batch."""
    return orjson.dumps(messages if len(messages) > 1 else messages[0])


def remote_message(house: House, car: Car, number: int) -> dict[str, Any]:
    """Make a message about a remote on its way, which somebody else has sent."""
    event = {
        "remoteActionId": f"{number:032x}",
        "remoteType": "Doors",
        "eventStatus": {"type": "Pending", "status": "SentToVehicle"},
    }
    return _message(house, car, "Remote", remoteEvent=event)


def status_message(house: House, car: Car) -> dict[str, Any]:
    """Make the message of a monitor with what the car reports, which it has not been asked for."""
    status = car.status()
    extensions = {"vehicle.status": {"status": status}, "vehicle.position": {"position": status.get("lastPosition")}}
    event = {
        "monitorId": "0123456789abcdef",
        "refresh": False,
        "values": [
            {"data": "vehicle.doorsState.lockedState", "value": {"type": "String", "body": {"literalValue": "Locked"}}}
        ],
        "extensions": [{"type": name, "body": [body]} for name, body in extensions.items()],
    }
    return _message(house, car, "Monitor", monitorEvent=event)


def reports(house: House, car: Car, count: int, change: Change) -> list[dict[str, Any]]:
    """Make the messages of a car that changes again and again; each is a second later than what is known of the car."""
    made, last = [], datetime.fromisoformat(max(car.dates.values()))
    for number in range(count):
        date = (last + timedelta(seconds=number + 1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        for block in change(car, number):
            car.dates[block] = date
        made.append(status_message(house, car))
    return made


def three_values(car: Car, number: int) -> tuple[str, ...]:
    """Lock or unlock the doors, drive a bit, and let it become warmer or colder."""
    car.locked = not number % 2
    car.mileage += 0.5
    car.air_temperature = 10.0 + number % 9
    return "doorsState", "odometer", "environment"


def nothing(_car: Car, _number: int) -> tuple[str, ...]:
    """Change nothing."""
    return ()


def _message(house: House, car: Car, kind: str, **event: Any) -> dict[str, Any]:
    return {
        "callbackId": house.entry.data["callback_id"],
        "type": kind,
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "attributes": [
            {"key": "secret", "value": house.entry.data["callback_secret"]},
            {"key": "vin", "value": car.vin},
        ],
        **event,
    }
