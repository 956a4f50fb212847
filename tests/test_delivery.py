"""The ways by which the vendor's messages come, and the change from one to another."""

import asyncio
from typing import Any

import pytest
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.stellantis.account import questions
from simulator import Car, Fault, Outcome

from .helpers.callbacks import changes, only_callback
from .helpers.harness import Harness
from .helpers.monitors import monitors

MONITORS = {"doors", "energy", "events", "moving", "charging"}


# Polling


async def test_a_callback_that_nothing_is_sent_to_is_paused(harness: Harness, car: Car) -> None:
    await harness.add_account(delivery="polling")
    callback = only_callback(harness)
    assert (callback.target, callback.status) == (f"{harness.front.url}/", "Paused")
    assert not callback.monitors
    harness.vendor.requests.clear()

    await harness.reload(harness.hass.config_entries.async_entries("stellantis")[0])

    assert changes(harness) == 0


async def test_diagnostics_say_that_nothing_is_to_come(harness: Harness, hass_client: ClientSessionGenerator) -> None:
    entry = await harness.add_account(delivery="polling")
    told: dict[str, Any] = await get_diagnostics_for_config_entry(harness.hass, hass_client, entry)
    assert (told["callback"]["delivery"], told["callback"]["listening"]) == ("polling", False)
    assert told["account"]["options"]["poll_interval"] == 15


async def test_a_callback_is_paused_again_if_that_failed(harness: Harness) -> None:
    await harness.add_account(delivery="polling")
    only_callback(harness).status = "Running"
    await harness.pass_time(hours=25)
    assert only_callback(harness).status == "Paused"


async def test_a_car_is_polled_every_quarter_of_an_hour(harness: Harness, car: Car) -> None:
    await harness.add_account(delivery="polling")
    reads = harness.reads(car)
    await harness.pass_time(minutes=14)
    assert harness.reads(car) == reads
    await harness.pass_time(minutes=16)
    assert harness.reads(car) == reads + 1


@pytest.mark.parametrize("outcome", [Outcome("Success"), Outcome("Failed", "DoorsOpen")])
async def test_a_car_is_read_once_after_a_remote(
    harness: Harness, car: Car, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "ASK_AFTER", (0.05, 0.1, 0.2, 0.4, 0.8))
    await harness.add_account(delivery="polling")
    car.next_outcomes.append(outcome)
    reads = harness.reads(car)

    await asyncio.gather(harness.call(car, "button", "horn", "press"), return_exceptions=True)
    await harness.settle()

    assert harness.reads(car) == reads + 1
    assert not harness.vendor.deliveries


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500])
async def test_remotes_are_sent_although_the_vendor_does_not_pause_the_callback(
    harness: Harness, car: Car, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "ASK_AFTER", (0.05, 0.1, 0.2, 0.4, 0.8))
    harness.vendor.faults.add(Fault(method="PUT", path="/user/callbacks/*/status", status=status, times=None))
    await harness.add_account(delivery="polling")

    await harness.call(car, "lock", "doors", "unlock")

    assert not car.locked
    assert len(harness.requests("POST", "/user/callbacks")) == 1


# From one way to another


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500])
async def test_a_callback_of_another_kind_that_the_vendor_does_not_change_is_replaced(
    harness: Harness, car: Car, status: int
) -> None:
    entry = await harness.add_account()
    before = only_callback(harness)
    before.subscribe["callback"] = {"pushnotif": {"devices": ["a telephone"]}}
    harness.vendor.faults.add(Fault(method="PUT", path=f"/user/callbacks/{before.id}", status=status, times=None))
    harness.vendor.requests.clear()

    await harness.reload(entry)

    callback = only_callback(harness)
    assert callback is not before
    assert callback.subscribe["callback"].keys() == {"webhook"}
    assert monitors(harness, car).keys() == MONITORS
    assert {request.status for request in harness.requests("POST", "/monitors")} == {202}
    assert entry.runtime_data.cars[car.vin].pushed


@pytest.mark.parametrize("status", [400, 403, 404, 405])
async def test_from_a_webhook_to_polling_and_back_where_the_vendor_changes_no_callback(
    harness: Harness, car: Car, status: int
) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(method="PUT", path="/user/callbacks/*", status=status, times=None))

    await harness.reconfigure(entry, delivery="polling")
    assert (only_callback(harness).target, monitors(harness, car)) == (f"{harness.front.url}/", {})

    await harness.reconfigure(entry, delivery="webhook")
    assert only_callback(harness).status == "Running"
    assert monitors(harness, car).keys() == MONITORS
    harness.vendor.garage.unlock(car)
    await harness.until(car, "lock", "doors", "unlocked")


async def test_from_a_webhook_to_polling_and_back(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    before = only_callback(harness)
    harness.vendor.requests.clear()

    await harness.reconfigure(entry, delivery="polling")

    callback = only_callback(harness)
    assert (callback, callback.status) == (before, "Paused")
    assert len(harness.requests("PUT", f"/user/callbacks/{callback.id}")) == 1
    assert not entry.runtime_data.cars[car.vin].pushed
    harness.vendor.garage.unlock(car)
    harness.vendor.requests.clear()

    await harness.reconfigure(entry, delivery="webhook")

    callback = only_callback(harness)
    assert (callback, callback.status) == (before, "Running")
    assert monitors(harness, car).keys() == MONITORS
    assert len(harness.requests("PUT", f"/user/callbacks/{callback.id}")) == 1
    assert entry.runtime_data.cars[car.vin].pushed
    assert harness.state(car, "lock", "doors").state == "unlocked"
    harness.vendor.garage.lock(car)
    await harness.until(car, "lock", "doors", "locked")
