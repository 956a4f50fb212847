"""Horn, lights and wake-up."""

import pytest

from simulator import Car

from .conftest import House


@pytest.mark.parametrize(
    ("key", "action"),
    [
        ("horn", {"horn": {"state": "Activated"}}),
        ("flash_lights", {"lights": {"on": True}}),
        ("wake_up", {"wakeUp": {"action": "WakeUp"}}),
    ],
)
async def test_a_press_is_one_remote_that_has_ended(
    house: House, car: Car, key: str, action: dict[str, object]
) -> None:
    await house.add_account()
    assert house.state(car, "button", key).state == "unknown"
    await house.call(car, "button", key, "press")
    [post] = house.requests("POST", "/remotes")
    assert action.items() <= post.body.items()
    await house.vendor.idle()
    assert house.vendor.deliveries[-1].messages[-1]["remoteEvent"]["eventStatus"]["status"] == "Success"
    assert house.state(car, "button", key).state not in {"unknown", "unavailable"}


async def test_waking_up_brings_what_the_car_reports_then(house: House, car: Car) -> None:
    await house.add_account()
    car.locked = False
    await house.call(car, "button", "wake_up", "press")
    await house.until(car, "lock", "doors", "unlocked")


async def test_flashing_lights_does_not_switch_the_lights_on(house: House, car: Car) -> None:
    await house.add_account()
    await house.call(car, "button", "flash_lights", "press")
    assert house.state(car, "switch", "lights").state == "off"


async def test_a_car_that_does_not_honk_says_why(house: House, car: Car) -> None:
    await house.add_account()
    car.moving = True
    error = await house.failure(house.call(car, "button", "horn", "press"))
    assert error.translation_key == "vehicle_in_use"


async def test_a_car_that_was_woken_too_often_says_so(house: House, car: Car) -> None:
    await house.add_account()
    car.wake_up_limit = 0
    error = await house.failure(house.call(car, "button", "wake_up", "press"))
    assert error.translation_key == "too_many_wake_ups"
