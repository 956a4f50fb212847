"""Scripts and automations."""

import logging
from typing import Any, Final

from homeassistant.core import ServiceCall, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from simulator import Car, Outcome

from .helpers.harness import Harness
from .helpers.logs import complaints

STEP: Final = {"action": "test.step"}


@pytest.fixture
def steps(harness: Harness, car: Car) -> list[dict[str, Any]]:
    """Return the data of each call of `test.step`, which stands for whatever a person does next."""
    steps: list[dict[str, Any]] = []

    @callback
    def step(call: ServiceCall) -> None:
        steps.append({**call.data, "car_is_locked": car.locked})

    harness.hass.services.async_register("test", "step", step)
    return steps


async def set_up(harness: Harness, domain: str, config: dict[str, Any]) -> None:
    assert await async_setup_component(harness.hass, domain, {domain: config})
    await harness.settle()


async def run_script(harness: Harness, car: Car, **options: Any) -> None:
    """Run a script that unlocks a car and goes on from there."""
    unlock = {"action": "lock.unlock", "target": {"entity_id": harness.entity_id(car, "lock", "doors")}, **options}
    await set_up(harness, "script", {"unlock_and_go_on": {"sequence": [unlock, {"action": "test.step"}]}})
    await harness.hass.services.async_call("script", "unlock_and_go_on", blocking=True)


async def test_a_script_goes_on_when_the_car_has_done_it(
    harness: Harness, car: Car, steps: list[dict[str, Any]]
) -> None:
    await harness.add_account()
    await run_script(harness, car)
    assert steps == [{"car_is_locked": False}]


async def test_a_remote_that_fails_stops_the_script_with_its_cause(
    harness: Harness, car: Car, steps: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    await harness.add_account()
    car.next_outcomes.append(Outcome("Failed", "VehicleInUse"))
    with pytest.raises(HomeAssistantError) as raised:
        await run_script(harness, car)
    assert raised.value.translation_key == "vehicle_in_use"
    assert not steps
    sentence = "Peugeot e-208: the car is in use. Switch the engine off and close the doors. (VehicleInUse)"
    assert f"Error executing script. Error for call_service at pos 1: {sentence}" in caplog.text


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_command_that_fails_on_a_page_is_one_line_of_home_assistants(
    harness: Harness, car: Car, hass_ws_client: WebSocketGenerator, caplog: pytest.LogCaptureFixture
) -> None:
    await harness.add_account()
    client = await hass_ws_client(harness.hass)
    car.next_outcomes.append(Outcome("Failed", "VehicleInUse"))
    lock = {"type": "call_service", "domain": "lock", "service": "lock"}
    await client.send_json_auto_id({**lock, "target": {"entity_id": harness.entity_id(car, "lock", "doors")}})
    answer = await client.receive_json()
    assert answer["error"]["translation_key"] == "vehicle_in_use"
    [line] = errors(caplog)
    assert "Error during service call to lock.lock: Peugeot e-208: the car is in use." in line
    assert complaints(caplog) == []


async def test_an_automation_that_goes_on_in_spite_of_a_failure_has_one_line(
    harness: Harness, car: Car, steps: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    """Home Assistant has a second one for an automation that a failure stops."""
    await harness.add_account()
    target = {"entity_id": harness.entity_id(car, "lock", "doors")}
    unlock = {"action": "lock.unlock", "target": target, "continue_on_error": True}
    await set_up(
        harness, "automation", {"triggers": [{"trigger": "event", "event_type": "go"}], "actions": [unlock, STEP]}
    )
    car.next_outcomes.append(Outcome("Failed", "VehicleInUse"))
    harness.hass.bus.async_fire("go")
    await harness.settle()
    assert steps == [{"car_is_locked": True}]
    [line] = errors(caplog)
    assert "Error executing script. Error for call_service at pos 1: Peugeot e-208: the car is in use." in line


async def test_a_script_can_go_on_in_spite_of_a_failure(
    harness: Harness, car: Car, steps: list[dict[str, Any]]
) -> None:
    await harness.add_account()
    car.next_outcomes.append(Outcome("Failed", "VehicleInUse"))
    await run_script(harness, car, continue_on_error=True)
    assert steps == [{"car_is_locked": True}]


async def test_a_trigger_on_locked_fires_when_the_message_has_come(
    harness: Harness, car: Car, steps: list[dict[str, Any]]
) -> None:
    car.locked = False
    await harness.add_account()
    entity_id = harness.entity_id(car, "lock", "doors")
    trigger = {"trigger": "state", "entity_id": entity_id, "to": "locked"}
    step = {"action": "test.step", "data": {"before": "{{ trigger.from_state.state }}"}}
    await set_up(harness, "automation", {"triggers": [trigger], "actions": [step]})
    await harness.call(car, "lock", "doors", "lock")
    await harness.settle()
    assert steps == [{"before": "locking", "car_is_locked": True}]
    assert not harness.requests("GET", "/remotes/*")
