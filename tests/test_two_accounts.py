"""A car that two accounts share: one of them shows it, and the other one says so."""

import asyncio
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryDisabler, ConfigEntryState
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault, Simulator

from .helpers.harness import Harness


@pytest.fixture
def shared(vendor: Simulator, car: Car) -> Car:
    """Have the family share the driver's car, beside one of its own."""
    vendor.accounts["family"].cars.append(car)
    return car


@pytest.fixture
def own(vendor: Simulator) -> Car:
    """The car that the family alone has."""
    return vendor.cars["second"]


def issue(harness: Harness, entry: ConfigEntry[Any]) -> ir.IssueEntry | None:
    return ir.async_get(harness.hass).async_get_issue(DOMAIN, f"car_in_two_accounts_{entry.entry_id}")


def cars(entry: ConfigEntry[Any]) -> set[str]:
    return set(entry.runtime_data.cars)


def owner(harness: Harness, car: Car) -> str | None:
    """Return the entry that a car's lock belongs to."""
    entity = er.async_get(harness.hass).async_get(harness.entity_id(car, "lock", "doors"))
    assert entity
    return entity.config_entry_id


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


async def test_the_second_account_says_so_once_and_works_for_its_other_cars(
    harness: Harness, shared: Car, own: Car, caplog: pytest.LogCaptureFixture
) -> None:
    first = await harness.add_account()
    caplog.clear()
    second = await harness.add_account("family")
    assert (cars(first), cars(second)) == ({shared.vin}, {own.vin})
    told = issue(harness, second)
    assert told
    assert told.translation_placeholders == {"account": "Citroën", "cars": "Peugeot e-208", "others": "Peugeot"}
    assert issue(harness, first) is None
    for each in (shared, own):
        await harness.call(each, "lock", "doors", "unlock")
        assert harness.state(each, "lock", "doors").state == "unlocked"
    await harness.settle()
    await harness.pass_time(hours=25)
    assert issue(harness, second)
    assert errors(caplog) == []
    assert len([record for record in caplog.records if "is in another account" in record.getMessage()]) == 1


async def test_an_account_whose_only_car_is_elsewhere_is_set_up_all_the_same(
    harness: Harness, shared: Car, own: Car
) -> None:
    """The form takes it too."""
    harness.vendor.accounts["family"].cars.remove(own)
    await harness.add_account()
    second = await harness.sign_in("family")
    assert second.state is ConfigEntryState.LOADED
    assert cars(second) == set()
    assert issue(harness, second)
    assert await harness.hass.config_entries.async_unload(second.entry_id)
    assert issue(harness, second) is None


@pytest.mark.parametrize("order", ["first", "second", "at once"])
async def test_the_account_that_has_the_car_keeps_it_over_restarts(
    harness: Harness, shared: Car, own: Car, order: str, caplog: pytest.LogCaptureFixture
) -> None:
    """In whichever order accounts are set up, and also while the one that has it cannot be."""
    first, second = await harness.add_account(), await harness.add_account("family")
    caplog.clear()
    for entry in (first, second):
        await harness.hass.config_entries.async_unload(entry.entry_id)
    entries = [second, first] if order == "second" else [first, second]
    if order == "at once":
        harness.vendor.faults.add(Fault(path="/user/vehicles", delay=0.2))
        await asyncio.gather(*(harness.hass.config_entries.async_setup(entry.entry_id) for entry in entries))
    else:
        for entry in entries:
            await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()
    await harness.pass_time(minutes=2)
    assert (cars(first), cars(second)) == ({shared.vin}, {own.vin})
    assert (issue(harness, first), bool(issue(harness, second))) == (None, True)
    assert owner(harness, shared) == first.entry_id
    assert errors(caplog) == []


async def test_an_account_that_cannot_be_set_up_for_a_while_keeps_its_car(
    harness: Harness, shared: Car, own: Car
) -> None:
    first, second = await harness.add_account(), await harness.add_account("family")
    path = first.data["certificate_path"]
    harness.hass.config_entries.async_update_entry(first, data={**first.data, "certificate_path": "none.pem"})
    await harness.hass.config_entries.async_reload(first.entry_id)
    assert first.state is ConfigEntryState.SETUP_RETRY
    await harness.pass_time(minutes=2)
    await harness.reload(second)
    assert cars(second) == {own.vin}
    harness.hass.config_entries.async_update_entry(first, data={**first.data, "certificate_path": path})
    await harness.reload(first)
    assert cars(first) == {shared.vin}


@pytest.mark.parametrize("end", ["removed", "unloaded", "disabled", "broken and removed", "sold", "the only one, sold"])
async def test_the_other_account_takes_the_car_when_it_is_free(
    harness: Harness, shared: Car, own: Car, end: str, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = await harness.add_account(), await harness.add_account("family")
    caplog.clear()
    entries = harness.hass.config_entries
    match end:
        case "removed":
            await entries.async_remove(first.entry_id)
        case "unloaded":
            await entries.async_unload(first.entry_id)
        case "disabled":
            await entries.async_set_disabled_by(first.entry_id, ConfigEntryDisabler.USER)
        case "broken and removed":
            entries.async_update_entry(first, data={**first.data, "certificate_path": "none.pem"})
            await entries.async_reload(first.entry_id)
            await harness.pass_time(minutes=2)
            assert issue(harness, second)
            await entries.async_remove(first.entry_id)
        case "sold":
            harness.vendor.accounts["driver"].cars.append(harness.vendor.cars["combustion"])
            await harness.lose(shared)
        case _:
            await harness.lose(shared)
    await harness.settle()
    await harness.pass_time(minutes=2)
    await harness.settle()
    assert issue(harness, second) is None
    assert cars(second) == {own.vin, shared.vin}
    assert owner(harness, shared) == second.entry_id
    await harness.call(shared, "lock", "doors", "unlock")
    assert harness.state(shared, "lock", "doors").state == "unlocked"
    assert [error for error in errors(caplog) if "unique IDs" in error] == []


async def test_an_account_that_is_enabled_again_finds_its_car_with_the_other(
    harness: Harness, shared: Car, own: Car, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = await harness.add_account(), await harness.add_account("family")
    entries = harness.hass.config_entries
    await entries.async_set_disabled_by(first.entry_id, ConfigEntryDisabler.USER)
    await harness.pass_time(minutes=2)
    caplog.clear()
    await entries.async_set_disabled_by(first.entry_id, None)
    await harness.settle()
    assert (cars(first), cars(second)) == (set(), {own.vin, shared.vin})
    assert issue(harness, first)
    assert owner(harness, shared) == second.entry_id
    assert harness.state(shared, "lock", "doors").state == "locked"
    assert errors(caplog) == []


async def test_a_list_that_is_empty_for_a_while_does_not_take_the_repair_back(
    harness: Harness, shared: Car, own: Car
) -> None:
    await harness.add_account()
    second = await harness.add_account("family")
    harness.vendor.accounts["family"].forgetful = "not_found"
    await harness.pass_time(hours=25)
    assert issue(harness, second)
    assert cars(second) == {own.vin}
    harness.vendor.accounts["family"].forgetful = ""
    harness.vendor.accounts["family"].cars.remove(shared)
    await harness.pass_time(minutes=11)
    assert issue(harness, second) is None


async def test_the_repair_is_shown_while_the_list_cannot_be_read(harness: Harness, shared: Car, own: Car) -> None:
    second = await harness.add_account("family")
    await harness.hass.config_entries.async_unload(second.entry_id)
    first = await harness.add_account()
    await harness.pass_time(minutes=2)
    assert cars(first) == {shared.vin}
    harness.vendor.faults.add(Fault(path="/user/vehicles", status=503, times=None))
    await harness.hass.config_entries.async_setup(second.entry_id)
    await harness.settle()
    assert cars(second) == {own.vin}
    assert issue(harness, second)
