"""Scripts and automations."""

from typing import Any

from homeassistant.core import ServiceCall, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest

from simulator import Car, Outcome

from .conftest import House


@pytest.fixture
def steps(house: House, car: Car) -> list[dict[str, Any]]:
    """Return the data of each call of `test.step`, which stands for whatever a person does next."""
    steps: list[dict[str, Any]] = []

    @callback
    def step(call: ServiceCall) -> None:
        steps.append({**call.data, "car_is_locked": car.locked})

    house.hass.services.async_register("test", "step", step)
    return steps


async def set_up(house: House, domain: str, config: dict[str, Any]) -> None:
    assert await async_setup_component(house.hass, domain, {domain: config})
    await house.settle()


async def run_script(house: House, car: Car, **options: Any) -> None:
    """Run a script that unlocks a car and goes on from there."""
    unlock = {"action": "lock.unlock", "target": {"entity_id": house.entity_id(car, "lock", "doors")}, **options}
    await set_up(house, "script", {"unlock_and_go_on": {"sequence": [unlock, {"action": "test.step"}]}})
    await house.hass.services.async_call("script", "unlock_and_go_on", blocking=True)


async def test_a_script_goes_on_when_the_car_has_done_it(house: House, car: Car, steps: list[dict[str, Any]]) -> None:
    await house.add_account()
    await run_script(house, car)
    assert steps == [{"car_is_locked": False}]


async def test_a_remote_that_fails_stops_the_script_with_its_cause(
    house: House, car: Car, steps: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    await house.add_account()
    car.next_outcomes.append(Outcome("Failed", "VehicleInUse"))
    with pytest.raises(HomeAssistantError) as raised:
        await run_script(house, car)
    assert raised.value.translation_key == "vehicle_in_use"
    assert not steps
    sentence = "Peugeot e-208: the car is in use. Switch the engine off and close the doors. (VehicleInUse)"
    assert f"Error executing script. Error for call_service at pos 1: {sentence}" in caplog.text


async def test_a_script_can_go_on_in_spite_of_a_failure(house: House, car: Car, steps: list[dict[str, Any]]) -> None:
    await house.add_account()
    car.next_outcomes.append(Outcome("Failed", "VehicleInUse"))
    await run_script(house, car, continue_on_error=True)
    assert steps == [{"car_is_locked": True}]


async def test_a_trigger_on_locked_fires_when_the_message_has_come(
    house: House, car: Car, steps: list[dict[str, Any]]
) -> None:
    car.locked = False
    await house.add_account()
    entity_id = house.entity_id(car, "lock", "doors")
    trigger = {"trigger": "state", "entity_id": entity_id, "to": "locked"}
    step = {"action": "test.step", "data": {"before": "{{ trigger.from_state.state }}"}}
    await set_up(house, "automation", {"triggers": [trigger], "actions": [step]})
    await house.call(car, "lock", "doors", "lock")
    await house.settle()
    assert steps == [{"before": "locking", "car_is_locked": True}]
    assert not house.requests("GET", "/remotes/*")
