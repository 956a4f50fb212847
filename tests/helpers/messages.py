"""Messages as the vendor sends them."""

import json
from typing import Any

from homeassistant.config_entries import ConfigEntry

from simulator import Car


def message(entry: ConfigEntry[Any], car: Car, **changes: Any) -> dict[str, Any]:
    """Make a message that ends a remote which nobody waits for: the car is read then."""
    return {
        "callbackId": entry.data["callback_id"],
        "type": "Remote",
        "date": "2026-10-01T12:00:00Z",
        "attributes": attributes(secret=entry.data["callback_secret"], vin=car.vin),
        "remoteEvent": {
            "remoteActionId": "0123456789abcdef",
            "remoteType": "Doors",
            "eventStatus": {"type": "Done", "status": "Success"},
        },
        **changes,
    }


def attributes(**pairs: str) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in pairs.items()]


def encode(**message: Any) -> bytes:
    return json.dumps(message).encode()
