"""Whether the vendor's API answers, as the account's own device shows it."""

from dataclasses import replace
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, callback
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.stellantis.api.errors import ForbiddenError, SignInError, VendorError
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault

from .helpers.harness import Harness

BEGINS = "The vendor's API does not answer"
ENDS = "The vendor's API answers again"


@pytest.fixture
def told(harness: Harness) -> list[str]:
    """Return each state that the binary sensor has had."""
    states: list[str] = []

    @callback
    def listen(event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        if state and state.entity_id.endswith("_vendor_s_api"):
            states.append(state.state)

    harness.hass.bus.async_listen(EVENT_STATE_CHANGED, listen)
    return states


def fail(harness: Harness, status: int = 503) -> None:
    harness.vendor.faults.add(Fault(path="/user*", status=status, times=None))


def checks(harness: Harness) -> int:
    return len(harness.requests("GET", "/user"))


async def poll(entry: ConfigEntry[Any], car: Car) -> None:
    await entry.runtime_data.cars[car.vin].async_refresh()


async def test_a_vendor_who_does_not_answer_is_shown_before_a_command_fails(
    harness: Harness, car: Car, told: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    entry = await harness.add_account()
    assert (told, checks(harness)) == (["on"], 0)
    fail(harness)
    await harness.pass_time(hours=6, minutes=1)  # the car is polled
    assert (told, checks(harness)) == (["on"], 0)
    await harness.pass_time(seconds=31)
    assert (told, checks(harness)) == (["on", "off"], 1)
    for _ in range(3):
        await harness.pass_time(minutes=30)
    await poll(entry, car)
    assert (told, caplog.text.count(BEGINS)) == (["on", "off"], 1)
    assert harness.state(car, "lock", "doors").state == "unavailable"
    harness.vendor.faults.clear()
    await harness.pass_time(minutes=31)
    assert told == ["on", "off", "on"]
    assert (caplog.text.count(BEGINS), caplog.text.count(ENDS)) == (1, 1)
    assert harness.state(car, "lock", "doors").state != "unavailable"
    count = checks(harness)
    await harness.pass_time(hours=1)
    assert checks(harness) == count


@pytest.mark.parametrize(
    "fault", [Fault(drop=True), Fault(status=200, body="<html>sorry</html>"), Fault(status=500), Fault(status=404)]
)
async def test_what_is_no_answer(harness: Harness, car: Car, told: list[str], fault: Fault) -> None:
    """A 404 is one: the API says that it knows nothing, so it is there."""
    entry = await harness.add_account()
    harness.vendor.faults.add(replace(fault, path="/user*", times=None))
    await poll(entry, car)
    await harness.pass_time(seconds=31)
    assert told == (["on"] if fault.status == 404 else ["on", "off"])


async def test_a_single_failure_is_none(harness: Harness, car: Car, told: list[str]) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(path="*/status", status=503))
    await poll(entry, car)
    await harness.pass_time(seconds=31)
    assert (told, checks(harness)) == (["on"], 1)
    await harness.pass_time(minutes=1)
    assert checks(harness) == 1


async def test_too_many_requests_are_an_answer(harness: Harness, car: Car, told: list[str]) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(path="*/status", status=503))
    harness.vendor.faults.add(Fault(path="/user", status=429))
    await poll(entry, car)
    await harness.pass_time(seconds=31)
    await harness.pass_time(seconds=31)
    assert (told, checks(harness)) == (["on"], 1)


async def test_another_request_that_is_answered_is_enough(harness: Harness, car: Car, told: list[str]) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(path="*/status", status=503))
    await poll(entry, car)
    await poll(entry, car)
    await harness.pass_time(minutes=1)
    assert (told, checks(harness)) == (["on"], 0)


async def test_a_vendor_who_does_not_answer_at_the_start(harness: Harness, car: Car, told: list[str]) -> None:
    entry = await harness.add_account()
    assert await harness.hass.config_entries.async_unload(entry.entry_id)
    fail(harness)
    assert await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()
    await harness.pass_time(seconds=31)
    assert told == ["on", "unavailable", "on", "off"]


async def test_nothing_is_asked_for_an_account_that_is_unloaded(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    fail(harness)
    await poll(entry, car)
    health = entry.runtime_data.vendor_health
    assert await harness.hass.config_entries.async_unload(entry.entry_id)
    health.async_note(VendorError(503))  # a request that was under way
    await harness.pass_time(hours=1)
    assert checks(harness) == 0


async def test_a_sign_in_that_is_refused_says_nothing_of_the_api(harness: Harness, car: Car, told: list[str]) -> None:
    entry = await harness.add_account()
    fail(harness)
    await poll(entry, car)
    await harness.pass_time(seconds=31)
    assert told == ["on", "off"]
    harness.vendor.faults.clear()
    health = entry.runtime_data.vendor_health
    refused = SignInError()
    refused.before_request = True
    health.async_note(refused)
    assert not health.answering
    health.async_note(ForbiddenError())
    assert health.answering


async def test_with_polling_the_account_has_no_sensor_of_messages(harness: Harness, car: Car, told: list[str]) -> None:
    entry = await harness.add_account()
    registry = er.async_get(harness.hass)
    delivery = f"{entry.entry_id}_delivery"
    assert registry.async_get_entity_id("binary_sensor", DOMAIN, delivery)
    await harness.reconfigure(entry, delivery="polling")
    assert registry.async_get_entity_id("binary_sensor", DOMAIN, delivery) is None
    assert told[-1] == "on"
