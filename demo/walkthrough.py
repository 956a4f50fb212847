"""The rest of `--check`: whatever a user can do with an account, through Home Assistant's HTTP and websocket APIs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import json
from typing import Any

from aiohttp import ClientSession

from simulator import Simulator

from .account import FLOW, add_account, expect, give_consent, make_form
from .client import HomeAssistantClient
from .configuration import DOMAIN, ROOT, Folder
from .errors import DemoError
from .process import HomeAssistantProcess
from .way import Way

type Json = dict[str, Any]

ENTRIES = "/api/config/config_entries/entry"
OPTIONS = "/api/config/config_entries/options/flow"
INTEGRATION = ROOT / "custom_components" / DOMAIN

# The cars, remotes and reports are this much faster than real ones.
SPEED = 20.0
# In watts. Slow, so that the battery is not full before the car has been told everything.
CHARGING_POWER = 1000.0
TIMEOUT = 30.0
POLL_INTERVAL = 0.05

# Entities of a car that are used after all others: a car that is immobilized or stolen does not do everything.
LAST = ("immobilization", "stolen")


@dataclass(frozen=True)
class Entity:
    """An entity of the account, as it is registered."""

    entity_id: str
    key: str
    device_id: str

    @property
    def platform(self) -> str:
        """The part of the id before the dot."""
        return self.entity_id.partition(".")[0]


class Walkthrough:
    """A user who tries everything. Each method does a part and returns a line that tells what was done."""

    def __init__(
        self,
        client: HomeAssistantClient,
        session: ClientSession,
        simulator: Simulator,
        process: HomeAssistantProcess,
        folder: Folder,
        way: Way,
    ) -> None:
        self._client = client
        self._session = session
        self._simulator = simulator
        self._process = process
        self._folder = folder
        self._way = way

    async def walk(self) -> AsyncIterator[str]:
        """Do all parts in turn."""
        self._simulator.speed = SPEED
        self._get_cars_ready()
        parts: list[Callable[[], Awaitable[str]]] = [
            self._enable_entities,
            self._use_entities,
            self._call_actions,
            self._add_second_account,
            self._change_options,
            self._reconfigure,
            self._rename_entity,
            self._download_diagnostics,
            self._reload,
            self._remove,
        ]
        for part in parts:
            yield await part()

    def _get_cars_ready(self) -> None:
        """Take away what keeps a car from doing what it is told."""
        garage, cars = self._simulator.garage, self._simulator.cars
        for car in cars.values():
            for opening in sorted(car.open_doors):
                garage.close(car, opening)
        garage.plug_in(cars["hybrid"])
        cars["electric"].charging_power = CHARGING_POWER

    async def _accounts(self) -> dict[str, str]:
        entries = await self._client.command("config_entries/get", domain=DOMAIN)
        return {entry["title"]: entry["entry_id"] for entry in entries}

    async def _entry_id(self) -> str:
        return (await self._accounts())["Peugeot"]

    async def _entities(self) -> list[Entity]:
        entry_id = await self._entry_id()
        return [
            Entity(entity["entity_id"], entity["translation_key"], entity["device_id"])
            for entity in await self._client.command("config/entity_registry/list")
            if entity["config_entry_id"] == entry_id
        ]

    async def _wait_for(self, entity_id: str, is_right: Callable[[str], bool], wanted: str) -> None:
        state = ""

        async def is_there() -> bool:
            nonlocal state
            state = await self._client.state(entity_id)
            return is_right(state)

        try:
            await _until(is_there)
        except TimeoutError as error:
            raise DemoError(f"{entity_id} is {state} instead of {wanted}.") from error

    async def _wait_for_state(self, entity_id: str, wanted: str) -> None:
        await self._wait_for(entity_id, lambda state: state == wanted, wanted)

    async def _wait_for_all(self) -> int:
        """Wait until all entities that have a state are available. Return how many have one.

        After a reload some have none, such as the switch of a program that was deleted meanwhile.
        """
        registered = {entity.entity_id for entity in await self._entities()}
        found: list[str] = []

        async def are_available() -> bool:
            states = await self._client.get("/api/states")
            found[:] = [each["state"] for each in states if each["entity_id"] in registered]
            return bool(found) and "unavailable" not in found

        await _until(are_available)
        return len(found)

    async def _enable_entities(self) -> str:
        for entity in await self._entities():
            await self._client.command("config/entity_registry/update", entity_id=entity.entity_id, disabled_by=None)
        # Home Assistant would reload the account by itself, but half a minute later.
        restarted = await self._restart()
        platforms = {entity.platform for entity in await self._entities()}
        translated = json.loads((INTEGRATION / "translations" / "en.json").read_text())["entity"]
        if missing := translated.keys() - platforms:
            raise DemoError(f"There is no entity of {', '.join(sorted(missing))}.")
        return f"{restarted}, of {len(platforms)} platforms"

    async def _use_entities(self) -> str:
        entities = sorted(await self._entities(), key=lambda entity: entity.key in LAST)
        cars: dict[str, list[Entity]] = {}
        for entity in entities:
            cars.setdefault(entity.device_id, []).append(entity)
        numbers = await asyncio.gather(*(self._use(each) for each in cars.values()))
        return f"{sum(numbers)} commands of entities were carried out"

    async def _use(self, entities: list[Entity]) -> int:
        number = 0
        for entity in entities:
            entity_id = entity.entity_id
            state = await self._client.get(f"/api/states/{entity_id}")
            for action, data, wanted in _uses(entity.platform, state):
                await self._client.post(f"/api/services/{entity.platform}/{action}", {"entity_id": entity_id, **data})
                if wanted is not None:
                    await self._wait_for_state(entity_id, wanted)
                number += 1
            if entity.platform == "image":
                await self._client.download(state["attributes"]["entity_picture"])
            if entity.key == "preconditioning" and entity.platform == "calendar":
                await self._use_calendar(entity_id)
                number += 2
        return number

    async def _use_calendar(self, entity_id: str) -> None:
        start = (datetime.now(UTC) + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
        event = {
            "summary": "To work",
            "dtstart": start.isoformat(),
            "dtend": (start + timedelta(minutes=10)).isoformat(),
            "rrule": "FREQ=WEEKLY",
        }
        await self._client.command("calendar/event/create", entity_id=entity_id, event=event)
        period = f"start={start:%Y-%m-%dT%H:%M:%SZ}&end={start + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
        found: list[str] = []

        async def is_there() -> bool:
            events = await self._client.get(f"/api/calendars/{entity_id}?{period}")
            found[:] = [each["uid"] for each in events if each["summary"] == event["summary"]]
            return bool(found)

        await _until(is_there)
        await self._client.command("calendar/event/delete", entity_id=entity_id, uid=found[0])

    async def _call_actions(self) -> str:
        entities = {f"{each.platform}.{each.key}": each for each in await self._entities()}
        climate = {"entity_id": entities["climate.preconditioning"].entity_id}
        car = {"device_id": entities["select.charging_level"].device_id}
        actions: dict[str, Json] = {
            "set_preconditioning_program": {**climate, "slot": 2, "start": "07:30:00", "days": ["mon", "tue"]},
            "get_preconditioning_programs": climate,
            "delete_preconditioning_program": {**climate, "slot": 2},
            "set_charging_schedule": {**car, "programs": [{"start": "22:30:00", "end": "05:30:00"}]},
            "get_charging_schedule": car,
            "get_charges": car,
            "get_trips": car,
            "send_navigation": {**car, "destinations": ["zone.work"]},
            "stop_signals": car,
        }
        described = await self._client.get("/api/services")
        [ours] = [each["services"] for each in described if each["domain"] == DOMAIN]
        if ours.keys() != actions.keys():
            raise DemoError(f"The actions are {sorted(ours)}.")
        for name, data in actions.items():
            answer = "?return_response" if "response" in ours[name] else ""
            await self._client.post(f"/api/services/{DOMAIN}/{name}{answer}", data)
        return f"{len(actions)} actions were performed"

    async def _add_second_account(self) -> str:
        form = make_form(self._simulator, "citroen", self._folder.config, self._way)
        wrong = {**form["user"], "certificate_path": f"{DOMAIN}/missing.pem"}
        result = await self._client.post(FLOW, {"handler": DOMAIN})
        refused = expect("form", await self._client.post(f"{FLOW}/{result['flow_id']}", wrong))
        if not refused["errors"]:
            raise DemoError("The config flow accepts a certificate file that is missing.")
        await self._client.delete(f"{FLOW}/{result['flow_id']}")
        callbacks, grants = len(self._simulator.callbacks), len(self._simulator.grants)
        await add_account(self._client, self._session, form, "family")
        await self._client.delete(f"{ENTRIES}/{(await self._accounts())['Citroën']}")
        await self._wait_for_the_vendor(callbacks, grants)
        return "A second account was added, after an error in its form, and removed"

    async def _wait_for_the_vendor(self, callbacks: int, grants: int) -> None:
        """Wait until the vendor holds so many callbacks and tokens."""

        async def does_hold() -> bool:
            return (len(self._simulator.callbacks), len(self._simulator.grants)) == (callbacks, grants)

        await _until(does_hold)

    async def _change_options(self) -> str:
        entry_id = await self._entry_id()
        for minutes in (45, 30):
            result = expect("form", await self._client.post(OPTIONS, {"handler": entry_id}))
            suggested = {
                field["name"]: field["description"]["suggested_value"]
                for field in result["data_schema"]
                if "suggested_value" in field.get("description", {})
            }
            values = {**suggested, "poll_interval": minutes}
            expect("create_entry", await self._client.post(f"{OPTIONS}/{result['flow_id']}", values))
        await self._wait_for_all()
        return "The options were changed"

    async def _reconfigure(self) -> str:
        entry_id = await self._entry_id()
        result = expect("form", await self._client.post(FLOW, {"handler": DOMAIN, "entry_id": entry_id}))
        flow = f"{FLOW}/{result['flow_id']}"
        for values in make_form(self._simulator, "peugeot", self._folder.config, self._way).values():
            given = {field["name"] for field in expect("form", result)["data_schema"]}
            result = await self._client.post(flow, {name: each for name, each in values.items() if name in given})
        await give_consent(self._session, expect("external", result)["url"], "driver")
        expect("abort", await self._client.get(flow))
        await self._wait_for_all()
        return "The account was reconfigured"

    async def _rename_entity(self) -> str:
        entity_id = next(each.entity_id for each in await self._entities() if each.platform == "lock")
        for old, new in ((entity_id, "lock.garage"), ("lock.garage", entity_id)):
            await self._client.command("config/entity_registry/update", entity_id=old, new_entity_id=new)
            await self._wait_for(new, lambda state: state not in ("", "unavailable"), "available")
        return "An entity was renamed"

    async def _download_diagnostics(self) -> str:
        entry_id = await self._entry_id()
        text = (await self._client.download(f"/api/diagnostics/config_entry/{entry_id}")).decode()
        secret = next(app.client_secret for app in self._simulator.apps.values() if app.brand == "peugeot")
        if any(word in text for word in (secret, *(car.vin for car in self._simulator.cars.values()))):
            raise DemoError("The diagnostics hold a secret or the identification of a car.")
        return f"The diagnostics hold {len(text)} characters and no secret"

    async def _reload(self) -> str:
        await self._client.post(f"{ENTRIES}/{await self._entry_id()}/reload", {})
        await self._wait_for_all()
        return "The account was reloaded"

    async def _restart(self) -> str:
        await self._client.post("/api/services/homeassistant/restart", {})
        await self._process.restarted()
        await self._client.wait_until_running(self._process.check)
        number = await self._wait_for_all()
        return f"Home Assistant was restarted, and {number} entities are available again"

    async def _remove(self) -> str:
        grants = len(self._simulator.grants)
        await self._client.delete(f"{ENTRIES}/{await self._entry_id()}")
        await self._wait_for_the_vendor(callbacks=0, grants=grants - 1)
        entities = await self._client.command("config/entity_registry/list")
        if left := [entity["entity_id"] for entity in entities if entity["platform"] == DOMAIN]:
            raise DemoError(f"These entities are left of the account: {', '.join(left)}.")
        return "The account was removed, and nothing is left of it at the vendor"


async def _until(is_done: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so. Raise TimeoutError if it takes too long."""
    async with asyncio.timeout(TIMEOUT):
        while True:
            if await is_done():
                return
            await asyncio.sleep(POLL_INTERVAL)


def _uses(platform: str, state: Json) -> Iterator[tuple[str, Json, str | None]]:
    """Yield what can be done with an entity: the action, its data, and the state after it."""
    attributes = state["attributes"]
    if platform == "lock":
        yield "unlock", {}, "unlocked"
        yield "lock", {}, "locked"
    elif platform == "switch":
        for turn in ("on", "off") if state["state"] == "off" else ("off", "on"):
            yield f"turn_{turn}", {}, turn
    elif platform == "climate":
        yield "turn_on", {}, "heat_cool"
        yield "turn_off", {}, "off"
    elif platform == "button":
        yield "press", {}, None
    elif platform == "number":
        value = attributes["max"] - attributes["step"]
        yield "set_value", {"value": value}, f"{value}"
    elif platform == "select":
        for option in attributes["options"]:
            yield "select_option", {"option": option}, option
    elif platform == "time":
        yield "set_value", {"time": "23:15:00"}, "23:15:00"
