"""The documentation: its examples run, its links lead somewhere, its tables are complete."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import pairwise
import json
import logging
from pathlib import Path
import re
import shutil
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

from homeassistant.const import Platform
from homeassistant.core import Context, ServiceCall, State, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.script import Script
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml_dict, parse_yaml
import pytest

from custom_components.stellantis import PLATFORMS, const
from custom_components.stellantis.const import Delivery
from custom_components.stellantis.event import CHARGE, CHARGE_ATTRIBUTES
from custom_components.stellantis.history.charges import Charge
from custom_components.stellantis.history.statistics import STATISTICS
from simulator import Car, Outcome

from .helpers.harness import Harness
from .helpers.rest_api import RestApi
from .helpers.trips import drive

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
BLUEPRINTS: Final = ROOT / "blueprints" / "automation" / "stellantis"
REPOSITORY: Final = "https://github.com/ha-stellantis/ha-stellantis/blob/main/"
IMPORT: Final = "https://my.home-assistant.io/redirect/blueprint_import/"

INTEGRATION: Final = ROOT / "custom_components" / "stellantis"
ACTIONS: Final = load_yaml_dict(str(INTEGRATION / "services.yaml"))
TRANSLATIONS: Final = json.loads((INTEGRATION / "translations" / "en.json").read_text())
WORDS: Final = TRANSLATIONS["entity"]["event"]["remote"]
DELIVERY: Final = ROOT / "docs" / "delivery.md"

FENCED: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
HEADING: Final = re.compile(r"^(#+) (.+)$", re.MULTILINE)
# An entity id: a word with a dot that is not the name of a trigger, an action or a path.
ENTITY: Final = re.compile(rf"(?<![\w./])(?:{'|'.join([*Platform, 'person', 'zone'])})\.[a-z0-9_]+\b(?!\.yaml|\()")
SINGULAR: Final = {"selects": "select", "switches": "switch"}
NAMED: Final = re.compile(r"(?:action|trigger|path): .*")


@dataclass(frozen=True)
class Example:
    """A block of YAML, and the JSON that follows it: what the last of its actions answers."""

    name: str
    yaml: str
    answer: Any = None


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def examples(page: str) -> Iterator[Example]:
    """Give the examples of a page in their order."""
    blocks = [*FENCED.findall(read(ROOT / "docs" / f"{page}.md")), ("", "")]
    for number, ((language, text), (following, answer)) in enumerate(pairwise(blocks), 1):
        if language == "yaml":
            yield Example(f"{page}-{number}", text, json.loads(answer) if following == "json" else None)


EXAMPLES: Final = [
    example
    for page in ("preconditioning", "charging", "navigation-and-theft", "events", "automating", "trips")
    for example in examples(page)
]
SCRIPTS: Final = [example for example in EXAMPLES if example.yaml.startswith("- ")]
CARDS: Final = [example for example in EXAMPLES if example.yaml.startswith("type: ")]
# For `configuration.yaml`: tests/test_logbook.py configures Home Assistant with it.
CONFIGURATIONS: Final = [example for example in EXAMPLES if example.yaml.startswith("logbook:")]
AUTOMATIONS: Final = [example for example in EXAMPLES if example not in (*SCRIPTS, *CARDS, *CONFIGURATIONS)]


# --- Examples


@dataclass(eq=False)
class Home:
    """The harness with a car, and the other entities that the examples name."""

    harness: Harness
    car: Car
    notifications: list[dict[str, Any]]

    @property
    def effects(self) -> int:
        """How often the vendor was asked for something, or somebody was told something."""
        return len(self.notifications) + sum(request.method != "GET" for request in self.harness.vendor.requests)

    def set(self, entity_id: str, state: str, **attributes: Any) -> None:
        self.harness.hass.states.async_set(entity_id, state, attributes)


@pytest.fixture
async def home(harness: Harness, car: Car, every_entity_enabled: None, monkeypatch: pytest.MonkeyPatch) -> Home:
    home = Home(harness, car, [])

    @callback
    def notify(call: ServiceCall) -> None:
        home.notifications.append(dict(call.data))

    for service in ("notify", "send_message"):
        harness.hass.services.async_register("notify", service, notify)
    await harness.hass.config.async_update(latitude=48.8584, longitude=2.2945)
    assert await async_setup_component(harness.hass, "zone", {})
    home.set("person.anna", "not_home", latitude=48.9, longitude=2.35)
    home.set("sensor.solar_surplus", "0")
    home.set("sensor.electricity_prices", "1")
    home.set("notify.trips_csv", "unknown")
    drive(car, dt_util.utcnow() - timedelta(days=2))
    await harness.add_account()
    # No example sets this limit: to set the one that is there already asks the vendor for nothing.
    await harness.call(car, "number", "charge_limit", "set_value", value=90)
    return home


COMPLAINING: Final = ("custom_components.", "homeassistant.components.", "homeassistant.helpers.")


def problems(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what Home Assistant and the integration have complained of."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING and record.name.startswith(COMPLAINING)
    ]


@pytest.mark.parametrize("example", SCRIPTS, ids=lambda example: example.name)
async def test_actions_run(home: Home, example: Example, caplog: pytest.LogCaptureFixture) -> None:
    hass = home.harness.hass
    sequence = parse_yaml(example.yaml)
    assert isinstance(sequence, list)
    before = home.effects
    script = Script(hass, cv.SCRIPT_SCHEMA(sequence), example.name, "test")
    result = await script.async_run(context=Context())
    await home.harness.settle()
    assert result
    names = [step["response_variable"] for step in sequence if "response_variable" in step]
    answers = [result.variables[name] for name in names]
    assert answers or home.effects > before
    assert all(answers)
    if example.answer is not None:
        assert json.loads(json.dumps(answers[-1])) == example.answer
    assert not problems(caplog)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_card_shows_statistics_that_are_written(card: Example) -> None:
    read = parse_yaml(card.yaml)
    assert isinstance(read, dict)
    [shown] = read.get("entities") or [read["entity"]]
    assert re.fullmatch(rf"stellantis:[0-9a-f]{{12}}_({'|'.join(each.key for each in STATISTICS)})", shown)


async def test_trips_become_a_table(home: Home) -> None:
    [example] = [example for example in SCRIPTS if "stellantis.get_trips" in example.yaml]
    sequence = parse_yaml(example.yaml)
    assert isinstance(sequence, list)
    await Script(home.harness.hass, cv.SCRIPT_SCHEMA(sequence), example.name, "test").async_run(context=Context())
    head, line = home.notifications[-1]["message"].splitlines()
    assert [*zip(head.split(";"), line.split(";"), strict=True)][2:] == [
        ("km", "12.0"),
        ("seconds", "1200"),
        ("kWh", "2.3"),
        ("litres", ""),
        ("from", "test home"),
        ("to", ""),
    ]


type Cause = Callable[[Home], Awaitable[None]]


async def fail(home: Home, cause: str) -> None:
    home.car.next_outcomes.append(Outcome("Failed", cause))
    await home.harness.failure(home.harness.call(home.car, "lock", "doors", "lock"))


async def fail_to_reach(home: Home) -> None:
    await fail(home, "VehicleConnectionTimeout")


async def lock_with_an_open_door(home: Home) -> None:
    home.harness.vendor.garage.open(home.car, "Trunk")
    await home.harness.until(home.car, "binary_sensor", "trunk", "on")
    await fail(home, "DoorsOpen")
    home.harness.vendor.garage.close(home.car, "Trunk")
    await home.harness.until(home.car, "binary_sensor", "trunk", "off")


async def unlock(home: Home) -> None:
    await home.harness.call(home.car, "lock", "doors", "unlock")


async def drive_off(home: Home) -> None:
    home.harness.vendor.garage.drive_off(home.car)
    await home.harness.until(home.car, "binary_sensor", "running", "on")


async def break_in(home: Home) -> None:
    home.harness.vendor.garage.break_in(home.car)
    await home.harness.vendor.idle()


async def raise_alert(home: Home) -> None:
    home.harness.vendor.garage.raise_alert(home.car)
    await home.harness.vendor.idle()


async def collide(home: Home) -> None:
    home.harness.vendor.garage.collide(home.car)
    await home.harness.vendor.idle()


async def use_up_the_wake_ups(home: Home) -> None:
    home.car.wake_up_limit, home.car.asleep = 0, True
    await home.harness.failure(home.harness.call(home.car, "button", "wake_up", "press"))


async def charge(home: Home) -> None:
    home.car.plugged, home.car.battery_level = True, 99.5
    await home.harness.call(home.car, "switch", "charging", "turn_on")
    await home.harness.until(home.car, "sensor", "charging_status", "finished")


async def leave_a_door_open(home: Home) -> None:
    home.harness.vendor.garage.open(home.car, "Trunk")
    await home.harness.until(home.car, "binary_sensor", "trunk", "on")
    await home.harness.pass_time(minutes=10)


async def have_sun(home: Home) -> None:
    home.set("sensor.solar_surplus", "2500")
    await home.harness.pass_time(minutes=5)


async def have_prices(home: Home) -> None:
    hour = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
    # Where it is noon: shortly before the deadline of the example there is no hour left to choose.
    await home.harness.hass.config.async_set_time_zone(f"Etc/GMT{hour.hour - 12:+}")
    # The next hour may begin before the automation has read the prices.
    prices = [{"start": start, "value": 1.0} for start in (hour, hour + timedelta(hours=1))]
    home.set("sensor.electricity_prices", "1", raw_today=prices)


CAUSES: Final[dict[str, Cause]] = {
    "A door of the car is open": leave_a_door_open,
    "Charge cheaply": have_prices,
    "Charge from the sun": have_sun,
    "Lock once the door is closed": lock_with_an_open_door,
    "Say which remote has failed": fail_to_reach,
    "Say who has unlocked the car": unlock,
    "Show the way home after work": drive_off,
    "Somebody breaks into the car": break_in,
    "Tell of a collision": collide,
    "Tell of an alert of the car": raise_alert,
    "Tell of the car's failures": fail_to_reach,
    "Tell what a charge took": charge,
    "Tell when the vendor wakes the car no more": use_up_the_wake_ups,
}
"""What triggers each automation; one that is not listed is triggered by an action."""

EFFECTS_OF_CAUSES: Final[dict[Cause, int]] = {
    charge: 1,
    fail_to_reach: 1,
    lock_with_an_open_door: 1,
    unlock: 1,
    use_up_the_wake_ups: 1,
}
"""How many requests a cause itself sends to the vendor."""


@pytest.mark.parametrize("example", AUTOMATIONS, ids=lambda example: example.name)
async def test_an_automation_runs(
    home: Home,
    example: Example,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hass = home.harness.hass
    monkeypatch.setattr(hass.config, "config_dir", str(tmp_path))
    shutil.copytree(BLUEPRINTS, tmp_path / "blueprints" / "automation" / "ha-stellantis")
    automation = parse_yaml(example.yaml)
    assert isinstance(automation, dict)
    alias = automation["alias"]
    # What it does must not depend on the time of day.
    unconditional = {key: value for key, value in automation.items() if key != "conditions"}
    as_written = {**automation, "alias": "as written", "initial_state": False}
    assert await async_setup_component(hass, "automation", {"automation": [as_written, unconditional]})
    await home.harness.settle()
    assert hass.states.is_state("automation.as_written", "off")  # an invalid automation is unavailable
    [state] = [state for state in hass.states.async_all("automation") if state.name == alias]
    assert state.state == "on"
    before = home.effects
    if cause := CAUSES.get(alias):
        await cause(home)
    else:
        target = {"entity_id": state.entity_id}
        await hass.services.async_call("automation", "trigger", target=target, blocking=True)
    await home.harness.settle()
    await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)
    assert home.effects > before + (EFFECTS_OF_CAUSES.get(cause, 0) if cause else 0)
    assert not problems(caplog)
    now = hass.states.get(state.entity_id)
    assert isinstance(now, State)
    assert now.attributes["last_triggered"]


def test_every_cause_is_of_an_example() -> None:
    text = "".join(example.yaml for example in AUTOMATIONS)
    assert [alias for alias in CAUSES if f"alias: {alias}\n" not in text] == []


def test_every_page_has_examples() -> None:
    assert {example.name.rpartition("-")[0] for example in EXAMPLES} == {
        "preconditioning",
        "charging",
        "navigation-and-theft",
        "events",
        "automating",
        "trips",
    }


async def test_every_entity_exists(home: Home) -> None:
    text = "\n".join(NAMED.sub("", block) for page in PAGES for block in FENCED.findall(read(page)) for block in block)
    named = set(ENTITY.findall(text))
    named |= {entity_id for page in PAGES for entity_id in re.findall(r"\w+\.peugeot_e_208_\w+", read(page))}
    assert len(named) > 20
    # A car has a speed once it has moved.
    home.car.moving, home.car.speed = True, 50.0
    home.car.touch("kinetic")
    [entry] = home.harness.hass.config_entries.async_loaded_entries(const.DOMAIN)
    await entry.runtime_data.cars[home.car.vin].async_refresh()
    await home.harness.settle()
    assert sorted(entity_id for entity_id in named if home.harness.hass.states.get(entity_id) is None) == []


# --- evcc

EVCC_STATUS: Final = {
    "A": {"a", "disconnected", "not_plugged"},
    "B": {"b", "connected", "plugged", "starting", "stopped", "paused", "complete", "charging_completed"},
    "C": {"c", "charging"},
}
"""The states that evcc knows by itself, of a car that is not plugged in, is, and charges."""
EVCC_DOMAINS: Final = {
    "soc": "sensor",
    "range": "sensor",
    "odometer": "sensor",
    "status": "sensor",
    "limitSoc": "number",
    "climater": "binary_sensor",
    "finishTime": "sensor",
    "start_charging": "switch",
    "wakeup": "button",
}
"""The fields of evcc's vehicle that take an entity, and of which domain."""


@pytest.fixture
def evcc_vehicle() -> dict[str, Any]:
    """Return the vehicle of the page."""
    [example] = examples("evcc")
    read = parse_yaml(example.yaml)
    assert isinstance(read, dict)
    [vehicle] = read["vehicles"]
    assert isinstance(vehicle, dict)
    return vehicle


def evcc_status(vehicle: dict[str, Any], word: str) -> str:
    """Return what evcc makes of a charging status, which must be one thing."""
    [status] = [
        status
        for status, known in EVCC_STATUS.items()
        if word in known | {each.strip() for each in vehicle.get(f"status{status}", "").split(",")}
    ]
    return status


async def test_evcc_can_read_every_entity_of_its_page(harness: Harness, car: Car, evcc_vehicle: dict[str, Any]) -> None:
    """Of a car that charges, with the entities that are there from the beginning."""
    car.plugged, car.battery_level, car.charging_status = True, 50.5, "InProgress"
    await harness.add_account()
    api = await RestApi.open(harness, "evcc")
    told = {field: (await api.state(evcc_vehicle[field]))["state"] for field in EVCC_DOMAINS}
    assert {field: evcc_vehicle[field].partition(".")[0] for field in EVCC_DOMAINS} == EVCC_DOMAINS
    for field in ("soc", "range", "odometer", "limitSoc"):
        assert float(told[field]) > 0, field
    assert told["climater"] in {"on", "off"}
    assert datetime.fromisoformat(told["finishTime"]) > dt_util.utcnow()
    assert evcc_status(evcc_vehicle, told["status"]) == "C"
    assert set(evcc_vehicle) - set(EVCC_DOMAINS) == {
        *("name", "type", "template", "title", "capacity", "uri", "statusB", "statusC"),
    }


async def test_evcc_wakes_the_car_and_has_it_charge(harness: Harness, car: Car, evcc_vehicle: dict[str, Any]) -> None:
    """It presses a button, and turns a switch on and off."""
    car.plugged, car.battery_level, car.asleep = True, 50.0, True
    await harness.add_account()
    api = await RestApi.open(harness, "evcc")
    await api.call("button.press", evcc_vehicle["wakeup"])
    assert car.asleep is False
    for action, status in (("turn_on", "InProgress"), ("turn_off", "Stopped")):
        await api.call(f"switch.{action}", evcc_vehicle["start_charging"])
        assert car.charging_status == status


async def test_evcc_knows_every_charging_status(harness: Harness, car: Car, evcc_vehicle: dict[str, Any]) -> None:
    await harness.add_account()
    found = harness.hass.states.get(evcc_vehicle["status"])
    assert found
    words = found.attributes["options"]
    assert {word: evcc_status(evcc_vehicle, word) for word in words} == {
        "disconnected": "A",
        "stopped": "B",
        "finished": "B",
        "failure": "B",
        "in_progress": "C",
    }
    added = {
        word.strip() for field in ("statusA", "statusB", "statusC") for word in evcc_vehicle.get(field, "").split(",")
    }
    assert added - {""} <= set(words)


# --- Links


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    text = FENCED.sub("", read(page))
    headings = (re.sub(r"[^\w\- ]", "", heading.lower()) for _, heading in HEADING.findall(text))
    return {heading.replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(read(page)):
        url = urlsplit(link)
        if link.startswith(IMPORT):
            [source] = parse_qs(url.query)["blueprint_url"]
            assert source.startswith(REPOSITORY), link
            assert (ROOT / source.removeprefix(REPOSITORY)).is_file(), link
        elif not url.scheme:
            target = page.parent / url.path if url.path else page
            assert target.is_file(), link
            assert not url.fragment or url.fragment in anchors(target), link


def test_every_page_is_linked() -> None:
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in PAGES
        for link in LINK.findall(read(page))
        if "://" not in link
    }
    assert [page.name for page in PAGES[1:] if page not in linked] == []


# --- What has to be described


def sections(text: str) -> dict[str, str]:
    """Return what stands below each heading, up to the next one."""
    parts = re.split(r"^#+ (.+)$", FENCED.sub("", text), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_is_described_with_its_fields(action: str) -> None:
    name = f"`stellantis.{action}`"
    described = [
        set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
        for page in PAGES
        for heading, text in sections(read(page)).items()
        if name in heading or (name in text and f"### {name}" not in read(page))
    ]
    assert described, name
    assert any(set(ACTIONS[action].get("fields", {})) <= fields for fields in described)


def test_every_action_is_in_an_example() -> None:
    text = "".join(example.yaml for example in EXAMPLES)
    assert [action for action in ACTIONS if f"action: stellantis.{action}\n" not in text] == []


@pytest.mark.parametrize("blueprint", sorted(path.stem for path in BLUEPRINTS.glob("*.yaml")))
def test_a_blueprint_can_be_imported(blueprint: str) -> None:
    title = load_yaml_dict(str(BLUEPRINTS / f"{blueprint}.yaml"))["blueprint"]["name"]
    links = re.findall(r"\[([^\]]+)\]\((\S+)\)", read(ROOT / "docs" / "events.md"))
    assert [parse_qs(urlsplit(link).query).get("blueprint_url") for text, link in links if text == title] == [
        [f"{REPOSITORY}blueprints/automation/stellantis/{blueprint}.yaml"]
    ]


@pytest.mark.parametrize("attribute", ["remote", "action", "failure_cause"])
def test_the_words_of_an_event_are_described(attribute: str) -> None:
    """Each word is there with what it is shown as."""
    lines = read(ROOT / "docs" / "events.md").splitlines()
    for word, shown in WORDS["state_attributes"][attribute]["state"].items():
        assert any(f"`{word}`" in line and shown in line for line in lines), word


def test_the_attributes_and_types_of_an_event_are_described() -> None:
    page = read(ROOT / "docs" / "events.md")
    for word in (*WORDS["state_attributes"], *WORDS["state_attributes"]["event_type"]["state"]):
        assert f"| `{word}` |" in page, word
    charges = sections(page)["The event *Charge*"]
    for word in (*CHARGE_ATTRIBUTES, *(CHARGE.event_types or ())):
        assert re.search(rf"^\| .*`{word}`.* \|", charges, re.MULTILINE), word


def test_all_that_is_told_of_a_collision_is_described() -> None:
    page = sections(read(ROOT / "docs" / "events.md"))["The event *Collision*"]
    strings = TRANSLATIONS["entity"]["event"]["collision"]["state_attributes"]
    for word in (*strings, *strings["event_type"]["state"]):
        assert word == "event_type" or re.search(rf"^\| .*`{word}`.* \|", page, re.MULTILINE), word
    for attribute in ("side", "severity"):
        for word, shown in strings[attribute]["state"].items():
            assert f"`{word}` ({shown})" in page, word


def test_the_answer_with_charges_is_described() -> None:
    page = read(ROOT / "docs" / "charging.md")
    answers = [json.loads(text) for language, text in FENCED.findall(page) if language == "json"]
    [[charge]] = [answer["charges"] for answer in answers if "charges" in answer]
    restored = Charge.restore(charge)
    assert restored
    for date in ("started_at", "ended_at"):
        charge[date] = datetime.fromisoformat(charge[date]).astimezone(UTC).isoformat()
    assert restored.as_dict() == charge


def listed_entities() -> Iterator[tuple[str, str, bool]]:
    """Give the entities of the first page's tables: platform, name, and whether it is enabled by default.

    The platform stands in a table's head, such as "sensors of", or before the names in the first column.
    """
    for table in sections(read(ROOT / "README.md"))["Entities"].strip().split("\n\n"):
        head, *rows = table.splitlines()
        for row in rows:
            group = re.match(r"\| ([a-z ]+)s of \|", head)
            cell = row if group else row.split(" | ")[0]
            platform = group[1] if group else cell.partition(" **")[0].removeprefix("| ")
            for name, disabled in re.findall(r"\*\*(.+?)\*\*( †)?", cell):
                yield SINGULAR.get(platform, platform).replace(" ", "_"), name, not disabled


def described_entities() -> Iterator[tuple[str, str, bool]]:
    """Give what has a description, and the entities of the account, which have none."""
    names = TRANSLATIONS["entity"]
    for key in ("delivery", "vendor"):
        yield "binary_sensor", names["binary_sensor"][key]["name"], True
    for platform in PLATFORMS:
        for value in vars(import_module(f"{const.__package__}.{platform}")).values():
            for each in value if isinstance(value, tuple) else (value,):
                # Home Assistant's own descriptions are, unlike ours, no instances of `EntityDescription`.
                if not isinstance(each, type) and hasattr(each, "entity_registry_enabled_default"):
                    yield str(platform), names[platform][each.key]["name"], each.entity_registry_enabled_default


def test_every_entity_is_on_the_first_page_and_no_other() -> None:
    """With its platform, its name, and whether it is enabled by default."""
    listed = list(listed_entities())
    assert len(set(listed)) == len(listed)
    # Several descriptions may be of one entity, for different kinds of cars.
    assert set(listed) == set(described_entities())


@pytest.mark.parametrize("delivery", Delivery)
def test_a_way_of_delivery_is_described_under_its_name_with_a_picture(delivery: Delivery) -> None:
    name, _, _ = TRANSLATIONS["selector"]["delivery"]["options"][delivery].partition(":")
    section = sections(read(DELIVERY))[name]
    assert f"`{delivery}`" in section
    assert f"](images/delivery-{delivery.replace('_', '-')}.svg)" in section
    for topic in ("Needed", "Who can read", "Costs", "If it fails", "Ask the vendor"):
        assert f"- **{topic}:** " in section, topic
    assert f"`{delivery}`" in read(ROOT / "README.md")


def test_the_fields_of_a_firebase_project_are_described() -> None:
    fields = {value for name, value in vars(const).items() if name.startswith("CONF_FIREBASE_")}
    fields.remove(const.CONF_FIREBASE_CREDENTIALS)  # made, not typed
    assert len(fields) == 4
    for page in (ROOT / "README.md", ROOT / "docs" / "installing.md", DELIVERY):
        assert [field for field in sorted(fields) if f"`{field}`" not in read(page)] == [], page.name


def test_the_repairs_that_a_page_names_exist() -> None:
    titles = {issue["title"] for issue in TRANSLATIONS["issues"].values()}
    named = re.findall(r"\brepair\s+\*([^*]+)\*", read(DELIVERY))
    assert named
    assert [title for title in named if title not in titles] == []


@pytest.mark.parametrize("picture", sorted((ROOT / "docs" / "images").glob("*.svg")), ids=lambda picture: picture.stem)
def test_a_picture_can_be_read(picture: Path) -> None:
    """It is XML, has a background of its own for dark mode, and no text is too small."""
    root = ET.parse(picture).getroot()  # noqa: S314 - a file of ours
    sizes = [float(element.attrib["font-size"]) for element in root.iter() if "font-size" in element.attrib]
    if root.findall(".//{*}text"):
        assert min(sizes) >= 13
        background = root.find("{*}rect")
        assert background is not None
        assert background.attrib["fill"] == "#fff"
