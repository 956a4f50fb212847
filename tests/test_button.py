"""Horn, lights and wake-up."""

from typing import Final

import pytest

from simulator import Car, Delivery

from .helpers.harness import SPEED, STANDSTILL, Harness

BUTTONS: Final = ("flash_lights", "horn", "wake_up")


def statuses(delivery: Delivery) -> list[str]:
    return [
        message["remoteEvent"]["eventStatus"]["status"] for message in delivery.messages if "remoteEvent" in message
    ]


@pytest.mark.parametrize(
    ("key", "action"),
    [
        ("horn", {"horn": {"state": "Activated"}}),
        ("flash_lights", {"lights": {"on": True}}),
        ("wake_up", {"wakeUp": {"action": "WakeUp"}}),
    ],
)
async def test_a_press_returns_when_its_one_remote_has_ended(
    harness: Harness, car: Car, key: str, action: dict[str, object]
) -> None:
    await harness.add_account()
    harness.vendor.speed = STANDSTILL
    pressing = harness.start(car, "button", key, "press")
    await harness.vendor.wait_for_request("POST", "/remotes")
    assert not pressing.done()
    shown = {each: harness.state(car, "button", each).attributes["in_progress"] for each in BUTTONS}
    assert shown == dict.fromkeys(BUTTONS) | {key: "under_way"}

    harness.vendor.speed = SPEED
    await pressing
    assert harness.state(car, "button", key).attributes["in_progress"] is None

    [post] = harness.requests("POST", "/remotes")
    assert action.items() <= post.body.items()
    assert harness.state(car, "event", "remote").attributes["event_type"] == "success"
    await harness.vendor.idle()
    assert statuses(harness.vendor.deliveries[-1]) == ["Success"]


async def test_waking_up_brings_what_the_car_reports_then(harness: Harness, car: Car) -> None:
    await harness.add_account()
    car.locked = False
    await harness.call(car, "button", "wake_up", "press")
    await harness.until(car, "lock", "doors", "unlocked")


async def test_flashing_lights_does_not_switch_the_lights_on(harness: Harness, car: Car) -> None:
    await harness.add_account()
    await harness.call(car, "button", "flash_lights", "press")
    assert harness.state(car, "switch", "lights").state == "off"


async def test_a_car_that_does_not_honk_says_why(harness: Harness, car: Car) -> None:
    await harness.add_account()
    car.moving = True
    error = await harness.failure(harness.call(car, "button", "horn", "press"))
    assert error.translation_key == "vehicle_in_use"


async def test_a_car_that_was_woken_too_often_says_so(harness: Harness, car: Car) -> None:
    await harness.add_account()
    car.wake_up_limit = 0
    error = await harness.failure(harness.call(car, "button", "wake_up", "press"))
    assert error.translation_key == "too_many_wake_ups"
