"""The blueprints, imported as a person does, and what the automations made from them do to the cars."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
import json
from pathlib import Path
import re
from typing import Any, Final, override

from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.components.calendar import CalendarEntity, CalendarEvent
from homeassistant.components.calendar.const import DATA_COMPONENT
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CoreState, HomeAssistant, ServiceCall, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util import yaml as yaml_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket, WebSocketGenerator

from custom_components.stellantis.account import commands
from simulator import Car, Outcome

from .helpers.harness import Harness
from .helpers.reports import electric as report_energy
from .helpers.reports import position

FOLDER: Final = Path(__file__).parents[1] / "blueprints" / "automation" / "stellantis"
NAMES: Final = sorted(path.stem for path in FOLDER.iterdir())
SOURCE: Final = "https://github.com/ha-stellantis/ha-stellantis/blob/main/blueprints/automation/stellantis"

# Inputs that are chosen from all entities; all other inputs are a car's.
NOT_OF_A_CAR: Final = {"calendar", "memory", "people", "prices", "surplus", "zone", "zones"}

HOME: Final = (2.2945, 48.8584)
"""Where the cars of the simulator stand at first, east and north."""
AWAY: Final = (2.3522, 48.9)


@dataclass
class Person:
    """Somebody who imports blueprints and makes automations from them."""

    hass: HomeAssistant
    socket: MockHAClientWebSocket
    automations: list[dict[str, Any]] = field(default_factory=list)

    async def send(self, kind: str, **message: Any) -> Any:
        await self.socket.send_json_auto_id({"type": kind, **message})
        answer = await self.socket.receive_json()
        assert answer["success"], answer
        return answer["result"]

    async def automate(self, blueprint: str, **chosen: Any) -> None:
        """Import a blueprint and make an automation from it."""
        path = f"ha-stellantis/{blueprint}"
        text = (FOLDER / f"{blueprint}.yaml").read_text()
        await self.send("blueprint/save", domain="automation", path=path, yaml=text, allow_override=True)
        made = {"id": blueprint, "alias": blueprint, "use_blueprint": {"path": f"{path}.yaml", "input": chosen}}
        self.automations.append(made)
        configuration = Path(self.hass.config.path("configuration.yaml"))
        text = json.dumps({"automation": self.automations})
        await self.hass.async_add_executor_job(configuration.write_text, text)
        await self.hass.services.async_call("automation", "reload", blocking=True)
        await self.hass.async_block_till_done()
        state = self.hass.states.get(f"automation.{blueprint}")
        assert state
        assert state.state == "on"

    async def automations_away(self) -> None:
        """Let no automation be there, as while Home Assistant is down."""
        self.automations.clear()
        configuration = Path(self.hass.config.path("configuration.yaml"))
        await self.hass.async_add_executor_job(configuration.write_text, "{}")
        await self.hass.services.async_call("automation", "reload", blocking=True)

    async def traces(self, blueprint: str) -> list[dict[str, Any]]:
        traces: list[dict[str, Any]] = await self.send("trace/list", domain="automation", item_id=blueprint)
        return traces


@dataclass
class Clock:
    """The time that templates and conditions see; timers use the real one."""

    now: datetime

    def set(self, day: date, at: str) -> None:
        self.now = datetime.combine(day, time.fromisoformat(at), dt_util.get_default_time_zone())


@pytest.fixture
async def hass(hass: HomeAssistant) -> HomeAssistant:
    """Set up what has to be there before the server listens."""
    for component in ("websocket_api", "calendar"):
        assert await async_setup_component(hass, component, {})
    return hass


@pytest.fixture
async def person(
    harness: Harness, hass_ws_client: WebSocketGenerator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Person]:
    monkeypatch.setattr(harness.hass.config, "config_dir", str(tmp_path))
    await harness.hass.config.async_update(latitude=HOME[1], longitude=HOME[0])
    for component in ("automation", "zone"):
        assert await async_setup_component(harness.hass, component, {})
    yield Person(harness.hass, await hass_ws_client())
    await harness.hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)


@pytest.fixture
def clock(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(dt_util.now())
    monkeypatch.setattr(dt_util, "now", lambda _time_zone=None: clock.now)
    return clock


@pytest.fixture
def told(harness: Harness) -> list[dict[str, Any]]:
    """Return the data of each call of `test.tell`."""
    told: list[dict[str, Any]] = []

    @callback
    def tell(call: ServiceCall) -> None:
        told.append(dict(call.data))

    harness.hass.services.async_register("test", "tell", tell)
    return told


def tell(*variables: str) -> list[dict[str, Any]]:
    return [{"action": "test.tell", "data": {variable: f"{{{{ {variable} }}}}" for variable in variables}}]


def inputs(blueprint: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the inputs and the sections of a blueprint."""
    for key, value in blueprint["input"].items():
        yield key, value
        yield from value.get("input", {}).items()


async def move(harness: Harness, car: Car, where: str, position: tuple[float, float]) -> None:
    """Drive a car there, park it and leave it unlocked."""
    harness.vendor.garage.drive_off(car)
    await harness.until(car, "binary_sensor", "running", "on")
    car.position = position
    harness.vendor.garage.park(car)
    await harness.until(car, "binary_sensor", "running", "off")
    await harness.until(car, "device_tracker", "location", where)
    await harness.settle()


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_is(name: str) -> None:
    data = yaml_util.load_yaml_dict(str(FOLDER / f"{name}.yaml"))
    blueprint = Blueprint(data, expected_domain="automation", schema=AUTOMATION_BLUEPRINT_SCHEMA)
    assert blueprint.validate() is None
    about = blueprint.metadata
    assert about["name"]
    assert about["description"]
    assert about["author"] == "Stellantis for Home Assistant"
    assert about["source_url"] == f"{SOURCE}/{name}.yaml"
    assert about["homeassistant"] == {"min_version": "2026.8.0"}
    assert {"triggers", "actions", "mode"} <= set(data)


@pytest.mark.parametrize("name", NAMES)
def test_every_input_is_described_and_used(name: str) -> None:
    data = yaml_util.load_yaml_dict(str(FOLDER / f"{name}.yaml"))
    blueprint = Blueprint(data, schema=AUTOMATION_BLUEPRINT_SCHEMA)
    assert yaml_util.extract_inputs(data) == set(blueprint.inputs)
    for key, value in inputs(data["blueprint"]):
        assert value["name"], key
        assert "input" in value or value["description"], key
        assert "input" in value or value["selector"], key


@pytest.mark.parametrize("name", NAMES)
def test_only_entities_of_the_integration_are_offered(name: str) -> None:
    blueprint = yaml_util.load_yaml_dict(str(FOLDER / f"{name}.yaml"))["blueprint"]
    filters = [
        (key, chosen)
        for key, value in inputs(blueprint)
        for chosen in value.get("selector", {}).get("entity", {}).get("filter", [])
    ]
    assert filters
    for key, chosen in filters:
        assert chosen["domain"], key
        assert chosen.get("integration") == (None if key in NOT_OF_A_CAR else "stellantis"), key


# A car has several entities of this kind, and nothing by which a picker could tell them apart.
SEVERAL: Final = {"event", "status"}


@pytest.mark.usefixtures("every_entity_enabled")
async def test_one_entity_of_a_car_is_offered_for_each_input(harness: Harness, car: Car) -> None:
    await harness.add_account()
    states = [
        harness.hass.states.get(entry.entity_id)
        for entry in er.async_get(harness.hass).entities.values()
        if entry.unique_id.startswith(car.vin)
    ]
    chosen = {
        (name, key): wanted
        for name in NAMES
        for key, value in inputs(yaml_util.load_yaml_dict(str(FOLDER / f"{name}.yaml"))["blueprint"])
        for wanted in value.get("selector", {}).get("entity", {}).get("filter", [])
        if wanted.get("integration")
    }
    assert {key for _, key in chosen} > SEVERAL
    for (name, key), wanted in chosen.items():
        details = {detail: word for detail, word in wanted.items() if detail not in {"integration", "domain"}}
        offered = [
            state.entity_id
            for state in states
            if state and state.domain == wanted["domain"] and details.items() <= state.attributes.items()
        ]
        assert offered, (name, key)
        assert len(offered) == 1 or key in SEVERAL, (name, key, offered)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("charge_from_the_sun", "could not start or stop charging"),
        ("charge_in_cheapest_hours", "could not start or stop charging"),
        ("lock_at_night", "could not be locked"),
        ("precondition_before_event", "could not be preconditioned"),
        ("ready_to_leave", "could not start or stop charging, or be preconditioned"),
    ],
)
def test_it_says_where_a_failure_is_told(name: str, what: str) -> None:
    about = yaml_util.load_yaml_dict(str(FOLDER / f"{name}.yaml"))["blueprint"]["description"]
    assert re.search(rf"If (the car|it) {what}, .*\btrace of the automation says? why[.]", " ".join(about.split()))


# --- Precondition before an event


class Calendar(CalendarEntity):
    """A calendar of somebody who has things to do."""

    _attr_name = "Work"
    _attr_should_poll = False

    def __init__(self, events: list[CalendarEvent]) -> None:
        self.events = events

    @property
    @override
    def event(self) -> CalendarEvent | None:
        return None

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        return [event for event in self.events if start_date <= event.start_datetime_local < end_date]


async def have_event(harness: Harness, title: str = "Dentist", *, all_day: bool = False) -> None:
    """Have an event that starts in 35 minutes, or, if it lasts all day, tomorrow."""
    soon = dt_util.as_local(dt_util.utcnow() + timedelta(minutes=35))
    start = dt_util.now().date() + timedelta(days=1) if all_day else soon
    event = CalendarEvent(
        start=start, end=start + (timedelta(days=1) if all_day else timedelta(hours=1)), summary=title
    )
    await harness.hass.data[DATA_COMPONENT].async_add_entities([Calendar([event])])


@pytest.fixture
async def precondition(harness: Harness, person: Person, car: Car) -> Callable[..., Awaitable[None]]:
    # In a night in which the clock changes, Home Assistant is an hour wrong about what is before or after an event.
    await harness.hass.config.async_set_time_zone("UTC")

    async def precondition(**chosen: Any) -> None:
        """Make the automation and let ten minutes pass."""
        await person.automate(
            "precondition_before_event",
            preconditioning=harness.entity_id(car, "climate", "preconditioning"),
            calendar="calendar.work",
            **chosen,
        )
        await harness.pass_time(minutes=10)

    return precondition


async def test_the_car_is_preconditioned_before_an_event(
    harness: Harness, car: Car, precondition: Callable[..., Awaitable[None]]
) -> None:
    await harness.add_account()
    await have_event(harness)
    await precondition()
    assert car.preconditioning == "Enabled"
    assert harness.state(car, "climate", "preconditioning").state == "heat_cool"


async def test_it_is_not_preconditioned_too_early(
    harness: Harness, car: Car, precondition: Callable[..., Awaitable[None]]
) -> None:
    await harness.add_account()
    await have_event(harness)
    await precondition(before={"minutes": 20})
    assert not harness.requests("POST", "/remotes")


async def test_an_event_of_a_whole_day_does_not_count(
    harness: Harness, car: Car, precondition: Callable[..., Awaitable[None]]
) -> None:
    await harness.add_account()
    await have_event(harness, all_day=True)
    midnight = dt_util.as_utc(dt_util.start_of_local_day(dt_util.now() + timedelta(days=1)))
    seconds = (midnight - dt_util.utcnow() - timedelta(minutes=5)).total_seconds()
    await precondition(before={"seconds": max(round(seconds), 0)})
    assert not harness.requests("POST", "/remotes")


@pytest.mark.parametrize(("word", "expected"), [("dentist", "Enabled"), (" DENT ", "Enabled"), ("gym", "Disabled")])
async def test_only_events_with_a_word_in_their_title(
    harness: Harness, car: Car, precondition: Callable[..., Awaitable[None]], word: str, expected: str
) -> None:
    await harness.add_account()
    await have_event(harness)
    await precondition(word=word)
    assert car.preconditioning == expected


@pytest.mark.parametrize(("where", "expected"), [("home", "Enabled"), ("not_home", "Disabled")])
async def test_only_if_somebody_is_at_home(
    harness: Harness, car: Car, precondition: Callable[..., Awaitable[None]], where: str, expected: str
) -> None:
    await harness.add_account()
    await have_event(harness)
    harness.hass.states.async_set("person.one", "not_home")
    harness.hass.states.async_set("person.other", where)
    await precondition(people=["person.one", "person.other"])
    assert car.preconditioning == expected


async def test_why_the_car_refuses_is_in_the_trace(
    harness: Harness, person: Person, car: Car, precondition: Callable[..., Awaitable[None]]
) -> None:
    await harness.add_account()
    await have_event(harness)
    car.next_outcomes.append(Outcome("Failed", "VehicleInUse"))
    await precondition()
    assert car.preconditioning == "Disabled"
    [trace] = await person.traces("precondition_before_event")
    assert trace["script_execution"] == "error"
    assert trace["error"].endswith("(VehicleInUse)")


# --- Charge in the cheapest hours

PRICES: Final = "sensor.prices"
TODAY: Final = date(2026, 11, 14)
TOMORROW: Final = TODAY + timedelta(days=1)
HOUR: Final = timedelta(hours=1)
QUARTER: Final = timedelta(minutes=15)

type Item = dict[str, Any]


def slots(day: date, cheap: dict[str, float], length: timedelta = HOUR, price: float = 100.0) -> list[Item]:
    """List the prices of a day as Nord Pool does; what is not among the cheap times is 100."""
    midnight = datetime.combine(day, time.min, dt_util.get_default_time_zone())
    starts = [midnight + number * length for number in range(round(timedelta(days=1) / length))]
    return [
        {"start": start, "end": start + length, "value": cheap.get(start.strftime("%H:%M"), price)} for start in starts
    ]


def changed(items: list[Item], **changes: Callable[[Any], Any]) -> list[Item]:
    return [{key: changes.get(key, lambda same: same)(value) for key, value in item.items()} for item in items]


def renamed(items: list[Item], **names: str) -> list[Item]:
    return [{names.get(key, key): value for key, value in item.items()} for item in items]


@dataclass
class Charger:
    """A car with an automation that charges it from 23:10 on if it does as prices say."""

    harness: Harness
    person: Person
    clock: Clock
    car: Car

    async def automate(self, **chosen: Any) -> None:
        await self.person.automate(
            "charge_in_cheapest_hours",
            charging=self.harness.entity_id(self.car, "switch", "charging"),
            plugged=self.harness.entity_id(self.car, "binary_sensor", "plugged"),
            prices=PRICES,
            **{"hours": 2, **chosen},
        )

    async def publish(self, state: str = "1.0", /, **lists: Any) -> None:
        """Let the price sensor have these lists."""
        self.harness.hass.states.async_set(PRICES, state, lists)
        await self.harness.settle()

    async def publish_days(self, today: dict[str, float], tomorrow: dict[str, float]) -> None:
        await self.publish(raw_today=slots(TODAY, today), raw_tomorrow=slots(TOMORROW, tomorrow))

    async def forget(self) -> None:
        """Let the price sensor be gone, and have nothing done about that."""
        before = self.car.charging_status
        await self.publish("unavailable")
        assert self.car.charging_status == before

    async def switch(self, state: str) -> None:
        if self.harness.state(self.car, "switch", "charging").state != state:
            await self.harness.call(self.car, "switch", "charging", f"turn_{state}")

    @property
    def asked(self) -> int:
        """How many remotes the vendor has got."""
        return len(self.harness.requests("POST", "/remotes"))

    @property
    def charges(self) -> bool:
        return self.car.charging_status == "InProgress"


@pytest.fixture
async def charger(harness: Harness, person: Person, clock: Clock, car: Car) -> Charger:
    await harness.add_account()
    clock.set(TODAY, "23:10")
    return Charger(harness, person, clock, car)


async def test_the_car_charges_in_the_cheapest_hours_before_the_deadline(charger: Charger) -> None:
    await charger.automate()
    cases: dict[str, tuple[tuple[date, str], dict[str, float], dict[str, float], bool]] = {
        "now is the cheapest": ((TODAY, "23:10"), {"23:00": 10}, {"03:00": 20}, True),
        "now is the second cheapest": ((TODAY, "23:10"), {"23:00": 20}, {"03:00": 10, "04:00": 30}, True),
        "others are cheaper": ((TODAY, "23:10"), {"23:00": 30}, {"03:00": 10, "04:00": 20}, False),
        "others were cheaper": ((TODAY, "23:10"), {"08:00": 10, "12:00": 20, "23:00": 30}, {}, False),
        "cheaper before the last deadline": ((TODAY, "23:10"), {"05:00": 1, "06:00": 2, "23:00": 30}, {}, True),
        "cheaper after the deadline": ((TODAY, "23:10"), {"23:00": 30}, {"07:00": 1, "08:00": 2}, True),
        "after midnight": ((TOMORROW, "02:59"), {}, {"02:00": 10}, True),
        "after midnight, others are cheaper": ((TOMORROW, "02:59"), {"23:00": 1}, {"03:00": 10}, False),
        "the last hour": ((TOMORROW, "06:30"), {}, {"06:00": 10}, True),
        "the hour after": ((TOMORROW, "07:00"), {}, {"06:00": 10, "07:00": 30}, True),
        "negative prices": ((TODAY, "23:10"), {"23:00": -20}, {"03:00": -30, "04:00": -10}, True),
        "all the same, the first of them": ((TODAY, "07:00"), {}, {}, True),
        "all the same, not the third": ((TODAY, "09:00"), {}, {}, False),
    }
    results = {}
    for name, ((day, at), today, tomorrow, _) in cases.items():
        for before in ("off", "on"):
            await charger.forget()
            await charger.switch(before)
            charger.clock.set(day, at)
            await charger.publish_days(today, tomorrow)
            results[f"{name}, {before} before"] = charger.charges
    assert results == {
        f"{name}, {before} before": expected for name, (*_, expected) in cases.items() for before in ("off", "on")
    }


async def test_prices_may_come_in_many_shapes(charger: Charger, person: Person) -> None:
    """The second cheapest hour is now. The car charges in no hour if the list cannot be read."""
    today, tomorrow = slots(TODAY, {"23:00": 20}), slots(TOMORROW, {"03:00": 10, "04:00": 30})
    naive = partial(changed, start=lambda start: start.replace(tzinfo=None).isoformat())
    shapes: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "iso": ({}, {"raw_today": changed(today, start=datetime.isoformat)}),
        "utc": ({}, {"raw_today": changed(today, start=lambda start: dt_util.as_utc(start).isoformat())}),
        "naive": ({}, {"raw_today": naive(today)}),
        "prices as strings": (
            {},
            {"raw_today": changed(today, value=str), "raw_tomorrow": changed(tomorrow, value=str)},
        ),
        "energi data service": (
            {"start_key": "hour", "price_key": "price"},
            {
                "raw_today": renamed(today, start="hour", value="price"),
                "raw_tomorrow": renamed(tomorrow, start="hour", value="price"),
            },
        ),
        "one list": (
            {"attributes": ["prices"], "start_key": "startsAt", "price_key": "total"},
            {
                "prices": renamed(
                    changed([*today, *tomorrow], start=datetime.isoformat), start="startsAt", value="total"
                )
            },
        ),
        "lists that overlap": (
            {"attributes": ["raw_today", "raw_tomorrow", "prices"]},
            {"prices": [*today, *tomorrow]},
        ),
        "backwards": ({}, {"raw_today": today[::-1], "raw_tomorrow": tomorrow[::-1]}),
        "no prices of tomorrow yet": ({}, {"raw_tomorrow": changed(tomorrow, value=lambda _: None)}),
        "no list of tomorrow": ({}, {"raw_tomorrow": None}),
        "rubbish among it": ({}, {"raw_today": [None, 7, "x", {}, {"start": "soon", "value": 1}, *today]}),
    }
    results = {}
    for name, (chosen, lists) in shapes.items():
        await charger.forget()
        await charger.switch("off")
        person.automations.clear()
        await charger.automate(**chosen)
        await charger.publish(**{"raw_today": today, "raw_tomorrow": tomorrow, **lists})
        results[name] = charger.charges
    assert results == dict.fromkeys(shapes, True)


@pytest.mark.parametrize(
    ("hours", "at", "expected"), [(0.5, "23:10", True), (0.5, "23:20", False), (0.75, "23:20", True)]
)
async def test_prices_of_a_quarter_of_an_hour(charger: Charger, hours: float, at: str, expected: bool) -> None:
    await charger.automate(hours=hours)
    charger.clock.set(TODAY, at)
    today = slots(TODAY, {"23:00": 10, "23:15": 30}, QUARTER)
    await charger.publish(raw_today=today, raw_tomorrow=slots(TOMORROW, {"03:45": 20}, QUARTER))
    assert charger.charges is expected


async def test_an_hour_that_the_deadline_cuts_is_not_chosen(charger: Charger) -> None:
    charger.clock.set(TODAY, "23:10")
    await charger.automate(hours=1, deadline="23:30:00")
    await charger.publish_days({"23:00": 10}, {})
    assert not charger.charges


@pytest.mark.parametrize("charging", ["on", "off"])
@pytest.mark.parametrize(
    "lists",
    [
        {},
        {"raw_today": None, "raw_tomorrow": None},
        {"raw_today": "none", "raw_tomorrow": 7},
        {"raw_today": []},
        {"raw_today": [{"start": "23:00", "value": 1}]},
        {"raw_today": [{"begin": "2026-11-14T23:00:00", "value": 1}]},
    ],
)
async def test_nothing_is_done_without_a_price(charger: Charger, charging: str, lists: dict[str, Any]) -> None:
    await charger.automate()
    await charger.switch(charging)
    asked = charger.asked
    await charger.publish(**lists)
    assert charger.asked == asked
    assert charger.charges is (charging == "on")


async def test_a_car_that_does_as_it_should_is_not_asked(charger: Charger) -> None:
    await charger.automate()
    await charger.publish_days({"23:00": 10}, {})
    assert (charger.charges, charger.asked) == (True, 1)
    await charger.publish_days({"23:00": 20}, {})
    assert charger.asked == 1


async def test_only_a_change_of_the_lists_asks_again(charger: Charger) -> None:
    """The car refuses, and the sensor is one that changes all the time."""
    await charger.automate()
    charger.car.next_outcomes += [Outcome("Failed", "VehicleError")] * 3
    today = slots(TODAY, {"23:00": 10})
    await charger.publish(raw_today=today)
    assert charger.asked == 1
    for price in ("2.0", "3.0"):
        await charger.publish(price, raw_today=today, updated=price)
    assert charger.asked == 1
    await charger.publish(raw_today=slots(TODAY, {"23:00": 20}))
    assert charger.asked == 2


async def test_a_car_without_a_cable_is_not_asked_until_it_has_one(charger: Charger) -> None:
    charger.harness.vendor.garage.unplug(charger.car)
    await charger.harness.until(charger.car, "binary_sensor", "plugged", "off")
    await charger.automate()
    await charger.publish_days({"23:00": 10}, {})
    assert charger.asked == 0
    charger.harness.vendor.garage.plug_in(charger.car)
    await charger.harness.until(charger.car, "binary_sensor", "plugged", "on")
    await charger.harness.pass_time(seconds=31)
    assert charger.charges


async def test_a_car_that_begins_by_itself_is_stopped_when_it_is_too_expensive(charger: Charger) -> None:
    charger.harness.vendor.garage.unplug(charger.car)
    charger.car.next_delayed = "PT0S"
    await charger.harness.until(charger.car, "binary_sensor", "plugged", "off")
    await charger.automate()
    await charger.publish_days({}, {})
    charger.harness.vendor.garage.plug_in(charger.car)
    await charger.harness.until(charger.car, "switch", "charging", "on")
    assert charger.asked == 0
    await charger.harness.pass_time(seconds=31)
    assert charger.harness.state(charger.car, "switch", "charging").state == "off"


@pytest.mark.parametrize(("where", "position", "charges"), [("home", HOME, True), ("not_home", AWAY, False)])
async def test_only_a_car_at_home_if_its_location_is_chosen(
    charger: Charger, where: str, position: tuple[float, float], charges: bool
) -> None:
    await charger.automate(location=charger.harness.entity_id(charger.car, "device_tracker", "location"))
    await move(charger.harness, charger.car, where, position)
    charger.harness.vendor.garage.plug_in(charger.car)
    await charger.harness.until(charger.car, "binary_sensor", "plugged", "on")
    await charger.publish_days({"23:00": 10}, {})
    assert charger.charges is charges


@pytest.mark.parametrize(("status", "asked"), [("Finished", 0), ("Stopped", 1)])
async def test_a_car_that_is_full_is_not_asked_if_its_status_is_chosen(
    charger: Charger, status: str, asked: int
) -> None:
    charger.car.charging_status = status
    charger.harness.vendor.garage.stop_charging(charger.car)
    await charger.harness.until(charger.car, "sensor", "charging_status", status.lower())
    await charger.automate(status=charger.harness.entity_id(charger.car, "sensor", "charging_status"))
    await charger.publish_days({"23:00": 10}, {})
    assert charger.asked == asked


@pytest.mark.parametrize(("limit", "asked"), [(60, 0), (62, 0), (63, 1)])
async def test_a_charge_that_was_stopped_at_the_limit_is_not_started_again(
    charger: Charger, limit: int, asked: int
) -> None:
    charger.car.battery_level = 62.0
    await charger.harness.call(charger.car, "number", "charge_limit", "set_value", value=limit)
    await charger.automate(
        limit=charger.harness.entity_id(charger.car, "number", "charge_limit"),
        battery=charger.harness.entity_id(charger.car, "sensor", "battery_level"),
    )
    await charger.publish_days({"23:00": 10}, {})
    assert charger.asked == asked


@pytest.mark.parametrize(("at", "asked"), [("23:00:01", 1), ("23:15:01", 0)])
async def test_it_decides_when_an_hour_begins(charger: Charger, at: str, asked: int) -> None:
    await charger.publish_days({"23:00": 10}, {})
    await charger.automate()
    assert charger.asked == 0
    charger.clock.set(TODAY, at)
    await charger.harness.pass_time(minutes=15)
    assert charger.asked == asked
    assert charger.charges is (asked == 1)


async def test_it_decides_when_a_quarter_begins_if_that_has_a_price(charger: Charger) -> None:
    await charger.publish(raw_today=slots(TODAY, {"23:15": 10}, QUARTER))
    await charger.automate()
    charger.clock.set(TODAY, "23:15:01")
    await charger.harness.pass_time(minutes=15)
    assert charger.charges


async def test_it_decides_when_home_assistant_starts(charger: Charger) -> None:
    hass = charger.harness.hass
    await charger.publish_days({"23:00": 10}, {})
    hass.set_state(CoreState.not_running)
    await charger.automate()
    assert charger.asked == 0
    await hass.async_start()
    await charger.harness.settle()
    assert charger.charges


# --- Charge from the sun


@dataclass
class Roof:
    """A car that waits at its cable below a roof, with an automation that charges it from the sun."""

    harness: Harness
    person: Person
    clock: Clock
    car: Car

    async def automate(self, **chosen: Any) -> None:
        await self.person.automate(
            "charge_from_the_sun",
            charging=self.harness.entity_id(self.car, "switch", "charging"),
            plugged=self.harness.entity_id(self.car, "binary_sensor", "plugged"),
            surplus="sensor.surplus",
            memory="input_text.memory",
            **chosen,
        )

    async def shine(self, surplus: float | str, unit: str = "W") -> None:
        self.harness.hass.states.async_set("sensor.surplus", str(surplus), {"unit_of_measurement": unit})
        # A run that waits is no work to wait for.
        for _ in range(3):
            await asyncio.sleep(0)

    async def wait(self, minutes: float) -> None:
        """Let this time pass, by the clock too."""
        self.clock.now += timedelta(minutes=minutes)
        await self.harness.pass_time(minutes=minutes, seconds=1)

    async def pend(self, minutes: float) -> None:
        """Let this time pass while the automation waits; Home Assistant would wait for that too."""
        async_fire_time_changed(self.harness.hass, dt_util.utcnow() + timedelta(minutes=minutes))
        for _ in range(20):
            await asyncio.sleep(0)

    async def start(self) -> None:
        """Let the sun shine until the car charges."""
        await self.shine(3000)
        await self.wait(5)
        assert self.charges

    async def stop(self) -> None:
        """Let the sun be gone until the car does not charge."""
        await self.shine(-10)
        await self.wait(20)
        assert not self.charges

    @property
    def asked(self) -> int:
        return len(self.harness.requests("POST", "/remotes"))

    @property
    def charges(self) -> bool:
        return self.car.charging_status == "InProgress"

    @property
    def memory(self) -> str:
        state = self.harness.hass.states.get("input_text.memory")
        assert state
        return state.state


@pytest.fixture
async def roof(harness: Harness, person: Person, clock: Clock, car: Car) -> Roof:
    assert await async_setup_component(harness.hass, "input_text", {"input_text": {"memory": {}}})
    await harness.add_account()
    clock.set(TODAY, "10:00")
    roof = Roof(harness, person, clock, car)
    await roof.shine(0)
    return roof


@pytest.mark.parametrize(("surplus", "unit"), [(2000, "W"), (2.0, "kW"), (0.002, "MW"), ("2500.0", "W")])
async def test_the_car_charges_once_there_is_enough_sun(roof: Roof, surplus: float | str, unit: str) -> None:
    await roof.automate()
    await roof.shine(surplus, unit)
    await roof.pend(4)
    assert roof.asked == 0
    await roof.wait(5)
    assert (roof.charges, roof.asked) == (True, 1)


@pytest.mark.parametrize(("surplus", "unit"), [(1999, "W"), (1.9, "kW"), ("unknown", "W"), ("unavailable", "kW")])
async def test_too_little_sun_is_not_enough(roof: Roof, surplus: float | str, unit: str) -> None:
    await roof.automate()
    await roof.shine(surplus, unit)
    await roof.wait(16)
    assert roof.asked == 0


async def test_a_cloud_in_between_begins_the_time_anew(roof: Roof) -> None:
    await roof.automate()
    await roof.shine(3000)
    await roof.shine(1000)
    await roof.wait(5)
    assert roof.asked == 0
    await roof.start()


@pytest.mark.parametrize("surplus", ["0", "-300", "unavailable"])
async def test_the_car_stops_once_the_sun_is_gone(roof: Roof, surplus: str) -> None:
    await roof.automate()
    await roof.start()
    await roof.wait(30)
    await roof.shine(surplus)
    await roof.pend(9)
    assert roof.charges
    await roof.wait(10)
    assert (roof.charges, roof.asked) == (False, 2)


async def test_between_both_levels_nothing_is_done(roof: Roof) -> None:
    await roof.automate(below=-500)
    await roof.start()
    await roof.shine(-400)
    await roof.wait(60)
    assert (roof.charges, roof.asked) == (True, 1)


async def test_the_car_charges_for_some_time_and_pauses_for_some_time(roof: Roof) -> None:
    await roof.automate(minimum_run=30, minimum_pause=40)
    await roof.start()
    await roof.shine(0)
    await roof.pend(29)
    assert (roof.charges, roof.asked) == (True, 1)
    await roof.wait(30)
    assert (roof.charges, roof.asked) == (False, 2)
    await roof.shine(3000)
    await roof.pend(39)
    assert (roof.charges, roof.asked) == (False, 2)
    await roof.wait(40)
    assert (roof.charges, roof.asked) == (True, 3)


async def test_only_so_many_commands_a_day(roof: Roof) -> None:
    """A start needs a command to stop that is left; the next day there are new ones."""
    await roof.automate(commands=5)
    for asked in (2, 4):
        await roof.start()
        await roof.stop()
        assert roof.asked == asked
        await roof.wait(30)
    await roof.shine(3000)
    await roof.wait(60)
    assert (roof.charges, roof.asked) == (False, 4)
    await roof.shine(0)
    roof.clock.set(TOMORROW, "10:00")
    await roof.start()
    assert roof.memory.startswith("1 ")


async def test_a_car_that_refuses_is_asked_again_after_the_pause_only(roof: Roof) -> None:
    """What is refused counts, so that the car is not asked forever."""
    await roof.automate(commands=4)
    roof.car.next_outcomes += [Outcome("Failed", "VehicleError")] * 9
    await roof.shine(3000)
    await roof.wait(5)
    assert roof.asked == 1
    await roof.shine(0)
    await roof.shine(3000)
    await roof.pend(14)
    assert roof.asked == 1
    await roof.wait(20)
    assert roof.asked == 2
    for _ in range(3):
        await roof.shine(0)
        await roof.shine(3000)
        await roof.wait(20)
    assert roof.asked == 3
    assert not roof.charges


async def test_a_car_without_a_cable_gets_no_sun(roof: Roof) -> None:
    roof.harness.vendor.garage.unplug(roof.car)
    await roof.harness.until(roof.car, "binary_sensor", "plugged", "off")
    await roof.automate()
    await roof.shine(3000)
    await roof.wait(16)
    assert roof.asked == 0
    roof.harness.vendor.garage.plug_in(roof.car)
    await roof.harness.until(roof.car, "binary_sensor", "plugged", "on")
    await roof.wait(5)
    assert roof.charges


async def test_a_cable_that_is_pulled_ends_the_waiting(roof: Roof) -> None:
    await roof.automate()
    await roof.shine(3000)
    roof.harness.vendor.garage.unplug(roof.car)
    await roof.harness.until(roof.car, "binary_sensor", "plugged", "off")
    await roof.wait(5)
    assert roof.asked == 0


async def test_the_sun_goes_on_after_a_restart(roof: Roof) -> None:
    """The commands of the day are remembered, and the automation sees what it has missed."""
    await roof.automate(commands=3)
    await roof.start()
    await roof.person.automations_away()
    await roof.shine(0)
    await roof.automate(commands=3)
    await roof.pend(16)
    assert roof.charges
    await roof.wait(20)
    assert (roof.charges, roof.memory.split()[0]) == (False, "2")
    await roof.shine(3000)
    await roof.wait(60)
    assert (roof.charges, roof.asked) == (False, 2)


@pytest.mark.parametrize(
    "memory", ["", "rubbish", "x y", "-3 2026-11-14T09:59:00+00:00", "9 9999-01-01T00:00:00+00:00"]
)
async def test_a_memory_that_makes_no_sense_hurts_nobody(roof: Roof, memory: str) -> None:
    data = {"entity_id": "input_text.memory", "value": memory}
    await roof.harness.hass.services.async_call("input_text", "set_value", data, blocking=True)
    await roof.automate()
    await roof.shine(3000)
    await roof.wait(20)
    assert roof.charges


@pytest.mark.parametrize(("where", "place", "asked"), [("home", HOME, 1), ("not_home", AWAY, 0)])
async def test_the_sun_is_at_home_only(roof: Roof, where: str, place: tuple[float, float], asked: int) -> None:
    await roof.automate(location=roof.harness.entity_id(roof.car, "device_tracker", "location"))
    await move(roof.harness, roof.car, where, place)
    roof.harness.vendor.garage.plug_in(roof.car)
    await roof.harness.until(roof.car, "binary_sensor", "plugged", "on")
    await roof.shine(3000)
    await roof.wait(5)
    assert roof.asked == asked


@pytest.mark.parametrize(("limit", "asked"), [(60, 0), (99, 1)])
async def test_a_car_at_its_limit_needs_no_sun(roof: Roof, limit: float, asked: int) -> None:
    roof.car.battery_level = 62.0
    await roof.harness.call(roof.car, "number", "charge_limit", "set_value", value=limit)
    await roof.automate(
        limit=roof.harness.entity_id(roof.car, "number", "charge_limit"),
        battery=roof.harness.entity_id(roof.car, "sensor", "battery_level"),
    )
    await roof.shine(3000)
    await roof.wait(5)
    assert roof.asked == asked


async def test_a_full_car_needs_no_sun(roof: Roof) -> None:
    roof.car.charging_status = "Finished"
    roof.harness.vendor.garage.stop_charging(roof.car)
    await roof.harness.until(roof.car, "sensor", "charging_status", "finished")
    await roof.automate(status=roof.harness.entity_id(roof.car, "sensor", "charging_status"))
    await roof.shine(3000)
    await roof.wait(15)
    assert roof.asked == 0


# --- Ready to leave


@dataclass
class Departure:
    """A car at its cable with 50 % of 50 kWh, with an automation that has it ready at 7:00 by a charger of 5 kW.

    It takes 3 hours to 80 %, and 15 minutes are in reserve.
    """

    harness: Harness
    person: Person
    clock: Clock
    car: Car
    told: list[dict[str, Any]]
    looks: int = 0

    async def automate(self, **chosen: Any) -> None:
        await self.person.automate(
            "ready_to_leave",
            charging=self.harness.entity_id(self.car, "switch", "charging"),
            plugged=self.harness.entity_id(self.car, "binary_sensor", "plugged"),
            battery=self.harness.entity_id(self.car, "sensor", "battery_level"),
            capacity=self.harness.entity_id(self.car, "number", "usable_capacity"),
            **{
                "preconditioning": self.harness.entity_id(self.car, "climate", "preconditioning"),
                "power": 5,
                "days": ["sun"],
                "tell": tell("title", "message"),
                **chosen,
            },
        )

    async def look(self, day: date, at: str) -> None:
        """Let it be this time, and the automation look."""
        self.clock.set(day, at)
        self.looks += 1
        # It looks every 5 minutes of the real clock, at a moment that Home Assistant draws.
        await self.harness.pass_time(minutes=6 * self.looks)

    async def show(self, level: float | None) -> None:
        """Let the battery be so full."""
        self.car.battery_level = self.car.battery_level if level is None else level
        state = "unknown" if level is None else str(level)
        self.harness.hass.states.async_set(self.harness.entity_id(self.car, "sensor", "battery_level"), state)
        await self.harness.settle()

    async def unplug(self) -> None:
        self.harness.vendor.garage.unplug(self.car)
        await self.harness.until(self.car, "binary_sensor", "plugged", "off")

    @property
    def asked(self) -> int:
        return len(self.harness.requests("POST", "/remotes"))

    @property
    def charges(self) -> bool:
        return self.car.charging_status == "InProgress"


@pytest.fixture
async def departure(harness: Harness, person: Person, clock: Clock, car: Car, told: list[dict[str, Any]]) -> Departure:
    departure = Departure(harness, person, clock, car, told)
    car.battery_level = 50.0
    clock.set(TODAY, "20:00")
    await harness.add_account()
    await harness.call(car, "number", "usable_capacity", "set_value", value=50)
    return departure


async def test_the_charge_begins_as_late_as_possible(departure: Departure) -> None:
    await departure.automate()
    await departure.show(50)
    for day, at in ((TODAY, "20:00"), (TOMORROW, "03:15"), (TOMORROW, "03:40")):
        await departure.look(day, at)
        assert departure.asked == 0
    await departure.look(TOMORROW, "03:45")
    assert (departure.charges, departure.asked) == (True, 1)


@pytest.mark.parametrize(("days", "charges"), [(["sun"], True), (["sat", "mon"], False), ([], False)])
async def test_only_on_the_days_on_which_you_leave(departure: Departure, days: list[str], charges: bool) -> None:
    await departure.automate(days=days)
    await departure.show(50)
    await departure.look(TOMORROW, "05:00")
    assert departure.charges is charges


async def test_a_car_at_its_level_is_preconditioned_only(departure: Departure) -> None:
    await departure.automate()
    await departure.show(80)
    await departure.look(TOMORROW, "06:30")
    assert departure.asked == 0
    await departure.look(TOMORROW, "06:42")
    assert departure.car.preconditioning == "Enabled"
    assert (departure.charges, departure.asked) == (False, 1)
    departure.harness.vendor.garage.precondition(departure.car, on=False)
    await departure.harness.until(departure.car, "climate", "preconditioning", "off")
    await departure.look(TOMORROW, "06:47")
    assert departure.asked == 1


async def test_a_charge_ends_at_the_level(departure: Departure) -> None:
    await departure.automate()
    await departure.show(50)
    await departure.look(TOMORROW, "04:00")
    assert departure.charges
    await departure.show(70)
    assert (departure.charges, departure.asked) == (True, 1)
    await departure.show(80)
    assert (departure.charges, departure.asked) == (False, 2)
    await departure.look(TOMORROW, "06:00")
    assert departure.asked == 2


async def test_no_capacity_counts_as_60_kwh(departure: Departure) -> None:
    capacity = departure.harness.entity_id(departure.car, "number", "usable_capacity")
    departure.harness.hass.states.async_set(capacity, "unknown")
    await departure.automate(power=6)
    await departure.show(50)
    await departure.look(TOMORROW, "03:15")
    assert departure.asked == 0
    await departure.look(TOMORROW, "03:45")
    assert departure.charges


async def test_a_charge_that_begins_with_the_cable_is_stopped_until_its_time(departure: Departure) -> None:
    await departure.unplug()
    departure.car.next_delayed = "PT0S"
    await departure.automate()
    departure.harness.vendor.garage.plug_in(departure.car)
    await departure.harness.until(departure.car, "switch", "charging", "on")
    await departure.harness.pass_time(seconds=31)
    assert (departure.charges, departure.asked) == (False, 1)


async def test_preconditioning_that_is_refused_is_not_asked_for_again(departure: Departure) -> None:
    await departure.automate(level=50)
    departure.car.next_outcomes += [Outcome("Failed", "VehicleInUse")] * 9
    for at in ("06:41", "06:46", "06:51", "06:56"):
        await departure.look(TOMORROW, at)
    assert departure.asked == 1
    assert departure.car.preconditioning == "Disabled"


@pytest.mark.parametrize(("where", "place", "asked"), [("home", HOME, 1), ("not_home", AWAY, 0)])
async def test_only_a_car_at_home_is_made_ready(
    departure: Departure, where: str, place: tuple[float, float], asked: int
) -> None:
    location = departure.harness.entity_id(departure.car, "device_tracker", "location")
    await departure.automate(location=location, preconditioning="")
    await move(departure.harness, departure.car, where, place)
    departure.harness.vendor.garage.plug_in(departure.car)
    await departure.harness.until(departure.car, "binary_sensor", "plugged", "on")
    await departure.show(20)
    await departure.look(TOMORROW, "06:45")
    assert departure.asked == asked


async def test_no_level_counts_as_an_empty_battery(departure: Departure) -> None:
    await departure.automate()
    await departure.show(None)
    await departure.look(TODAY, "21:00")
    assert departure.asked == 0
    await departure.look(TODAY, "22:45")
    assert departure.charges


async def test_it_is_not_charged_beyond_the_limit(departure: Departure) -> None:
    await departure.harness.call(departure.car, "number", "charge_limit", "set_value", value=60)
    await departure.automate(limit=departure.harness.entity_id(departure.car, "number", "charge_limit"))
    await departure.show(50)
    await departure.look(TOMORROW, "05:15")
    assert departure.asked == 0
    await departure.look(TOMORROW, "05:45")
    assert departure.charges


@pytest.mark.parametrize(("at", "charges"), [("22:00", False), ("23:00", True)])
async def test_cheap_hours_before_that_are_preferred(departure: Departure, at: str, charges: bool) -> None:
    await departure.automate(prices=PRICES)
    await departure.show(50)
    lists = {
        "raw_today": slots(TODAY, {"23:00": 10}),
        "raw_tomorrow": slots(TOMORROW, {"01:00": 10, "02:00": 10}),
    }
    departure.harness.hass.states.async_set(PRICES, "1", lists)
    await departure.look(TODAY, at)
    assert departure.charges is charges


async def test_without_all_prices_it_is_as_late_as_possible(departure: Departure) -> None:
    await departure.automate(prices=PRICES)
    await departure.show(50)
    departure.harness.hass.states.async_set(PRICES, "1", {"raw_today": slots(TODAY, {"23:00": 10})})
    await departure.look(TODAY, "23:00")
    assert departure.asked == 0
    await departure.look(TOMORROW, "03:45")
    assert departure.charges


async def test_a_missing_cable_is_told_once(departure: Departure) -> None:
    await departure.unplug()
    await departure.automate()
    await departure.show(50)
    for at in ("02:40", "02:47", "02:52", "04:00"):
        await departure.look(TOMORROW, at)
    assert departure.told == [
        {
            "title": "Peugeot e-208: the cable is not plugged in",
            "message": "You leave at 07:00, and the battery is at 50 %.",
        }
    ]
    assert departure.asked == 0


async def test_a_car_that_refuses_is_left_alone_for_a_while(departure: Departure) -> None:
    await departure.automate()
    await departure.show(50)
    departure.car.next_outcomes += [Outcome("Failed", "VehicleError")] * 99
    for minute in range(0, 60, 5):
        await departure.look(TOMORROW, f"04:{minute:02d}")
    assert departure.asked == 4
    assert not departure.charges


async def test_the_car_is_ready_before_an_event(departure: Departure) -> None:
    def at(hour: int) -> datetime:
        return datetime.combine(TOMORROW, time(hour), dt_util.get_default_time_zone())

    events = [
        CalendarEvent(start=TOMORROW, end=TOMORROW + timedelta(days=1), summary="Office party"),
        CalendarEvent(start=at(5), end=at(6), summary="Sleep"),
        CalendarEvent(start=at(9), end=at(10), summary="Office"),
    ]
    await departure.harness.hass.data[DATA_COMPONENT].async_add_entities([Calendar(events)])
    await departure.automate(calendar="calendar.work", word="office", way=60)
    await departure.show(50)
    await departure.look(TOMORROW, "04:15")
    assert departure.asked == 0
    await departure.look(TOMORROW, "04:45")
    assert departure.charges


async def test_the_car_is_ready_after_a_restart(departure: Departure) -> None:
    hass = departure.harness.hass
    await departure.show(50)
    departure.clock.set(TOMORROW, "04:30")
    hass.set_state(CoreState.not_running)
    await departure.automate()
    assert departure.asked == 0
    await hass.async_start()
    await departure.harness.settle()
    assert departure.charges


# --- Lock at night


@pytest.fixture
async def unlocked(harness: Harness, person: Person, car: Car) -> Callable[..., Awaitable[None]]:
    """Add the account of an unlocked car; make an automation that locks it in two minutes, or when it comes home."""
    car.locked = False
    await harness.add_account()

    async def automate(**chosen: Any) -> None:
        await person.automate(
            "lock_at_night",
            doors=harness.entity_id(car, "lock", "doors"),
            location=harness.entity_id(car, "device_tracker", "location"),
            **chosen,
        )

    return automate


def soon() -> str:
    return (dt_util.now() + timedelta(minutes=2)).strftime("%H:%M:%S")


async def test_an_unlocked_car_is_locked_in_the_evening(
    harness: Harness, car: Car, unlocked: Callable[..., Awaitable[None]]
) -> None:
    await unlocked(evening=soon())
    assert harness.state(car, "lock", "doors").state == "unlocked"
    await harness.pass_time(minutes=3)
    assert car.locked
    assert harness.state(car, "lock", "doors").state == "locked"


async def test_a_locked_car_is_not_asked(harness: Harness, car: Car, unlocked: Callable[..., Awaitable[None]]) -> None:
    harness.vendor.garage.lock(car)
    await harness.until(car, "lock", "doors", "locked")
    await unlocked(evening=soon())
    await harness.pass_time(minutes=3)
    assert not harness.requests("POST", "/remotes")


async def test_a_car_elsewhere_is_left_alone(
    harness: Harness, car: Car, unlocked: Callable[..., Awaitable[None]]
) -> None:
    await move(harness, car, "not_home", AWAY)
    await unlocked(evening=soon())
    await harness.pass_time(minutes=3)
    assert not car.locked


async def test_the_car_may_stand_in_another_zone(
    harness: Harness, person: Person, car: Car, unlocked: Callable[..., Awaitable[None]]
) -> None:
    where = {"name": "Garage", "longitude": AWAY[0], "latitude": AWAY[1], "radius": 50, "icon": "mdi:garage"}
    await person.send("zone/create", **where)
    await move(harness, car, "Garage", AWAY)
    await unlocked(evening=soon(), zone="zone.garage")
    await harness.pass_time(minutes=3)
    assert car.locked


@pytest.mark.parametrize(
    ("at", "locked"), [("22:29", False), ("22:31", True), ("00:00", True), ("05:59", True), ("06:01", False)]
)
async def test_a_car_that_comes_home_at_night_is_locked(
    harness: Harness, car: Car, clock: Clock, unlocked: Callable[..., Awaitable[None]], at: str, locked: bool
) -> None:
    await move(harness, car, "not_home", AWAY)
    await unlocked()
    clock.set(TODAY, at)
    await move(harness, car, "home", HOME)
    assert not car.locked
    await harness.pass_time(minutes=6)
    assert car.locked is locked


async def test_a_car_that_leaves_again_is_left_alone(
    harness: Harness, car: Car, clock: Clock, unlocked: Callable[..., Awaitable[None]]
) -> None:
    await move(harness, car, "not_home", AWAY)
    await unlocked()
    clock.set(TODAY, "23:00")
    await move(harness, car, "home", HOME)
    await move(harness, car, "not_home", AWAY)
    await harness.pass_time(minutes=6)
    assert not car.locked


# --- Tell when a remote failed


TELL: Final = tell("title", "message", "failure", "remote", "failure_cause")


@pytest.fixture
def tell_of_failures(harness: Harness, person: Person, car: Car) -> Callable[..., Awaitable[None]]:
    async def automate(**chosen: Any) -> None:
        event = harness.entity_id(car, "event", "remote")
        await person.automate("tell_when_a_remote_failed", event=event, **chosen)

    return automate


async def test_a_remote_that_failed_is_told(
    harness: Harness, car: Car, told: list[dict[str, Any]], tell_of_failures: Callable[..., Awaitable[None]]
) -> None:
    await harness.add_account()
    await tell_of_failures(tell=TELL)
    for _ in range(2):
        car.next_outcomes.append(Outcome("Failed", "DoorsOpen"))
        await harness.failure(harness.call(car, "lock", "doors", "unlock"))
        await harness.settle()
    assert len(told) == 2
    [first, second] = told
    assert first == second
    assert first == {
        "title": "Peugeot e-208 could not be unlocked",
        "message": "A door or the boot is open.",
        "failure": "could not be unlocked",
        "remote": "Doors",
        "failure_cause": "a door or the boot is open",
    }


FAILURES: Final = [
    ("doors", "lock", "be locked"),
    ("doors", "unlock", "be unlocked"),
    ("charging", "start", "start charging"),
    ("charging", "stop", "stop charging"),
    ("charging", "delay", "be set to charge later"),
    ("charging", "set_schedule", "be given a charging schedule"),
    ("charging", "set_preferences", "be told how to charge"),
    ("preconditioning", "start", "be preconditioned"),
    ("preconditioning", "stop", "stop preconditioning"),
    ("preconditioning", "set_programs", "be given preconditioning programs"),
    ("horn", "turn_on", "sound its horn"),
    ("horn", "turn_off", "stop its horn"),
    ("lights", "turn_on", "switch its lights on"),
    ("lights", "turn_off", "switch its lights off"),
    ("lights", "flash", "flash its lights"),
    ("wake_up", "wake_up", "be woken up"),
    ("navigation", "send", "be sent a destination"),
    ("immobilization", "turn_on", "be immobilized"),
    ("immobilization", "turn_off", "be released"),
    ("stolen", "turn_on", "be declared stolen"),
    ("stolen", "turn_off", "be declared found"),
    ("doors", "unknown", "do what it was asked"),
]


async def test_it_is_told_what_could_not_be_done(
    harness: Harness, car: Car, told: list[dict[str, Any]], tell_of_failures: Callable[..., Awaitable[None]]
) -> None:
    await harness.add_account()
    await tell_of_failures(tell=TELL)
    event = harness.entity_id(car, "event", "remote")
    for number, (remote, action, _) in enumerate(FAILURES):
        attributes = {"event_type": "failed", "remote": remote, "action": action, "failure_cause": None}
        harness.hass.states.async_set(event, f"2026-11-14T10:00:{number:02}.000+00:00", attributes)
        await harness.settle()
    assert [one["title"] for one in told] == [f"Peugeot e-208 could not {what}" for _, _, what in FAILURES]
    assert {one["message"] for one in told} == {"The car has not said why."}


async def test_it_is_told_as_a_notification(
    harness: Harness, person: Person, car: Car, tell_of_failures: Callable[..., Awaitable[None]]
) -> None:
    assert await async_setup_component(harness.hass, "persistent_notification", {})
    await harness.add_account()
    await tell_of_failures()
    car.next_outcomes.append(Outcome("Failed", "DoorsOpen"))
    await harness.failure(harness.call(car, "lock", "doors", "unlock"))
    await harness.settle()
    [notification] = await person.send("persistent_notification/get")
    assert notification["title"] == "Peugeot e-208 could not be unlocked"
    assert notification["message"] == "A door or the boot is open."


async def test_a_remote_without_an_end_is_told(
    harness: Harness,
    car: Car,
    told: list[dict[str, Any]],
    tell_of_failures: Callable[..., Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await harness.add_account()
    await tell_of_failures(tell=TELL)
    monkeypatch.setattr(commands, "GIVE_UP_AFTER", 0.1)
    car.next_outcomes.append(Outcome("SentToVehicle"))
    await harness.failure(harness.call(car, "lock", "doors", "unlock"))
    await harness.settle()
    [one] = told
    assert one["title"] == "Peugeot e-208 has not said whether it could be unlocked"
    assert one["message"] == "Look at the car before you try again."
    assert one["failure_cause"] == ""


async def test_what_the_car_has_done_is_not_told(
    harness: Harness, car: Car, told: list[dict[str, Any]], tell_of_failures: Callable[..., Awaitable[None]]
) -> None:
    await harness.add_account()
    await tell_of_failures(tell=TELL)
    await harness.call(car, "lock", "doors", "unlock")
    car.locked = True
    await harness.call(car, "lock", "doors", "lock")
    await harness.settle()
    assert not told


async def test_a_failure_is_not_told_again_when_the_entity_comes_back(
    harness: Harness, car: Car, told: list[dict[str, Any]], tell_of_failures: Callable[..., Awaitable[None]]
) -> None:
    entry = await harness.add_account()
    await tell_of_failures(tell=TELL)
    car.next_outcomes.append(Outcome("Failed", "DoorsOpen"))
    await harness.failure(harness.call(car, "lock", "doors", "unlock"))
    await harness.settle()
    assert len(told) == 1
    before = harness.state(car, "event", "remote")

    await harness.reload(entry)
    assert harness.state(car, "event", "remote").state == before.state

    coordinator = entry.runtime_data.cars[car.vin]
    for failures, state in ((99, "unavailable"), (0, before.state)):
        coordinator._failures = failures
        coordinator.async_update_listeners()
        await harness.settle()
        assert harness.state(car, "event", "remote").state == state
    assert len(told) == 1


async def test_a_failure_is_not_told_again_when_home_assistant_starts(
    harness: Harness, car: Car, told: list[dict[str, Any]], tell_of_failures: Callable[..., Awaitable[None]]
) -> None:
    """The automation is there before the car is."""
    entry = await harness.add_account()
    car.next_outcomes.append(Outcome("Failed", "DoorsOpen"))
    await harness.failure(harness.call(car, "lock", "doors", "unlock"))
    assert await harness.hass.config_entries.async_unload(entry.entry_id)
    harness.hass.states.async_remove(harness.entity_id(car, "event", "remote"))
    await tell_of_failures(tell=TELL)
    assert await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()
    assert harness.state(car, "event", "remote").attributes["event_type"] == "failed"
    assert not told


# --- Tell when a charge has ended


@dataclass
class Battery:
    """A car that is polled and holds 50 kWh, with an automation that tells when a charge has ended."""

    harness: Harness
    person: Person
    car: Car
    told: list[dict[str, Any]]

    def show(self, hours: float, status: str, level: float | None) -> None:
        """Let the car report this when it is read, so many hours after it was first seen, which is ten hours ago."""
        date = (dt_util.utcnow() - timedelta(hours=10) + timedelta(hours=hours)).isoformat()
        energy = report_energy(date, {"plugged": status != "Disconnected", "status": status}, level=level)
        del energy["extension"]["electric"]["battery"]
        body = {
            "createdAt": date,
            "energies": [energy],
            "lastPosition": position(date),
            "odometer": {"createdAt": date, "mileage": 1000.0},
        }
        self.car.report = lambda _car: body

    async def report(self, hours: float, status: str, level: float | None) -> None:
        self.show(hours, status, level)
        await self.entry.runtime_data.cars[self.car.vin].async_refresh()
        await self.harness.settle()

    @property
    def entry(self) -> ConfigEntry[Any]:
        [entry] = self.harness.hass.config_entries.async_entries("stellantis")
        return entry

    async def automate(self, **chosen: Any) -> None:
        event = self.harness.entity_id(self.car, "event", "charge")
        await self.person.automate("tell_when_charging_ended", event=event, **chosen)


@pytest.fixture
async def battery(harness: Harness, person: Person, polled: None, car: Car, told: list[dict[str, Any]]) -> Battery:
    battery = Battery(harness, person, car, told)
    battery.show(0, "Disconnected", 40)
    await harness.add_account()
    await harness.call(car, "number", "usable_capacity", "set_value", value=50)
    return battery


ENDED: Final = tell(
    "title", "message", "result", "level_before", "level", "energy", "duration", "average_power", "place", "cost"
)


async def test_what_a_charge_took_is_told(battery: Battery) -> None:
    await battery.automate(tell=ENDED)
    await battery.report(1, "InProgress", 40)
    assert not battery.told
    await battery.report(3.5, "Finished", 64)
    [one] = battery.told
    home = battery.harness.hass.config.location_name
    assert one.pop("duration") == pytest.approx(9000, abs=1)
    assert one.pop("average_power") == pytest.approx(4.8, abs=0.01)
    assert one == {
        "title": "Peugeot e-208: charging is done",
        "message": (
            "The battery went from 40 to 64 %. Energy: 12.0 kWh. Duration: 2:30 h. Average power: 4.8 kW. "
            f"Place: {home}."
        ),
        "result": "finished",
        "level_before": 40,
        "level": 64,
        "energy": 12,
        "place": home,
        "cost": None,
    }


async def test_what_it_cost_is_told_once_there_is_a_price(battery: Battery) -> None:
    hass = battery.harness.hass
    await hass.config.async_update(currency="EUR")
    hass.states.async_set("sensor.price", "0.25", {"unit_of_measurement": "EUR/kWh"})
    options = {"energy_price_entity": "sensor.price"}
    hass.config_entries.async_update_entry(battery.entry, options=options)
    await battery.harness.reload(battery.entry)
    await battery.automate(tell=ENDED)
    await battery.report(1, "InProgress", 40)
    await battery.report(2, "Finished", 60)
    [one] = battery.told
    assert one["cost"] == pytest.approx(2.5)
    assert one["message"].endswith(" Cost: 2.50 EUR.")


@pytest.mark.parametrize(
    ("status", "level", "title"),
    [
        ("Finished", 55, "charging is done"),
        ("Stopped", 80, "charging is done"),
        ("Stopped", 79, "charging was interrupted"),
        ("Disconnected", 55, "charging was interrupted"),
        ("Failure", 90, "charging has failed"),
    ],
)
async def test_how_a_charge_ended_is_told(battery: Battery, status: str, level: float, title: str) -> None:
    await battery.automate(tell=ENDED)
    await battery.report(1, "InProgress", 40)
    await battery.report(2, status, level)
    [one] = battery.told
    assert one["title"] == f"Peugeot e-208: {title}"
    assert f"from 40 to {level} %" in one["message"]


async def test_what_is_not_known_is_left_out(battery: Battery) -> None:
    """The car is away, nothing is known of its battery, and it has no price."""
    await battery.harness.hass.config.async_update(latitude=0, longitude=0)
    await battery.automate(tell=ENDED)
    event = battery.harness.entity_id(battery.car, "event", "charge")
    nothing = dict.fromkeys(("from", "to", "energy", "duration", "average_power", "place", "cost"))
    for second, known in enumerate(({}, {"to": 70})):
        at = f"2026-11-14T10:00:0{second}.000+00:00"
        battery.harness.hass.states.async_set(event, at, {**nothing, "event_type": "interrupted", **known})
        await battery.harness.settle()
    assert [(one["title"], one["message"]) for one in battery.told] == [
        ("Peugeot e-208: charging was interrupted", "The level of the battery is unknown."),
        ("Peugeot e-208: charging was interrupted", "The battery is at 70 %."),
    ]


async def test_a_charge_is_told_as_a_notification(battery: Battery) -> None:
    assert await async_setup_component(battery.harness.hass, "persistent_notification", {})
    await battery.automate()
    await battery.report(1, "InProgress", 40)
    await battery.report(2, "Finished", 60)
    [notification] = await battery.person.send("persistent_notification/get")
    assert notification["title"] == "Peugeot e-208: charging is done"


async def test_a_charge_that_ends_while_home_assistant_is_down_is_told_once(battery: Battery) -> None:
    await battery.automate(tell=ENDED)
    await battery.report(1, "InProgress", 40)
    hass = battery.harness.hass
    assert await hass.config_entries.async_unload(battery.entry.entry_id)
    await hass.services.async_call("automation", "reload", blocking=True)
    assert await hass.config_entries.async_setup(battery.entry.entry_id)
    await battery.report(2, "Finished", 60)
    await battery.harness.reload(battery.entry)
    assert [one["level"] for one in battery.told] == [60]


# --- Set the charge limit by zone


@dataclass
class Limited:
    """A car at home whose limit is 90 %, with an automation that sets it to 80 at home and to 100 elsewhere."""

    harness: Harness
    person: Person
    car: Car
    entry: ConfigEntry[Any]

    async def automate(self, **chosen: Any) -> None:
        await self.person.automate(
            "limit_by_zone",
            limit=self.harness.entity_id(self.car, "number", "charge_limit"),
            location=self.harness.entity_id(self.car, "device_tracker", "location"),
            **chosen,
        )

    async def set(self, limit: float) -> None:
        await self.harness.call(self.car, "number", "charge_limit", "set_value", value=limit)

    async def hide(self, *, hidden: bool) -> None:
        """Let the driver hide where the car is, or show it."""
        self.harness.vendor.garage.set_privacy(self.car, "Geolocation" if hidden else "None")
        await self.harness.until(self.car, "device_tracker", "location", "unknown" if hidden else "home")
        await self.harness.settle()

    @property
    def limit(self) -> float:
        return float(self.harness.state(self.car, "number", "charge_limit").state)


@pytest.fixture
async def limited(harness: Harness, person: Person, car: Car) -> Limited:
    limited = Limited(harness, person, car, await harness.add_account())
    await limited.set(90)
    return limited


async def test_the_limit_follows_the_car(limited: Limited) -> None:
    await limited.automate()
    await limited.harness.settle()
    assert limited.limit == 90
    await move(limited.harness, limited.car, "not_home", AWAY)
    assert limited.limit == 100
    await move(limited.harness, limited.car, "home", HOME)
    assert limited.limit == 80
    assert not limited.harness.requests("POST", "/remotes")


async def test_the_zones_and_limits_may_be_chosen(limited: Limited) -> None:
    where = {"name": "Work", "longitude": AWAY[0], "latitude": AWAY[1], "radius": 50, "icon": "mdi:briefcase"}
    await limited.person.send("zone/create", **where)
    await limited.automate(zones=["zone.home", "zone.work"], inside=60, outside=95)
    await move(limited.harness, limited.car, "Work", AWAY)
    assert limited.limit == 60
    await move(limited.harness, limited.car, "not_home", (AWAY[0], AWAY[1] + 1))
    assert limited.limit == 95


async def test_a_limit_set_by_hand_stays_until_the_car_leaves(limited: Limited) -> None:
    await limited.automate()
    await limited.harness.reload(limited.entry)
    await limited.hide(hidden=True)
    await limited.hide(hidden=False)
    assert limited.limit == 90
    await move(limited.harness, limited.car, "not_home", AWAY)
    assert limited.limit == 100


async def test_a_car_that_came_home_unseen_gets_its_limit(limited: Limited) -> None:
    await limited.automate()
    await limited.set(100)
    await limited.hide(hidden=True)
    assert limited.limit == 100
    await limited.hide(hidden=False)
    assert limited.limit == 80


@pytest.mark.parametrize(("before", "after"), [(100, 80), (90, 90)])
async def test_a_car_that_came_home_before_a_start_gets_its_limit(
    limited: Limited, before: float, after: float
) -> None:
    hass = limited.harness.hass
    await limited.set(before)
    hass.set_state(CoreState.not_running)
    await limited.automate()
    assert limited.limit == before
    await hass.async_start()
    await limited.harness.settle()
    assert limited.limit == after
