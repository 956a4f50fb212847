"""What is attached to an issue: when what came, and no secret."""

import json
from typing import Any

from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
    get_diagnostics_for_device,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault

from .helpers.harness import Harness

pytestmark = pytest.mark.usefixtures("diagnostics")


@pytest.fixture
async def diagnostics(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "diagnostics", {})


def device(harness: Harness, entry_id: str, car: Car) -> dr.DeviceEntry:
    found = dr.async_get(harness.hass).async_get_device_by_identifier((DOMAIN, car.vin), entry_id)
    assert found
    return found


@pytest.mark.usefixtures("three_cars")
async def test_an_account_and_its_cars(harness: Harness, car: Car, hass_client: ClientSessionGenerator) -> None:
    entry = await harness.add_account()
    harness.vendor.garage.unlock(car)
    await harness.until(car, "lock", "doors", "unlocked")
    told: dict[str, Any] = await get_diagnostics_for_config_entry(harness.hass, hass_client, entry)
    assert told["account"]["brand"] == "peugeot"
    assert told["account"]["certificate_expires"]
    assert told["callback"] == {
        "registered": True,
        "cloudhook": False,
        "external_url": True,
        "in_step": True,
        "failures": 0,
        "received": {"monitor": 1},
    }
    assert told["requests_left"]["daily_limit"] > told["requests_left"]["daily_remaining"] > 0
    assert [one["label"] for one in told["cars"]] == [one.label for one in harness.vendor.accounts["driver"].cars]
    [electric] = [one for one in told["cars"] if one["label"] == car.label]
    assert electric["monitors"] == dict.fromkeys(("doors", "energy", "events", "moving", "charging"), "Running")
    assert electric["received"] == {"poll": 1, "whole": 1}
    assert electric["last_push"]
    assert electric["status"]["doors"]["locked"] is False
    assert electric["status"]["doors"]["at"]
    assert (electric["program_slots"], electric["charging_slots"]) == (4, 5)
    assert electric["charge_limit"]["percent"] == 100
    assert electric["wake_ups"]["count"] == 0
    assert electric["status"]["position"]["latitude"] == "**REDACTED**"


async def test_a_car_alone(harness: Harness, car: Car, hass_client: ClientSessionGenerator) -> None:
    harness.vendor.faults.add(Fault(method="POST", path="*/monitors", status=403, times=1))
    entry = await harness.add_account()
    told: dict[str, Any] = await get_diagnostics_for_device(
        harness.hass, hass_client, entry, device(harness, entry.entry_id, car)
    )
    [only] = told["cars"]
    assert only["label"] == car.label
    assert only["monitors"]["doors"] == "ForbiddenError"
    assert only["pushed"] is False
    assert only["poll_interval"] == 1800


async def test_what_is_out_of_step_says_so(harness: Harness, car: Car, hass_client: ClientSessionGenerator) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(path="*/user/callbacks", status=503, times=None))
    harness.hass.bus.async_fire(EVENT_CORE_CONFIG_UPDATE, {"external_url": harness.front.url})
    await harness.settle()
    told: dict[str, Any] = await get_diagnostics_for_config_entry(harness.hass, hass_client, entry)
    assert (told["callback"]["in_step"], told["callback"]["failures"]) == (False, 1)


@pytest.mark.usefixtures("three_cars")
async def test_there_is_no_secret_in_it(harness: Harness, car: Car, hass_client: ClientSessionGenerator) -> None:
    account = harness.vendor.accounts["driver"]
    for one in account.cars:
        harness.vendor.garage.raise_alert(one, "FuelLevelLow", "Warning")
    entry = await harness.add_account()
    await harness.vendor.idle()
    client = await hass_client()
    texts: list[str] = []
    for path in (entry.entry_id, f"{entry.entry_id}/device/{device(harness, entry.entry_id, car).id}"):
        async with client.get(f"/api/diagnostics/config_entry/{path}") as answer:
            assert answer.status == 200
            texts.append(await answer.text())
    data = entry.data
    secrets = [
        data["client_id"],
        data["client_secret"],
        data["token"]["access_token"],
        data["token"]["refresh_token"],
        data["token"]["id_token"],
        data["webhook_id"],
        data["callback_secret"],
        data["callback_id"],
        data["certificate_path"],
        data["private_key_path"],
        harness.vendor.certificates.password,
        account.email,
        account.subject,
        account.last_name,
        *(secret for one in account.cars for secret in (one.vin, one.id, *map(str, one.position))),
        *(alert.id for one in account.cars for alert in one.alerts),
        *harness.vendor.callbacks[data["callback_id"]].monitors,
    ]
    for text in texts:
        assert json.loads(text)["data"]
        assert [secret for secret in secrets if secret in text] == []
