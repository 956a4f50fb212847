"""The ends of remotes as sentences of the logbook."""

from contextlib import suppress
import logging
import re
from typing import Any

from homeassistant.components.recorder import Recorder
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.stellantis.account import commands
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Outcome

from .helpers.harness import STANDSTILL, Harness
from .helpers.remotes import act

type Entry = dict[str, Any]


@pytest.fixture(autouse=True)
async def auto_enable_custom_integrations(
    recorder_mock: Recorder, hass: HomeAssistant, enable_custom_integrations: None
) -> None:
    """Keep a history, which has to begin before anything else, and a logbook, before there is a web server."""
    # SQLAlchemy would log each statement, even after the log capture has ended.
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
    assert await async_setup_component(hass, "websocket_api", {})
    # Of the frontend nothing is needed but a list of panels.
    hass.config.components.add("frontend")
    assert await async_setup_component(hass, "logbook", {})


class Logbook:
    """Somebody who reads the logbook."""

    def __init__(self, harness: Harness, hass_ws_client: WebSocketGenerator) -> None:
        self._house, self._connect, self._since = harness, hass_ws_client, dt_util.utcnow()

    async def read(self, **selection: Any) -> list[Entry]:
        """Return what is said of remotes."""
        await async_wait_recording_done(self._house.hass)
        client = await self._connect(self._house.hass)
        await client.send_json_auto_id(
            {"type": "logbook/get_events", "start_time": self._since.isoformat(), **selection}
        )
        answer = await client.receive_json()
        assert answer["success"], answer
        return [entry for entry in answer["result"] if "message" in entry]


@pytest.fixture
def logbook(harness: Harness, hass_ws_client: WebSocketGenerator) -> Logbook:
    return Logbook(harness, hass_ws_client)


async def test_a_success(harness: Harness, car: Car, logbook: Logbook) -> None:
    await harness.add_account()
    await harness.call(car, "lock", "doors", "unlock")
    [entry] = await logbook.read()
    assert entry["name"] == "Peugeot e-208"
    seconds = harness.state(car, "event", "remote").attributes["duration"]
    assert entry["message"] == f"Doors: unlocked after {seconds:.0f} s"
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
    _, forgotten = await logbook.read()
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
    await harness.call(other, "lock", "doors", "unlock")
    device = dr.async_get(harness.hass).async_get_device_by_identifier((DOMAIN, car.vin), account.entry_id)
    assert device
    messages = [entry["message"] for entry in await logbook.read(device_ids=[device.id])]
    assert [message.split(" after")[0] for message in messages] == ["Horn: switched off", "Lights: switched off"]
    [entry] = await logbook.read(entity_ids=[harness.entity_id(other, "lock", "doors")])
    assert entry["message"].startswith("Doors: unlocked after")


async def test_a_car_has_the_name_that_its_owner_gave_it(harness: Harness, car: Car, logbook: Logbook) -> None:
    account = await harness.add_account()
    registry = dr.async_get(harness.hass)
    device = registry.async_get_device_by_identifier((DOMAIN, car.vin), account.entry_id)
    assert device
    registry.async_update_device(device.id, name_by_user="Lion")
    await harness.call(car, "lock", "doors", "unlock")
    [entry] = await logbook.read()
    assert entry["name"] == "Lion"
