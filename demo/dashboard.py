"""The first page that the demo shows: a section for each car, what to try, and what happened."""

from typing import Any

from .client import HomeAssistantClient
from .configuration import DOMAIN
from .guide import TO_TRY

URL_PATH = "demo-cars"

type Json = dict[str, Any]

HEADER = """\
# Simulated cars
A command goes out through the vendor's API; what the car says about it comes back through the webhook.
"""

# A car's section shows those of these entities that the car has, in this order: what their cards say beside the entity.
WIDE_CARDS: dict[str, Json] = {
    "doors": {"features": [{"type": "lock-commands"}]},
    "preconditioning": {"features": [{"type": "climate-hvac-modes", "style": "icons"}]},
}
SMALL_CARDS: dict[str, Json] = {
    "charging": {"color": "green"},
    "lights": {"color": "amber"},
    "horn": {"hide_state": True},
    "flash_lights": {"hide_state": True},
    "wake_up": {"hide_state": True},
}
FULL_WIDTH = 12

# Buttons are pressed by their cards; their state is only the time of that.
WATCHED = ("lock", "climate", "switch")


async def show_cars(client: HomeAssistantClient) -> None:
    """Let Assist see the cars' entities, and make a page of them the one that opens first."""
    entities = [entry for entry in await client.command("config/entity_registry/list") if entry["platform"] == DOMAIN]
    devices = {entry["id"]: entry for entry in await client.command("config/device_registry/list")}
    await client.command(
        "homeassistant/expose_entity",
        assistants=["conversation"],
        entity_ids=[entity["entity_id"] for entity in entities],
        should_expose=True,
    )
    cars: dict[str, dict[str, str]] = {}
    for entity in entities:
        cars.setdefault(entity["device_id"], {})[entity["translation_key"]] = entity["entity_id"]
    await client.command(
        "lovelace/dashboards/create",
        url_path=URL_PATH,
        title="Cars",
        icon="mdi:car-multiple",
        mode="storage",
        show_in_sidebar=True,
        require_admin=False,
    )
    view = _view([(devices[device_id]["name"], keys) for device_id, keys in cars.items()])
    await client.command("lovelace/config/save", url_path=URL_PATH, config={"views": [view]})
    await client.command("frontend/set_system_data", key="core", value={"default_panel": URL_PATH})


def _view(cars: list[tuple[str, dict[str, str]]]) -> Json:
    entity_ids = [entity_id for _name, keys in cars for entity_id in keys.values()]
    watched = [entity_id for entity_id in entity_ids if entity_id.startswith(WATCHED)]
    to_try = {"type": "markdown", "content": "\n".join(f"- {sentence}" for sentence in TO_TRY)}
    events = {
        "type": "logbook",
        "target": {"entity_id": watched},
        "hours_to_show": 1,
        "grid_options": {"columns": "full", "rows": 5},
    }
    return {
        "title": "Cars",
        "type": "sections",
        "max_columns": len(cars),
        "header": {"layout": "start", "card": {"type": "markdown", "text_only": True, "content": HEADER}},
        "sections": [
            *(_car(name, keys) for name, keys in cars),
            _section("To try", "mdi:lightbulb-on-outline", [to_try]),
            _section("Recent events", "mdi:history", [events], columns=len(cars) - 1),
        ],
    }


def _section(heading: str, icon: str, cards: list[Json], columns: int = 1) -> Json:
    return {
        "type": "grid",
        "column_span": columns,
        "cards": [{"type": "heading", "heading": heading, "icon": icon}, *cards],
    }


def _car(name: str, entity_ids: dict[str, str]) -> Json:
    wide = [_tile(entity_ids[key], FULL_WIDTH, card) for key, card in WIDE_CARDS.items() if key in entity_ids]
    small = [_tile(entity_ids[key], FULL_WIDTH // 2, card) for key, card in SMALL_CARDS.items() if key in entity_ids]
    if len(small) % 2:
        small[-1]["grid_options"]["columns"] = FULL_WIDTH
    return _section(name, "mdi:car-electric" if "charging" in entity_ids else "mdi:car", wide + small)


def _tile(entity_id: str, columns: int, card: Json) -> Json:
    tile = {
        "type": "tile",
        "entity": entity_id,
        "name": {"type": "entity"},
        "grid_options": {"columns": columns},
        **card,
    }
    if entity_id.startswith("button."):
        press = {"action": "perform-action", "perform_action": "button.press", "target": {"entity_id": entity_id}}
        tile |= {"tap_action": press, "icon_tap_action": press}
    return tile
