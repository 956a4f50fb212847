"""What the garage page says beside an act that no enabled entity shows."""

from typing import Any

from .client import HomeAssistantClient
from .configuration import DOMAIN

# The acts of the garage, with their values, and the platform and translation key of an entity that shows each. The
# emergency call has none.
SHOWN_BY = {
    "lock": "lock.doors",
    "unlock": "lock.doors",
    "drive-off": "binary_sensor.moving",
    "park": "binary_sensor.moving",
    **dict.fromkeys(("open Driver", "close Driver"), "binary_sensor.door_driver"),
    **dict.fromkeys(("open Passenger", "close Passenger"), "binary_sensor.door_passenger"),
    **dict.fromkeys(("open RearLeft", "close RearLeft"), "binary_sensor.door_rear_left"),
    **dict.fromkeys(("open RearRight", "close RearRight"), "binary_sensor.door_rear_right"),
    **dict.fromkeys(("open Trunk", "close Trunk"), "binary_sensor.trunk"),
    **dict.fromkeys(("open RearWindow", "close RearWindow"), "binary_sensor.rear_window"),
    **dict.fromkeys(("open RoofWindow", "close RoofWindow"), "binary_sensor.roof_window"),
    **dict.fromkeys(("unfasten-belt Driver", "fasten-belt Driver"), "binary_sensor.belt_driver"),
    **dict.fromkeys(("unfasten-belt Passenger", "fasten-belt Passenger"), "binary_sensor.belt_passenger"),
    "plug-in": "binary_sensor.plugged",
    "unplug": "binary_sensor.plugged",
    "start-charging": "switch.charging",
    "stop-charging": "switch.charging",
    "precondition on": "climate.preconditioning",
    "precondition off": "climate.preconditioning",
    **dict.fromkeys(("privacy None", "privacy Geolocation", "privacy Full"), "sensor.privacy"),
    "raise-alert": "binary_sensor.alert",
    "clear-alert": "binary_sensor.alert",
    "break-in": "event.intrusion",
    "collide": "event.collision",
    "end-emergency": None,
}


async def remarks(client: HomeAssistantClient) -> dict[str, str]:
    """Return what is said beside each act that no enabled entity shows."""
    entities = [each for each in await client.command("config/entity_registry/list") if each["platform"] == DOMAIN]
    said = {act: _remark(entities, key) for act, key in SHOWN_BY.items()}
    return {act: remark for act, remark in said.items() if remark}


def _remark(entities: list[dict[str, Any]], key: str | None) -> str:
    """Return nothing if an entity with this key is enabled: the first account has one car of each kind."""
    showing = [each for each in entities if key == f"{each['entity_id'].partition('.')[0]}.{each['translation_key']}"]
    if not showing:
        return "No entity shows it."
    if any(not each["disabled_by"] for each in showing):
        return ""
    return "Shown by an entity that is disabled at first."
