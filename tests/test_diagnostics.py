"""What is attached to an issue: when what came, and no secret."""

from datetime import timedelta
import json
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
    get_diagnostics_for_device,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault, gateway_refusal, token_error

from .helpers.harness import Harness
from .helpers.trips import LYON, PARIS, drive, get_trips

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
    messages = told["callback"].pop("messages")
    assert (messages["arriving"], messages["missed"]) == (True, 0)
    assert messages["last_message"]
    assert told["callback"] == {
        "delivery": "webhook",
        "listening": True,
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


async def test_charges_are_counted_and_places_are_not_named(
    harness: Harness, car: Car, hass_client: ClientSessionGenerator
) -> None:
    entry = await harness.add_account()
    options = {"energy_price_entity": "sensor.price_at_annas", "energy_price_zone": "zone.anna"}
    harness.hass.config_entries.async_update_entry(entry, options=options)
    await harness.reload(entry)
    told: dict[str, Any] = await get_diagnostics_for_config_entry(harness.hass, hass_client, entry)
    assert {key: told["account"]["options"][key] for key in options} == dict.fromkeys(options, True)
    assert "anna" not in json.dumps(told)
    [only] = told["cars"]
    assert only["collisions"] == {"told": 0, "untold": 0}
    assert only["charges"] == {
        "count": 0,
        "oldest": None,
        "newest": None,
        "results": {},
        "charging": False,
        "total": 0.0,
        "usable_capacity": 46.0,
        "usable_capacity_is_set": False,
    }


async def test_trips_and_charges_are_told_by_their_number_and_time(
    harness: Harness, car: Car, hass_client: ClientSessionGenerator
) -> None:
    await harness.hass.config.async_update(location_name="At Annas", latitude=PARIS[1], longitude=PARIS[0])
    hours = [dt_util.utcnow().replace(microsecond=0) - timedelta(hours=hours) for hours in (9, 5, 1)]
    lacking = {"fault": "DataLacking", "cause": "Connection"}
    drive(car, hours[1], faults=[lacking])
    drive(car, hours[0], faults=[lacking, {"fault": "Unfinished"}])
    drive(car, hours[2])
    entry = await harness.add_account()
    harness.hass.config_entries.async_update_entry(entry, options={"keep_positions": True})
    await harness.reload(entry)
    harness.vendor.garage.start_charging(car)
    harness.vendor.garage.stop_charging(car)
    await harness.vendor.idle()
    await harness.settle()
    assert "At Annas" in json.dumps(await get_trips(harness, car))
    told: dict[str, Any] = await get_diagnostics_for_config_entry(harness.hass, hass_client, entry)
    [only] = told["cars"]
    assert only["trips"] == {
        "count": 3,
        "oldest": hours[0].isoformat(),
        "newest": hours[2].isoformat(),
        "faults": {"data_lacking": 2, "unfinished": 1},
    }
    assert (only["charges"]["count"], only["charges"]["results"]) == (1, {"interrupted": 1})
    assert only["charges"]["oldest"] == only["charges"]["newest"]
    for secret in ("Annas", f"{PARIS[1]}", f"{LYON[1]}"):
        assert secret not in json.dumps(told)


async def test_a_car_alone(harness: Harness, car: Car, hass_client: ClientSessionGenerator) -> None:
    harness.vendor.faults.add(Fault(method="POST", path="*/monitors", status=403, times=2))
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


async def stop_working(harness: Harness, entry: ConfigEntry[Any], state: ConfigEntryState, **data: Any) -> None:
    """Bring an account into a state in which it does not work."""
    await harness.hass.config_entries.async_unload(entry.entry_id)
    harness.hass.config_entries.async_update_entry(entry, data={**entry.data, **data})
    if state is not ConfigEntryState.NOT_LOADED:
        await harness.hass.config_entries.async_setup(entry.entry_id)
        await harness.settle()
    assert entry.state is state


@pytest.mark.parametrize(
    ("state", "data", "reason", "problem"),
    [
        (ConfigEntryState.NOT_LOADED, {}, None, None),
        (
            ConfigEntryState.SETUP_RETRY,
            {"certificate_path": "/home/driver/none.pem"},
            "file_missing",
            {"file": "certificate", "problem": "file_missing"},
        ),
        (
            ConfigEntryState.SETUP_ERROR,
            {"token": {"access_token": "old", "expires_at": 0}},
            "invalid_auth",
            None,
        ),
    ],
)
async def test_an_account_that_does_not_work_says_why(
    harness: Harness,
    car: Car,
    hass_client: ClientSessionGenerator,
    state: ConfigEntryState,
    data: dict[str, Any],
    reason: str | None,
    problem: dict[str, str] | None,
) -> None:
    entry = await harness.add_account()
    await stop_working(harness, entry, state, **data)

    told: dict[str, Any] = await get_diagnostics_for_config_entry(harness.hass, hass_client, entry)

    assert (told["entry"]["state"], told["entry"]["reason"]) == (state.value, reason)
    assert told["entry"]["reason_placeholders"] == {}
    assert told["entry"]["refresh_token"] is ("token" not in data)
    assert told["account"]["brand"] == "peugeot"
    assert told["account"]["realm_of_the_brand"] is True
    assert told["account"]["certificate_problem"] == problem
    assert bool(told["account"]["certificate_expires"]) is (problem is None)
    assert told["callback"] == {"delivery": "webhook", "registered": True, "cloudhook": False, "external_url": True}
    assert [each["label"] for each in told["stored_cars"]] == [car.label]
    assert "cars" not in told


async def test_a_car_of_an_account_that_does_not_work(
    harness: Harness, car: Car, hass_client: ClientSessionGenerator
) -> None:
    entry = await harness.add_account()
    await stop_working(
        harness, entry, ConfigEntryState.SETUP_RETRY, api_url="https://127.0.0.1:1", ca_certificate_path="none.pem"
    )

    told: dict[str, Any] = await get_diagnostics_for_device(
        harness.hass, hass_client, entry, device(harness, entry.entry_id, car)
    )

    assert told["entry"]["reason"] == "file_missing"
    [only] = told["stored_cars"]
    assert (only["label"], "status" in only) == (car.label, False)


@pytest.mark.parametrize(
    ("fault", "sign_in"),
    [
        (token_error("invalid_grant", times=1), "refused"),
        (token_error("invalid_grant", times=None), "lost"),
        (gateway_refusal(times=None), "token_refused"),
    ],
    ids=["refused", "lost", "gateway"],
)
async def test_how_the_sign_in_stands(
    harness: Harness, hass_client: ClientSessionGenerator, fault: Fault, sign_in: str
) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(fault)
    token = {**entry.data["token"], "expires_at": 0}
    harness.hass.config_entries.async_update_entry(entry, data={**entry.data, "token": token})
    await harness.reload(entry)
    if sign_in == "lost":
        await harness.pass_time(minutes=6)

    told: dict[str, Any] = await get_diagnostics_for_config_entry(harness.hass, hass_client, entry)

    assert told["entry"]["sign_in"] == sign_in


async def test_a_token_that_never_expires(harness: Harness, hass_client: ClientSessionGenerator) -> None:
    """Version 1.1 kept any lifetime."""
    entry = await harness.add_account()
    token = {**entry.data["token"], "expires_at": 1e20}
    harness.hass.config_entries.async_update_entry(entry, data={**entry.data, "token": token})

    told: dict[str, Any] = await get_diagnostics_for_config_entry(harness.hass, hass_client, entry)

    assert told["entry"]["access_token_expires"].startswith("9999-12-31")


async def test_an_account_that_was_disabled_before_there_were_several_ways(
    harness: Harness, hass_client: ClientSessionGenerator
) -> None:
    entry = await harness.add_account()
    await harness.hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    data = {key: value for key, value in entry.data.items() if key != "delivery"}
    harness.hass.config_entries.async_update_entry(entry, data=data, minor_version=2)
    told: dict[str, Any] = await get_diagnostics_for_config_entry(harness.hass, hass_client, entry)
    assert (told["entry"]["version"], told["callback"]["delivery"]) == ("1.2", "webhook")


@pytest.mark.usefixtures("three_cars")
@pytest.mark.parametrize("state", ["loaded", "not_loaded"])
async def test_there_is_no_secret_in_it(
    harness: Harness, car: Car, hass_client: ClientSessionGenerator, state: str
) -> None:
    account = harness.vendor.accounts["driver"]
    for one in account.cars:
        harness.vendor.garage.raise_alert(one, "FuelLevelLow", "Warning")
    entry = await harness.add_account()
    await harness.vendor.idle()
    if state == "not_loaded":
        await stop_working(harness, entry, ConfigEntryState.SETUP_RETRY, certificate_path="/home/driver/none.pem")
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
