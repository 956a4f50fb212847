"""The dashboard of the demo: a section for each car, a map, battery levels, things to try, recent events."""

import asyncio
from dataclasses import dataclass
import hashlib
from typing import Any

from .client import HomeAssistantClient
from .configuration import DOMAIN
from .guide import IN_THE_GARAGE, MORE_TO_TRY, TO_TRY

URL_PATH = "demo-cars"

type Json = dict[str, Any]

HEADER = """\
# Simulated cars
A command goes out through the vendor's API. What the car says about it, and whatever else it reports, is pushed. \
Open doors, plug in and drive off in the [garage]({garage}).
"""

FULL_WIDTH = 12
HALF_WIDTH = 6

# The entities of a car's section, in this order, each with the extra settings of its card. An entity that the car lacks
# is left out. The keys are platform and translation key.
PICTURE = "image.picture"
VALUES: dict[str, Json] = {
    "sensor.battery_level": {"color": "green"},
    "sensor.electric_range": {"color": "green"},
    "sensor.fuel_level": {"color": "amber"},
    "sensor.fuel_range": {"color": "amber"},
    "binary_sensor.plugged": {"color": "green"},
    "binary_sensor.moving": {},
    "binary_sensor.alert": {},
    "binary_sensor.intrusion": {"color": "red"},
    "event.intrusion": {"state_content": ["event_type", "state"]},
    # Half of one of two columns on a tablet would cut its name.
    "sensor.charging_status": {"color": "green", "grid_options": {"columns": FULL_WIDTH}},
}
DOORS = {
    "binary_sensor.door_driver": "Driver",
    "binary_sensor.door_passenger": "Passenger",
    "binary_sensor.door_rear_left": "Rear left",
    "binary_sensor.door_rear_right": "Rear right",
    "binary_sensor.trunk": "Boot",
}
WIDE_COMMANDS: dict[str, Json] = {
    "lock.doors": {"features": [{"type": "lock-commands"}]},
    "climate.preconditioning": {
        "features": [{"type": "climate-hvac-modes", "style": "icons"}],
        "state_content": ["state", "in_progress"],
    },
}
COMMANDS: dict[str, Json] = {
    "switch.charging": {"color": "green", "state_content": ["state", "in_progress"]},
    "switch.lights": {"color": "amber", "state_content": ["state", "in_progress"]},
    "button.horn": {"state_content": ["state", "in_progress"]},
    "button.flash_lights": {"state_content": ["state", "in_progress"]},
    "button.wake_up": {"state_content": ["state", "in_progress"]},
    "time.charging_start": {"color": "green"},
    "select.charging_level": {"color": "green"},
}
CHARGE_LIMIT: dict[str, Json] = {
    "number.charge_limit": {"color": "green", "features": [{"type": "numeric-input", "style": "slider"}]},
}
LAST_REMOTE = "event.remote"
LAST_REMOTE_CARD: dict[str, Json] = {
    LAST_REMOTE: {"state_content": ["remote", "action", "event_type"]},
}
PROGRAMS = "calendar.preconditioning"
TRIPS = "calendar.trips"
ENERGY_CHARGED = "sensor.energy_charged"
TOTALS: dict[str, Json] = {
    "sensor.average_consumption": {"color": "green"},
    "sensor.electricity_used": {"color": "green"},
    "sensor.fuel_used": {"color": "amber"},
    "sensor.last_charge_energy": {"color": "green"},
    "sensor.last_charge_cost": {"color": "green"},
}
TRACKER = "device_tracker.location"
BATTERY = "sensor.battery_level"

# More would cut their names on a phone.
DOORS_IN_A_ROW = 3

OF_THE_ACCOUNT = ("binary_sensor.delivery", "binary_sensor.vendor")

# Once this entity of a car exists, all its entities do: the integration adds it after it has requested the alerts.
LAST_ENTITY = "event.alert"
TIMEOUT = 10.0
POLL_INTERVAL = 0.1

# The platforms in the logbook. Sensors are left out: they change all the time.
WATCHED = ("binary_sensor", "button", "climate", "event", "lock", "number", "select", "switch", "time")


@dataclass(frozen=True)
class ShownCar:
    """A car and its entity ids; the keys are platform and translation key.

    The ids of the statistics of its trips begin with `statistics`.
    """

    name: str
    statistics: str
    entity_ids: dict[str, str]


async def show_cars(client: HomeAssistantClient, garage: str) -> None:
    """Expose the cars' entities to Assist, and create a dashboard of them as the default one."""
    entities = await _entities(client)
    devices = {entry["id"]: entry for entry in await client.command("config/device_registry/list")}
    await client.command(
        "homeassistant/expose_entity",
        assistants=["conversation"],
        entity_ids=[entity["entity_id"] for entity in entities],
        should_expose=True,
    )
    cars: dict[str, ShownCar] = {}
    for entity in entities:
        device = devices[entity["device_id"]]
        car = cars.setdefault(entity["device_id"], ShownCar(device["name"], _statistics(device), {}))
        car.entity_ids[_key(entity)] = entity["entity_id"]
    await client.command(
        "lovelace/dashboards/create",
        url_path=URL_PATH,
        title="Cars",
        icon="mdi:car-multiple",
        mode="storage",
        show_in_sidebar=True,
        require_admin=False,
    )
    views = [_view([*cars.values()], garage), _history_view([*cars.values()])]
    await client.command("lovelace/config/save", url_path=URL_PATH, config={"views": views})
    await client.command("frontend/set_system_data", key="core", value={"default_panel": URL_PATH})


async def _entities(client: HomeAssistantClient) -> list[Json]:
    """Wait until every car has all its entities, and return those of cars that are enabled."""
    async with asyncio.timeout(TIMEOUT):
        while True:
            entities = [
                entry
                for entry in await client.command("config/entity_registry/list")
                if entry["platform"] == DOMAIN and not entry["disabled_by"] and _key(entry) not in OF_THE_ACCOUNT
            ]
            complete = {entity["device_id"] for entity in entities if _key(entity) == LAST_ENTITY}
            if complete == {entity["device_id"] for entity in entities}:
                return entities
            await asyncio.sleep(POLL_INTERVAL)


def _view(cars: list[ShownCar], garage: str) -> Json:
    header = {"type": "markdown", "text_only": True, "content": HEADER.format(garage=garage)}
    return {
        "title": "Cars",
        "type": "sections",
        "max_columns": len(cars),
        "header": {"layout": "start", "card": header},
        "sections": [
            *(_section(car.name, _icon(car), _car(car)) for car in cars),
            _section("Preconditioning", "mdi:air-conditioner", [_calendar(cars)]),
            _section("Where they are", "mdi:map-marker-outline", [_map(cars)]),
            _section("Batteries", "mdi:battery-outline", [_history(cars)]),
            _section("To try", "mdi:lightbulb-on-outline", [_to_try(garage)], columns=len(cars)),
            _section("Recent events", "mdi:history", [_logbook(cars)], columns=len(cars)),
        ],
    }


def _statistics(device: Json) -> str:
    """Return how the ids of a car's statistics begin."""
    [vin] = [value for domain, value in device["identifiers"] if domain == DOMAIN]
    return f"{DOMAIN}:{hashlib.sha256(vin.encode()).hexdigest()[:12]}"


def _history_view(cars: list[ShownCar]) -> Json:
    """Show what the cars did in the last month."""
    distances = [{"entity": f"{car.statistics}_distance", "name": car.name} for car in cars]
    electric = [car for car in cars if ENERGY_CHARGED in car.entity_ids]
    used = [{"entity": f"{car.statistics}_electricity", "name": car.name} for car in electric]
    charged = [{"entity": car.entity_ids[ENERGY_CHARGED], "name": car.name} for car in electric]
    return {
        "title": "Trips and charges",
        "path": "history",
        "icon": "mdi:map-marker-path",
        "type": "sections",
        "max_columns": 2,
        "sections": [
            _section("Trips", "mdi:calendar", [_trips(cars)], columns=2),
            _section("Kilometres a day", "mdi:map-marker-distance", [_graph(distances)]),
            _section("Electricity used a day", "mdi:lightning-bolt", [_graph(used)]),
            _section("Electricity charged a day", "mdi:ev-station", [_graph(charged)]),
            _section("In the last 30 days", "mdi:sigma", [_sum(each) for each in (*distances, *used, *charged)]),
            *(_section(car.name, _icon(car), _tiles(car, TOTALS, FULL_WIDTH)) for car in cars),
        ],
    }


def _trips(cars: list[ShownCar]) -> Json:
    return {
        "type": "calendar",
        "entities": _entity_ids(cars, TRIPS),
        "initial_view": "dayGridMonth",
        "grid_options": {"columns": "full", "rows": 10},
    }


def _graph(entities: list[Json]) -> Json:
    return {
        "type": "statistics-graph",
        "entities": entities,
        "stat_types": ["change"],
        "period": "day",
        "days_to_show": 30,
        "chart_type": "bar",
        "grid_options": {"columns": FULL_WIDTH, "rows": 5},
    }


def _sum(entity: Json) -> Json:
    return {
        "type": "statistic",
        **entity,
        "stat_type": "change",
        "period": {"rolling_window": {"duration": {"days": 30}}},
        "grid_options": {"columns": FULL_WIDTH},
    }


def _section(heading: str, icon: str, cards: list[Json], columns: int = 1) -> Json:
    return {
        "type": "grid",
        "column_span": columns,
        "cards": [{"type": "heading", "heading": heading, "icon": icon}, *cards],
    }


def _icon(car: ShownCar) -> str:
    return "mdi:car-electric" if "switch.charging" in car.entity_ids else "mdi:car"


def _car(car: ShownCar) -> list[Json]:
    return [
        *_pictures(car),
        *_tiles(car, VALUES, HALF_WIDTH),
        *_doors(car),
        *_tiles(car, WIDE_COMMANDS, FULL_WIDTH),
        *_tiles(car, COMMANDS, HALF_WIDTH),
        *_tiles(car, CHARGE_LIMIT, FULL_WIDTH),
        *_tiles(car, LAST_REMOTE_CARD, FULL_WIDTH),
    ]


def _pictures(car: ShownCar) -> list[Json]:
    return [
        {
            "type": "picture-entity",
            "entity": entity_id,
            "show_name": False,
            "show_state": False,
            "fit_mode": "contain",
            "grid_options": {"columns": FULL_WIDTH, "rows": 3},
        }
        for entity_id in _entity_ids([car], PICTURE)
    ]


def _doors(car: ShownCar) -> list[Json]:
    doors = [{"entity": car.entity_ids[key], "name": name} for key, name in DOORS.items() if key in car.entity_ids]
    return [{"type": "glance", "columns": DOORS_IN_A_ROW, "entities": doors}] if doors else []


def _tiles(car: ShownCar, cards: dict[str, Json], columns: int) -> list[Json]:
    tiles = [_tile(car.entity_ids[key], columns, card) for key, card in cards.items() if key in car.entity_ids]
    halves = [tile for tile in tiles if tile["grid_options"]["columns"] == HALF_WIDTH]
    if len(halves) % 2:
        halves[-1]["grid_options"]["columns"] = FULL_WIDTH
    return tiles


def _tile(entity_id: str, columns: int, card: Json) -> Json:
    tile = {
        "type": "tile",
        "entity": entity_id,
        "name": {"type": "entity"},
        "grid_options": {"columns": columns},
        **card,
    }
    if _platform(entity_id) == "button":
        press = {"action": "perform-action", "perform_action": "button.press", "target": {"entity_id": entity_id}}
        tile |= {"tap_action": press, "icon_tap_action": press}
    return tile


def _calendar(cars: list[ShownCar]) -> Json:
    return {
        "type": "calendar",
        "entities": _entity_ids(cars, PROGRAMS),
        "initial_view": "listWeek",
        "grid_options": {"columns": FULL_WIDTH, "rows": 6},
    }


def _map(cars: list[ShownCar]) -> Json:
    return {
        "type": "map",
        "entities": [{"entity": entity_id} for entity_id in _entity_ids(cars, TRACKER)],
        "hours_to_show": 1,
        "auto_fit": True,
        "grid_options": {"columns": FULL_WIDTH, "rows": 6},
    }


def _history(cars: list[ShownCar]) -> Json:
    return {
        "type": "history-graph",
        "entities": [{"entity": entity_id, "name": {"type": "device"}} for entity_id in _entity_ids(cars, BATTERY)],
        "hours_to_show": 1,
        "min_y_axis": 0,
        "max_y_axis": 100,
        "grid_options": {"columns": FULL_WIDTH, "rows": 6},
    }


def _to_try(garage: str) -> Json:
    lines = [*TO_TRY, *MORE_TO_TRY, f"In the [garage]({garage}):", *(f"  - {sentence}" for sentence in IN_THE_GARAGE)]
    content = "\n".join(line if line.startswith(" ") else f"- {line}" for line in lines)
    return {"type": "markdown", "content": content, "grid_options": {"columns": "full"}}


def _logbook(cars: list[ShownCar]) -> Json:
    # The logbook describes the end of a remote at the entity that sent it. The event entity would repeat it.
    left_out = _entity_ids(cars, LAST_REMOTE)
    watched = [each for each in _entity_ids(cars) if _platform(each) in WATCHED and each not in left_out]
    return {
        "type": "logbook",
        "target": {"entity_id": watched},
        "hours_to_show": 1,
        "grid_options": {"columns": "full", "rows": 5},
    }


def _entity_ids(cars: list[ShownCar], *keys: str) -> list[str]:
    """Return the cars' entity ids for some keys, for all keys if none is given. Skip keys that a car lacks."""
    return [car.entity_ids[key] for car in cars for key in keys or car.entity_ids if key in car.entity_ids]


def _key(entity: Json) -> str:
    return f"{_platform(entity['entity_id'])}.{entity['translation_key']}"


def _platform(entity_id: str) -> str:
    return entity_id.partition(".")[0]
