"""What the logbook says: the ends of remotes and alerts as sentences, and no line that says nothing."""

from contextlib import suppress
import logging
from pathlib import Path
import re
from typing import Any, Final

from homeassistant.components.recorder import Recorder
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.stellantis.account import commands
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Outcome

from .helpers.harness import STANDSTILL, Harness
from .helpers.remotes import act
from .helpers.reports import alert, answer

type Entry = dict[str, Any]


EVENTS_PAGE: Final = Path(__file__).parents[1] / "docs" / "events.md"
[EXCLUDED] = re.findall(
    r"^```yaml\n(logbook:.*?)^```$", EVENTS_PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)


@pytest.fixture(autouse=True)
async def auto_enable_custom_integrations(
    request: pytest.FixtureRequest, recorder_mock: Recorder, hass: HomeAssistant, enable_custom_integrations: None
) -> None:
    """Keep a history, which has to begin before anything else, and a logbook, before there is a web server."""
    # SQLAlchemy would log each statement, even after the log capture has ended.
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
    assert await async_setup_component(hass, "websocket_api", {})
    # Of the frontend nothing is needed but a list of panels.
    hass.config.components.add("frontend")
    assert await async_setup_component(hass, "logbook", getattr(request, "param", {}))


class Logbook:
    """Somebody who reads the logbook."""

    def __init__(self, harness: Harness, hass_ws_client: WebSocketGenerator) -> None:
        self._house, self._connect, self._since = harness, hass_ws_client, dt_util.utcnow()

    async def read(self, **selection: Any) -> list[Entry]:
        """Return the sentences of ours."""
        return [entry for entry in await self.read_all(**selection) if "message" in entry]

    async def read_all(self, **selection: Any) -> list[Entry]:
        """Return all lines."""
        await async_wait_recording_done(self._house.hass)
        client = await self._connect(self._house.hass)
        await client.send_json_auto_id(
            {"type": "logbook/get_events", "start_time": self._since.isoformat(), **selection}
        )
        answer = await client.receive_json()
        assert answer["success"], answer
        result: list[Entry] = answer["result"]
        return result

    async def lines(self) -> list[str]:
        """Return all lines since the last time: a sentence of ours, or an entity and its state."""
        told = [
            f"{entry['name']} {entry['message']}"
            if "message" in entry
            else f"{entry['entity_id']}: {entry.get('attributes', {}).get('event_type') or entry['state']}"
            for entry in await self.read_all()
        ]
        self._since = dt_util.utcnow()
        return told


@pytest.fixture
def logbook(harness: Harness, hass_ws_client: WebSocketGenerator) -> Logbook:
    return Logbook(harness, hass_ws_client)


async def test_a_success(harness: Harness, car: Car, logbook: Logbook) -> None:
    await harness.add_account()
    await harness.call(car, "button", "wake_up", "press")
    [entry] = await logbook.read()
    assert entry["name"] == "Peugeot e-208"
    seconds = harness.state(car, "event", "remote").attributes["duration"]
    assert entry["message"] == f"Car: woken up after {seconds:.0f} s"
    assert entry["icon"] == "mdi:remote"


@pytest.mark.parametrize(
    ("outcome", "platform", "key", "service", "sentence"),
    [
        (None, "lock", "doors", "lock", "Doors: already locked"),
        (Outcome("Failed", "DoorsOpen"), "lock", "doors", "lock", "Doors: failed, a door or the boot is open"),
        (None, "switch", "charging", "turn_on", "Charging: failed, the charger does not answer"),
        (Outcome("Failed", "FluxTooLow"), "button", "horn", "press", "Horn: failed, FluxTooLow"),
    ],
)
async def test_other_ends(
    harness: Harness,
    car: Car,
    logbook: Logbook,
    outcome: Outcome | None,
    platform: str,
    key: str,
    service: str,
    sentence: str,
) -> None:
    car.plugged = False
    await harness.add_account()
    if outcome:
        car.next_outcomes.append(outcome)
    with suppress(HomeAssistantError):
        await harness.call(car, platform, key, service)
    [entry] = await logbook.read()
    assert entry["message"] == sentence


async def test_a_time_out(harness: Harness, car: Car, logbook: Logbook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "GIVE_UP_AFTER", 0.6)
    await harness.add_account()
    harness.vendor.speed = STANDSTILL
    await harness.failure(harness.call(car, "lock", "doors", "unlock"))
    [entry] = await logbook.read()
    assert re.fullmatch(r"Doors: no answer after [1-9]\d* s", entry["message"])


async def test_an_end_of_which_little_is_known(harness: Harness, car: Car, logbook: Logbook) -> None:
    """As after a crash."""
    entry = await harness.add_account()
    await harness.call(car, "lock", "doors", "unlock")
    await harness.vendor.idle()
    last = next(delivery for delivery in reversed(harness.vendor.deliveries) if "Success" in str(delivery.messages))
    message = last.messages[0]
    message["remoteEvent"]["remoteActionId"] = "unheard-of"
    async with harness.browser.post(f"/api/webhook/{entry.data['webhook_id']}", json=message):
        await harness.settle()
    [forgotten] = await logbook.read()
    assert forgotten["message"] == "Doors: done"
    assert forgotten["name"] == "Peugeot e-208"


async def test_it_says_who_asked(harness: Harness, car: Car, logbook: Logbook, hass_admin_user: MockUser) -> None:
    await harness.add_account()
    context = Context(user_id=hass_admin_user.id)
    target = {"entity_id": harness.entity_id(car, "button", "horn")}
    await harness.hass.services.async_call("button", "press", target=target, blocking=True, context=context)
    [entry] = await logbook.read()
    assert entry["context_user_id"] == hass_admin_user.id


@pytest.mark.usefixtures("three_cars")
async def test_it_is_found_by_car_and_by_entity(harness: Harness, car: Car, logbook: Logbook) -> None:
    account = await harness.add_account()
    other = harness.vendor.cars["combustion"]
    await act(harness, car, "stop_signals")
    await harness.call(other, "button", "wake_up", "press")
    device = dr.async_get(harness.hass).async_get_device_by_identifier((DOMAIN, car.vin), account.entry_id)
    assert device
    messages = [entry["message"] for entry in await logbook.read(device_ids=[device.id])]
    assert [message.split(" after")[0] for message in messages] == ["Horn: switched off", "Lights: switched off"]
    [entry] = await logbook.read(entity_ids=[harness.entity_id(other, "button", "wake_up")])
    assert entry["message"].startswith("Car: woken up after")


async def test_a_car_has_the_name_that_its_owner_gave_it(harness: Harness, car: Car, logbook: Logbook) -> None:
    account = await harness.add_account()
    registry = dr.async_get(harness.hass)
    device = registry.async_get_device_by_identifier((DOMAIN, car.vin), account.entry_id)
    assert device
    registry.async_update_device(device.id, name_by_user="Lion")
    await harness.call(car, "button", "wake_up", "press")
    [entry] = await logbook.read()
    assert entry["name"] == "Lion"


# --- All lines


async def test_a_success_that_the_state_shows_has_no_sentence(
    harness: Harness, car: Car, logbook: Logbook, hass_admin_user: MockUser
) -> None:
    """The lines of states are Home Assistant's own, that of the event entity among them."""
    car.plugged, car.charging_status = True, "Stopped"
    await harness.add_account()
    await logbook.lines()
    context = Context(user_id=hass_admin_user.id)
    for platform, key, service, lines in (
        ("lock", "doors", "unlock", ["lock.peugeot_e_208_doors: unlocking", "lock.peugeot_e_208_doors: unlocked"]),
        ("switch", "lights", "turn_on", ["switch.peugeot_e_208_lights: on"]),
        ("switch", "charging", "turn_on", ["switch.peugeot_e_208_charging: on"]),
    ):
        target = {"entity_id": harness.entity_id(car, platform, key)}
        await harness.hass.services.async_call(platform, service, target=target, blocking=True, context=context)
        await harness.vendor.idle()
        await harness.settle()
        told = await logbook.lines()
        assert [line for line in told if line.startswith(f"{platform}.")] == lines
        assert "event.peugeot_e_208_remote: success" in told
        assert not [line for line in told if line.startswith("Peugeot")]


async def test_a_command_that_changes_no_state_has_its_sentence(harness: Harness, car: Car, logbook: Logbook) -> None:
    """Switched on again, lights stay on; a button has nothing to show but that it was pressed."""
    await harness.add_account()
    await harness.call(car, "switch", "lights", "turn_on")
    await logbook.lines()
    await harness.call(car, "switch", "lights", "turn_on")
    [of_event, sentence] = await logbook.lines()
    assert of_event == "event.peugeot_e_208_remote: success"
    assert sentence.startswith("Peugeot e-208 Lights: switched on after")
    await harness.call(car, "button", "horn", "press")
    [pressed, _of_event, sentence] = await logbook.lines()
    assert pressed.startswith("button.peugeot_e_208_horn: ")
    assert sentence.startswith("Peugeot e-208 Horn: switched on after")


async def test_a_failure_has_its_sentence(harness: Harness, car: Car, logbook: Logbook) -> None:
    await harness.add_account()
    await harness.call(car, "lock", "doors", "unlock")
    await harness.vendor.idle()
    await harness.settle()
    await logbook.lines()
    car.next_outcomes.append(Outcome("Failed", "DoorsOpen"))
    await harness.failure(harness.call(car, "lock", "doors", "lock"))
    assert sorted(await logbook.lines()) == [
        "Peugeot e-208 Doors: failed, a door or the boot is open",
        "event.peugeot_e_208_remote: failed",
        "lock.peugeot_e_208_doors: locking",
        "lock.peugeot_e_208_doors: unlocked",
    ]


@pytest.mark.parametrize("auto_enable_custom_integrations", [parse_yaml(EXCLUDED)], indirect=True)
@pytest.mark.usefixtures("every_entity_enabled")
async def test_the_docs_say_how_to_keep_out_what_says_nothing(harness: Harness, car: Car, logbook: Logbook) -> None:
    await harness.add_account()
    await logbook.lines()
    await harness.call(car, "lock", "doors", "unlock")
    await harness.until(car, "binary_sensor", "alarm", "off")
    await harness.call(car, "button", "horn", "press")
    await harness.vendor.idle()
    await harness.settle()
    *of_the_lock, pressed, sentence = await logbook.lines()
    assert sorted(of_the_lock) == [
        "binary_sensor.peugeot_e_208_alarm: off",
        "lock.peugeot_e_208_doors: unlocked",
        "lock.peugeot_e_208_doors: unlocking",
    ]
    assert pressed.startswith("button.peugeot_e_208_horn: ")
    assert sentence.startswith("Peugeot e-208 Horn: switched on after")


async def test_a_drive_has_no_line_for_each_report(harness: Harness, car: Car, logbook: Logbook) -> None:
    await harness.add_account()
    harness.vendor.garage.drive_off(car)
    await harness.until(car, "binary_sensor", "moving", "on")
    await harness.vendor.idle()
    await harness.settle()
    await logbook.lines()
    changes = harness.changes(car, "sensor", "odometer")
    for _ in range(5):
        await anext(changes)
    await changes.aclose()
    assert await logbook.lines() == []


async def test_an_alert_is_said_in_words(harness: Harness, car: Car, logbook: Logbook) -> None:
    account = await harness.add_account()
    await logbook.lines()
    harness.vendor.garage.raise_alert(car, "FuelLevelLow")
    await harness.until(car, "binary_sensor", "alert", "on")
    await harness.settle()
    assert sorted(await logbook.lines()) == [
        "Peugeot e-208 reports: Fuel level low",
        "binary_sensor.peugeot_e_208_alert: on",
        "event.peugeot_e_208_new_alert: warning",
    ]
    answer(harness, car, "alerts", [alert("a9", "FluxCapacitorEmpty")])
    await account.runtime_data.cars[car.vin].async_read_details()
    await harness.settle()
    assert "Peugeot e-208 reports: Flux capacitor empty" in await logbook.lines()


async def test_a_break_in_is_said_in_words(harness: Harness, car: Car, logbook: Logbook) -> None:
    """Home Assistant's page has the words of the type of an event."""
    await harness.add_account()
    await logbook.lines()
    harness.vendor.garage.break_in(car, "TrunkDoorBreakIn")
    await harness.until(car, "binary_sensor", "intrusion", "on")
    await harness.settle()
    assert sorted(await logbook.lines()) == [
        "binary_sensor.peugeot_e_208_intrusion: on",
        "event.peugeot_e_208_new_intrusion: trunk_door_break_in",
    ]
